"""A plan -> the world.

A job starts when all that it needs is done; jobs with the same serial key run one after another. The same generators
that were previewed are driven again, now with the values known by then. Each change is on record before and after. One
failure stops what depends on it, not its neighbours.

One thread decides everything, and some make calls. A call that has to wait for its rate, or to be tried again, stands
in a line: no thread sleeps for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from provisioner.engine.errors import AwsError, Interrupted, LockedError, ProvisionerError, told
from provisioner.engine.keeping.lock import Lock
from provisioner.engine.keeping.state import Ledger
from provisioner.engine.model import Address, Outputs, Resource
from provisioner.engine.plan import Action, Change, Plan
from provisioner.engine.reconciler import Reconcilers, Record
from provisioner.engine.reporter import Reporter
from provisioner.engine.running.hands import Hands
from provisioner.engine.running.jobs import Frontier, agenda_of
from provisioner.engine.running.turns import Turns
from provisioner.engine.steps import Again, Call, Pace, Performer, Remember, Step, Steps, Tries

LAST_CALLS_SECONDS = 30.0
"""After a stop, how long the calls in flight may take to answer."""


@dataclass
class Outcome:
    """What became of the changes of a plan, each list in the order in which it happened."""

    done: list[Change] = field(default_factory=list)
    failed: list[tuple[Change, Exception]] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    begun: list[Change] = field(default_factory=list)
    """Those of ``left`` of which some calls have been made: on record, and completed by the next run."""
    interrupted: bool = False
    outputs: Outputs = field(default_factory=dict)


class Executor:
    """Carries out plans with ``perform``, which tries once to make a step real, at the ``pace`` that AWS allows."""

    def __init__(
        self,
        reconcilers: Reconcilers,
        perform: Performer,
        pace: Pace,
        reporter: Reporter,
        last_calls: float = LAST_CALLS_SECONDS,
    ) -> None:
        self._reconcilers = reconcilers
        self._pace = pace
        self._last_calls = last_calls
        self._reporter = reporter
        self._hands: Hands[_Running] = Hands(lambda task: perform(task.step, task.tries))
        self._stopped = False
        self._run: _Execution | None = None

    def stop(self) -> None:
        """Let the calls in flight end, and start no more. Safe to call from a signal handler."""
        self._stopped = True
        self._hands.wake()

    @property
    def outcome(self) -> Outcome | None:
        """What has become by now of the plan that was carried out last."""
        return self._run.outcome(interrupted=self._stopped) if self._run else None

    def apply(self, plan: Plan, ledger: Ledger, lock: Lock) -> Outcome:
        """Carry out every pending change of ``plan``, until :meth:`stop`."""
        run = self._run = _Execution(self._reconcilers, self._pace, self._reporter, plan, ledger, lock)
        self._reporter.applying(plan)
        try:
            self._carry_out(run)
        finally:
            self._hands.let_go()
            self._reporter.finished()
        return run.outcome(interrupted=self._stopped)

    def _carry_out(self, run: _Execution) -> None:
        flying, deadline = 0, None
        while True:
            for task in run.due(stopped=self._stopped):
                self._hands.take(task)
                flying += 1
            if self._stopped and deadline is None:
                deadline = time.monotonic() + self._last_calls
            until = run.next_turn if deadline is None else deadline
            if not flying and (deadline is not None or until is None):
                return
            for task, answer in self._hands.answers(until):
                flying -= 1
                run.answered(task, answer)
            if deadline is not None and time.monotonic() >= deadline:
                return


@dataclass(eq=False)
class _Running:
    """A job under way, and the step at which it is."""

    number: int
    steps: Steps
    want: Resource | None
    step: Step = field(default_factory=lambda: Remember({}))
    apart: bool = False
    """The call for several things was refused: now each has its own."""
    tries: Tries = field(default_factory=Tries)


class _Execution:
    """What has been done of one plan, and what comes next."""

    def __init__(
        self, reconcilers: Reconcilers, pace: Pace, reporter: Reporter, plan: Plan, ledger: Ledger, lock: Lock
    ) -> None:
        self._reconcilers = reconcilers
        self._pace = pace
        self._reporter = reporter
        self._ledger = ledger
        self._lock = lock
        self._outputs: dict[Address, Mapping[str, object]] = dict(plan.outputs)
        self._agenda = agenda_of(reconcilers, plan.pending, plan.stands_on)
        self._frontier = Frontier(self._agenda)
        self._weights = self._agenda.weights(pace)
        self._turns: Turns[_Running] = Turns(pace)
        self._left = {change.address: change for change in plan.pending}
        self._begun: set[Address] = set()
        self._done: list[Change] = []
        self._failed: list[tuple[Change, Exception]] = []

    def outcome(self, *, interrupted: bool) -> Outcome:
        """What became of the changes by now."""
        left = list(self._left.values())
        begun = [change for change in left if change.address in self._begun]
        return Outcome(self._done, self._failed, left, begun, interrupted and bool(left), self._outputs)

    @property
    def next_turn(self) -> float | None:
        """When there is something to do, if no answer comes before."""
        return self._turns.next

    def due(self, *, stopped: bool) -> list[_Running]:
        """The tasks whose next call is to be made now: none when ``stopped``. What must be on record before it is."""
        tasks = [] if stopped else self._ready()
        try:
            self._ledger.flush()
        except LockedError:
            raise
        except ProvisionerError as error:
            for task in tasks:
                self._fail(task.number, error)
            return []
        return tasks

    def _ready(self) -> list[_Running]:
        for number in self._frontier.start():
            with self._failing(number):
                self._line_up(number)
        tasks = []
        for task in self._turns.due(time.monotonic()):
            with self._failing(task.number):
                self._lock.check()
                self._begin(task)
                if isinstance(task.step, Call) and not task.tries.count:
                    self._reporter.calling(self._lead(task), task.step)
                tasks.append(task)
        return tasks

    def answered(self, task: _Running, answer: object) -> None:
        """Go on with ``task``, whose step had ``answer``."""
        with self._failing(task.number):
            if isinstance(answer, AwsError) and self._agenda.jobs[task.number].beside and not task.apart:
                task.apart, task.steps = True, self._agenda.jobs[task.number].one_by_one(self._reconcilers)
                self._go_on(task, None)
            elif isinstance(answer, Interrupted):
                return  # it is left where it is
            elif isinstance(answer, BaseException):
                raise answer
            elif isinstance(answer, Again):
                self._wait(task, answer)
            else:
                self._go_on(task, answer)

    @contextmanager
    def _failing(self, number: int) -> Iterator[None]:
        """What goes wrong in the block is the failure of job ``number``, and of nothing else.

        Unless somebody else has taken over: then there is nothing to go on with.
        """
        try:
            yield
        except LockedError:
            raise
        except Exception as error:
            self._fail(number, told(error))

    def _line_up(self, number: int) -> None:
        """All that job ``number`` needs is done: its first call waits for its turn."""
        job = self._agenda.jobs[number]
        want = job.lead.want.resolve(self._outputs) if job.lead.want else None
        self._go_on(_Running(number, job.steps(self._reconcilers, want), want), None)

    def _begin(self, task: _Running) -> None:
        """Tell of the changes of ``task``, if that has not been done, before anything is done about them."""
        job, want = self._agenda.jobs[task.number], task.want
        if job.lead.address in self._begun:
            return
        self._begun.update(change.address for change in job.changes)
        for change in job.changes:
            self._reporter.started(change)
        if want is not None:
            fresh = job.lead.live is None or job.lead.action is Action.REPLACE
            before = {} if fresh or job.lead.live is None else job.lead.live.outputs
            self._ledger.begun(job.lead.record(want, before))

    def _go_on(self, task: _Running, answer: object) -> None:
        """To the next step that is a call, or to the end."""
        try:
            while isinstance(step := task.steps.send(answer), Remember):
                self._begin(task)
                self._ledger.remember(self._lead(task).address, step.values)
                answer = None
        except StopIteration:
            self._finish(task)
            return
        task.step, task.tries = step, Tries()
        line = self._pace.line(step)
        crowd = self._turns.join(task, line, self._weights[task.number], time.monotonic())
        if seconds := (crowd - 1) * self._pace.interval(line):
            self._reporter.waiting(line, seconds, "published rate")

    def _wait(self, task: _Running, again: Again) -> None:
        self._reporter.waiting(str(task.step), again.seconds, again.why)
        task.tries.count += 1
        line, at = self._pace.line(task.step), time.monotonic() + again.seconds
        self._turns.join_later(task, line, self._weights[task.number], at)

    def _finish(self, task: _Running) -> None:
        self._begin(task)
        job = self._agenda.jobs[task.number]
        for change in job.changes:
            self._record(change, task.want)
            self._done.append(change)
            del self._left[change.address]
        self._frontier.end(task.number, done=True)
        for change in job.changes:
            self._reporter.done(change)

    def _record(self, change: Change, want: Resource | None) -> None:
        reconciler = self._reconcilers[change.address.kind]
        if want is not None:
            record = self._ledger.record(change.address)
            outputs = {**reconciler.predict(want), **(record.outputs if record else {})}
            self._ledger.applied(change.record(want, outputs))
            self._outputs[change.address] = outputs
        elif reconciler.lingers and change.action is Action.DELETE and change.live:
            self._ledger.applied(Record(change.address, change.live.outputs))
        else:
            self._ledger.removed(change.address)

    def _fail(self, number: int, error: ProvisionerError) -> None:
        changes = [change for change in self._agenda.jobs[number].changes if change.address in self._left]
        for change in changes:
            self._failed.append((change, error))
            del self._left[change.address]
        self._frontier.end(number, done=False)
        for change in changes:
            self._reporter.failed(change, error)

    def _lead(self, task: _Running) -> Change:
        return self._agenda.jobs[task.number].lead
