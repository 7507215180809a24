"""Changes run in order and side by side, are on record before and after, and stop in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.errors import AwsError, DefectError, LockedError
from provisioner.engine.keeping.lock import hold, unlock
from provisioner.engine.keeping.state import Ledger, claim
from provisioner.engine.model import Address
from provisioner.engine.plan import Change, Plan
from provisioner.engine.reconciler import Record
from provisioner.engine.running.executor import Outcome
from provisioner.engine.steps import Call, Remember, Step, Steps, Wait
from tests.engine.desk import Desk, Doing, box, change_of, executor, pending
from tests.engine.stores import LONG
from tests.engine.toys import BoxReconciler, Cloud, Lid, LidReconciler, Note, NoteReconciler, arn_of


def names(changes: list[Change]) -> list[str]:
    return sorted(str(change.address) for change in changes)


def lids(count: int, of: str = "a") -> list[Lid]:
    return [Lid(name=f"{of}{number}", box=box(of).arn) for number in range(count)]


class Crowd:
    """Performs, and knows how many calls of one operation were under way at once."""

    def __init__(self, cloud: Cloud, operation: str, meet: int = 1) -> None:
        self._cloud = cloud
        self._operation = operation
        self._barrier = threading.Barrier(meet)
        self._guard = threading.Lock()
        self._now = 0
        self.most = 0

    def __call__(self, step: Step) -> Any:
        if not (isinstance(step, Call) and step.operation == self._operation):
            return self._cloud.perform(step)
        with self._guard:
            self._now += 1
            self.most = max(self.most, self._now)
        self._barrier.wait(LONG)
        time.sleep(0.002)
        with self._guard:
            self._now -= 1
        return self._cloud.perform(step)


def failing(cloud: Cloud, *operations: str, error: Exception | None = None) -> Doing:
    """Each of ``operations`` fails."""

    def perform(step: Step) -> Any:
        if isinstance(step, Call) and step.operation in operations:
            raise error or AwsError("toy", step.operation, "No", "no")
        return cloud.perform(step)

    return perform


def test_a_change_starts_when_all_that_it_needs_is_done(desk: Desk, cloud: Cloud) -> None:
    note = Note(name="n")
    plan = desk.plan(note, box("b", label=note.id), box("a", depends_on=(Address("box", "b"),)))
    outcome = desk.execute(plan)
    assert [str(change.address) for change in outcome.done] == ["note.n", "box.b", "box.a"]
    assert cloud.calls == ["CreateNote", "PutBox", "PutBox"]


def test_a_value_unknown_in_the_plan_is_known_when_its_change_starts(desk: Desk, cloud: Cloud) -> None:
    note = Note(name="n")
    outcome = desk.execute(desk.plan(note, box(label=note.id)))
    assert cloud.boxes["a"]["label"] == "n-1"
    assert desk.state.records[Address("box", "a")].applied["label"] == "n-1"
    assert outcome.outputs[note.address] == {"id": "n-1"}


def test_independent_changes_run_side_by_side(desk: Desk, cloud: Cloud) -> None:
    crowd = Crowd(cloud, "PutBox", meet=3)
    outcome = desk.execute(desk.plan(box("a"), box("b"), box("c")), crowd)
    assert (names(outcome.done), crowd.most) == (["box.a", "box.b", "box.c"], 3)


def test_changes_with_the_same_serial_key_run_one_after_another(desk: Desk, cloud: Cloud) -> None:
    crowd = Crowd(cloud, "PutLid")
    outcome = desk.execute(desk.plan(box(), *lids(4)), crowd)
    assert (len(outcome.done), crowd.most) == (5, 1)


def test_changes_with_different_serial_keys_run_side_by_side(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), box("b"))
    crowd = Crowd(cloud, "PutLid", meet=2)
    desk.execute(desk.plan(box("a"), box("b"), *lids(1, "a"), *lids(1, "b")), crowd)
    assert crowd.most == 2


def test_removals_with_the_same_serial_key_run_one_after_another() -> None:
    class OneByOne(LidReconciler):
        delete_batch = 1

    desk = Desk(kinds=(BoxReconciler, OneByOne, NoteReconciler))
    desk.converge(box(), *lids(4))
    crowd = Crowd(desk.cloud, "DeleteLids")
    desk.execute(desk.plan(box()), crowd)
    assert (desk.cloud.lids, crowd.most) == ({}, 1)
    assert desk.cloud.calls.count("DeleteLids") == 4


def test_removals_in_batches_go_together(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), *lids(5))
    desk.listener.heard.clear()
    outcome = desk.execute(desk.plan(box()))
    assert [len(call.params["lids"]) for call in cloud.made if call.operation == "DeleteLids"] == [2, 2, 1]
    assert names(outcome.done) == ["lid.a0", "lid.a1", "lid.a2", "lid.a3", "lid.a4"]
    assert list(desk.state.records) == [Address("box", "a")]
    assert sum(line.startswith("started") for line in desk.listener.heard) == 5
    assert sum(line.startswith("done") for line in desk.listener.heard) == 5


def test_only_removals_are_batched(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), *lids(2))
    outcome = desk.execute(desk.plan(box(), Lid(name="a1", box=arn_of("a"), colour="red"), *lids(3)[2:]))
    assert names(outcome.done) == ["lid.a0", "lid.a1", "lid.a2"]
    assert {name: lid["colour"] for (_, name), lid in cloud.lids.items()} == {"a1": "red", "a2": "grey"}


def test_a_box_is_removed_after_its_lids(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), *lids(3))
    desk.apply(desk.plan())
    assert cloud.calls[-3:] == ["DeleteLids", "DeleteLids", "DeleteBox"]
    assert desk.state.records == {}


def test_a_change_is_on_record_before_its_first_call_and_after_its_last(desk: Desk, cloud: Cloud) -> None:
    at_the_call = []

    def perform(step: Step) -> Any:
        at_the_call.append(desk.state.records.get(Address("lid", "l")))
        return cloud.perform(step)

    desk.converge(box())
    wanted = (box(), Lid(name="l", box=box().arn))
    desk.execute(desk.plan(*wanted), perform)
    record = Record(Address("lid", "l"), {}, {"box": arn_of("a"), "colour": "grey"}, (Address("box", "a"),))
    assert at_the_call == [replace(record, partial=True)]
    assert desk.state.records[Address("lid", "l")] == record


def test_a_remembered_id_is_on_record_before_the_next_call(cloud: Cloud) -> None:
    class InTwoCalls(NoteReconciler):
        def create(self, want: Note) -> Steps:
            note = yield self.call("CreateNote", title=want.name, text="", pin="")
            yield Remember({"id": note["id"]})
            yield self.call("UpdateNote", id=note["id"], text=want.text)

    desk = Desk(kinds=(BoxReconciler, LidReconciler, InTwoCalls))
    outcome = desk.execute(desk.plan(Note(name="n", text="t")), failing(desk.cloud, "UpdateNote"))
    assert names([change for change, _ in outcome.failed]) == ["note.n"]
    record = desk.state.records[Address("note", "n")]
    assert (record.outputs, record.partial) == ({"id": "n-1"}, True)
    assert not any(isinstance(step, Remember) for step in desk.cloud.performed)


def test_a_wait_is_performed() -> None:
    class Patient(BoxReconciler):
        def delete(self, live: Any) -> Steps:
            yield from super().delete(live)
            yield Wait("toy", "box_gone", {"name": live.resource.name})

    desk = Desk(kinds=(Patient,))
    desk.converge(box())
    desk.execute(desk.plan())
    assert desk.cloud.performed[-1] == Wait("toy", "box_gone", {"name": "a"})


def test_an_update_keeps_the_recorded_outputs_and_a_replacement_drops_them(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    made = desk.state.records[Address("box", "a")].outputs
    plan = desk.plan(box(size=2))
    assert desk.execute(plan, failing(cloud, "PutBox")).failed
    assert desk.state.records[Address("box", "a")].outputs == made == {"arn": arn_of("a"), "made": 1}
    desk.execute(plan)
    assert desk.state.records[Address("box", "a")].outputs == made
    plan = desk.plan(box(size=2, material="tin"))
    assert pending(plan) == {"box.a": "replace"}
    assert desk.execute(plan, failing(cloud, "PutBox")).failed
    assert desk.state.records[Address("box", "a")].outputs == {}
    assert cloud.boxes == {}


def test_a_lingering_resource_stays_on_record_after_its_removal() -> None:
    class Lingering(BoxReconciler):
        lingers = True

    desk = Desk(kinds=(Lingering,))
    desk.converge(box())
    desk.execute(desk.plan())
    assert desk.state.records == {Address("box", "a"): Record(Address("box", "a"), {"arn": arn_of("a"), "made": 1})}


def test_a_failure_stops_what_depends_on_it_and_not_its_neighbours(desk: Desk, cloud: Cloud) -> None:
    note = Note(name="n")
    plan = desk.plan(note, box("a", label=note.id), box("b"))
    outcome = desk.execute(plan, failing(cloud, "CreateNote"))
    assert names(outcome.done) == ["box.b"]
    assert [(str(change.address), str(error)) for change, error in outcome.failed] == [
        ("note.n", "toy CreateNote failed: No: no")
    ]
    assert names(outcome.left) == ["box.a"]
    assert not outcome.interrupted
    assert "failed note.n: toy CreateNote failed: No: no" in desk.listener.heard
    assert "done note.n" not in desk.listener.heard


def test_when_a_batch_fails_each_of_its_changes_has_failed(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), *lids(2))
    outcome = desk.execute(desk.plan(), failing(cloud, "DeleteLids"))
    assert names([change for change, _ in outcome.failed]) == ["lid.a0", "lid.a1"]
    assert names(outcome.left) == ["box.a"]
    assert len(desk.state.records) == 3


def test_the_reporter_hears_of_each_turn(desk: Desk) -> None:
    desk.plan()
    plan = desk.plan(box())
    desk.listener.heard.clear()
    desk.execute(plan)
    assert desk.listener.heard == [
        "applying 1",
        "started box.a",
        "calling box.a toy:PutBox",
        "done box.a",
        "finished",
    ]


def test_a_plan_without_pending_changes_makes_no_call(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    outcome = desk.execute(desk.plan(box()))
    assert outcome == Outcome(outputs=outcome.outputs)
    assert cloud.calls == ["PutBox"]


def executed_without_lock(desk: Desk, plan: Plan, when: Callable[[Step], bool] | None) -> Outcome:
    """What became of ``plan`` when the lock was lost after the step that ``when`` names, or before all."""
    with hold(desk.store, "lock", "apply", pause=0.002) as lock:

        def lose() -> None:
            unlock(desk.store, "lock")
            with pytest.raises(LockedError):  # noqa: PT012  (how often it looks is its own affair)
                while True:
                    lock.check()

        def perform(step: Step) -> Any:
            answer = desk.cloud.perform(step)
            if when and when(step):
                lose()
            return answer

        ledger = Ledger(desk.store, desk.cloud.scope, claim(desk.store, desk.cloud.scope, lock))
        if not when:
            lose()
        return executor(desk, perform).apply(plan, ledger, lock)


def test_without_the_lock_no_change_is_started_or_recorded(desk: Desk, cloud: Cloud) -> None:
    with pytest.raises(LockedError):
        executed_without_lock(desk, desk.plan(box()), None)
    assert (cloud.calls, desk.state.records) == ([], {})
    assert "started box.a" not in desk.listener.heard


def test_a_change_that_loses_the_lock_makes_no_further_call(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    with pytest.raises(LockedError):
        executed_without_lock(desk, desk.plan(box(material="tin")), lambda step: str(step) == "toy:DeleteBox")
    assert cloud.calls == ["PutBox", "DeleteBox"]


def test_a_value_that_turns_out_to_be_unchanged_needs_no_call(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(label="n-2"))
    note = Note(name="n")
    plan = desk.plan(note, box(label=note.id))
    assert not change_of(plan, "box.a").fields[0].known
    desk.execute(plan)
    assert cloud.calls == ["PutBox", "CreateNote"]


class Broken(LidReconciler):
    """Its author has made a mistake."""

    def create(self, want: Lid) -> Steps:
        answer = yield self.call("PutLid", box=want.box, name=want.name, colour=want.colour)
        if answer is None:
            raise KeyError("hunter2")


def test_a_defect_of_a_kind_is_the_failure_of_its_change_and_of_no_other() -> None:
    desk = Desk(kinds=(BoxReconciler, Broken, NoteReconciler))
    outcome = desk.execute(desk.plan(box(), box("b"), *lids(1), Note(name="n")))
    assert names(outcome.done) == ["box.a", "box.b", "note.n"]
    ((change, error),) = outcome.failed
    assert str(change.address) == "lid.a0"
    assert isinstance(error, DefectError)
    assert error.message == "a defect of this program: KeyError"
    assert any("test_executor.py" in line and "in create" in line for line in error.details)
    assert "hunter2" not in str(error)


def test_what_has_been_done_is_known_also_where_the_run_ends_in_an_error(desk: Desk, cloud: Cloud) -> None:
    def perform(step: Step) -> Any:
        answer = cloud.perform(step)
        if isinstance(step, Call) and step.operation == "PutLid":
            unlock(desk.store, "lock")
            raise SystemExit
        return answer

    plan = desk.plan(box(), *lids(1))
    carrier = executor(desk, perform)
    assert carrier.outcome is None
    with hold(desk.store, "lock", "apply") as lock, pytest.raises(SystemExit):
        carrier.apply(plan, Ledger(desk.store, cloud.scope, desk.state), lock)
    assert carrier.outcome is not None
    assert (names(carrier.outcome.done), names(carrier.outcome.begun)) == (["box.a"], ["lid.a0"])
