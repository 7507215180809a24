"""apply, teardown and release: a plan, a question, and the way there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from provisioner.blueprint import Config
from provisioner.cli import consents
from provisioner.cli.configuration import sound_configuration
from provisioner.cli.options import Common
from provisioner.cli.planning import show
from provisioner.cli.saved import read
from provisioner.cli.session import Session
from provisioner.engine.closing import check, settle
from provisioner.engine.consent import Options
from provisioner.engine.errors import (
    ApplyError,
    AwsError,
    Interrupted,
    NotConvergedError,
    ProvisionerError,
    RefusedError,
    StateError,
    UsageError,
)
from provisioner.engine.executor import Executor, Outcome
from provisioner.engine.lock import Lock
from provisioner.engine.model import Address
from provisioner.engine.plan import Change, Plan
from provisioner.engine.state import Ledger
from provisioner.render.rows import refusal_text

LONG_APPLY_SECONDS = 20.0
"""An apply of this length is worth a call that asks for the account's own rate of what takes longest."""


@dataclass(frozen=True)
class Manner:
    """How a person wants it done: asked or not, planned alone, waiting for another run for ``patience`` (seconds)."""

    yes: bool
    dry_run: bool
    patience: float


@dataclass(frozen=True)
class _Task:
    """In what apply, teardown and release differ."""

    plan: Callable[[Session], Plan]
    approve: Callable[[Plan], None]
    """Raises where the plan is not what somebody agreed to."""
    question: str
    accepted: str
    final: str
    """What is so of everything that was changed."""


def apply(common: Common, options: Options, manner: Manner, *, saved: Path | None) -> None:
    """Show the plan, ask unless there is consent, converge, read back. ``saved`` is a plan kept by ``plan --out``."""
    promised = read(saved) if saved else None
    agreed = promised.agreed(options) if promised else options

    def approve(plan: Plan) -> None:
        consents.check(plan, agreed)
        if promised:
            promised.require(plan)

    question = "Apply these changes? Only 'yes' is accepted"
    task = _Task(lambda session: session.plan(agreed), approve, question, "yes", "are as declared")
    manner = replace(manner, yes=manner.yes or saved is not None)
    _require_consent(common, manner)
    _run(common, task, manner, sound_configuration(common))


def teardown(common: Common, options: Options, manner: Manner) -> None:
    """Remove everything that is ours, with or without a state file; the KMS key is scheduled for deletion."""
    name = common.environment
    question = f"Remove all of this? Type the environment's name, {name}"
    task = _Task(lambda session: session.plan_teardown(options), _anything, question, name, "are gone")
    _require_consent(common, manner)
    _run(common, task, manner)


def release(common: Common, chosen: frozenset[Address] | None, manner: Manner, *, hand_over: bool) -> None:
    """Let go of what is ``chosen``, or of everything; with ``hand_over`` so that another tool finds all as it was."""

    def plan(session: Session) -> Plan:
        return session.plan_release(chosen, hand_over=hand_over)

    def approve(plan: Plan) -> None:
        if unknown := sorted((chosen or frozenset()) - {change.address for change in plan.pending}):
            raise UsageError(
                f"{', '.join(map(str, unknown))}: not ours, or not there",
                remedy="Nothing was touched. plan --json --all shows every address there is.",
            )

    question = "Let go of these? Only 'yes' is accepted"
    task = _Task(plan, approve, question, "yes", "are done")
    _require_consent(common, manner)
    _run(common, task, manner)


def _anything(plan: Plan) -> None:
    """Whoever asked for this agreed to whatever ``plan`` says."""


def _run(common: Common, task: _Task, manner: Manner, config: Config | None = None) -> None:
    """The plan, the question, and the way there; of a dry run the plan alone, for which nobody need wait."""
    session = Session(common, config)
    with nullcontext() if manner.dry_run else session.writing(manner.patience) as lock:
        plan = task.plan(session)
        task.approve(plan)
        show(common, plan)
        _refuse(plan)
        if lock is None:
            return
        if plan.pending and not manner.yes:
            _ask(common, task.question, task.accepted)
        _carry_out(session, plan, lock, task.final)


def _refuse(plan: Plan) -> None:
    if plan.refusals:
        raise RefusedError(
            "this plan is refused",
            details=[refusal_text(refusal) for refusal in plan.refusals],
            remedy="Nothing was touched. See above for each remedy.",
        )


