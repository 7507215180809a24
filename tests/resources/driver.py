"""The engine as a command drives it, against the embedded AWS: plan, apply, closing check and state."""

from __future__ import annotations

import itertools
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from provisioner.aws.connection import Connection
from provisioner.aws.door import Aws, sign_in
from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.drift import drifted
from provisioner.engine.keeping.lock import hold
from provisioner.engine.keeping.state import Ledger, State, claim, load, state_name
from provisioner.engine.keeping.store import LocalStore, Store
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observer
from provisioner.engine.plan import Change, Plan
from provisioner.engine.planning.planner import Planner
from provisioner.engine.reconciler import World
from provisioner.engine.reporter import Reporter
from provisioner.engine.running.closing import check, settle
from provisioner.engine.running.executor import Executor, Outcome
from provisioner.engine.steps import Again, Call, Step, Tries
from provisioner.export.pieces import Ours
from provisioner.resources import reconcilers
from tests.resources.messaging import TOPIC_ARN
from tests.resources.naming import ENVIRONMENT, PLATFORM

Client = Callable[[str], Any]
Doing = Callable[[Step], Any]
"""Makes a step real, however often it has to be tried."""

Wrap = Callable[[Doing], Doing]

WILLING = Options(lose=EVERYTHING, removals=True)
"""Whoever converges here has agreed to lose data and to remove much; what happens without that is tested by itself."""

PATIENCE_SECONDS = 3.0
"""The emulator shows everything at once, so what it does not show by then it never will."""


class Stopped(BaseException):
    """What the process would have done next never happened."""


class Diary(Reporter):
    """Every call of a run with the address it was for, and what it had to wait for."""

    def __init__(self) -> None:
        self.calls: list[tuple[Address, Call]] = []
        self.waits: list[str] = []

    def calling(self, change: Change, call: Call) -> None:
        self.calls.append((change.address, call))

    def waiting(self, what: str, seconds: float, why: str) -> None:
        self.waits.append(f"{what}: {why}")


def _nothing_is_left(changes: Sequence[Change]) -> None:
    assert not changes, "the emulator removes children with their parents"


def performed(aws: Aws, step: Step) -> Any:
    """AWS's answer to ``step``, tried again as often as the door asks for it."""
    tries = Tries()
    while isinstance(answer := aws.perform(step, tries), Again):
        time.sleep(answer.seconds)
        tries.count += 1
    return answer


