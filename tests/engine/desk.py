"""The engine as a command drives it, on the toy cloud: plan, apply, closing read and state, in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from provisioner.engine.consent import Options
from provisioner.engine.drift import drifted
from provisioner.engine.keeping.lock import hold
from provisioner.engine.keeping.state import Ledger, State, claim, load
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observer
from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.engine.plan import Action, Change, Origin, Plan, Why
from provisioner.engine.planning.planner import Planner
from provisioner.engine.reconciler import Reconciler, Reconcilers, Record
from provisioner.engine.reporter import Reporter
from provisioner.engine.running.closing import check, settle
from provisioner.engine.running.executor import Executor, Outcome
from provisioner.engine.steps import Call, Step, Tries
from tests.engine.stores import LONG, MemoryStore
from tests.engine.toys import KINDS, SCOPE, Box, Cloud, Lid, reconcilers


def tags_of(kind: str, name: str) -> dict[str, str]:
    """What says that a thing is ours."""
    return {STACK_TAG: SCOPE.stack, ADDRESS_TAG: f"{kind}.{name}"}


def box(name: str = "a", **values: Any) -> Box:
    """A box of ours."""
    return Box(name=name, tags=tags_of("box", name), **values)


def lid(of: Box, name: str = "l", **values: Any) -> Lid:
    """A lid of that box."""
    return Lid(name=name, box=of.arn, **values)


Doing = Callable[[Step], Any]
"""Makes a step real at the first try."""


class Pacer:
    """A line for each operation; the first turn comes at once, and one every ``seconds`` after it."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._seconds = seconds
        self._free: dict[str, float] = {}

    def line(self, step: Step) -> str:
        return str(step)

    def turn(self, line: str, now: float) -> float:
        at = max(now, self._free.get(line, now))
        self._free[line] = at + self._seconds
        return at - now

    def interval(self, line: str) -> float:
        return self._seconds


def executor(desk: Desk, perform: Doing, pace: Pacer | None = None, last_calls: float = LONG) -> Executor:
    """What carries plans out on that desk, by default without waiting."""

    def once(step: Step, tries: Tries) -> Any:
        return perform(step)

    return Executor(desk.reconcilers, once, pace or Pacer(0.0), desk.listener, last_calls)


