"""A plan -> the world.

A change starts when all that it needs is done, on one of some workers; changes with the same serial key run one after
another. The same generators that were previewed are driven again, now with the values known by then. Each change is
on record before and after. One failure stops what depends on it, not its neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from provisioner.engine.errors import ProvisionerError
from provisioner.engine.graph import edges
from provisioner.engine.lock import Lock
from provisioner.engine.model import Address, Outputs
from provisioner.engine.plan import Action, Change, Plan, steps_of
from provisioner.engine.reconciler import Reconcilers, Record
from provisioner.engine.reporter import Reporter
from provisioner.engine.state import Ledger
from provisioner.engine.steps import Call, Performer, Remember, Step, Steps, drive

WORKERS = 16
"""Enough to make use of AWS's rates while calls are on their way; more threads would only wait."""


@dataclass
class Outcome:
    """What became of the changes of a plan, each list in the order in which it happened."""

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, Exception]] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    interrupted: bool = False
    outputs: Outputs = field(default_factory=dict)


class Executor:
    """Carries out plans with ``perform``, which makes one step real and returns AWS's answer."""

    def __init__(self, reconcilers: Reconcilers, perform: Performer, reporter: Reporter) -> None:
        self._reconcilers = reconcilers
        self._perform = perform
        self._reporter = reporter
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let the calls in flight end, and start no more. Safe to call from a signal handler."""
        self._stopped.set()

    def apply(self, plan: Plan, ledger: Ledger, lock: Lock) -> Outcome:
        """Carry out every pending change of ``plan``, until :meth:`stop`."""
        run = _Execution(self._reconcilers, self._perform, self._reporter, plan, ledger, lock, self._stopped)
        self._reporter.applying(plan)
        try:
            return run.execute()
        finally:
            self._reporter.finished()


class _Execution:
    def __init__(
        self,
        reconcilers: Reconcilers,
        perform: Performer,
        reporter: Reporter,
        plan: Plan,
        ledger: Ledger,
        lock: Lock,
        stopped: threading.Event,
    ) -> None:
        self._reconcilers = reconcilers
        self._perform = perform
        self._reporter = reporter
        self._ledger = ledger
        self._lock = lock
        self._changes = {change.address: change for change in plan.pending}
        self._needs = edges(plan.pending, plan.stands_on)
        self._outputs: dict[Address, Mapping[str, object]] = dict(plan.outputs)
        self._stopped = stopped

    def execute(self) -> Outcome:
        outcome = Outcome()
        with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="apply") as pool:
            running: dict[Future[None], list[Change]] = {}
            busy: set[str] = set()
            waiting = dict(self._changes)
            while True:
                self._start_ready(pool, running, waiting, busy, outcome)
                if not running:
                    break
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    changes = running.pop(future)
                    busy.difference_update(self._keys(changes))
                    self._collect(changes, future, outcome)
        outcome.interrupted = self._stopped.is_set() and bool(waiting)
        outcome.left = list(waiting.values())
        outcome.outputs = self._outputs
        return outcome

    def _start_ready(
        self,
        pool: ThreadPoolExecutor,
        running: dict[Future[None], list[Change]],
        waiting: dict[Address, Change],
        busy: set[str],
        outcome: Outcome,
    ) -> None:
        done = {change.address for change in outcome.done}
        ready = [] if self._stopped.is_set() else [c for a, c in waiting.items() if self._needs[a] <= done]
        for group in self._grouped(ready):
            keys = self._keys(group)
            if keys & busy:
                continue
            busy |= keys
            for change in group:
                del waiting[change.address]
            running[pool.submit(self._carry_out, group)] = group

    def _grouped(self, ready: Sequence[Change]) -> list[list[Change]]:
        """One change a group; removals of a kind that AWS removes in batches go together."""
        groups: list[list[Change]] = []
        batches: dict[str, list[Change]] = {}
        for change in ready:
            size = self._reconcilers[change.address.kind].delete_batch
            batch = batches.get(change.address.kind)
            if change.action is not Action.DELETE or size == 1:
                groups.append([change])
            elif batch is not None and len(batch) < size:
                batch.append(change)
            else:
                batches[change.address.kind] = [change]
                groups.append(batches[change.address.kind])
        return groups

    def _keys(self, changes: Sequence[Change]) -> set[str]:
        """What these changes must not share with any other that runs."""
        keys = set()
        for change in changes:
            resource = change.want or (change.live.resource if change.live else None)
            key = self._reconcilers[change.address.kind].serial(resource) if resource else None
            if key:
                keys.add(str(key))
        return keys

    def _collect(self, changes: list[Change], future: Future[None], outcome: Outcome) -> None:
        error = future.exception()
        if error is None:
            outcome.done.extend(changes)
            return
        if not isinstance(error, ProvisionerError):
            raise error
        outcome.failed.extend((change, error) for change in changes)
        for change in changes:
            self._reporter.failed(change, error)

    def _carry_out(self, changes: list[Change]) -> None:
        self._lock.check()
        if changes[0].action is Action.DELETE:
            self._remove(changes)
        elif changes[0].action is Action.RELEASE:
            self._let_go(changes[0])
        else:
            self._converge(changes[0])
        for change in changes:
            self._reporter.done(change)

    def _remove(self, changes: list[Change]) -> None:
        reconciler = self._reconcilers[changes[0].address.kind]
        for change in changes:
            self._reporter.started(change)
        lives = {change.address: change.live for change in changes if change.live}
        first, *more = lives.values()
        self._drive(reconciler.delete_many([first, *more]) if more else reconciler.delete(first), changes[0])
        for address, live in lives.items():
            if reconciler.lingers:
                self._ledger.applied(Record(address, live.outputs))
            else:
                self._ledger.removed(address)

    def _let_go(self, change: Change) -> None:
        self._reporter.started(change)
        self._drive(steps_of(self._reconcilers[change.address.kind], change, None), change)
        self._ledger.removed(change.address)

    def _converge(self, change: Change) -> None:
        self._reporter.started(change)
        assert change.want is not None, "only removals have nothing that is wanted"
        want = change.want.resolve(self._outputs)
        reconciler = self._reconcilers[change.address.kind]
        fresh = change.live is None or change.action is Action.REPLACE
        before = {} if fresh or change.live is None else change.live.outputs
        self._ledger.begun(change.record(want, before))
        self._drive(steps_of(reconciler, change, want), change)
        record = self._ledger.record(change.address)
        outputs = {**reconciler.predict(want), **(record.outputs if record else {})}
        self._ledger.applied(change.record(want, outputs))
        self._outputs[change.address] = outputs  # other workers read it: Python keeps a dictionary whole

    def _drive(self, steps: Steps, change: Change) -> None:
        def perform(step: Step) -> object:
            self._lock.check()
            match step:
                case Remember(values=values):
                    self._ledger.remember(change.address, values)
                    return None
                case Call():
                    self._reporter.calling(change, step)
            return self._perform(step)

        drive(steps, perform)
