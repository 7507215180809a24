"""Rules of composite alarms that CloudWatch would refuse."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.rule import AlarmKey, Rule
from provisioner.blueprint.file.schema import CLUSTER, Config
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.composites import COMPOSITES
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.metric_alarm import MetricAlarm

_RULE_CHARACTERS, _RULE_CHILDREN, _RULE_ELEMENTS = 10_240, 100, 500
"""Limits of PutCompositeAlarm (CloudWatch API reference), as published in 2026."""


def composites(subject: Subject) -> Iterator[Flaw]:
    """Rules over alarms that are not there, and rules that are too large."""
    config = subject.config
    lengths = dict(_lengths(subject))
    for declared, rule in config.rules.items():
        path = (COMPOSITES, declared, "rule")
        problems = [problem for key in rule.references if (problem := _unfit(config, key))]
        fix = "Refer to alarms that are declared and switched on."
        yield from (
            Flaw(path, problem, "CloudWatch refuses a rule over alarms that are not there.", fix)
            for problem in problems
        )
        yield from () if problems else _oversized(path, rule, lengths[declared])


def _unfit(config: Config, key: AlarmKey) -> str:
    """Why a rule cannot refer to the alarm ``key``, or ``""``."""
    owner, signal = key
    if owner != CLUSTER and owner not in config.workloads:
        return f"{owner!r} is not declared; declared are {', '.join([*config.workloads, CLUSTER])}"
    alarms = config.alarms_of(owner)
    if signal not in alarms:
        return f"{owner} has no alarm {signal!r}; it has {', '.join(alarms)}"
    return "" if alarms[signal].enabled else f"the alarm {owner}.{signal} is switched off"


def _lengths(subject: Subject) -> Iterator[tuple[str, int]]:
    """How many characters the rule of each composite has, with the alarms' names in it."""
    alarms = [*subject.all(MetricAlarm), *subject.all(CompositeAlarm)]
    called = {item.resource.address: {"alarm": item.name} for item in alarms}
    for item in subject.all(CompositeAlarm):
        yield item.purpose, len(str(item.resource.resolve(called).rule))


def _oversized(path: KeyPath, rule: Rule, length: int) -> Iterator[Flaw]:
    elements = len([token for token in rule.tokens if token in ("(", ")") or isinstance(token, tuple)])
    sizes = (
        (len(rule.references), _RULE_CHILDREN, "alarms"),
        (elements, _RULE_ELEMENTS, "alarms and parentheses"),
        (length, _RULE_CHARACTERS, "characters with the alarms' full names"),
    )
    why = "CloudWatch refuses a composite alarm over these limits."
    fix = "Divide it into several composites, each over a part of the alarms."
    for size, limit, what in sizes:
        if size > limit:
            yield Flaw(path, f"{size} {what}; at most {limit}", why, fix)
