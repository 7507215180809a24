"""Every name that a configuration produces, held against what AWS takes, and against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import CLUSTER, Config
from provisioner.blueprint.parts.names import Names
from provisioner.engine.model import Naming, Resource
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter

_TAG_VALUE = 256
_METRIC = Naming("metric", r"[^:*$]+", "no : * $", 255)


class _Produced(NamedTuple):
    naming: Naming
    longest: int
    name: str
    path: KeyPath


def _of(kind: type[Resource], name: str, path: KeyPath) -> _Produced:
    """The name of a thing. The tag provisioner:address repeats it behind its kind, and may be the tighter limit."""
    assert kind.naming, f"what is called {name} has no name in AWS"
    in_tag = _TAG_VALUE - len(f"{kind.kind}.") if "tags" in kind.attributes() else kind.naming.longest
    return _Produced(kind.naming, min(kind.naming.longest, in_tag), name, path)


def check_names(config: Config) -> Iterator[Flaw]:
    """What is wrong with the names that ``config`` produces."""
    seen: dict[tuple[str, str], KeyPath] = {}
    for naming, longest, name, path in _produced(config):
        if not re.fullmatch(naming.pattern, name):
            yield Flaw(path, f"{name!r} cannot be the name of a {naming.noun}; {naming.allowed}")
        if len(name) > longest:
            yield Flaw(path, f"the {naming.noun} {name!r} has {len(name)} characters; at most {longest}")
        other = seen.setdefault((naming.noun, name), path)
        if other is not path:
            yield Flaw(path, f"{name!r} is also the {naming.noun} of {'.'.join(map(str, other[:2]))}")


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
    yield _of(EcsCluster, names.cluster, ("cluster", "name"))
    for owner in config.functions:
        yield _of(LambdaFunction, names.function(owner), ("functions", owner, "names", "function"))
    for owner in config.workloads:
        here: KeyPath = (config.section_of(owner), owner)
        yield _of(LogGroup, names.log_group(owner), (*here, "names", "log_group"))
        for signal in config.metrics_of(owner):
            yield _of(MetricFilter, names.filter(owner, signal), (*here, "names", f"{signal}_filter"))
            yield _Produced(_METRIC, _METRIC.longest, names.metric(owner, signal), (*here, "names", f"{signal}_metric"))
    for owner, signal in config.active_alarms:
        where: KeyPath = (CLUSTER, "alarms", signal)
        if owner != CLUSTER:
            where = (config.section_of(owner), owner, "names", f"{signal}_alarm")
        yield _of(MetricAlarm, names.alarm((owner, signal)), where)
    for declared in config.active_composites:
        yield _of(CompositeAlarm, names.composite(declared), ("composites", declared))
