"""Differences between AWS and what was last applied; the configuration has no say in them."""

from __future__ import annotations

from provisioner.engine.compare import FieldChange
from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Origin, Why
from provisioner.engine.reconciler import Record
from provisioner.engine.stamps import is_of
from tests.engine.desk import Desk, box, lid, said
from tests.engine.toys import BoxReconciler, Cloud, Note, arn_of

A, NOTE = Address("box", "a"), Address("note", "n")


def test_a_resource_that_is_as_applied_has_not_drifted(desk: Desk) -> None:
    desk.converge(box(), lid(box()), Note(name="n", pin="1234"))
    assert desk.drift() == []


def test_a_changed_field_is_shown_beside_its_applied_value(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(size=2, label="x"))
    cloud.boxes["a"].update(size=5, label="y")
    (change,) = desk.drift()
    assert said(change) == (Action.UPDATE, Why.DRIFTED, "size, label", Origin.DRIFT)
    assert change.fields == (FieldChange("size", 5, 2), FieldChange("label", "y", "x"))
    assert (change.live, change.recorded) == (
        desk.planner.observe([], desk.state, orphans=False).lives[A],
        change.recorded,
    )
    assert change.recorded == desk.state.records[A]


def test_a_resource_that_is_gone_is_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes.clear()
    (change,) = desk.drift()
    assert said(change) == (Action.CREATE, Why.GONE, "", Origin.DRIFT)


def test_a_strangers_thing_in_the_place_of_ours_is_told_with_both_ids(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), lid(box()))
    cloud.lids.clear()
    cloud.DeleteBox("a")
    cloud.PutBox("a", tags={"Owner": "they"})
    cloud.PutLid(arn_of("a"), "l", colour="grey")
    there, child = desk.drift()
    because = "on record is made 1, and here is made 2"
    assert said(there) == (Action.ADOPT, Why.CLAIMED, because, Origin.DRIFT)
    assert [field.field for field in there.fields] == ["tags"]
    assert said(child) == (Action.ADOPT, Why.CLAIMED, "box.a is not ours", Origin.DRIFT)


def test_a_resource_on_its_way_out_is_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"].update(going=True, size=9)
    (change,) = desk.drift()
    assert said(change) == (Action.REVIVE, Why.LEAVING, "", Origin.DRIFT)
    assert change.live is not None


def test_a_resource_that_its_kind_holds_back_is_no_drift(cloud: Cloud) -> None:
    class Volatile(BoxReconciler):
        def held_back(self, record: Record) -> str | None:
            return "it evaporates" if record.applied["label"] == "volatile" else None

    desk = Desk(cloud, kinds=(Volatile,))
    desk.converge(box("a", label="volatile"), box("b"))
    cloud.boxes.clear()
    assert [str(change.address) for change in desk.drift()] == ["box.b"]


def test_a_record_of_an_unfinished_change_or_of_a_removal_is_no_drift(desk: Desk) -> None:
    desk.record(Record(A, {}, {"size": 1}), begun=True)
    desk.record(Record(NOTE, {"id": "n-1"}))
    assert desk.drift() == []


def test_a_record_of_an_unknown_kind_is_no_drift(desk: Desk) -> None:
    desk.record(Record(Address("barrel", "x"), {}, {"size": 1}))
    assert desk.drift() == []


def test_recorded_attributes_that_the_kind_no_longer_has_are_ignored(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    record = desk.state.records[A]
    desk.record(Record(A, record.outputs, {"size": 1, "smell": "of roses"}))
    cloud.boxes["a"]["label"] = "not on record"
    assert desk.drift() == []


def test_a_secret_is_not_shown(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n", pin="1234"))
    assert is_of(desk.state.records[NOTE].applied["pin"], '"1234"')
    cloud.notes["n-1"]["pin"] = "9999"
    (change,) = desk.drift()
    assert change.fields == (FieldChange("pin", "****", "(secret)", secret=True),)


def test_a_secret_that_was_added_or_taken_away_is_drift(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n", pin=""))
    cloud.notes["n-1"]["pin"] = "9999"
    (change,) = desk.drift()
    assert [(field.before, field.after) for field in change.fields] == [("****", "(secret)")]
    desk.converge(Note(name="n", pin="1234"))
    cloud.notes["n-1"]["pin"] = ""
    (change,) = desk.drift()
    assert change.fields == (FieldChange("pin", "", "(secret)", secret=True),)


def test_drift_is_sorted_by_address(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n"), box("b"), box("a"))
    cloud.boxes.clear()
    cloud.notes.clear()
    assert [str(change.address) for change in desk.drift()] == ["box.a", "box.b", "note.n"]
