"""The alarms on single metrics, and on the cluster's metric math."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.rule import AlarmKey
from provisioner.blueprint.file.schema import CLUSTER, Config, Metric
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared, Watched
from provisioner.blueprint.parts.names import Names
from provisioner.engine.model import Ref
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_topic import SnsTopic

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        MetricDataQueryOutputTypeDef,
        MetricOutputTypeDef,
        MetricStatOutputTypeDef,
    )

LAMBDA_NAMESPACE = "AWS/Lambda"
INSIGHTS_NAMESPACE = "ECS/ContainerInsights"
INSIGHTS_METRICS = {"cpu": ("CpuUtilized", "CpuReserved"), "memory": ("MemoryUtilized", "MemoryReserved")}
"""Used and reserved. AWS/ECS has a percentage by cluster, but not on Fargate: an alarm on it could never fire."""

LOST_WITHOUT = "nobody hears of what it was made for"

_STATISTICS = {"errors": "Sum", "latency": "p99", "concurrency": "Maximum", "cpu": "Average", "memory": "Average"}


class Actions(NamedTuple):
    """Whom an alarm tells of each of its states."""

    alarm: list[Ref]
    ok: list[Ref]
    insufficient_data: list[Ref]


_NOBODY = Actions([], [], [])


@dataclass(frozen=True)
class _Measured:
    """What an alarm looks at: one metric by ``statistic``, or ``math`` over several."""

    watches: tuple[Watched, ...]
    statistic: str = ""
    math: Sequence[MetricDataQueryOutputTypeDef] = ()


def actions(context: Context, topic: SnsTopic) -> Actions:
    """The actions of an alarm that tells ``topic``."""
    settings = context.config.notifications
    told = [topic.arn]
    return Actions(told, told if settings.ok_actions else [], told if settings.insufficient_data_actions else [])


def metric_alarms(context: Context, blueprint: Blueprint) -> Iterator[Declared[MetricAlarm]]:
    """Every alarm that is switched on. With ``notify = "composites"`` the children of a composite tell nobody."""
    config = context.config
    silent = _within_composites(config) if config.notifications.notify == "composites" else frozenset()
    speaking = actions(context, blueprint.one(SnsTopic))
    for key in config.active_alarms:
        yield _declared(context, key, _NOBODY if key in silent else speaking)


def _within_composites(config: Config) -> frozenset[AlarmKey]:
    return frozenset(key for rule in config.rules.values() for key in rule.references)


def _declared(context: Context, key: AlarmKey, tells: Actions) -> Declared[MetricAlarm]:
    owner, signal = key
    table = context.config.table_of(owner)
    place = (*table, "alarms", signal)
    measured = _measured(context, key, table)
    return Declared(
        _alarm(context, key, measured, tells),
        place,
        named_at=place if owner == CLUSTER else (*table, "names", f"{signal}_alarm"),
        owner=owner,
        purpose=signal,
        lost_without=LOST_WITHOUT,
        watches=measured.watches,
    )


def _alarm(context: Context, key: AlarmKey, measured: _Measured, tells: Actions) -> MetricAlarm:
    name, owner = context.names.alarm(key), key[0]
    period, periods = context.config.window(key)
    single = None if measured.math else measured.watches[0]
    return MetricAlarm(
        name=name,
        description=_description(context, key),
        alarm_actions=tells.alarm,
        ok_actions=tells.ok,
        insufficient_data_actions=tells.insufficient_data,
        namespace=single.namespace if single else "",
        metric=single.name if single else "",
        dimensions=dict(single.dimensions) if single else {},
        statistic=measured.statistic,
        period_seconds=period if single else 0,
        metrics=measured.math,
        comparison="GreaterThanThreshold",
        threshold=context.config.threshold(key),
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        missing_data="notBreaching",
        # Few invocations make no percentile: p99 of three of them is the slowest one.
        low_samples="ignore" if measured.statistic.startswith("p") else "evaluate",
        tags=context.tags(MetricAlarm, name, None if owner == CLUSTER else owner),
    )


def _measured(context: Context, key: AlarmKey, table: KeyPath) -> _Measured:
    """What the alarm looks at. An alarm on a log metric does not wait for the filter that feeds it: alarms are what
    takes longest, so they start first.
    """
    owner, signal = key
    names, place = context.names, (*table, "alarms", signal)
    if own := context.config.alarms_of(owner)[signal].metric:
        return _chosen(names, signal, own, (*place, "metric"))
    if owner == CLUSTER:
        return _percentage(names.cluster, signal, context.config.window(key)[0], place)
    if signal == "errors":
        watched = Watched(names.namespace, names.metric(owner, signal), {}, (*table, signal))
        return _Measured((watched,), _STATISTICS[signal])
    metric = {"latency": "Duration", "concurrency": "ConcurrentExecutions"}[signal]
    at = (*table, signal) if signal in context.config.metrics_of(owner) else place
    watched = Watched(LAMBDA_NAMESPACE, metric, {"FunctionName": names.function(owner)}, at)
    return _Measured((watched,), _STATISTICS[signal])


def _chosen(names: Names, signal: str, own: Metric, at: KeyPath) -> _Measured:
    namespace = names.filled(own.namespace) if own.namespace else names.namespace
    dimensions = {name: names.filled(value) for name, value in own.dimensions.items()}
    watched = Watched(namespace, names.filled(own.name), dimensions, at, own.published_by)
    return _Measured((watched,), own.statistic or _STATISTICS[signal])


def _percentage(cluster: str, signal: str, period: int, at: KeyPath) -> _Measured:
    def part(identifier: str, metric: str) -> MetricDataQueryOutputTypeDef:
        measured: MetricOutputTypeDef = {
            "Namespace": INSIGHTS_NAMESPACE,
            "MetricName": metric,
            "Dimensions": [{"Name": "ClusterName", "Value": cluster}],
        }
        stat: MetricStatOutputTypeDef = {"Metric": measured, "Period": period, "Stat": "Average"}
        return {"Id": identifier, "MetricStat": stat, "ReturnData": False}

    used, reserved = INSIGHTS_METRICS[signal]
    label = f"{'CPU' if signal == 'cpu' else 'Memory'} of {cluster} in %"
    percent: MetricDataQueryOutputTypeDef = {
        "Id": "percent",
        "Expression": "100*used/reserved",
        "Label": label,
        "ReturnData": True,
    }
    watches = tuple(Watched(INSIGHTS_NAMESPACE, name, {"ClusterName": cluster}, at) for name in (used, reserved))
    return _Measured(watches, math=[percent, part("used", used), part("reserved", reserved)])


def _description(context: Context, key: AlarmKey) -> str:
    owner, signal = key
    names = context.names
    if own := context.config.alarms_of(owner)[signal].metric:
        return _CHOSEN_DESCRIPTION.format(owner=owner, metric=names.filled(own.name), dashboard=names.dashboard)
    if owner == CLUSTER:
        return _CLUSTER_DESCRIPTIONS[signal].format(cluster=names.cluster)
    return _DESCRIPTIONS[signal].format(owner=owner, log_group=names.log_group(owner), dashboard=names.dashboard)


# Without numbers: a threshold that is changed shows as that alone.
_DESCRIPTIONS = {
    "errors": (
        "{owner} logs more errors than its threshold. Look first at the newest ERROR events in the log group"
        " {log_group}, then at what was deployed last."
    ),
    "latency": (
        "One invocation in a hundred of {owner} takes longer than its threshold (ms). Look first at the slowest"
        " traces in X-Ray: cold starts, or a dependency that answers late?"
    ),
    "concurrency": (
        "More invocations of {owner} run at once than its threshold, and the account's limit is shared by all"
        " its functions. Look first at the latency on the dashboard {dashboard}: more requests, or slower ones?"
    ),
}
_CHOSEN_DESCRIPTION = (
    "{metric}, which was chosen for {owner}, is above its threshold. Look first at the metric itself, then at {owner}"
    " on the dashboard {dashboard}."
)
_CLUSTER_DESCRIPTIONS = {
    "cpu": (
        "The tasks of {cluster} use more of the CPU reserved for them than the threshold (%). Look first at"
        " Container Insights for the service that uses most: it needs more tasks, or larger ones."
    ),
    "memory": (
        "The tasks of {cluster} use more of the memory reserved for them than the threshold (%); at 100 % tasks"
        " are killed. Look first at Container Insights for a service whose memory only grows."
    ),
}
