"""What a plan decides about resources that are not declared, and what a teardown removes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Origin, Why
from provisioner.engine.reconciler import Live, Record
from tests.engine.desk import Desk, box, change_of, lid, only, pending, said
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
