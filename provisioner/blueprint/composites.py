"""Composite alarms: a rule over short names, ``(payment-handler.errors OR ...) AND ...``, into CloudWatch's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provisioner.blueprint.alarms import actions
from provisioner.blueprint.config import Composite, Config
from provisioner.blueprint.names import Names
from provisioner.engine.errors import ConfigError
from provisioner.engine.model import join
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_topic import SnsTopic

CHILDREN = 100
"""Alarms in one rule, by CloudWatch's limit."""

_TOKEN = re.compile(r"\s*([()]|[\w.-]+)")
_OPERATORS = ("AND", "OR", "NOT")


def members(composite: Composite) -> list[str]:
    """The short names in a rule, in their order."""
    return [token for token in _tokens(composite.rule) if token not in ("(", ")", *_OPERATORS)]


def silent(config: Config) -> frozenset[str]:
    """The alarms that say nothing themselves, because a composite speaks for them."""
    if config.notifications.notify == "all":
        return frozenset()
    return frozenset(name for composite in config.composites.values() for name in members(composite))


def composite_alarms(
    config: Config, names: Names, topic: SnsTopic, alarms: Mapping[str, MetricAlarm]
) -> list[CompositeAlarm]:
    """The declared composites; :class:`ConfigError` where a rule is none, or speaks of what is not there."""
    made = []
    for key, composite in config.composites.items():
        _check(key, composite, alarms)
        name = names.suffixed(key)
        made.append(
            CompositeAlarm(
                name=name,
                rule=join(*_words(composite.rule, alarms)),
                description=composite.description,
                tags=names.tags("composite_alarm", name),
                **actions(config, topic),
            )
        )
    return made


def _words(rule: str, alarms: Mapping[str, MetricAlarm]) -> list[Any]:
    words: list[Any] = []
    for token in _tokens(rule):
        if token in alarms:
            words += [' ALARM("', alarms[token].alarm, '") ']
        else:
            words.append(f" {token} ")
    return words


def _tokens(rule: str) -> list[str]:
    return _TOKEN.findall(rule)


def _check(key: str, composite: Composite, alarms: Mapping[str, MetricAlarm]) -> None:
    where = f"composites.{key}.rule"
    missing = [name for name in members(composite) if name not in alarms]
    if missing:
        raise ConfigError(
            f"{where} speaks of {', '.join(missing)}, and there is no such alarm",
            details=[f"There are: {', '.join(sorted(alarms))}"],
            remedy="Mend the rule, or remove the composite with the service that it was about.",
        )
    leftover = _TOKEN.sub("", composite.rule).strip()
    if leftover or not _is_expression(_tokens(composite.rule)):
        raise ConfigError(
            f"{where} is not a rule: {composite.rule}",
            remedy="Names of alarms, AND, OR, NOT and parentheses: (a.errors OR a.latency) AND cluster.cpu",
        )
    if len(set(members(composite))) > CHILDREN:
        raise ConfigError(f"{where} has {len(set(members(composite)))} alarms; CloudWatch takes {CHILDREN}")


def _is_expression(tokens: list[str]) -> bool:
    """Whether ``tokens`` read as operands joined by AND and OR, each maybe negated or in parentheses."""
    depth, operand = 0, True
    for token in tokens:
        if operand and token == "(":
            depth += 1
        elif operand and token != "NOT" and token not in (")", "AND", "OR"):
            operand = False
        elif not operand and token == ")" and depth:
            depth -= 1
        elif not operand and token in ("AND", "OR"):
            operand = True
        elif token != "NOT" or not operand:
            return False
    return depth == 0 and not operand
