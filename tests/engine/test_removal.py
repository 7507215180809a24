"""What a plan decides about resources that are not declared, and what a teardown removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from provisioner.engine.consent import Consent
from provisioner.engine.model import Address
from provisioner.engine.ownership import RETAIN_TAG
from provisioner.engine.plan import Action, Origin, Why
from provisioner.engine.reconciler import Live, Record
from tests.engine.desk import Desk, box, change_of, lid, only, pending, said, tags_of
from tests.engine.toys import Box, BoxReconciler, Cloud, Lid, LidReconciler, Note, NoteReconciler, arn_of

A, LID, NOTE = Address("box", "a"), Address("lid", "l"), Address("note", "n")


def test_our_own_undeclared_resources_are_removed_users_first(desk: Desk) -> None:
    desk.converge(box(), lid(box()), Note(name="n"))
    plan = desk.plan()
    assert [str(change.address) for change in plan.changes] == ["note.n", "lid.l", "box.a"], "users before the used"
    assert {said(change) for change in plan.changes} == {(Action.DELETE, Why.UNDECLARED, "", Origin.CONFIG)}
    assert [call.operation for change in plan.changes for call in change.calls] == [
        "DeleteNote",
        "DeleteLids",
        "DeleteBox",
    ]


def test_a_recorded_resource_that_is_not_ours_is_left_alone(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"].update(made=7, tags={})
    change = only(desk)
    assert (change.action, change.why, change.calls) == (Action.KEEP, Why.NOT_OURS, ())


def test_a_parent_that_nobody_declared_or_recorded_is_not_mentioned(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("theirs")
    cloud.PutLid(arn_of("theirs"), "l")
    plan = desk.plan(Lid(name="l", box=arn_of("theirs")))
    assert [str(change.address) for change in plan.changes] == ["lid.l"]


def test_an_orphan_is_removed(desk: Desk) -> None:
    desk.converge(box())
    desk.store.blobs.clear()
    change = only(desk)
    assert said(change) == (Action.DELETE, Why.ORPHAN, arn_of("a"), Origin.CONFIG)


def test_a_resource_on_its_way_out_needs_no_removal(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["going"] = True
    plan = desk.plan()
    assert (plan.changes, plan.stale) == ((), ())


def test_a_record_is_stale_when_its_resource_is_gone_and_undeclared(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("b"), box("a"), Note(name="n"))
    cloud.boxes.clear()
    plan = desk.plan(Note(name="n"))
    assert plan.stale == (A, Address("box", "b"))
    assert desk.plan(box("a"), Note(name="n")).stale == (Address("box", "b"),)


def test_a_record_of_an_unknown_kind_is_kept_and_noted(desk: Desk) -> None:
    desk.record(Record(Address("barrel", "x"), {}, {"size": 1}))
    desk.apply(desk.plan(box()))
    assert Address("barrel", "x") in desk.state.records
    assert "barrel.x: on record, and of a kind that this version does not know; left alone" in desk.plan(box()).notes


def test_an_obstructed_removal_keeps_everything_it_stands_on(cloud: Cloud) -> None:
    class Jammed(LidReconciler):
        def obstacles(self, going: Sequence[Live[Lid]], memo: Any) -> dict[Address, str]:
            assert memo.sought("lid")
            assert {live.resource.kind for live in going} == {"lid"}
            return {Address("lid", live.resource.name): "it is stuck" for live in going if live.resource.name == "l"}

    desk = Desk(cloud, kinds=(BoxReconciler, Jammed, NoteReconciler))
    desk.converge(box(), lid(box()), box("b"), lid(box("b"), "m"), Note(name="n"))
    plan = desk.plan()
    assert pending(plan) == {"note.n": "delete", "lid.m": "delete", "box.b": "delete"}
    stuck, under = change_of(plan, "lid.l"), change_of(plan, "box.a")
    assert (stuck.reason, stuck.calls) == ("stays: it is stuck", ())
    assert (under.why, under.calls) == (Why.NEEDED, ())


def test_only_real_removals_are_asked_for_obstacles(cloud: Cloud) -> None:
    class Touchy(BoxReconciler):
        def obstacles(self, going: Sequence[Live[Box]], memo: Any) -> dict[Address, str]:
            assert [live.resource.name for live in going] == ["b"]
            return {A: "never asked about"}

    desk = Desk(cloud, kinds=(Touchy,))
    desk.converge(box("a"), box("b"))
    cloud.boxes["a"].update(made=7, tags={})
    plan = desk.plan()
    assert {str(change.address): change.why for change in plan.changes} == {
        "box.a": Why.NOT_OURS,
        "box.b": Why.UNDECLARED,
    }


def test_what_is_left_holds_what_aws_would_not_remove_under_it(cloud: Cloud) -> None:
    class Heavy(LidReconciler):
        holds = frozenset({"box"})

    desk = Desk(cloud, kinds=(BoxReconciler, Heavy))
    desk.converge(box(), lid(box()), box("b"))
    plan = desk.teardown(box(), lid(box()), box("b"), retain=frozenset({"lid"}))
    assert pending(plan) == {"box.b": "delete"}
    assert change_of(plan, "box.a").why is Why.NEEDED


@pytest.mark.parametrize("ours", [True, False])
def test_a_strangers_thing_of_our_name_holds_only_what_it_stands_on_itself(cloud: Cloud, ours: bool) -> None:
    """What ours would stand on says nothing about theirs."""

    class Upright(BoxReconciler):
        holds = frozenset({"box"})

    desk = Desk(cloud, kinds=(Upright, LidReconciler, NoteReconciler))
    wanted = [box("a"), box("b"), box("c", label=box("a").arn)]
    desk.converge(*wanted)
    cloud.PutBox("c", label=arn_of("b"), tags=tags_of("box", "c") if ours else {"Owner": "they"})
    plan = desk.teardown(*wanted, keep=frozenset({Address("box", "c")}))
    held = {str(change.address) for change in plan.changes if change.why is Why.NEEDED}
    assert held == ({"box.a", "box.b"} if ours else {"box.b"})


def test_what_stays_because_something_needs_it_is_not_asked_about(cloud: Cloud) -> None:
    """Users come before the used, so that no call is made for what stays anyway."""

    class Sparing(BoxReconciler):
        def obstacles(self, going: Sequence[Live[Box]], memo: Any) -> dict[Address, str]:
            assert [live.resource.name for live in going] == ["b"]
            return {}

    class Immovable(LidReconciler):
        def obstacles(self, going: Sequence[Live[Lid]], memo: Any) -> dict[Address, str]:
            return {live.resource.address: "it is stuck" for live in going}

    desk = Desk(cloud, kinds=(Sparing, Immovable))
    desk.converge(box(), lid(box()), box("b"))
    assert pending(desk.plan()) == {"box.b": "delete"}


# A teardown


def test_a_teardown_removes_declared_resources(desk: Desk) -> None:
    desk.converge(box(), Note(name="n"))
    plan = desk.teardown(box(), Note(name="n"), Note(name="never made"))
    assert [said(change)[:2] for change in plan.changes] == [(Action.DELETE, Why.TEARDOWN)] * 2


def test_a_teardown_finds_resources_without_a_record(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), lid(box()))
    desk.store.blobs.clear()
    assert pending(desk.teardown(box(), lid(box()))) == {"lid.l": "delete", "box.a": "delete"}


def test_a_teardown_leaves_a_strangers_resource_of_our_name_alone(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a")
    change = desk.teardown(box()).changes[0]
    assert (change.action, change.why) == (Action.KEEP, Why.NOT_OURS)


def test_retained_kinds_are_kept(desk: Desk) -> None:
    desk.converge(box(), Note(name="n"))
    plan = desk.teardown(box(), Note(name="n"), retain=frozenset({"box"}))
    assert pending(plan) == {"note.n": "delete"}
    assert (change_of(plan, "box.a").why, change_of(plan, "box.a").calls) == (Why.RETAINED, ())


def test_chosen_addresses_are_kept(desk: Desk) -> None:
    desk.converge(box("a"), box("b"))
    assert pending(desk.plan(keep=frozenset({A}))) == {"box.b": "delete"}
    assert pending(desk.teardown(keep=frozenset({A}))) == {"box.b": "delete"}


class Sealing(BoxReconciler):
    """What stands on such a box cannot be read without it."""

    seals = True


@pytest.mark.parametrize("kind", [BoxReconciler, Sealing])
def test_a_seal_stays_as_long_as_something_stays_that_stands_on_it(cloud: Cloud, kind: type[BoxReconciler]) -> None:
    desk = Desk(cloud, kinds=(kind, LidReconciler, NoteReconciler))
    key, top = box("key"), box("top", label=box("key").arn)
    desk.converge(key, top)
    expected = {} if kind is Sealing else {"box.key": "delete"}
    assert pending(desk.plan(box("top", label=arn_of("key")))) == expected, "it is declared, and stays"
    assert pending(desk.teardown(key, top, keep=frozenset({top.address}))) == expected, "it is kept"
    assert pending(desk.teardown(key, top)) == {"box.key": "delete", "box.top": "delete"}


class Guarded(BoxReconciler):
    """AWS refuses to remove a labelled box."""

    guard = "label"


def test_a_resource_with_deletion_protection_stays(cloud: Cloud) -> None:
    desk = Desk(cloud, kinds=(Guarded,))
    desk.converge(box("a", label="keep out"), box("b"))
    plan = desk.plan()
    assert pending(plan) == {"box.b": "delete"}
    assert change_of(plan, "box.a").reason == "stays: its deletion protection is on"
    assert pending(desk.plan(lose=Consent.to([A]))) == {"box.a": "delete", "box.b": "delete"}


# Letting go


def test_a_released_resource_stays_without_our_tags(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), box("b"))
    cloud.boxes["a"]["tags"]["Team"] = "theirs"
    plan = desk.release({A}, box("a"), box("b"))
    change = change_of(plan, "box.a")
    assert said(change) == (Action.RELEASE, Why.RELEASED, "", Origin.CONFIG)
    assert [call.params["tags"] for call in change.calls] == [{"Team": "theirs"}]
    assert pending(plan) == {"box.a": "release"}
    desk.listener.heard.clear()
    desk.apply(plan)
    assert cloud.boxes["a"]["tags"] == {"Team": "theirs"}
    assert list(desk.state.records) == [Address("box", "b")]
    assert "done box.a" in desk.listener.heard
    assert "started box.a" in desk.listener.heard


def test_a_child_that_we_added_goes_when_its_parent_is_released(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), lid(box("a")), box("b"), lid(box("b"), "m"))
    plan = desk.release({A})
    assert [(str(change.address), change.action, change.why) for change in plan.changes] == [
        ("lid.l", Action.DELETE, Why.ADDED),
        ("box.a", Action.RELEASE, Why.RELEASED),
    ]
    desk.apply(plan)
    assert list(cloud.lids) == [(arn_of("b"), "m")]


def test_everything_of_ours_can_be_released(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), box("b"))
    cloud.PutBox("theirs")
    cloud.boxes["b"]["going"] = True
    assert pending(desk.release(None, box("a"), box("theirs"))) == {"box.a": "release"}


def test_a_resource_without_our_tags_is_released_without_a_call(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["tags"] = {}
    plan = desk.release({A})
    assert (pending(plan), plan.changes[0].calls) == ({"box.a": "release"}, ())
    desk.apply(plan)
    assert desk.state.records == {}


def test_a_seal_that_a_released_resource_needs_is_noted(cloud: Cloud) -> None:
    desk = Desk(cloud, kinds=(Sealing, LidReconciler, NoteReconciler))
    key, top = box("key"), box("top", label=box("key").arn)
    desk.converge(key, top, box("other"), lid(box("other")))
    assert desk.release({top.address}).notes == ("box.key stays ours, and what is released needs it",)
    assert desk.release({Address("lid", "l")}).notes == (), "it is removed: nothing stays that needs anything"
    assert desk.release({top.address, key.address}).notes == ()
    desk.apply(desk.release({key.address}))
    assert desk.release({top.address}).notes == (), "it is not ours any more"
    plain = Desk(cloud, desk.store)
    assert plain.release({top.address}).notes == ()


def test_a_resource_that_stays_anyway_is_not_asked_for_obstacles(cloud: Cloud) -> None:
    asked: list[str] = []

    class Curious(BoxReconciler):
        seals = True

        def obstacles(self, going: Sequence[Live[Box]], memo: Any) -> dict[Address, str]:
            asked.extend(live.resource.name for live in going)
            return {}

    class Unwilling(LidReconciler):
        def obstacles(self, going: Sequence[Live[Lid]], memo: Any) -> dict[Address, str]:
            return {live.resource.address: "it is stuck" for live in going}

    desk = Desk(cloud, kinds=(Curious, Unwilling, NoteReconciler))
    key, top = box("key"), box("top", label=box("key").arn)
    desk.converge(box("under"), lid(box("under")), box("free"), key, top)
    plan = desk.plan(box("top", label=arn_of("key")))
    assert pending(plan) == {"box.free": "delete"}
    assert asked == ["free"], "one has a lid that stays, and the other seals what stays"


def test_what_bears_the_mark_is_kept_only_once_it_is_not_declared(desk: Desk) -> None:
    marked = box()
    marked.tags[RETAIN_TAG] = "true"
    desk.converge(marked, lid(marked))
    change = change_of(desk.plan(), "box.a")
    assert (change.action, change.why, change.calls) == (Action.KEEP, Why.MARKED, ())
    assert pending(desk.plan()) == {"lid.l": "delete"}
    assert pending(desk.teardown()) == {"lid.l": "delete"}
    assert pending(desk.teardown(marked)) == {"box.a": "delete", "lid.l": "delete"}, "the file alone says so here"
    desk.store.blobs.clear()
    assert change_of(desk.teardown(), "box.a").why is Why.MARKED
