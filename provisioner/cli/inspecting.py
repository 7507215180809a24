"""status, outputs and validate: how it is, what others need of it, and whether the file makes sense."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from provisioner import blueprint
from provisioner.cli.options import Common, common
from provisioner.cli.session import Session
from provisioner.health import Health, examine

Json = Annotated[bool, typer.Option("--json", help="Machine-readable, on standard output.")]

_COLOURS = {"ALARM": "bold red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}


@common
def status(common: Common, as_json: Json = False) -> None:
    """Alarms and their states, receivers that have not confirmed, messages that were not delivered, missing links."""
    session = Session(common, quiet=as_json)
    wanted = session.declared()
    observed = session.planner.observe(wanted, session.load_state(), orphans=False)
    health = examine(session.aws, wanted, observed)
    if as_json:
        common.out.print_json(json.dumps(health.to_json()), ensure_ascii=False)
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
    for line in health.problems:
        common.out.print(f"! {line}", style="bold red", markup=False, soft_wrap=True)


@common
def outputs(common: Common, as_json: Json = False) -> None:
    """What others need: the key, the topic, the queues, the cluster, the functions, the dashboard."""
    session = Session(common, quiet=as_json)
    observed = session.planner.observe(session.declared(), session.load_state(), orphans=False)
    values = blueprint.outputs(session.config, session.scope, observed.lives)
    if as_json:
        common.out.print_json(json.dumps(values), ensure_ascii=False)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        shown = ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else value
        table.add_row(name, str(shown if shown is not None else "(not there)"))
    common.out.print(table, soft_wrap=True)


@common
def validate(common: Common, as_json: Json = False) -> None:
    """Check the configuration without asking AWS anything: every declared environment, every finding at once."""
    checked = blueprint.environments(common.config)
    for environment in checked:
        blueprint.load(common.config, environment)
    if as_json:
        common.out.print_json(json.dumps({"schema": 1, "environments": checked, "findings": []}))
    else:
        common.out.print(f"{common.config} is valid for {', '.join(checked)}.", markup=False, soft_wrap=True)
