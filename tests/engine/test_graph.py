"""What comes before what."""

from __future__ import annotations

from graphlib import CycleError
from typing import Any

import pytest

from provisioner.engine.graph import edges, in_order, removal_order
from provisioner.engine.model import Address, Resource
from provisioner.engine.plan import Action, Change, Why
from provisioner.engine.reconciler import Record
from tests.engine.toys import Box, Cloud, Lid, Note, arn_of, reconcilers

KINDS = ("box", "lid", "note")


def change(resource: Resource, action: Action, needs: tuple[Address, ...] = ()) -> Change:
    want = None if action is Action.DELETE else resource
    record = Record(resource.address, needs=needs) if needs else None
    return Change(resource.address, action, Why.NEW, want=want, record=record)


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


def test_among_the_ready_the_order_given_holds() -> None:
    leaves = [Lid(name=name, box=BOX.arn) for name in ("z", "y", "x")]
    assert in_order([*leaves, BOX]) == [BOX, *leaves]


def test_what_is_needed_and_not_declared_holds_up_nothing() -> None:
    assert in_order([LID]) == [LID]


def test_a_circle_is_an_error() -> None:
    with pytest.raises(CycleError):
        in_order([Box(name="a", label=OTHER.arn), Box(name="b", label=BOX.arn)])


def test_a_change_waits_for_the_changes_of_what_it_needs() -> None:
    found = edges([change(BOX, Action.CREATE), change(LID, Action.CREATE), change(NOTE, Action.CREATE)], KINDS)
    assert before(found, BOX) == set()
    assert before(found, LID) == {"box.a"}
    assert before(found, NOTE) == set(), "nothing happens to box.b"


def test_a_removal_waits_for_every_change_of_the_kinds_made_after_it() -> None:
    changes = [change(BOX, Action.DELETE), change(LID, Action.DELETE), change(NOTE, Action.UPDATE)]
    found = edges(changes, KINDS)
    assert before(found, BOX) == {"lid.l", "note.n"}
    assert before(found, LID) == {"note.n"}
    assert before(found, NOTE) == set()


def test_a_removal_does_not_wait_for_its_own_kind() -> None:
    found = edges([change(BOX, Action.DELETE), change(OTHER, Action.DELETE)], KINDS)
    assert before(found, BOX) == before(found, OTHER) == set()


def test_a_removal_waits_for_that_of_what_stood_on_it_within_its_kind() -> None:
    over = change(OTHER, Action.DELETE, needs=(BOX.address,))
    found = edges([change(BOX, Action.DELETE), over], KINDS)
    assert before(found, BOX) == {"box.b"}
    assert before(found, OTHER) == set()


def test_only_what_goes_too_is_waited_for_within_a_kind() -> None:
    over = change(OTHER, Action.UPDATE, needs=(BOX.address,))
    assert before(edges([change(BOX, Action.DELETE), over], KINDS), BOX) == set()


def test_what_another_kind_stood_on_is_told_by_the_order_of_kinds_alone() -> None:
    lid = change(LID, Action.DELETE)
    box = change(BOX, Action.DELETE, needs=(LID.address,))
    assert before(edges([lid, box], KINDS), LID) == set()


def test_users_are_removed_before_the_used() -> None:
    kinds: dict[str, Any] = reconcilers(Cloud())
    changes = [change(item, Action.DELETE) for item in (OTHER, BOX, NOTE, Lid(name="m", box=arn_of("a")), LID)]
    ordered = sorted(changes, key=lambda item: removal_order(kinds, item))
    assert [item.address.name for item in ordered] == ["n", "l", "m", "a", "b"]