@dataclass
class Platform:
    """One environment in an emulated account, its state below ``root``."""

    connection: Connection
    url: str
    root: Path
    diary: Diary = field(default_factory=Diary)

    def __post_init__(self) -> None:
        self.store: Store = LocalStore(self.root)
        self._begin()

    def _begin(self) -> None:
        """Each command is a process of its own: it remembers nothing of the writes of the last one."""
        self._aws = sign_in(self.connection, PLATFORM, ENVIRONMENT, (), self.diary)
        self.scope = self._aws.scope
        self.reconcilers = reconcilers(self._aws.world)
        self._observer = Observer(self._aws.world, self.reconcilers, self.diary)
        self._planner = Planner(self.scope, self.reconcilers, self._observer, self._aws.rates.unused)

    def perform(self, step: Step) -> Any:
        """One step, tried until it has an answer."""
        return performed(self._aws, step)

    @property
    def world(self) -> World:
        """AWS as a kind's ``read`` sees it."""
        return self._aws.world

    @property
    def state(self) -> State:
        return load(self.store, self.scope)

    def plan(self, wanted: Iterable[Resource], options: Options | None = None) -> Plan:
        self._begin()
        return self._planner.plan(list(wanted), self.state, options or WILLING)

    def teardown(self, wanted: Iterable[Resource], options: Options | None = None) -> Plan:
        self._begin()
        return self._planner.teardown(list(wanted), self.state, options or WILLING)

    def release(self, wanted: Iterable[Resource], *chosen: Address) -> Plan:
        """The plan that lets go of what is chosen."""
        self._begin()
        return self._planner.release(list(wanted), self.state, WILLING, frozenset(chosen))

    def hand_over(self, wanted: Iterable[Resource]) -> Plan:
        """The plan that lets go of everything, for another tool."""
        self._begin()
        return self._planner.release(list(wanted), self.state, replace(WILLING, hand_over=True), None)

    def ours(self, wanted: Iterable[Resource]) -> Ours:
        """What is ours and there."""
        self._begin()
        return Ours(*self._planner.ours(list(wanted), self.state))

    def drift(self) -> list[Change]:
        """What differs from what was last applied."""
        self._begin()
        state = self.state
        return drifted(self.scope, state, self._planner.observe([], state, orphans=False), self.reconcilers)

    def apply(self, plan: Plan, wrap: Wrap | None = None) -> Outcome:
        """Carry ``plan`` out; ``wrap`` puts itself between the executor and AWS. Any failure is raised."""
        self.diary.calls.clear()
        wrapped = wrap(self.perform) if wrap else None
        perform = (lambda step, tries: wrapped(step)) if wrapped else self._aws.perform
        with hold(self.store, "lock.json", "test") as lock:
            state = claim(self.store, self.scope, lock)
            ledger = Ledger(self.store, self.scope, state)
            settle(plan, state, ledger)
            executor = Executor(self.reconcilers, perform, self._aws.rates, self.diary)
            outcome = executor.apply(plan, ledger, lock)
            for _, error in outcome.failed:
                raise error
            check(self._observer, outcome, ledger, self.diary, _nothing_is_left, patience=PATIENCE_SECONDS)
            ledger.close()
        return outcome

    def converge(self, wanted: Iterable[Resource], options: Options | None = None) -> Plan:
        """Plan and apply; the plan as it was."""
        plan = self.plan(wanted, options)
        assert not plan.refusals
        self.apply(plan)
        return plan

    def reset(self) -> None:
        """An empty account, and no memory of the one before."""
        self.control("POST", "reset")
        self.lose_state()

    def lose_state(self) -> None:
        """The file, its backup and its journal are gone."""
        for path in self.root.rglob(f"{Path(state_name(self.scope)).name}*"):
            path.unlink()

    def state_text(self) -> str:
        """The state file as it lies on disk."""
        there = self.store.read(state_name(self.scope))
        return there.data.decode() if there else ""

    def restore_state(self, text: str) -> None:
        """Put an earlier state file back."""
        name = state_name(self.scope)
        assert self.store.put(name, text.encode(), self.store.read(name))

    def client(self, service: str) -> Any:
        """Plain boto3, which is what other people use on the same account."""
        return self.connection.client(service)

    def writes(self) -> list[str]:
        """``service:Operation`` of every writing call that reached AWS since the record was last cleared."""
        with urllib.request.urlopen(f"{self.url}/_emulator/calls") as answer:
            calls = json.load(answer)
        return [
            f"{call['service']}:{call['operation']}"
            for call in calls
            if not call["operation"].startswith(("Get", "List", "Describe", "Filter"))
        ]

    def control(self, method: str, path: str, **body: Any) -> Any:
        """One request of the emulator's control API."""
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(
            f"{self.url}/_emulator/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def confirm(self, endpoint: str) -> None:
        """The receiver does what the mail or the request of SNS asks for."""
        self.control("POST", "subscriptions", topic=TOPIC_ARN, endpoint=endpoint, action="confirm")

    def expire(self, endpoint: str) -> None:
        """Nobody confirms for three days."""
        self.control("POST", "subscriptions", topic=TOPIC_ARN, endpoint=endpoint, action="expire")

    def clear_calls(self) -> None:
        self.control("DELETE", "calls")


def dying_before(number: int) -> Wrap:
    """A process that ends before its mutating call ``number`` (from 1): neither that nor any later one is made."""
    return _dying(number, number)


def dying_after(number: int) -> Wrap:
    """A process that ends after that call, and never hears AWS's answer to it."""
    return _dying(number, number + 1)


def _dying(answered: int, made: int) -> Wrap:
    """Calls from ``made`` on are not made, and answers from ``answered`` on are not heard."""

    def wrap(perform: Doing) -> Doing:
        counter, guard = itertools.count(1), threading.Lock()

        def stop(step: Step) -> Any:
            if not isinstance(step, Call):
                return perform(step)
            with guard:
                number = next(counter)
            answer = perform(step) if number < made else None
            if number >= answered:
                raise Stopped(str(step))
            return answer

        return stop

    return wrap


def pending(plan: Plan) -> dict[str, str]:
    """Address -> action of everything that the plan would do."""
    return {str(change.address): change.action.value for change in plan.pending}


def only(plan: Plan) -> Change:
    """The one change of a plan that has just one."""
    (change,) = plan.pending
    return change


def fields(change: Change) -> list[str]:
    """The names of the attributes that a change shows."""
    return [item.field for item in change.fields]
