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
from provisioner.blueprint.parts.places import alarm_place
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter

_NO_DATA = "Without data the alarm stays OK, whatever happens: missing data counts as good."


@dataclass(frozen=True)
class _Watched:
    """One metric that an alarm looks at, and where the file says so."""

    alarm: str
    path: KeyPath
    metric: MetricId
    dimensions: Mapping[str, str]

    def __str__(self) -> str:
        return f"the alarm {self.alarm} looks at {' '.join(self.metric)} {_by(frozenset(self.dimensions))}"


def unpublished(subject: Subject) -> Iterator[Flaw]:
    """Alarms on a metric that no filter here and no AWS service publishes with just these dimensions."""
    ours = _by_filters(subject)
    known = {**published(), **ours}
    for watched in _watched(subject):
        namespace, _ = watched.metric
        asked = frozenset(watched.dimensions)
        entry = known.get(watched.metric)
        if entry is None and is_unknown_service(namespace):
            yield _not_known(watched)
        elif entry is None:
            yield _no_such_metric(watched, known)
        elif asked in entry.on_instances and not _has_instances(subject):
            yield _not_on_fargate(watched)
        elif asked not in entry.everywhere:
            yield _other_dimensions(watched, entry, watched.metric in ours)
        elif namespace == INSIGHTS_NAMESPACE and subject.config.cluster.container_insights == "disabled":
            yield _insights_are_off(watched)


def strangers(subject: Subject) -> Iterator[Flaw]:
    """Alarms whose dimensions name a function, cluster, queue, topic or log group that is not of this platform."""
    names = subject.names
    functions = {names.function(owner) for owner in subject.config.functions}
    ours = {
        "FunctionName": functions,
        "function_name": functions,
        "ClusterName": {names.cluster},
        "QueueName": {names.events, names.dlq},
        "TopicName": {names.topic},
        "LogGroupName": {names.log_group(owner) for owner in subject.config.workloads},
    }
    for watched in _watched(subject):
        for dimension, value in watched.dimensions.items():
            if dimension in ours and value not in ours[dimension] and _of_aws(watched.metric):
                declared = ", ".join(sorted(ours[dimension])) or "none"
                yield Flaw(
                    (*watched.path, "dimensions", dimension),
                    f"{watched}, and its {dimension} {value!r} is none of this platform",
                    "If it is a slip, the alarm has no data and stays OK; if not, it watches what others may rename.",
                    f"Names of this platform: {declared}.",
                    "warning",
                )


def defaults(subject: Subject) -> Iterator[Flaw]:
    """Latencies with a default value."""
    for owner, function in subject.config.functions.items():
        if function.latency and function.latency.default is not None:
            yield Flaw(
                ("functions", owner, "latency", "default"),
                f"the latency metric of {owner} has the default {function.latency.default:g}",
                "It is counted as a sample for each line that is no latency, and drags every percentile to it.",
                "Take the default out.",
            )


def _by_filters(subject: Subject) -> dict[MetricId, Published]:
    found: dict[MetricId, Published] = {}
    for item in subject.all(MetricFilter):
        key = (item.namespace, item.metric)
        before = found[key].dimensions if key in found else ()
        found[key] = Published((*before, frozenset(item.dimensions)))
    return found


def _watched(subject: Subject) -> Iterator[_Watched]:
    keys = {subject.names.alarm(key): key for key in subject.config.active_alarms}
    for alarm in subject.all(MetricAlarm):
        owner, signal = key = keys[alarm.name]
        path, own = alarm_place(subject.config, key), subject.config.active_alarms[key].metric
        if own and own.published_by:
            continue
        if own:
            path = (*path, "metric")
        elif owner in subject.config.workloads and signal in subject.config.metrics_of(owner):
            path = (subject.config.section_of(owner), owner, signal)
        if not alarm.metrics:
            yield _Watched(alarm.name, path, (alarm.namespace, alarm.metric), alarm.dimensions)
        for part in alarm.metrics:
            if "MetricStat" in part:
                metric = part["MetricStat"]["Metric"]
                dimensions = {item["Name"]: item["Value"] for item in metric["Dimensions"]}
                yield _Watched(alarm.name, path, (metric["Namespace"], metric["MetricName"]), dimensions)


