"""What a plan contains beside its changes, and what is read for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from provisioner.engine.consent import Options
from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Way, Why
from provisioner.engine.reconciler import Live, Memo, Record
from provisioner.engine.steps import Steps
from tests.engine.desk import Desk, box, change_of, lid, pending, said
from tests.engine.toys import SCOPE, Box, BoxReconciler, Cloud, Lid, LidReconciler, Note, NoteReconciler, arn_of

A, LID, NOTE = Address("box", "a"), Address("lid", "l"), Address("note", "n")


def test_foreign_children_are_noted(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), lid(box("a")), box("b"))
    cloud.PutLid(arn_of("a"), "theirs")
    wanted = (box("a"), lid(box("a")), box("b"))
    alone, along = (f"box.a: lid theirs was added by others and {fate}" for fate in ("is left alone", "goes with it"))
    assert desk.plan(*wanted).notes == (alone,)
    assert desk.plan(box("b")).notes == (along,)
    assert desk.plan(box("a", material="tin"), lid(box("a")), box("b")).notes == (along,)
    assert desk.teardown(*wanted).notes == (along,)
    assert desk.teardown(*wanted, retain=frozenset({"box"})).notes == (alone,)


def test_children_in_a_strangers_thing_are_not_noted(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", tags={"Owner": "they"})
    cloud.PutLid(arn_of("a"), "theirs")
    assert desk.plan(box("a")).notes == ()
    assert desk.teardown(box("a")).notes == ()


def test_what_could_not_be_looked_at_is_noted(cloud: Cloud) -> None:
    class Blind(BoxReconciler):
        def obstacles(self, going: Sequence[Live[Box]], memo: Memo) -> dict[Address, str]:
            memo.unseen("shelves", "AccessDenied")
            return {}

    desk = Desk(cloud, kinds=(Blind, LidReconciler, NoteReconciler))
    desk.converge(box("a"))
    plan = desk.teardown(box("a"))
    assert (pending(plan), plan.notes) == ({"box.a": "delete"}, ("could not be looked at: shelves (AccessDenied)",))


def test_a_note_about_an_unheard_resource_goes_when_somebody_else_hears_it(desk: Desk, cloud: Cloud) -> None:
    wanted = [box("a"), lid(box("a")), box("b")]
    desk.converge(*wanted)
    unheard = {A: "nobody hears a", Address("box", "b"): "nobody hears b"}
    cloud.PutLid(arn_of("a"), "deaf")
    plan = desk.planner.plan(wanted, desk.state, Options(), ["first"], unheard)
    added = "box.a: lid {} was added by others and is left alone"
    assert plan.notes == ("first", "nobody hears a", "nobody hears b", added.format("deaf"))
    cloud.PutLid(arn_of("a"), "ear", hears=True)
    plan = desk.planner.plan(wanted, desk.state, Options(), ["first"], unheard)
    assert plan.notes == ("first", "nobody hears b", added.format("deaf"), added.format("ear"))
    assert desk.planner.plan(wanted, desk.state, Options()).notes == (added.format("deaf"), added.format("ear"))


def test_notes_of_resources_are_sorted_and_follow_the_given_ones(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("b"), box("a"))
    cloud.boxes["b"]["notes"] = ("is old",)
    cloud.boxes["a"]["notes"] = ("is wet", "is heavy")
    plan = desk.planner.plan([box("b"), box("a")], desk.state, Options(), ["first"])
    assert plan.notes == ("first", "box.a: is heavy", "box.a: is wet", "box.b: is old")


def test_a_plan_has_the_outputs_known_so_far(desk: Desk) -> None:
    assert desk.plan(box()).outputs == {A: {"arn": arn_of("a")}}
    desk.converge(box(), Note(name="n"))
    assert desk.plan(box(size=2), Note(name="n")).outputs == {
        A: {"arn": arn_of("a"), "made": 1},
        NOTE: {"id": "n-2"},
    }
    assert desk.plan(box(material="tin")).outputs == {A: {"arn": arn_of("a")}}


def test_predicted_outputs_fill_in_for_those_aws_does_not_show(cloud: Cloud) -> None:
    class Farsighted(NoteReconciler):
        def predict(self, want: Note) -> dict[str, Any]:
            return {"id": "as predicted", "page": 7}

    desk = Desk(cloud, kinds=(Farsighted,))
    desk.converge(Note(name="n"))
    assert desk.plan(Note(name="n")).outputs == {NOTE: {"id": "n-1", "page": 7}}


def test_a_kind_may_refuse_to_have_more_made(cloud: Cloud) -> None:
    class Rationed(LidReconciler):
        def refusals(self, creating: Sequence[Lid], memo: Any) -> list[str]:
            assert memo.sought("lid")
            return [f"{item.name} on {item.box} is one too many" for item in creating]

    desk = Desk(cloud, kinds=(BoxReconciler, Rationed))
    plan = desk.plan(box(), lid(box()))
    assert [(refusal.text, refusal.way) for refusal in plan.refusals] == [
        (f"l on {arn_of('a')} is one too many", Way.BY_HAND)
    ]
    desk.apply(plan)
    assert desk.plan(box(), lid(box(), colour="red")).refusals == ()
    assert desk.plan(box()).refusals == ()


def test_a_kind_is_asked_for_refusals_only_if_one_of_it_is_created(cloud: Cloud) -> None:
    class Alone(NoteReconciler):
        def refusals(self, creating: Sequence[Note], memo: Any) -> list[str]:
            raise AssertionError(creating)

    assert pending(Desk(cloud, kinds=(BoxReconciler, Alone)).plan(box())) == {"box.a": "create"}


# What is looked for


def test_declared_resources_are_sought_with_predicted_values(desk: Desk) -> None:
    observed = desk.planner.observe([box(), lid(box())], desk.state, orphans=False)
    assert observed.sought[LID].want == Lid(name="l", box=arn_of("a"))


def test_a_child_moved_to_another_parent_is_found_at_the_former_one(desk: Desk) -> None:
    desk.converge(box("a"), box("b"), lid(box("a")))
    plan = desk.plan(box("a"), box("b"), lid(box("b")))
    assert said(change_of(plan, "lid.l"))[:3] == (Action.REPLACE, Why.FIXED, "box")
    plan = desk.plan(lid(box("b")), box("b"))
    assert pending(plan) == {"lid.l": "replace", "box.a": "delete"}


def test_the_parent_of_a_recorded_child_is_sought(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", tags={})
    desk.record(Record(A, {"made": 1}, {"size": 1}))
    desk.record(Record(LID, {}, {"box": arn_of("a")}))
    cloud.PutLid(arn_of("a"), "l")
    assert set(desk.planner.observe([], desk.state, orphans=False).lives) == {A, LID}


def test_a_planner_looks_for_orphans_on_request(desk: Desk) -> None:
    desk.converge(box())
    desk.store.blobs.clear()
    assert desk.planner.observe([], desk.state, orphans=False).lives == {}
    assert set(desk.planner.observe([], desk.state, orphans=True).lives) == {A}


def test_changes_come_in_the_order_of_needs(desk: Desk) -> None:
    note = Note(name="n")
    plan = desk.plan(box(label=note.id), note)
    assert [str(change.address) for change in plan.changes] == ["note.n", "box.a"]


def test_a_plan_has_its_scope(desk: Desk) -> None:
    assert desk.plan(box()).scope == SCOPE


class Thorough(BoxReconciler):
    def delete(self, live: Live[Box]) -> Steps:
        yield from super().delete(live)
        yield self.call("DeleteBox", name="twice")


def test_a_removal_previews_every_call(cloud: Cloud) -> None:
    desk = Desk(cloud, kinds=(Thorough,))
    desk.converge(box())
    assert [call.params["name"] for call in desk.plan().changes[0].calls] == ["a", "twice"]
