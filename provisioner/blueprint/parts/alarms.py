"""The alarms on single metrics, and on the cluster's metric math."""

from __future__ import annotations

from typing import Any

from provisioner.blueprint.file.rule import AlarmKey
from provisioner.blueprint.file.schema import CLUSTER, Metric
from provisioner.blueprint.parts.composites import children
from provisioner.blueprint.parts.context import Context
from provisioner.engine.model import Ref
from provisioner.resources.metric_alarm import MetricAlarm

LAMBDA_NAMESPACE = "AWS/Lambda"
INSIGHTS_NAMESPACE = "ECS/ContainerInsights"
INSIGHTS_METRICS = {"cpu": ("CpuUtilized", "CpuReserved"), "memory": ("MemoryUtilized", "MemoryReserved")}
"""Used and reserved. AWS/ECS has a percentage by cluster, but not on Fargate: an alarm on it could never fire."""

_STATISTICS = {"errors": "Sum", "latency": "p99", "concurrency": "Maximum", "cpu": "Average", "memory": "Average"}

Publish = dict[str, list[Ref]]


def publish(context: Context, topic_arn: Ref) -> Publish:
    """The actions of an alarm that tells ``topic_arn``."""
    settings = context.config.notifications
    return {
        "alarm_actions": [topic_arn],
        "ok_actions": [topic_arn] if settings.ok_actions else [],
        "insufficient_data_actions": [topic_arn] if settings.insufficient_data_actions else [],
    }


def metric_alarms(context: Context, topic_arn: Ref) -> dict[AlarmKey, MetricAlarm]:
    """Every alarm that is switched on. With ``notify = "composites"`` the children of a composite tell nobody."""
    config = context.config
    silent = children(config) if config.notifications.notify == "composites" else frozenset()
    actions = publish(context, topic_arn)
    return {key: _alarm(context, key, {} if key in silent else actions) for key in config.active_alarms}


def _alarm(context: Context, key: AlarmKey, actions: Publish) -> MetricAlarm:
    name, owner = context.names.alarm(key), key[0]
    period, periods = context.config.window(key)
    settings: dict[str, Any] = {**_measured(context, key, period), **actions}
    return MetricAlarm(
        name=name,
        description=_description(context, key),
        comparison="GreaterThanThreshold",
        threshold=context.config.threshold(key),
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
        missing_data="notBreaching",
        tags=context.tags(MetricAlarm, name, None if owner == CLUSTER else owner),
        **settings,
    )


def _measured(context: Context, key: AlarmKey, period: int) -> dict[str, Any]:
    """What the alarm looks at. An alarm on a log metric does not wait for the filter that feeds it: alarms are what
    takes longest, so they start first.
    """
    owner, signal = key
    if own := context.config.alarms_of(owner)[signal].metric:
        return _chosen(context, signal, own, period)
    if owner == CLUSTER:
        return {"metrics": _percentage(context.names.cluster, signal, period)}
    if signal == "errors":
        metric = context.names.metric(owner, signal)
        return {
            "namespace": context.names.namespace,
            "metric": metric,
            "statistic": _STATISTICS[signal],
            "period_seconds": period,
        }
    return {
        "namespace": LAMBDA_NAMESPACE,
        "metric": {"latency": "Duration", "concurrency": "ConcurrentExecutions"}[signal],
        "dimensions": {"FunctionName": context.names.function(owner)},
        "statistic": _STATISTICS[signal],
        "period_seconds": period,
        "low_samples": _low_samples(_STATISTICS[signal]),
    }


def _chosen(context: Context, signal: str, own: Metric, period: int) -> dict[str, Any]:
    names = context.names
    statistic = own.statistic or _STATISTICS[signal]
    return {
        "namespace": names.filled(own.namespace) if own.namespace else names.namespace,
        "metric": names.filled(own.name),
        "dimensions": {name: names.filled(value) for name, value in own.dimensions.items()},
        "statistic": statistic,
        "period_seconds": period,
        "low_samples": _low_samples(statistic),
    }


def _low_samples(statistic: str) -> str:
    # Few invocations make no percentile: p99 of three of them is the slowest one.
    return "ignore" if statistic.startswith("p") else "evaluate"


def _percentage(cluster: str, signal: str, period: int) -> list[dict[str, Any]]:
    def part(identifier: str, metric: str) -> dict[str, Any]:
        dimensions = [{"Name": "ClusterName", "Value": cluster}]
        measured = {"Namespace": INSIGHTS_NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
        stat = {"Metric": measured, "Period": period, "Stat": "Average"}
        return {"Id": identifier, "MetricStat": stat, "ReturnData": False}

    used, reserved = INSIGHTS_METRICS[signal]
    label = f"{'CPU' if signal == 'cpu' else 'Memory'} of {cluster} in %"
    percent = {"Id": "percent", "Expression": "100*used/reserved", "Label": label, "ReturnData": True}
    return [percent, part("used", used), part("reserved", reserved)]


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