def _carry_out(session: Session, plan: Plan, lock: Lock, final: str) -> None:
    ledger = Ledger(session.store, session.scope, session.load_state())
    outcome = Outcome()
    try:
        settle(plan, session.load_state(), ledger)
        if plan.pending:
            outcome = _converge(session, plan, lock, ledger)
    finally:
        _close(ledger, outcome)
    _report(session.common, outcome, final)


def _converge(session: Session, plan: Plan, lock: Lock, ledger: Ledger) -> Outcome:
    if plan.estimate.limited_by and plan.estimate.seconds >= LONG_APPLY_SECONDS:
        session.aws.learn_rate(plan.estimate.limited_by)
    carrier = session.executor()
    outcome = _execute(session.common, carrier, plan, ledger, lock)

    def left_behind(changes: Sequence[Change]) -> object:
        return _execute(session.common, carrier, plan.only(changes), ledger, lock)

    if not outcome.interrupted:
        _read_back(session, outcome, ledger, left_behind)
    return outcome


def _close(ledger: Ledger, outcome: Outcome) -> None:
    try:
        ledger.close()
    except StateError as error:
        raise StateError(
            error.message,
            details=[f"{_so_far(outcome)} in AWS; the state file does not tell of them yet"],
            remedy=f"{error.remedy} The next run takes up what the journal beside the state tells.",
        ) from error


def _execute(common: Common, executor: Executor, plan: Plan, ledger: Ledger, lock: Lock) -> Outcome:
    """Ctrl-C lets the calls in flight end and starts no more."""
    with common.signals.stopping(executor.stop):
        return executor.apply(plan, ledger, lock)


def _read_back(
    session: Session, outcome: Outcome, ledger: Ledger, left_behind: Callable[[Sequence[Change]], object]
) -> None:
    try:
        check(session.observer, outcome, ledger, session.reporter, left_behind)
    except NotConvergedError:
        if not outcome.failed:  # else the failures say more
            raise
    except (KeyboardInterrupt, Interrupted) as error:
        raise Interrupted(
            f"interrupted while reading back: {_so_far(outcome)}", remedy="plan shows whether AWS has them as declared."
        ) from error


def _so_far(outcome: Outcome) -> str:
    done, left, begun = len(outcome.done), len(outcome.left), len(outcome.begun)
    said = f"{done} of {done + left + len(outcome.failed)} changes are applied and recorded"
    unfinished = f", {left - begun} were not started" if left else ""
    return said + unfinished + (f", {begun} only begun" if begun else "")


def _report(common: Common, outcome: Outcome, final: str) -> None:
    done, failed = len(outcome.done), len(outcome.failed)
    total = done + len(outcome.left) + failed
    if failed or (outcome.left and not outcome.interrupted):
        raise ApplyError(
            f"{failed} of {total} changes failed",
            details=[line for change, error in outcome.failed for line in _failure_lines(change, error)],
            remedy=f"{_so_far(outcome)}. Mend what failed, then run the command again.",
        )
    if outcome.interrupted:
        raise Interrupted(f"interrupted: {_so_far(outcome)}", remedy="Run the command again to go on.")
    if done:
        common.err.say(f"Done: {done} of {total} changes; they {final}.", style="green")


def _failure_lines(change: Change, error: Exception) -> list[str]:
    if isinstance(error, AwsError):
        words = f"{error.code}: {error.said}" if error.code else error.said
        lines = [f"{change.address}: {error.operation} failed: {words}"]
    else:
        lines = [f"{change.address}: {error.args[0]}"]
    remedy = error.remedy if isinstance(error, ProvisionerError) else ""
    return [*lines, *([f"  {remedy}"] if remedy else [])]


def _require_consent(common: Common, manner: Manner) -> None:
    if not (manner.yes or manner.dry_run or common.interactive):
        raise UsageError(
            "there is nobody to ask: this is not a terminal",
            remedy="Pass --yes to go ahead without a question, or --dry-run to see the plan.",
        )


def _ask(common: Common, question: str, accepted: str) -> None:
    answer = common.err.input(f"{question}: ")
    if answer.strip() != accepted:
        raise ProvisionerError("not confirmed", remedy="Nothing was touched.")
