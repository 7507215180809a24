"""Every name that a configuration produces, held against what AWS takes, and against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import CLUSTER, Config
from provisioner.blueprint.parts.names import Names
from provisioner.engine.model import Resource
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm

_TAG_VALUE = 256


@dataclass(frozen=True)
class _Kind:
    """One kind of name: names of the same ``noun`` must differ."""

    noun: str
    pattern: str
    allowed: str
    limit: int


def _tagged(noun: str, resource: type[Resource], pattern: str, allowed: str, limit: int) -> _Kind:
    # The tag provisioner:address holds `kind.name`, so of a long name AWS's own limit is not the one that is met first.
    return _Kind(noun, pattern, allowed, min(limit, _TAG_VALUE - len(f"{resource.kind}.")))


# Alarms and log groups may have more characters than these, but a tag's value, which repeats the name, may not; and a
# quotation mark in an alarm's name would end it in a composite's rule.
_ALARM_NAME = r"[A-Za-z0-9 _.:/=+@-]+"
_ALARM_CHARACTERS = "letters, digits, spaces and _ . : / = + @ -"
_FUNCTION = _tagged("function", LambdaFunction, r"[A-Za-z0-9_-]+", "letters, digits, - and _", 64)
_CLUSTER = _tagged("cluster", EcsCluster, r"[A-Za-z][A-Za-z0-9_-]*", "letters, digits, - and _, a letter first", 255)
_LOG_GROUP = _tagged(
    "log group", LogGroup, r"(?!aws/)[A-Za-z0-9_./-]+", "letters, digits and _ . / -, not aws/ first", 512
)
_ALARM = _tagged("alarm", MetricAlarm, _ALARM_NAME, _ALARM_CHARACTERS, 255)
_COMPOSITE = _tagged("alarm", CompositeAlarm, _ALARM_NAME, _ALARM_CHARACTERS, 255)
_FILTER = _Kind("filter", r"[^:*]+", "no : and no *", 512)
_METRIC = _Kind("metric", r"[^:*$]+", "no : * $", 255)


class _Produced(NamedTuple):
    kind: _Kind
    name: str
    path: KeyPath


def check_names(config: Config) -> Iterator[Flaw]:
    """What is wrong with the names that ``config`` produces."""
    seen: dict[tuple[str, str], KeyPath] = {}
    for kind, name, path in _produced(config):
        if not re.fullmatch(kind.pattern, name):
            yield Flaw(path, f"{name!r} cannot be the name of a {kind.noun}; {kind.allowed}")
        if len(name) > kind.limit:
            yield Flaw(path, f"the {kind.noun} {name!r} has {len(name)} characters; at most {kind.limit}")
        other = seen.setdefault((kind.noun, name), path)
        if other is not path:
            yield Flaw(path, f"{name!r} is also the {kind.noun} of {'.'.join(map(str, other[:2]))}")


def check_keys(config: Config) -> Iterator[Flaw]:
    """Declared names that mean two things. Nothing else can be said of a configuration that has any."""
    for name in config.services:
        if name in config.functions:
            yield Flaw(("services", name), f"a function is called {name}, too; its names and rules would mix with it")
    for section, declared in (("functions", config.functions), ("services", config.services)):
        if CLUSTER in declared:
            yield Flaw((section, CLUSTER), f"{CLUSTER!r} means the ECS cluster in rules; choose another name")


def _produced(config: Config) -> Iterator[_Produced]:
    names = Names(config)
    yield _Produced(_CLUSTER, names.cluster, ("cluster", "name"))
    for owner in config.functions:
        yield _Produced(_FUNCTION, names.function(owner), ("functions", owner, "names", "function"))
    for owner in config.workloads:
        here: KeyPath = (config.section_of(owner), owner)
        yield _Produced(_LOG_GROUP, names.log_group(owner), (*here, "names", "log_group"))
        for signal in config.metrics_of(owner):
            yield _Produced(_FILTER, names.filter(owner, signal), (*here, "names", f"{signal}_filter"))
            yield _Produced(_METRIC, names.metric(owner, signal), (*here, "names", f"{signal}_metric"))
    for owner, signal in config.active_alarms:
        where: KeyPath = (CLUSTER, "alarms", signal)
        if owner != CLUSTER:
            where = (config.section_of(owner), owner, "names", f"{signal}_alarm")
        yield _Produced(_ALARM, names.alarm((owner, signal)), where)
    for declared in config.active_composites:
        yield _Produced(_COMPOSITE, names.composite(declared), ("composites", declared))
