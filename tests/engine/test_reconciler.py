"""The defaults of a kind, and what its author must write or declare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from provisioner.engine.model import UNSEEN, Address, Resource, attr
from provisioner.engine.observer import Observed, Shared
from provisioner.engine.reconciler import Live, Reconciler, Record, Sought, changed_tags
from provisioner.engine.steps import Call, Steps, preview
from tests.engine.toys import SCOPE, Box, BoxReconciler, Cloud, Lid, LidReconciler, Note, NoteReconciler

HERE = Address("box", "a")


class Unwritten(Reconciler[Box]):
    """Nothing is written."""

    resource = Box
    service = "toy"


class Terse(Unwritten):
    """As little is written as may be."""

    def create(self, want: Box) -> Steps:
        yield self.call("Create", name=want.name)

    def delete(self, live: Live[Box]) -> Steps:
        yield self.call("Delete", name=live.resource.name)


def operations(steps: Steps) -> Iterator[tuple[str, Any]]:
    for call in preview(steps, HERE):
        yield call.operation, call.params.get("name")


def test_a_stack_is_one_environment_of_a_platform_in_a_region() -> None:
    assert SCOPE.stack == "shop/dev/us-east-1"


@pytest.mark.parametrize("kind", [BoxReconciler, LidReconciler, NoteReconciler])
def test_tags_or_a_parent_or_an_identity_declare_ownership(kind: type[Reconciler[Any]]) -> None:
    assert kind(Cloud()).scope == SCOPE


def test_a_kind_that_declares_no_ownership_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Foundling(Resource):
        kind: ClassVar[str] = "foundling"
        text: str = attr("")

    class FoundlingReconciler(Reconciler[Foundling]):
        resource = Foundling
        service = "toy"

    with pytest.raises(TypeError, match="Foundling does not declare whose it is"):
        FoundlingReconciler(Cloud())


def test_read_create_and_delete_must_be_written() -> None:
    bare, live = Unwritten(Cloud()), Live(Box(name="a"))
    nothing: Any = None
    for unwritten in (lambda: bare.read([], nothing), lambda: bare.create(live.resource), lambda: bare.delete(live)):
        with pytest.raises(NotImplementedError):
            unwritten()


def test_update_revive_and_delete_many_have_defaults() -> None:
    kind, want = Terse(Cloud()), Box(name="a")
    assert list(operations(kind.update(want, Live(want), frozenset()))) == [("Create", "a")]
    assert list(operations(kind.revive(want, Live(want), frozenset()))) == [("Create", "a")]
    both = kind.delete_many([Live(want), Live(Box(name="b"))])
    assert list(operations(both)) == [("Delete", "a"), ("Delete", "b")]


def test_the_defaults_of_a_kind() -> None:
    kind, want, live, memo = Terse(Cloud()), Box(name="a"), Live(Box(name="a")), Shared(Cloud(), {}, Observed())
    assert (kind.precious, kind.seals, kind.guard, kind.lingers) == (False, False, None, False)
    assert (kind.delete_batch, kind.once) == (1, frozenset())
    assert (kind.predict(want), kind.serial(want), kind.name_of("arn"), kind.implicit(live)) == ({}, None, None, False)
    assert (kind.held_back(Record(HERE)), kind.spoils(want, live, frozenset({"size"}))) == (None, {})
    assert (kind.losses([live], memo), kind.obstacles([live], memo), kind.refusals([want], memo)) == ({}, {}, [])


def test_a_call_leaves_out_parameters_that_are_none() -> None:
    call = BoxReconciler(Cloud()).call("PutBox", name="a", size=None, label="", tags={})
    assert call == Call("toy", "PutBox", {"name": "a", "label": "", "tags": {}}, once=False)


def test_a_creation_of_which_nobody_knows_is_one_that_was_begun_and_brought_no_output() -> None:
    asked = Sought[Resource]
    assert asked(HERE, record=Record(HERE, partial=True)).unheard
    assert not asked(HERE).unheard
    assert not asked(HERE, record=Record(HERE)).unheard
    assert not asked(HERE, record=Record(HERE, {"id": "1"}, partial=True)).unheard


def test_a_call_that_must_not_be_repeated_is_marked_and_knows_how_to_find_what_it_made() -> None:
    cloud = Cloud()
    kind = NoteReconciler(cloud)
    call = kind.call("CreateNote", title="a", text="", pin="")
    assert call.once
    assert call.effect is not None
    assert call.effect() is None
    made = cloud.perform(call)
    assert call.effect()["id"] == made["id"]
    other = kind.call("UpdateNote")
    assert (other.once, other.effect) == (False, None)


def test_a_kind_that_is_made_once_says_how_to_find_what_was_made_unheard() -> None:
    class Careless(NoteReconciler):
        effect = Reconciler.effect

    with pytest.raises(TypeError, match="nothing says how to find"):
        Careless(Cloud())


def test_the_last_applied_value_stands_in_where_aws_shows_none() -> None:
    recorded = Record(HERE, applied={"size": 3})
    assert Sought[Box](HERE, record=recorded).last("size") == 3
    assert Sought[Box](HERE, record=recorded).last("label") is UNSEEN
    assert Sought[Box](HERE, record=recorded).last("label", "x") == "x"
    assert Sought[Box](HERE).last("size", 7) == 7


def test_a_wanted_value_outweighs_the_last_applied_one() -> None:
    recorded = Record(HERE, applied={"size": 3})
    assert Sought(HERE, Box(name="a", size=4), recorded).intended("size", 7) == 4
    assert Sought[Box](HERE, None, recorded).intended("size", 7) == 3
    assert Sought[Box](HERE).intended("size", 7) == 7


def test_only_changed_tags_are_put_and_removed() -> None:
    assert changed_tags({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "x", "z": "", "y": "9"}) == (
        {"b": "2", "c": "3"},
        ["y", "z"],
    )
    assert changed_tags({}, {}) == ({}, [])


def test_the_defaults_of_live_record_and_resource() -> None:
    assert Live(Lid(name="l", box="b")).gone is False
    assert Record(HERE).partial is False
    assert Note(name="n").parent is None
