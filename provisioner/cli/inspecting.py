"""status, outputs and validate: how it is, what others need of it, and whether the file makes sense."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from provisioner import blueprint
from provisioner.cli.options import Common, common
from provisioner.cli.session import Session
from provisioner.health import Health, examine
from provisioner.render.findings import finding_rows
from provisioner.render.terminal import print_rows

Json = Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")]

_COLOURS = {"ALARM": "bold red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}


@common
def status(common: Common, as_json: Json = False) -> None:
    """Alarms and their states, receivers that have not confirmed, messages that were not delivered, missing links."""
    session = Session(common, quiet=as_json)
    health = _examined(session)
    if as_json:
        common.print_json(health.to_json())
    else:
        _show(common, health)


def _show(common: Common, health: Health) -> None:
    table = Table("alarm", "state", "why", box=None, pad_edge=False)
    for name, alarm in sorted(health.alarms.items()):
        table.add_row(name, alarm["state"], alarm["reason"], style=_COLOURS.get(alarm["state"], ""))
    common.out.print(table)
    facts = Table.grid(padding=(0, 2))
    for name, state in sorted(health.subscriptions.items()):
        facts.add_row("subscription", name, state)
    for name, depth in sorted(health.queues.items()):
        facts.add_row("queue", name, f"{depth} messages")
    common.out.print(facts)
    for line in health.foreign:
        common.out.print(f"added by others: {line}", markup=False, soft_wrap=True)
    for problem in health.problems:
        common.out.print(f"! {problem}", style="bold red", markup=False, soft_wrap=True)


@common
def outputs(common: Common, as_json: Json = False) -> None:
    """What others need: the key, the topic, the queues, the cluster, the functions, the dashboard."""
    session = Session(common, quiet=as_json)
    observed = session.planner.observe(session.declared(), session.load_state(), orphans=False)
    values = blueprint.outputs(session.config, session.scope, observed.lives)
    if as_json:
        common.print_json(values)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        shown = ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else value
        table.add_row(name, str(shown if shown is not None else "(not there)"))
    common.out.print(table, soft_wrap=True)


@common
def validate(
    common: Common,
    as_json: Json = False,
    live: Annotated[bool, typer.Option("--live", help="Ask AWS as well what is broken in --env. Read-only.")] = False,
) -> None:
    """Check the configuration: every declared environment, every finding at once. AWS is asked only with --live."""
    report = blueprint.lint(common.config, date.today())
    findings = [*report.findings, *(_broken(common) if live and not report.refused(common.environment) else [])]
    if as_json:
        document = {"schema": 1, "environments": report.environments, "findings": [asdict(item) for item in findings]}
        common.print_json(document)
    else:
        print_rows(common.out, finding_rows(str(common.config), report.environments, findings))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _broken(common: Common) -> list[blueprint.Finding]:
    """What is wrong in AWS, each where the file declares the thing."""
    session = Session(common, quiet=True)
    places = blueprint.places(session.config)
    flaws = [
        blueprint.Flaw(places.get(item.address, ()), f"{item.address} {item.what}", item.follows, item.fix)
        for item in _examined(session).problems
    ]
    return blueprint.read(common.config).place(flaws, common.environment)


def _examined(session: Session) -> Health:
    wanted = session.declared()
    observed = session.planner.observe(wanted, session.load_state(), orphans=False)
    return examine(session.aws, wanted, observed)