class Listener(Reporter):
    """What a screen would hear, in words."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def reading(self, kind: str, count: int) -> None:
        self.heard.append(f"reading {count} {kind}")

    def read(self, kind: str, found: int) -> None:
        self.heard.append(f"read {found} {kind}")

    def applying(self, plan: Plan) -> None:
        self.heard.append(f"applying {len(plan.pending)}")

    def started(self, change: Change) -> None:
        self.heard.append(f"started {change.address}")

    def calling(self, change: Change, call: Call) -> None:
        self.heard.append(f"calling {change.address} {call}")

    def waiting(self, what: str, seconds: float, why: str) -> None:
        self.heard.append(f"waiting for {what}: {why}")

    def done(self, change: Change) -> None:
        self.heard.append(f"done {change.address}")

    def failed(self, change: Change, error: Exception) -> None:
        self.heard.append(f"failed {change.address}: {error}")

    def checking(self, count: int) -> None:
        self.heard.append(f"checking {count}")

    def finished(self) -> None:
        self.heard.append("finished")


@dataclass
class Desk:
    """One environment in a toy cloud. Each command begins anew, as each is a process of its own."""

    cloud: Cloud = field(default_factory=Cloud)
    store: MemoryStore = field(default_factory=MemoryStore)
    kinds: Iterable[type[Reconciler[Any]]] = KINDS
    listener: Listener = field(default_factory=Listener)
    slept: list[float] = field(default_factory=list)

    @property
    def state(self) -> State:
        return load(self.store, SCOPE)

    @property
    def reconcilers(self) -> Reconcilers:
        return reconcilers(self.cloud, self.kinds)

    @property
    def observer(self) -> Observer:
        return Observer(self.cloud, self.reconcilers, self.listener)

    @property
    def planner(self) -> Planner:
        return Planner(SCOPE, self.reconcilers, self.observer, Pacer)

    def record(self, record: Record, *, begun: bool = False) -> None:
        """Put ``record`` into the state, as of a change that was only ``begun`` or as of one that is done."""
        ledger = Ledger(self.store, SCOPE, self.state)
        ledger.begun(record) if begun else ledger.applied(record)
        ledger.close()

    def plan(self, *wanted: Resource, **options: Any) -> Plan:
        """The plan of a person who allows ``options``, by the names of :class:`Options`."""
        return self.planner.plan(wanted, self.state, Options(**options))

    def teardown(self, *wanted: Resource, **options: Any) -> Plan:
        return self.planner.teardown(wanted, self.state, Options(**options))

    def release(self, chosen: Iterable[Address] | None, *wanted: Resource, **options: Any) -> Plan:
        """The plan that lets go of what is ``chosen``, or of everything."""
        picked = None if chosen is None else frozenset(chosen)
        return self.planner.release(wanted, self.state, Options(**options), picked)

    def drift(self) -> list[Change]:
        state = self.state
        return drifted(SCOPE, state, self.planner.observe([], state, orphans=False), self.reconcilers)

    def execute(self, plan: Plan, perform: Doing | None = None) -> Outcome:
        """Carry ``plan`` out, and look at nothing afterwards."""
        with hold(self.store, "lock", "apply") as lock:
            ledger = Ledger(self.store, SCOPE, claim(self.store, SCOPE, lock))
            outcome = executor(self, perform or self.cloud.perform).apply(plan, ledger, lock)
            ledger.close()
        return outcome

    def apply(self, plan: Plan, perform: Doing | None = None) -> Outcome:
        """The whole of it; the first failure is raised."""
        ledger = Ledger(self.store, SCOPE, self.state)
        settle(plan, self.state, ledger)
        ledger.close()
        outcome = self.execute(plan, perform)
        for _, error in outcome.failed:
            raise error
        self.close(outcome, plan=plan)
        return outcome

    def close(
        self,
        outcome: Outcome,
        sleep: Callable[[float], None] | None = None,
        patience: float = 3.0,
        plan: Plan | None = None,
    ) -> None:
        """The closing read. Time passes only while it sleeps. What is left behind of ``plan`` is removed."""

        def pause(seconds: float) -> None:
            self.slept.append(seconds)
            if sleep:
                sleep(seconds)

        def remove(changes: Sequence[Change]) -> None:
            assert plan is not None
            with hold(self.store, "lock", "apply") as lock:
                executor(self, self.cloud.perform).apply(plan.only(changes), ledger, lock)

        ledger = Ledger(self.store, SCOPE, self.state)
        try:
            passed = partial(sum, self.slept)
            check(self.observer, outcome, ledger, self.listener, remove, patience=patience, now=passed, sleep=pause)
        finally:
            ledger.close()

    def converge(self, *wanted: Resource, **options: Any) -> Plan:
        """Plan and apply; the plan as it was."""
        plan = self.plan(*wanted, **options)
        assert not plan.refusals
        self.apply(plan)
        return plan


def pending(plan: Plan) -> dict[str, str]:
    """Address -> action of everything that the plan would do."""
    return {str(change.address): change.action.value for change in plan.pending}


def change_of(plan: Plan, address: str) -> Change:
    """What the plan says of ``address``."""
    (change,) = [change for change in plan.changes if str(change.address) == address]
    return change


def only(desk: Desk, *wanted: Resource, **options: Any) -> Change:
    """The one change of a plan of one thing."""
    (change,) = desk.plan(*wanted, **options).changes
    return change


def said(change: Change) -> tuple[Action, Why, str, Origin]:
    """What a person is told of it."""
    return change.action, change.why, change.detail, change.origin
