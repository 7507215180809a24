"""The alarms over alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provisioner.blueprint.file.rule import AlarmKey, Rule, parse_rule
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.context import Context
from provisioner.engine.model import join
from provisioner.resources.composite_alarm import CompositeAlarm, canonical_rule
from provisioner.resources.metric_alarm import MetricAlarm


def children(config: Config) -> frozenset[AlarmKey]:
    """The alarms that some composite refers to."""
    rules = [parse_rule(composite.rule) for composite in config.active_composites.values()]
    return frozenset(key for rule in rules for key in rule.references)


def composite_alarms(
    context: Context, alarms: Mapping[AlarmKey, MetricAlarm], actions: Mapping[str, Any]
) -> list[CompositeAlarm]:
    """The declared composites over ``alarms``, with ``actions``."""
    names = context.names
    return [
        CompositeAlarm(
            name=names.composite(declared),
            rule=_spelled(parse_rule(composite.rule), lambda key: alarms[key].alarm),
            description=composite.description or f"In alarm while this holds: {composite.rule}"[:1024],
            tags=context.tags(CompositeAlarm, names.composite(declared)),
            **actions,
        )
        for declared, composite in context.config.active_composites.items()
    ]


def rule_text(rule: Rule, name_of: Callable[[AlarmKey], str]) -> str:
    """``rule`` as CloudWatch is sent it, with alarms called as ``name_of`` says."""
    return canonical_rule(_spelled(rule, name_of))


def _spelled(rule: Rule, alarm_of: Callable[[AlarmKey], Any]) -> Any:
    parts: list[Any] = []
    for token in rule.tokens:
        parts.append(" " if parts else "")
        parts.extend(['ALARM("', alarm_of(token), '")'] if isinstance(token, tuple) else [token])
    return join(*parts)
