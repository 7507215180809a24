"""status and outputs: how it is, and what others need of it."""

from __future__ import annotations

from rich.table import Table

from provisioner import blueprint
from provisioner.cli.options import Common
from provisioner.cli.session import Session
from provisioner.engine.observer import Observed
from provisioner.engine.reconciler import live_notes
from provisioner.health import Health, examine
from provisioner.render.rows import Row, aside_rows
from provisioner.render.terminal import print_rows

_COLOURS = {"ALARM": "bold red", "OK": "green", "INSUFFICIENT_DATA": "yellow"}


def status(common: Common, *, as_json: bool) -> None:
    """Alarms and their states, receivers that have not confirmed, messages that were not delivered, missing links."""
    session = Session(common, quiet=as_json)
    observed = _observed(session)
    health = examine(session.aws.world, session.declared, observed)
    lives = list(observed.lives.values())
    notes, asides = live_notes(lives), session.asides(lives)
    if as_json:
        common.out.json({**health.to_json(), "notes": notes, **asides.to_json()})
        return
    _show(common, health)
    print_rows(common.out, [Row(0, "", f"note: {note}") for note in notes])
    print_rows(common.out, aside_rows(asides))


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
        common.out.say(f"added by others: {line}")
    for problem in health.problems:
        common.out.say(f"! {problem}", style="bold red")


def outputs(common: Common, *, as_json: bool) -> None:
    """What others need: the key, the topic, the queues, the cluster, the functions, the dashboard."""
    session = Session(common, quiet=as_json)
    observed = _observed(session)
    values = blueprint.outputs(session.declared, observed.lives)
    if as_json:
        common.out.json(values)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        shown = ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else value
        table.add_row(name, str(shown if shown is not None else "(not there)"))
    common.out.print(table, soft_wrap=True)


def broken(common: Common) -> list[blueprint.Finding]:
    """What is wrong in AWS, each where the file declares the thing; for ``validate --live``."""
    session = Session(common, quiet=True)
    flaws = [
        blueprint.Flaw(session.declared.place(item.address), f"{item.address} {item.what}", item.follows, item.fix)
        for item in examine(session.aws.world, session.declared, _observed(session)).problems
    ]
    return blueprint.read(common.config).place(flaws, common.environment)


def _observed(session: Session) -> Observed:
    return session.planner.observe(session.declared.resources, session.load_state(), orphans=False)
