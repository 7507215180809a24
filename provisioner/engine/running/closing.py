"""After an apply: one bulk read of what changed, and patience with what AWS has not caught up with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from provisioner.engine.compare import FieldChange, compare
from provisioner.engine.errors import NotConvergedError
from provisioner.engine.keeping.state import Ledger, State
from provisioner.engine.model import Address, Outputs, Resource
from provisioner.engine.observer import Observer
from provisioner.engine.plan import Action, Change, Plan
from provisioner.engine.reconciler import Live, Sought
from provisioner.engine.reporter import Reporter
from provisioner.engine.running.executor import Outcome

PATIENCE_SECONDS = 60.0
"""SQS says of its attributes that they take up to 60 s to show."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
LOOKS_BEFORE_REMOVAL = 2
"""AWS gets half a second to remove what goes with its parent; then it is removed by a call of its own."""


def check(
    observer: Observer,
    outcome: Outcome,
    ledger: Ledger,
    reporter: Reporter,
    left_behind: Callable[[Sequence[Change]], object],
    *,
    patience: float = PATIENCE_SECONDS,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Read what ``outcome`` changed until it is as wanted, and record what AWS says of it.

    Looks again after half a second, then after twice as long each time. What should have gone with its parent, and is
    still there at the second look, is given to ``left_behind``, which removes it. Raises :class:`NotConvergedError`
    with the fields that still differ when ``patience`` (seconds) ends.
    """
    # Whoever has now what was released may have changed it already.
    pending = {change.address: change for change in outcome.done if change.action is not Action.RELEASE}
    reporter.checking(len(pending))
    deadline, pause, looks = now() + patience, FIRST_PAUSE_SECONDS, 0
    while differing := _read_back(observer, pending, outcome.outputs, ledger):
        looks += 1
        if now() + pause > deadline:
            raise _not_converged(differing)
        if looks == LOOKS_BEFORE_REMOVAL and (staying := [c for c in pending.values() if _went_along(c)]):
            left_behind(staying)
        sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def settle(plan: Plan, state: State, ledger: Ledger) -> None:
    """Bring the records up to date with what the plan found as declared, and drop those that nothing stands for."""
    for change in plan.changes:
        if change.action is Action.KEEP and change.want is not None and change.live is not None:
            record = change.record(change.want.resolve(plan.outputs), dict(change.live.outputs))
            if state.records.get(change.address) != record:
                ledger.applied(record)
    for address in plan.stale:
        ledger.removed(address)


def _read_back(
    observer: Observer, pending: dict[Address, Change], outputs: Outputs, ledger: Ledger
) -> dict[Address, list[FieldChange]]:
    """What of ``pending`` still differs, and how; what is as wanted is recorded, and no longer pending."""
    lives = _look(observer, list(pending.values()), outputs, ledger)
    differing: dict[Address, list[FieldChange]] = {}
    for address, change in list(pending.items()):
        if fields := _still(change, lives.get(address), outputs):
            differing[address] = fields
        else:
            _record(ledger, change, lives.get(address), outputs)
            del pending[address]
    return differing


def _look(
    observer: Observer, changes: Sequence[Change], outputs: Outputs, ledger: Ledger
) -> dict[Address, Live[Resource]]:
    sought = [_sought(change, outputs, ledger) for change in changes]
    return observer.observe(sought, orphans=False, foreign=False).lives


def _sought(change: Change, outputs: Outputs, ledger: Ledger) -> Sought[Resource]:
    """What to look for after ``change``; tags that it left alone are as the plan has read them."""
    removed = change.action is Action.DELETE
    left = removed or (change.action is Action.UPDATE and all(field.field != "tags" for field in change.fields))
    return Sought(
        change.address,
        change.want.resolve(outputs) if change.want else None,
        ledger.record(change.address) or change.recorded,
        tags=change.live.resource.tags_if_any if left and change.live else None,
        made=change.action is Action.CREATE,
        removed=removed,
    )


def _still(change: Change, live: Live[Resource] | None, outputs: Outputs) -> list[FieldChange]:
    """What still differs."""
    want, there = change.want, live.resource if live and not live.gone else None
    if want and there:
        return compare(change.target(want.resolve(outputs)), there)
    if want or there:
        return [FieldChange("exists", there is not None, want is not None)]
    return []


def _record(ledger: Ledger, change: Change, live: Live[Resource] | None, outputs: Outputs) -> None:
    if change.want is not None and live is not None:
        record = change.record(change.want.resolve(outputs), dict(live.outputs))
        if ledger.record(change.address) != record:
            ledger.applied(record)


def _went_along(change: Change) -> bool:
    """Whether AWS was to remove it with its parent."""
    return change.action is Action.DELETE and not change.calls


def _not_converged(differing: Mapping[Address, Sequence[FieldChange]]) -> NotConvergedError:
    lines = [
        f"{address}.{field.field}: AWS shows {field.before!r}, wanted {field.after!r}"
        for address, fields in differing.items()
        for field in fields
    ]
    return NotConvergedError(
        "AWS accepted every call, and still shows something else",
        details=lines,
        remedy="Run plan: if it shows the same, something else writes to these resources.",
    )
