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
from provisioner.cli.telling import tell
from provisioner.engine.consent import Options
from provisioner.engine.errors import (
    Interrupted,
    NotConvergedError,
    ProvisionerError,
    RefusedError,
    UsageError,
    told,
)
from provisioner.engine.keeping.lock import Lock
from provisioner.engine.keeping.state import Ledger
from provisioner.engine.model import Address
from provisioner.engine.plan import Change, Plan
from provisioner.engine.running.closing import check, settle
from provisioner.engine.running.executor import Executor, Outcome
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
    """Whatever goes wrong on the way, what was done is on record as far as can be, and told."""
    ledger = Ledger(session.store, session.scope, session.load_state())
    carrier = session.executor()
    wrong: list[ProvisionerError] = []
    ways: tuple[Callable[[], object], ...] = (
        lambda: _converge(session, carrier, plan, lock, ledger),
        ledger.close,
    )
    for way in ways:
        try:
            way()
        except (Exception, KeyboardInterrupt) as error:
            wrong.append(told(error))
    tell(session.common, carrier.outcome or Outcome(left=list(plan.pending)), final, wrong)


def _converge(session: Session, carrier: Executor, plan: Plan, lock: Lock, ledger: Ledger) -> None:
    settle(plan, session.load_state(), ledger)
    if not plan.pending:
        return
    if plan.estimate.limited_by and plan.estimate.seconds >= LONG_APPLY_SECONDS:
        session.aws.learn_rate(plan.estimate.limited_by)
    outcome = _execute(session.common, carrier, plan, ledger, lock)

    def left_behind(changes: Sequence[Change]) -> object:
        return _execute(session.common, session.executor(), plan.only(changes), ledger, lock)

    if not outcome.interrupted:
        _read_back(session, outcome, ledger, left_behind)


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
            "interrupted while reading back", remedy="plan shows whether AWS has all as declared."
        ) from error


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
