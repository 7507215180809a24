"""Calls wait in lines, are tried again, share their fate or not; and a stop ends all of it in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from provisioner.engine.errors import AwsError
from provisioner.engine.keeping.lock import hold
from provisioner.engine.keeping.state import Ledger
from provisioner.engine.model import Address
from provisioner.engine.plan import Change, Plan
from provisioner.engine.running.executor import Executor, Outcome
from provisioner.engine.steps import Again, Call, Step, Tries
from tests.engine.desk import Desk, Pacer, box, executor, pending
from tests.engine.stores import LONG
from tests.engine.toys import Cloud, Lid, Note


def names(changes: list[Change]) -> list[str]:
    return sorted(str(change.address) for change in changes)


def lids(count: int, of: str = "a") -> list[Lid]:
    return [Lid(name=f"{of}{number}", box=box(of).arn) for number in range(count)]


def stopped(desk: Desk, plan: Plan, when: Callable[[Step], bool]) -> Outcome:
    """What became of ``plan`` when somebody stopped it during the first step that ``when`` names."""
    with hold(desk.store, "lock", "apply") as lock:

        def perform(step: Step) -> Any:
            if when(step):
                carrier.stop()
            return desk.cloud.perform(step)

        carrier = executor(desk, perform)
        return carrier.apply(plan, Ledger(desk.store, desk.cloud.scope, desk.state), lock)


def test_after_a_stop_calls_in_flight_end_and_no_change_starts(desk: Desk, cloud: Cloud) -> None:
    outcome = stopped(desk, desk.plan(box(), *lids(2)), lambda step: True)
    assert (names(outcome.done), names(outcome.left), outcome.interrupted) == (["box.a"], ["lid.a0", "lid.a1"], True)
    assert desk.state.records[Address("box", "a")].partial is False
    assert pending(desk.plan(box(), *lids(2))) == {"lid.a0": "create", "lid.a1": "create"}


def test_a_stop_after_the_last_change_has_interrupted_nothing(desk: Desk) -> None:
    outcome = stopped(desk, desk.plan(box()), lambda step: True)
    assert (names(outcome.done), outcome.interrupted) == (["box.a"], False)


class Slow(Pacer):
    """A turn for ``operation`` comes in an hour; all others come at once."""

    def __init__(self, operation: str) -> None:
        super().__init__(0.0)
        self._operation = operation

    def turn(self, line: str, now: float) -> float:
        return 3600.0 if line == self._operation else super().turn(line, now)


def test_what_waits_for_its_rate_keeps_nothing_else_waiting_and_ends_at_a_stop(desk: Desk, cloud: Cloud) -> None:
    notes = [Note(name=f"n{number}") for number in range(3)]
    plan = desk.plan(*(box(f"b{number}") for number in range(100)), *notes)

    def perform(step: Step) -> Any:
        answer = cloud.perform(step)
        if len(cloud.notes) == len(notes):
            carrier.stop()
        return answer

    with hold(desk.store, "lock", "apply") as lock:
        carrier = executor(desk, perform, Slow("toy:PutBox"))
        outcome = carrier.apply(plan, Ledger(desk.store, cloud.scope, desk.state), lock)
    assert (len(outcome.left), outcome.begun, outcome.interrupted, cloud.boxes) == (100, [], True, {})
    assert {address.kind for address in desk.state.records} == {"note"}, "what has not begun is not on record"


def test_after_a_stop_a_call_that_never_answers_is_not_waited_for_long(desk: Desk, cloud: Cloud) -> None:
    ever = threading.Event()

    def perform(step: Step) -> Any:
        carrier.stop()
        ever.wait(LONG)

    with hold(desk.store, "lock", "apply") as lock:
        carrier = executor(desk, perform, last_calls=0.01)
        outcome = carrier.apply(desk.plan(box()), Ledger(desk.store, cloud.scope, desk.state), lock)
    ever.set()
    assert (names(outcome.left), names(outcome.begun), outcome.interrupted) == (["box.a"], ["box.a"], True)
    assert desk.state.records[Address("box", "a")].partial


def test_a_step_is_tried_again_as_often_as_it_asks_for_it(desk: Desk, cloud: Cloud) -> None:
    tried = []

    def perform(step: Step, tries: Tries) -> Any:
        tried.append(tries.count)
        return Again(0.0, "busy") if tries.count < 3 else cloud.perform(step)

    with hold(desk.store, "lock", "apply") as lock:
        carrier = Executor(desk.reconcilers, perform, Pacer(0.0), desk.listener)
        outcome = carrier.apply(desk.plan(box()), Ledger(desk.store, cloud.scope, desk.state), lock)
    assert (tried, names(outcome.done)) == ([0, 1, 2, 3], ["box.a"])
    assert desk.listener.heard.count("calling box.a toy:PutBox") == 1
    assert desk.listener.heard.count("waiting for toy:PutBox: busy") == 3


def test_when_a_shared_call_is_refused_each_has_its_own(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), *lids(2))

    def perform(step: Step) -> Any:
        if isinstance(step, Call) and len(step.params["lids"]) > 1:
            raise AwsError("toy", "DeleteLids", "No", "one of them is in use")
        return cloud.perform(step)

    outcome = desk.execute(desk.plan(box()), perform)
    assert (names(outcome.done), outcome.failed, cloud.lids) == (["lid.a0", "lid.a1"], [], {})
    assert cloud.calls[-2:] == ["DeleteLids", "DeleteLids"]


def test_what_cannot_be_put_on_record_is_not_done(desk: Desk, cloud: Cloud) -> None:
    plan = desk.plan(box("a"), box("b"), *lids(1))
    desk.store.failing.add("append")
    with hold(desk.store, "lock", "apply") as lock:
        ledger = Ledger(desk.store, cloud.scope, desk.state)
        outcome = executor(desk, cloud.perform).apply(plan, ledger, lock)
    assert names([change for change, _ in outcome.failed]) == ["box.a", "box.b"]
    assert (names(outcome.left), cloud.calls) == (["lid.a0"], [])


def test_what_was_done_before_the_disk_was_full_is_told(desk: Desk, cloud: Cloud) -> None:
    def perform(step: Step) -> Any:
        desk.store.failing.add("append")
        return cloud.perform(step)

    plan = desk.plan(box(), *lids(1))
    with hold(desk.store, "lock", "apply") as lock:
        ledger = Ledger(desk.store, cloud.scope, desk.state)
        outcome = executor(desk, perform).apply(plan, ledger, lock)
        desk.store.failing.clear()
        ledger.close()
    assert (names(outcome.done), names([change for change, _ in outcome.failed])) == (["box.a"], ["lid.a0"])
    assert not desk.state.records[Address("box", "a")].partial
