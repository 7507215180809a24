"""plan and drift: what is different, with nothing touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioner.cli import consents
from provisioner.cli.configuration import sound_configuration
from provisioner.cli.options import Common
from provisioner.cli.saved import keep
from provisioner.cli.session import Session
from provisioner.engine.asides import in_passing
from provisioner.engine.consent import Options
from provisioner.engine.drift import drifted
from provisioner.engine.model import Resource
from provisioner.engine.plan import Change, Plan
from provisioner.engine.reconciler import Live, live_notes
from provisioner.render.document import plan_document
from provisioner.render.rows import Row, aside_rows, change_rows, plan_rows, summary_row
from provisioner.render.terminal import print_rows

REFUSED = 1
"""Exit code: the plan cannot be applied as it stands."""

PENDING = 2
"""Exit code: there are differences."""


def plan(common: Common, options: Options, *, out: Path | None, as_json: bool, everything: bool) -> int:
    """Show the plan, and keep it in the file ``out``; :data:`REFUSED`, :data:`PENDING` where it has changes, or 0."""
    session = Session(common, sound_configuration(common), quiet=as_json)
    made = session.plan(options)
    consents.check(made, options)
    if out:
        keep(out, made, options)
    if as_json:
        common.out.json(plan_document(made, consent=consents.to_document(options), everything=everything))
    else:
        show(common, made)
    if made.refusals:
        return REFUSED
    return PENDING if made.pending else 0


def show(common: Common, made: Plan) -> None:
    """The plan for a person, its summary last."""
    print_rows(common.out, plan_rows(made, verbose=common.verbose))
    print_rows(common.out, [Row(0, "", summary_row(made))])


def drift(common: Common, *, as_json: bool, deep: bool) -> int:
    """Show what differs from what was last applied, whatever the configuration says; :data:`PENDING` if anything.

    With ``deep`` AWS is also asked for what no plan looks at.
    """
    session = Session(common, quiet=as_json)
    found = _drift(session)
    asides = session.asides(found.lives) if deep else in_passing(found.lives)
    if as_json:
        changes = [change.to_json() for change in found.changes]
        common.out.json({"schema": 1, "notes": found.notes, "changes": changes, **asides.to_json()})
        return PENDING if changes else 0
    for change in found.changes:
        print_rows(common.out, change_rows(change, verbose=common.verbose))
    count = len(found.changes)
    print_rows(common.out, [Row(0, "", f"note: {note}") for note in found.notes])
    print_rows(common.out, aside_rows(asides))
    print_rows(common.out, [Row(0, "", f"Drifted: {count} of the resources on record." if count else "No drift.")])
    return PENDING if count else 0


@dataclass(frozen=True)
class _Drift:
    """What differs, what is worth knowing besides, and all that was found there."""

    changes: Sequence[Change]
    notes: Sequence[str]
    lives: Sequence[Live[Resource]]


def _drift(session: Session) -> _Drift:
    state = session.load_state()
    if any(record.applied for record in state.records.values()):
        observed = session.planner.observe([], state, orphans=False)
        lives = list(observed.lives.values())
        return _Drift(drifted(session.scope, state, observed, session.reconcilers), live_notes(lives), lives)
    made = session.plan(Options())
    note = "no state: nothing is recorded as applied, so this is the difference to the configuration"
    return _Drift(made.pending, [note], made.lives)
