"""Orders and edges: what comes before what."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError
from typing import Any

import pytest

from provisioner.engine.graph import beneath, edges, foundations, in_order, removal_order
from provisioner.engine.model import Address, Resource
from provisioner.engine.plan import Action, Change, Why
from provisioner.engine.reconciler import Live, Record
from tests.engine.toys import Box, Cloud, Lid, Note, arn_of, reconcilers

KINDS = ("box", "lid", "note")


def change(resource: Resource, action: Action) -> Change:
    return Change(resource.address, action, Why.NEW, want=None if action is Action.DELETE else resource)


def before(found: dict[Address, set[Address]], resource: Resource) -> set[str]:
    return {str(address) for address in found[resource.address]}


BOX, OTHER = Box(name="a"), Box(name="b")
LID = Lid(name="l", box=BOX.arn)
NOTE = Note(name="n", text=OTHER.arn)


def test_each_comes_after_all_it_needs_otherwise_in_the_order_given() -> None:
    top = Box(name="top", depends_on=(NOTE.address,))
    assert in_order([top, LID, NOTE, OTHER, BOX]) == [OTHER, BOX, LID, NOTE, top]
    assert in_order([BOX, OTHER]) == [BOX, OTHER]
    assert in_order([OTHER, BOX]) == [OTHER, BOX]


def test_resources_that_need_the_same_keep_their_order() -> None:
    leaves = [Lid(name=name, box=BOX.arn) for name in ("z", "y", "x")]
    assert in_order([*leaves, BOX]) == [BOX, *leaves]


def test_a_need_that_is_not_declared_is_not_waited_for() -> None:
    assert in_order([LID]) == [LID]


def test_a_circle_is_an_error() -> None:
    with pytest.raises(CycleError):
        in_order([Box(name="a", label=OTHER.arn), Box(name="b", label=BOX.arn)])


def test_a_change_waits_for_the_changes_of_what_it_needs() -> None:
    found = edges([change(BOX, Action.CREATE), change(LID, Action.CREATE), change(NOTE, Action.CREATE)], {})
    assert before(found, BOX) == set()
    assert before(found, LID) == {"box.a"}
    assert before(found, NOTE) == set(), "nothing happens to box.b"


@pytest.mark.parametrize("action", [Action.DELETE, Action.UPDATE])
def test_a_removal_waits_for_what_stands_on_it_to_go_or_to_step_aside(action: Action) -> None:
    changes = [change(BOX, Action.DELETE), change(LID, action), change(NOTE, action)]
    found = edges(changes, {LID.address: {BOX.address}, BOX.address: set()})
    assert before(found, BOX) == {"lid.l"}
    assert before(found, LID) == before(found, NOTE) == set()


def test_only_a_removal_waits_for_what_stands_on_it() -> None:
    found = edges([change(BOX, Action.UPDATE), change(LID, Action.UPDATE)], {LID.address: {BOX.address}})
    assert before(found, BOX) == set()


def test_nothing_waits_for_what_is_left_alone() -> None:
    assert before(edges([change(BOX, Action.DELETE)], {LID.address: set()}), BOX) == set()


def live(resource: Resource, **outputs: object) -> Live[Resource]:
    return Live(resource, outputs)


def standing(
    *lives: Live[Resource], records: Sequence[Record] = (), wanted: Sequence[Resource] = ()
) -> dict[str, set[str]]:
    there = {item.resource.address: item for item in lives}
    found = foundations(there, {record.address: record for record in records}, wanted, KINDS)
    return {str(address): set(map(str, below)) for address, below in found.items() if below}


A_BOX, B_BOX = live(BOX, arn=arn_of("a")), live(OTHER, arn=arn_of("b"))
A_LID = live(Lid(name="l", box=arn_of("a")))


def test_a_child_stands_on_its_parent() -> None:
    assert standing(A_BOX, B_BOX, A_LID) == {"lid.l": {"box.a"}}


def test_a_thing_stands_on_what_it_mentions_by_an_output() -> None:
    mentioning = live(Box(name="c", label=arn_of("b")))
    assert standing(A_BOX, B_BOX, mentioning) == {"box.c": {"box.b"}}


def test_no_text_at_all_names_nothing() -> None:
    assert standing(live(Box(name="a", label=""), arn=""), live(Box(name="b", label=""), arn=arn_of("b"))) == {}


def test_only_a_text_names_a_thing() -> None:
    assert standing(live(Box(name="a"), arn=arn_of("a"), places=["x"], made=1), A_LID) == {"lid.l": {"box.a"}}


def test_a_thing_stands_on_what_is_declared_and_on_what_is_on_record() -> None:
    there = live(Note(name="n"))
    assert standing(A_BOX, B_BOX, there, wanted=[NOTE]) == {"note.n": {"box.b"}}
    record = Record(NOTE.address, needs=(BOX.address, Address("box", "gone")))
    assert standing(A_BOX, B_BOX, there, records=[record]) == {"note.n": {"box.a"}}


def test_nothing_stands_on_what_is_made_after_it_or_on_itself() -> None:
    lid = Record(A_LID.resource.address, needs=(NOTE.address, A_LID.resource.address))
    assert standing(live(Note(name="n")), A_LID, records=[lid]) == {}


def test_of_a_circle_one_edge_is_left_out() -> None:
    found = standing(
        live(Box(name="a", label=arn_of("b")), arn=arn_of("a")), live(Box(name="b", label=arn_of("a")), arn=arn_of("b"))
    )
    assert len(found) == 1


def test_beneath_is_all_the_way_down() -> None:
    floor, middle, top = (Address("box", name) for name in "abc")
    assert beneath([top], {top: {middle}, middle: {floor}}) == {middle, floor}
    assert beneath([floor], {top: {middle}, middle: {floor}}) == set()


def test_users_are_removed_before_the_used() -> None:
    kinds: dict[str, Any] = reconcilers(Cloud())
    changes = [change(item, Action.DELETE) for item in (OTHER, BOX, NOTE, Lid(name="m", box=arn_of("a")), LID)]
    ordered = sorted(changes, key=lambda item: removal_order(kinds, item))
    assert [item.address.name for item in ordered] == ["n", "l", "m", "a", "b"]
