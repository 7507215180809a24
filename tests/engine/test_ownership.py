"""Which resources are ours, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from provisioner.engine.model import Address, Parent, Ref, Resource, Value, attr
from provisioner.engine.ownership import STACK_TAG, Attribution, Owner, Ownership
from provisioner.engine.reconciler import Live, Record
from tests.engine.desk import Desk, change_of, pending
from tests.engine.toys import SCOPE, Box, Cloud, Lid, Note, arn_of

A, NOTE = Address("box", "a"), Address("note", "n")
OURS = Attribution(Owner.OURS)
MADE = {"arn": arn_of("a"), "made": 1}


def verdict(live: Live[Any], record: Record | None = None, *others: Live[Any]) -> Attribution:
    """Whose ``live`` is, beside ``others``."""
    records = {record.address: record} if record else {}
    return Ownership(SCOPE, records, {item.resource.address: item for item in (live, *others)}).of(live)


def tagged(tags: Mapping[str, str], **outputs: Any) -> Live[Box]:
    return Live(Box(name="a", tags=dict(tags)), {**MADE, **outputs})


def recorded(outputs: Mapping[str, Any] = MADE, partial: bool = False, **applied: Any) -> Record:
    return Record(A, outputs, applied, partial=partial)


def test_our_tag_makes_it_ours() -> None:
    assert verdict(tagged({STACK_TAG: SCOPE.stack})) == OURS
    assert verdict(tagged({STACK_TAG: SCOPE.stack, "Team": "theirs"}), recorded({"made": 9})) == OURS


def test_a_tag_of_another_stack_outweighs_our_record() -> None:
    other = tagged({STACK_TAG: "shop/prod/us-east-1"})
    expected = Attribution(Owner.OTHER_STACK, "it belongs to shop/prod/us-east-1 of this tool")
    assert verdict(other) == expected
    assert verdict(other, recorded(size=1)) == expected


def test_without_tag_and_record_it_is_a_strangers() -> None:
    assert verdict(tagged({})) == Attribution(Owner.STRANGER)
    assert verdict(tagged({"Team": "theirs"})) == Attribution(Owner.STRANGER)


def test_where_tags_are_missing_the_record_of_this_very_object_makes_it_ours() -> None:
    assert verdict(tagged({}), recorded(size=1)) == OURS


def test_the_record_of_a_namesake_does_not_make_it_ours() -> None:
    because = "on record is made 1, and here is made 2"
    assert verdict(tagged({}, made=2), recorded(size=1)) == Attribution(Owner.STRANGER, because)


def test_a_record_without_identity_does_not_make_it_ours() -> None:
    assert verdict(tagged({}), recorded({"arn": arn_of("a")}, size=1)) == Attribution(Owner.STRANGER)
    assert verdict(tagged({}), recorded({}, partial=True, size=1)) == Attribution(Owner.STRANGER)


def test_a_record_of_its_removal_does_not_make_it_ours() -> None:
    assert verdict(tagged({}), recorded()) == Attribution(Owner.STRANGER, "it is on record as removed")


def test_somebody_elses_tags_make_it_a_strangers() -> None:
    assert verdict(tagged({"Team": "a"}), recorded(size=1)).because == "somebody else's tags stand on it: Team"
    ours = recorded(tags={"Team": "a", "Cost": "1"})
    assert verdict(tagged({"Team": "a"}), ours) == OURS
    assert verdict(tagged({"Team": "b", "Cost": "1", "Also": "x"}), ours) == Attribution(
        Owner.STRANGER, "somebody else's tags stand on it: Also, Team"
    )


@dataclass(frozen=True, kw_only=True)
class Coin(Resource):
    """Told by two outputs, and without tags."""

    kind: ClassVar[str] = "coin"
    identity: ClassVar[tuple[str, ...]] = ("mint", "year")
    side: str = attr("head")


@pytest.mark.parametrize(
    ("mint", "year", "ours"), [("x", 1, True), ("x", 2, False), ("y", 1, False), (None, 1, False), ("x", None, False)]
)
def test_every_output_of_the_identity_must_be_as_recorded(mint: str | None, year: int | None, ours: bool) -> None:
    record = Record(Address("coin", "c"), {"mint": "x", "year": 1}, {"side": "head"})
    assert (verdict(Live(Coin(name="c"), {"mint": mint, "year": year}), record) == OURS) is ours


def test_without_tags_and_without_a_record_it_is_a_strangers() -> None:
    assert verdict(Live(Note(name="n"), {"id": "n-1"})) == Attribution(Owner.STRANGER)


def test_without_tags_the_record_of_this_very_object_makes_it_ours() -> None:
    live = Live(Note(name="n", text="changed by hand"), {"id": "n-1"})
    assert verdict(live, Record(NOTE, {"id": "n-1"}, {"text": "a"})) == OURS
    assert verdict(live, Record(NOTE, {"id": "n-2"}, {"text": "a"})).owner is Owner.STRANGER


@pytest.mark.parametrize(
    ("record", "ours"),
    [
        (Record(NOTE, {}, {"text": "a", "pin": ""}, partial=True), True),
        (Record(NOTE, {}, {"text": "b", "pin": ""}, partial=True), False),
        (Record(NOTE, {}, {"text": "a", "pin": ""}), False),
        (Record(NOTE, {}, {}, partial=True), False),
    ],
)
def test_the_exact_result_of_a_creation_whose_answer_was_lost_is_ours(record: Record, ours: bool) -> None:
    live = Live(Note(name="n", text="a"), {"id": "n-1"})
    assert verdict(live, record) == (OURS if ours else Attribution(Owner.STRANGER))


LID = Live(Lid(name="l", box=arn_of("a")))


def test_a_child_has_the_owner_of_its_parent() -> None:
    assert verdict(LID, None, tagged({STACK_TAG: SCOPE.stack})) == OURS
    assert verdict(LID, recorded(size=1), tagged({})) == OURS, "and that may be told by the parent's record"
    assert verdict(LID, None, tagged({})) == Attribution(Owner.STRANGER, "box.a is not ours")
    assert verdict(LID, None, tagged({STACK_TAG: "x/y/z"})) == Attribution(Owner.OTHER_STACK, "box.a is not ours")


def test_a_childs_own_record_does_not_make_it_ours() -> None:
    record = Record(LID.resource.address, {}, {"box": arn_of("a"), "colour": "grey"})
    assert verdict(LID, record, tagged({})).owner is Owner.STRANGER


def test_a_child_of_an_unknown_or_other_parent_is_a_strangers() -> None:
    ours = tagged({STACK_TAG: SCOPE.stack})
    assert verdict(LID) == Attribution(Owner.STRANGER, "what it belongs to is not ours: box.a")
    namesake = Live(Lid(name="l", box="arn:elsewhere:box/a"))
    assert verdict(namesake, None, ours) == Attribution(Owner.STRANGER, "what it belongs to is not ours: box.a")
    unknown = Live(Lid(name="l", box=Ref(A, "arn")))
    assert verdict(unknown, None, ours) == Attribution(Owner.STRANGER, "what it belongs to is not ours")


@dataclass(frozen=True, kw_only=True)
class Drawer(Resource):
    """Has a parent, and tags all the same."""

    kind: ClassVar[str] = "drawer"
    parent: ClassVar[Parent | None] = Parent("box", "box", "arn", lambda arn: arn.rpartition("/")[2])
    box: Value[str] = attr()
    tags: dict[str, str] = attr({})


def test_a_tag_of_its_own_outweighs_the_parent() -> None:
    ours, theirs = tagged({STACK_TAG: SCOPE.stack}), tagged({STACK_TAG: "x/y/z"})
    assert verdict(Live(Drawer(name="d", box=arn_of("a"), tags={STACK_TAG: SCOPE.stack})), None, theirs) == OURS
    assert verdict(Live(Drawer(name="d", box=arn_of("a"))), None, ours) == OURS
    assert (
        verdict(Live(Drawer(name="d", box=arn_of("a"), tags={STACK_TAG: "q"})), None, ours).owner is Owner.OTHER_STACK
    )


def test_only_our_own_things_are_ours() -> None:
    ownership = Ownership(SCOPE, {}, {})
    assert ownership.is_ours(tagged({STACK_TAG: SCOPE.stack}))
    assert not ownership.is_ours(tagged({}))
    assert not ownership.is_ours(tagged({STACK_TAG: "x/y/z"}))


def test_a_strangers_note_of_the_same_title_is_refused(desk: Desk, cloud: Cloud) -> None:
    cloud.CreateNote("n", text="theirs", pin="")
    plan = desk.plan(Note(name="n", text="ours"))
    assert pending(plan) == {"note.n": "adopt"}
    assert [refusal.address for refusal in plan.refusals] == [NOTE]


def test_a_lost_answer_makes_no_second_note(desk: Desk, cloud: Cloud) -> None:
    def deaf(step: Any) -> Any:
        cloud.perform(step)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.execute(desk.plan(Note(name="n", text="ours")), deaf)
    plan = desk.plan(Note(name="n", text="ours"))
    assert (pending(plan), plan.refusals) == ({}, ())
    desk.apply(plan)
    assert desk.state.records[NOTE].outputs == {"id": "n-1"}
    assert cloud.calls == ["CreateNote"]


def test_a_note_recreated_by_somebody_else_is_not_taken(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n", text="ours"))
    del cloud.notes["n-1"]
    cloud.CreateNote("n", text="theirs", pin="")
    assert desk.plan(Note(name="n", text="ours")).refusals
    removal = desk.plan()
    assert (pending(removal), change_of(removal, "note.n").reason) == ({}, "not ours: left alone")


def test_a_lid_on_a_strangers_box_is_refused(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("theirs")
    cloud.PutLid(arn_of("theirs"), "l", colour="red")
    plan = desk.plan(Lid(name="l", box=arn_of("theirs")))
    assert [str(refusal.address) for refusal in plan.refusals] == ["lid.l"]