def _of_aws(metric: MetricId) -> bool:
    return metric in published()


def _has_instances(subject: Subject) -> bool:
    """Whether the cluster is declared to run on instances alone."""
    providers = subject.config.cluster.capacity_providers
    return bool(providers) and not any(name.startswith("FARGATE") for name in providers)


def _by(dimensions: frozenset[str]) -> str:
    return f"by {', '.join(sorted(dimensions))}" if dimensions else "without dimensions"


def _not_known(watched: _Watched) -> Flaw:
    alike = difflib.get_close_matches(watched.metric[0], {namespace for namespace, _ in published()}, n=1, cutoff=0.8)
    near = f"; did you mean {alike[0]}?" if alike else ""
    return Flaw(
        (*watched.path, "namespace"),
        f"{watched}; {watched.metric[0]} is not known here{near}",
        "Nothing checks that AWS publishes this metric with these dimensions. " + _NO_DATA,
        "Compare it with the service's own list of metrics, or with `aws cloudwatch list-metrics`.",
        "warning",
    )


def _no_such_metric(watched: _Watched, known: Mapping[MetricId, Published]) -> Flaw:
    namespace, name = watched.metric
    namespaces = {metric[0] for metric in known}
    here = namespace in namespaces
    alike = [namespace] if here else difflib.get_close_matches(namespace, namespaces, n=1, cutoff=0.6)
    names = {metric[1] for metric in known if metric[0] in alike}
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.0 if here else 0.6)
    differs = "name" if here else "namespace"
    declare = 'say who publishes it, if an application does: published_by = "..."'
    if not near:
        what = f"{watched}, which nobody publishes: no filter here and no AWS service has the namespace"
        return Flaw((*watched.path, differs), what, _NO_DATA, f"{declare[:1].upper()}{declare[1:]}.")
    usual = _by(known[alike[0], near[0]].everywhere[0])
    return Flaw(
        (*watched.path, differs),
        f"{watched}, which nobody publishes: the {differs} differs; nearest is {alike[0]} {near[0]} {usual}",
        _NO_DATA,
        f'Write {differs} = "{near[0] if here else alike[0]}"; or {declare}.',
    )


def _not_on_fargate(watched: _Watched) -> Flaw:
    return Flaw(
        (*watched.path, "dimensions"),
        f"{watched}, which does not exist on Fargate",
        "AWS/ECS has it by cluster for tasks on EC2 instances only. " + _NO_DATA,
        "Take the metric out: the platform's own alarm divides what Container Insights publishes, on Fargate and EC2"
        " alike. Or add ServiceName; or declare the instances' capacity_providers.",
    )


def _other_dimensions(watched: _Watched, entry: Published, ours: bool) -> Flaw:
    has = " or ".join(_by(names) for names in entry.everywhere)
    if ours:
        fix = "Give the alarm a metric with these dimensions and a value for each, or take them off the filter."
    else:
        fix = f"Give the metric dimensions as AWS publishes it: {has}."
    return Flaw(
        (*watched.path, "dimensions"),
        f"{watched}, which nobody publishes: the dimension differs; it is published {has}",
        "CloudWatch adds nothing up over dimensions: another set of them is another metric. " + _NO_DATA,
        fix,
    )


def _insights_are_off(watched: _Watched) -> Flaw:
    return Flaw(
        (*watched.path, "namespace"),
        f'{watched}, and cluster.container_insights is "disabled"',
        "Container Insights publishes nothing for the cluster. " + _NO_DATA,
        'Set cluster.container_insights = "enabled", or look at another metric.',
    )
