"""The alarms over alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from provisioner.blueprint.file.rule import AlarmKey, Rule
from provisioner.blueprint.parts.alarms import LOST_WITHOUT, actions
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import Value, join
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_topic import SnsTopic

COMPOSITES = "composites"
"""Their table in the file, and their owner."""


def composite_alarms(context: Context, blueprint: Blueprint) -> Iterator[Declared[CompositeAlarm]]:
    """The declared composites over the alarms on metrics."""
    tells = actions(context, blueprint.one(SnsTopic))

    def alarm(key: AlarmKey) -> Value[str]:
        found = blueprint.find(MetricAlarm, *key)
        # One that is not there stands as it was written, for whoever judges the rule.
        return found.resource.alarm if found else ".".join(key)

    for declared, composite in context.config.active_composites.items():
        name = context.names.composite(declared)
        made = CompositeAlarm(
            name=name,
            rule=_spelled(context.config.rules[declared], alarm),
            description=composite.description or f"In alarm while this holds: {composite.rule}"[:1024],
            alarm_actions=tells.alarm,
            ok_actions=tells.ok,
            insufficient_data_actions=tells.insufficient_data,
            tags=context.tags(CompositeAlarm, name),
        )
        yield Declared(made, (COMPOSITES, declared), owner=COMPOSITES, purpose=declared, lost_without=LOST_WITHOUT)


def _spelled(rule: Rule, alarm_of: Callable[[AlarmKey], Value[str]]) -> Value[str]:
    parts: list[Value[str]] = []
    for token in rule.tokens:
        parts.append(" " if parts else "")
        parts.extend(['ALARM("', alarm_of(token), '")'] if isinstance(token, tuple) else [token])
    return join(*parts)
