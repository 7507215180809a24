"""plan and drift: what is different, with nothing touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from provisioner.cli.options import Common, common
from provisioner.cli.session import Session, refuse_errors
from provisioner.engine.drift import drifted
from provisioner.engine.plan import Plan
from provisioner.engine.planner import Options
from provisioner.render.document import plan_document
from provisioner.render.rows import Row, change_rows, plan_rows, summary_row
from provisioner.render.terminal import print_rows
from provisioner.resources.sns_subscription import SnsSubscription

PENDING = 2
"""Exit code: there are differences."""

Json = Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")]
Adopt = Annotated[bool, typer.Option("--adopt", help="Take over what has our names and is not ours.")]
Resubscribe = Annotated[
    bool, typer.Option("--resubscribe", help="Ask again for subscriptions that expired unconfirmed.")
]


@common
def plan(
    common: Common,
    out: Annotated[Path | None, typer.Option("--out", help="Keep the plan in a file, for apply FILE.")] = None,
    as_json: Json = False,
    everything: Annotated[bool, typer.Option("--all", help="With --json: the unchanged resources, too.")] = False,
    detailed_exitcode: Annotated[bool, typer.Option(help="Exit with 2 when there are differences.")] = False,
    adopt: Adopt = False,
    resubscribe: Resubscribe = False,
) -> None:
    """Show the exact difference between the configuration and live AWS. Nothing is touched."""
    refuse_errors(common)
    session = Session(common, quiet=as_json)
    made = session.plan(Options(adopt=adopt, insist=insistence(resubscribe)))
    if out:
        out.write_text(json.dumps(plan_document(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        common.print_json(plan_document(made, everything=everything))
    else:
        show(common, made)
    if detailed_exitcode and made.pending:
        raise typer.Exit(PENDING)


def insistence(resubscribe: bool) -> frozenset[str]:
    """The kinds that ``--resubscribe`` is about."""
    return frozenset({SnsSubscription.kind}) if resubscribe else frozenset()


def show(common: Common, made: Plan) -> None:
    """The plan for a person, its summary last."""
    print_rows(common.out, plan_rows(made, verbose=common.verbose))
    print_rows(common.out, [Row(0, "", summary_row(made))])


@common
def drift(common: Common, as_json: Json = False) -> None:
    """Show what differs from what was last applied, whatever the configuration says. Exits with 2 if anything does."""
    session = Session(common, quiet=as_json)
    state = session.load_state()
    if any(record.applied for record in state.records.values()):
        changes = drifted(state, session.planner.observe([], state, orphans=False), session.reconcilers)
        notes = []
    else:
        changes = list(session.plan(Options()).pending)
        notes = ["no state: nothing is recorded as applied, so this is the difference to the configuration"]
    if as_json:
        document = {"schema": 1, "notes": notes, "changes": [change.to_json() for change in changes]}
        common.print_json(document)
    else:
        for change in changes:
            print_rows(common.out, change_rows(change, verbose=common.verbose))
        count = len(changes)
        print_rows(common.out, [Row(0, "", f"note: {note}") for note in notes])
        print_rows(common.out, [Row(0, "", f"Drifted: {count} of the resources on record." if count else "No drift.")])
    if changes:
        raise typer.Exit(PENDING)
