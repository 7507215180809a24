"""What a plan decides about each declared resource, and why."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from provisioner.engine.consent import EVERYTHING, Consent
from provisioner.engine.model import Address, Ref
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Action, Origin, Way, Why
from provisioner.engine.reconciler import Live, Memo, Record
from provisioner.engine.steps import Call
from tests.engine.desk import Desk, box, change_of, only, pending, said
from tests.engine.toys import Box, BoxReconciler, Cloud, Note, NoteReconciler

A, LID, NOTE = Address("box", "a"), Address("lid", "l"), Address("note", "n")


# What is declared


def test_a_resource_that_exists_nowhere_is_new(desk: Desk, cloud: Cloud) -> None:
    change = only(desk, box(size=2))
    assert said(change) == (Action.CREATE, Why.NEW, "", Origin.CONFIG)
    assert [(field.field, field.before) for field in change.fields] == [
        (name, None) for name in ("size", "label", "material", "tags")
    ]
    assert change.calls == (Call("toy", "PutBox", {"name": "a", **box(size=2).values()}),)
    assert cloud.performed == []


def test_a_resource_as_declared_is_kept(desk: Desk) -> None:
    desk.converge(box())
    change = only(desk, box())
    assert said(change) == (Action.KEEP, Why.DECLARED, "", Origin.CONFIG)
    assert (change.fields, change.calls) == ((), ())


def test_a_resource_declared_otherwise_is_updated(desk: Desk) -> None:
    desk.converge(box())
    change = only(desk, box(size=2, label="x"))
    assert said(change) == (Action.UPDATE, Why.EDITED, "size, label", Origin.CONFIG)
    assert len(change.calls) == 1


def test_a_change_made_in_aws_is_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["size"] = 9
    assert said(only(desk, box())) == (Action.UPDATE, Why.DRIFTED, "size", Origin.DRIFT)


def test_a_change_on_both_sides_is_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["size"] = 9
    assert said(only(desk, box(label="x", size=3))) == (Action.UPDATE, Why.DRIFTED, "size, label", Origin.DRIFT)


def test_without_a_complete_record_a_difference_is_not_called_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["size"] = 9
    desk.store.blobs.clear()
    assert only(desk, box()).origin is Origin.CONFIG
    desk.record(Record(A, {"made": 1}, {"size": 1}), begun=True)
    assert only(desk, box()).origin is Origin.CONFIG
    desk.record(Record(A, {"made": 1}, {"label": "x"}))
    assert only(desk, box()).origin is Origin.CONFIG


def test_a_change_that_follows_from_an_unknown_value_says_so(desk: Desk) -> None:
    desk.converge(box(label="n-7"))
    note = Note(name="n")
    change = change_of(desk.plan(note, box(label=note.id)), "box.a")
    assert said(change) == (Action.UPDATE, Why.FOLLOWS, "label", Origin.CONFIG)
    assert change.want == box(label=note.id)
    assert change.calls[0].params["label"] == Ref(NOTE, "id")


def test_a_change_of_an_immutable_attribute_is_a_replacement(desk: Desk) -> None:
    desk.converge(box())
    plan = desk.plan(box(size=2, material="tin"))
    change = change_of(plan, "box.a")
    assert said(change) == (Action.REPLACE, Why.FIXED, "material", Origin.CONFIG)
    assert [call.operation for call in change.calls] == ["DeleteBox", "PutBox"]
    assert plan.refusals == ()


def test_a_resource_with_data_is_replaced_by_consent_alone() -> None:
    class GoldenBoxes(BoxReconciler):
        def losses(self, going: Sequence[Live[Box]], memo: Memo) -> dict[Address, str]:
            return {live.resource.address: "all the gold" for live in going}

    desk = Desk(kinds=(GoldenBoxes,))
    desk.converge(box())
    (refusal,) = desk.plan(box(material="tin")).refusals
    assert refusal.text == "box.a would be lost for good: all the gold"
    assert (refusal.way, refusal.address) == (Way.LOSE, A)
    assert desk.plan(box(material="tin"), lose=Consent.to([A])).refusals == ()
    assert desk.plan(box(size=2)).refusals == ()
    desk.cloud.boxes.clear()
    assert desk.plan(box(material="tin")).refusals == (), "what is gone holds nothing"


def test_a_resource_on_its_way_out_is_revived(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["going"] = True
    assert said(only(desk, box())) == (Action.REVIVE, Why.LEAVING, "", Origin.DRIFT)
    desk.store.blobs.clear()
    assert said(only(desk, box())) == (Action.REVIVE, Why.LEAVING, "", Origin.CONFIG)


# What is gone


def test_a_recorded_resource_that_is_gone_is_lost(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes.clear()
    assert said(only(desk, box())) == (Action.CREATE, Why.LOST, "", Origin.DRIFT)


@pytest.mark.parametrize(
    ("record", "begun"), [(Record(A, {}, {"size": 1}), True), (Record(A, {"made": 1}), False)], ids=["begun", "removed"]
)
def test_an_unfinished_or_removed_resource_is_not_lost(desk: Desk, record: Record, begun: bool) -> None:
    desk.record(record, begun=begun)
    assert said(only(desk, box())) == (Action.CREATE, Why.NEW, "", Origin.CONFIG)


class Homing(NoteReconciler):
    """Comes back by itself."""

    def held_back(self, record: Record) -> str | None:
        return "it comes back by itself"


@pytest.fixture
def homing() -> Desk:
    """A desk where a note on a box has gone, and its kind would rather wait."""
    desk = Desk(kinds=(BoxReconciler, Homing))
    desk.converge(box(), Note(name="n", text=box().arn))
    desk.cloud.notes.clear()
    return desk


def test_a_resource_that_its_kind_holds_back_is_not_recreated(homing: Desk) -> None:
    plan = homing.plan(box(), Note(name="n", text=box().arn))
    change = change_of(plan, "note.n")
    assert (change.action, change.why, change.reason) == (Action.KEEP, Why.HELD, "it comes back by itself")
    assert (change.fields, change.calls) == ((), ())
    assert plan.held == (change,)


def test_a_person_can_insist_on_what_is_held_back(homing: Desk) -> None:
    plan = homing.plan(box(), Note(name="n", text=box().arn), insist=frozenset({"note"}))
    assert pending(plan) == {"note.n": "create"}
    plan = homing.plan(box(), Note(name="n", text=box().arn), insist=frozenset({"box"}))
    assert pending(plan) == {}


@pytest.mark.parametrize("material", ["wood", "tin"])
def test_nothing_is_held_back_when_what_it_needed_is_made_anew(homing: Desk, material: str) -> None:
    if material == "wood":
        homing.cloud.boxes.clear()
    plan = homing.plan(box(material=material), Note(name="n", text=box().arn))
    assert pending(plan) == {"box.a": "create" if material == "wood" else "replace", "note.n": "create"}


def test_a_resource_without_a_record_is_not_held_back(homing: Desk) -> None:
    assert pending(homing.plan(box(), Note(name="n", text=box().arn), Note(name="m"))) == {"note.m": "create"}


# What is not ours


def test_a_strangers_resource_of_our_name_is_refused(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", size=5)
    plan = desk.plan(box())
    change = change_of(plan, "box.a")
    assert said(change) == (Action.ADOPT, Why.STRANGER, "", Origin.CONFIG)
    assert [field.field for field in change.fields] == ["size", "tags"]
    (refusal,) = plan.refusals
    assert (refusal.text, refusal.way, refusal.address) == ("box.a exists and is not ours", Way.ADOPT, A)


def test_a_refusal_says_what_speaks_against_our_ownership(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"].update(made=7, tags={})
    plan = desk.plan(box())
    assert change_of(plan, "box.a").why is Why.CLAIMED
    assert plan.refusals[0].text == "box.a exists and is not ours (on record is made 1, and here is made 7)"


@pytest.mark.parametrize(
    ("adopt", "agreed"), [(EVERYTHING, True), (Consent.to([A]), True), (Consent.to([NOTE]), False)]
)
def test_with_consent_a_strangers_resource_is_adopted(desk: Desk, cloud: Cloud, adopt: Consent, agreed: bool) -> None:
    cloud.PutBox("a", size=5)
    plan = desk.plan(box(), adopt=adopt)
    assert pending(plan) == {"box.a": "adopt"}
    assert (plan.refusals == ()) is agreed


def test_after_an_adoption_the_resource_is_as_declared(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", size=5)
    desk.converge(box(), adopt=EVERYTHING)
    assert pending(desk.plan(box())) == {}


def test_a_resource_of_another_stack_is_refused_despite_consent(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", tags={STACK_TAG: "shop/prod/us-east-1"})
    (refusal,) = desk.plan(box(), adopt=EVERYTHING).refusals
    assert refusal.text == "box.a exists and is not ours (it belongs to shop/prod/us-east-1 of this tool)"
    assert refusal.way is Way.OTHER_STACK


def test_an_adoption_that_needs_a_replacement_is_refused(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", material="gold")
    (refusal,) = desk.plan(box(), adopt=EVERYTHING).refusals
    assert refusal.text.startswith("box.a: material cannot be changed in place")


def test_a_strangers_resource_on_its_way_out_is_refused(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", going=True)
    plan = desk.plan(box())
    assert (pending(plan), plan.refusals[0].way) == ({"box.a": "revive"}, Way.ADOPT)


class Sprouting(BoxReconciler):
    """Made by whoever first uses its name."""

    def implicit(self, live: Live[Box]) -> bool:
        return not live.resource.tags or STACK_TAG in live.resource.tags


def test_an_implicitly_made_resource_is_adopted_without_asking(cloud: Cloud) -> None:
    desk = Desk(cloud, kinds=(Sprouting,))
    cloud.PutBox("a")
    plan = desk.plan(box())
    assert said(plan.changes[0])[:2] == (Action.ADOPT, Why.IMPLICIT)
    assert plan.refusals == ()


def test_a_resource_of_another_stack_is_not_implicit(cloud: Cloud) -> None:
    desk = Desk(cloud, kinds=(Sprouting,))
    cloud.PutBox("a", tags={STACK_TAG: "shop/prod/us-east-1"})
    assert desk.plan(box()).refusals
