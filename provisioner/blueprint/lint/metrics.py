"""Alarms on metrics that nobody publishes, and metrics that would not mean what they seem to."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.lint.published import MetricId, Published, is_unknown_service, published
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.alarms import INSIGHTS_NAMESPACE
from provisioner.resources import KINDS

_NO_DATA = "Without data the alarm stays OK, whatever happens: missing data counts as good."


@dataclass(frozen=True)
class _Look:
    """One metric that an alarm looks at, and where the file says so."""

    alarm: str
    path: KeyPath
    metric: MetricId
    dimensions: Mapping[str, str]

    def __str__(self) -> str:
        return f"the alarm {self.alarm} looks at {' '.join(self.metric)} {_by(frozenset(self.dimensions))}"


def unpublished(subject: Subject) -> Iterator[Flaw]:
    """Alarms on a metric that no filter here and no AWS service publishes with just these dimensions."""
    ours = _by_parts(subject)
    known = {**published(), **ours}
    for look in _looks(subject):
        namespace, _ = look.metric
        asked = frozenset(look.dimensions)
        entry = known.get(look.metric)
        if entry is None and is_unknown_service(namespace):
            yield _not_known(look)
        elif entry is None:
            yield _no_such_metric(look, known)
        elif asked in entry.on_instances and not _has_instances(subject):
            yield _not_on_fargate(look)
        elif asked not in entry.everywhere:
            yield _other_dimensions(look, entry, look.metric in ours)
        elif namespace == INSIGHTS_NAMESPACE and subject.config.cluster.container_insights == "disabled":
            yield _insights_are_off(look)


def strangers(subject: Subject) -> Iterator[Flaw]:
    """Alarms whose dimensions name a function, cluster, queue, topic or log group that is not of this platform."""
    ours = _names_in_dimensions(subject)
    for look in _looks(subject):
        for dimension, value in look.dimensions.items():
            if dimension in ours and value not in ours[dimension] and _of_aws(look.metric):
                declared = ", ".join(sorted(ours[dimension])) or "none"
                yield Flaw(
                    (*look.path, "dimensions", dimension),
                    f"{look}, and its {dimension} {value!r} does not belong to this platform",
                    "If it is a slip, the alarm has no data and stays OK; if not, it watches what others may rename.",
                    f"Names of this platform: {declared}.",
                    "warning",
                )


def _names_in_dimensions(subject: Subject) -> dict[str, set[str]]:
    """Of AWS's dimensions that hold the name of a thing: the names of this platform's things."""
    namings = [kind.resource.naming for kind in KINDS]
    names: dict[str, set[str]] = {d: set() for naming in namings if naming for d in naming.dimensions}
    for item in subject.blueprint.items:
        for dimension in item.kind.naming.dimensions if item.kind.naming else ():
            names[dimension].add(item.name)
    return names


def defaults(subject: Subject) -> Iterator[Flaw]:
    """Latencies with a default value."""
    for owner, function in subject.config.functions.items():
        if function.latency and function.latency.default is not None:
            yield Flaw(
                ("functions", owner, "latency", "default"),
                f"the latency metric of {owner} has the default {function.latency.default:g}",
                "It is counted as a sample for each line that does not match, and drags every percentile to it.",
                "Take the default out.",
            )


def _by_parts(subject: Subject) -> dict[MetricId, Published]:
    found: dict[MetricId, Published] = {}
    for item in subject.blueprint.declared:
        for metric in item.publishes:
            key = (metric.namespace, metric.name)
            before = found[key].dimensions if key in found else ()
            found[key] = Published((*before, metric.dimensions))
    return found


def _looks(subject: Subject) -> Iterator[_Look]:
    for item in subject.blueprint.declared:
        for metric in item.watches:
            if not metric.published_by:
                yield _Look(item.name, metric.at, (metric.namespace, metric.name), metric.dimensions)


def _of_aws(metric: MetricId) -> bool:
    return metric in published()


def _has_instances(subject: Subject) -> bool:
    """Whether the cluster is declared to run on EC2 instances only."""
    providers = subject.config.cluster.capacity_providers
    return bool(providers) and not any(name.startswith("FARGATE") for name in providers)


def _by(dimensions: frozenset[str]) -> str:
    return f"by {', '.join(sorted(dimensions))}" if dimensions else "without dimensions"


def _not_known(look: _Look) -> Flaw:
    alike = difflib.get_close_matches(look.metric[0], {namespace for namespace, _ in published()}, n=1, cutoff=0.8)
    near = f"; did you mean {alike[0]}?" if alike else ""
    return Flaw(
        (*look.path, "namespace"),
        f"{look}; {look.metric[0]} is not known here{near}",
        "Nothing checks that AWS publishes this metric with these dimensions. " + _NO_DATA,
        "Compare it with the service's own list of metrics, or with `aws cloudwatch list-metrics`.",
        "warning",
    )


def _no_such_metric(look: _Look, known: Mapping[MetricId, Published]) -> Flaw:
    namespace, name = look.metric
    namespaces = {metric[0] for metric in known}
    here = namespace in namespaces
    alike = [namespace] if here else difflib.get_close_matches(namespace, namespaces, n=1, cutoff=0.6)
    names = {metric[1] for metric in known if metric[0] in alike}
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.0 if here else 0.6)
    differs = "name" if here else "namespace"
    declare = 'say who publishes it, if an application does: published_by = "..."'
    if not near:
        what = f"{look}, which nobody publishes: no filter here and no AWS service has the namespace"
        return Flaw((*look.path, differs), what, _NO_DATA, f"{declare[:1].upper()}{declare[1:]}.")
    usual = _by(known[alike[0], near[0]].everywhere[0])
    return Flaw(
        (*look.path, differs),
        f"{look}, which nobody publishes: the {differs} differs; nearest is {alike[0]} {near[0]} {usual}",
        _NO_DATA,
        f'Write {differs} = "{near[0] if here else alike[0]}"; or {declare}.',
    )


def _not_on_fargate(look: _Look) -> Flaw:
    return Flaw(
        (*look.path, "dimensions"),
        f"{look}, which does not exist on Fargate",
        "AWS/ECS has it by cluster for tasks on EC2 instances only. " + _NO_DATA,
        "Take the metric out: the platform's own alarm divides what Container Insights publishes, on Fargate and EC2"
        " alike. Or add ServiceName; or declare the instances' capacity_providers.",
    )


def _other_dimensions(look: _Look, entry: Published, ours: bool) -> Flaw:
    has = " or ".join(_by(names) for names in entry.everywhere)
    if ours:
        fix = "Give the alarm a metric with these dimensions and a value for each, or take them off the filter."
    else:
        fix = f"Give the metric dimensions as AWS publishes it: {has}."
    return Flaw(
        (*look.path, "dimensions"),
        f"{look}, which nobody publishes: the dimension differs; it is published {has}",
        "CloudWatch adds nothing up over dimensions: another set of them is another metric. " + _NO_DATA,
        fix,
    )


def _insights_are_off(look: _Look) -> Flaw:
    return Flaw(
        (*look.path, "namespace"),
        f'{look}, and cluster.container_insights is "disabled"',
        "Container Insights publishes nothing for the cluster. " + _NO_DATA,
        'Set cluster.container_insights = "enabled", or look at another metric.',
    )
