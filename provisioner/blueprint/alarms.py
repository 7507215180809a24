"""The metric alarms, each under the short name by which a composite rule speaks of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provisioner.blueprint.config import Alarm, Config, Function
from provisioner.blueprint.names import Names, Watch
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_topic import SnsTopic

PERCENTILE = "p99"


def metric_alarms(
    config: Config, names: Names, topic: SnsTopic, cluster: EcsCluster, silent: frozenset[str]
) -> dict[str, MetricAlarm]:
    """``payment-handler.errors`` or ``cluster.cpu`` -> alarm. Those in ``silent`` have no actions of their own."""
    made: dict[str, MetricAlarm] = {}
    for watch in names.functions:
        made |= _of_function(config, names, watch)
    for metric, alarm in (("cpu", config.cluster.alarms.cpu), ("memory", config.cluster.alarms.memory)):
        if alarm.enabled:
            made[f"cluster.{metric}"] = _of_cluster(config, names, cluster, metric, alarm)
    for watch in names.services:
        if watch.declared.alarms.errors.enabled:
            made[f"{watch.key}.errors"] = _errors(config, names, watch, config.alarms.service_errors)
    return {short: _with_actions(config, alarm, topic, short in silent) for short, alarm in made.items()}


def _of_function(config: Config, names: Names, watch: Watch) -> dict[str, MetricAlarm]:
    declared = watch.declared
    assert isinstance(declared, Function)
    made = {}
    if declared.alarms.errors.enabled:
        made[f"{watch.key}.errors"] = _errors(config, names, watch, config.alarms.function_errors)
    if declared.alarms.latency.enabled:
        made[f"{watch.key}.latency"] = _alarm(
            config,
            names,
            watch.latency_alarm,
            watch.key,
            description=f"{watch.function} is slow: one call in a hundred takes longer than the threshold (ms). "
            "Look first at its newest traces in X-Ray, then at Lambda Insights for memory and CPU.",
            threshold=_threshold(declared.alarms.latency, config.alarms.function_latency_ms),
            namespace="AWS/Lambda",
            metric="Duration",
            dimensions={"FunctionName": watch.function},
            statistic=PERCENTILE,
            low_samples="ignore",
        )
    if declared.alarms.concurrency.enabled:
        made[f"{watch.key}.concurrency"] = _alarm(
            config,
            names,
            watch.concurrency_alarm,
            watch.key,
            description=f"{watch.function} runs more times at once than planned for: throttling is near. "
            "Look first at its Throttles and at what calls it.",
            threshold=_threshold(declared.alarms.concurrency, config.alarms.function_concurrency),
            namespace="AWS/Lambda",
            metric="ConcurrentExecutions",
            dimensions={"FunctionName": watch.function},
            statistic="Maximum",
        )
    return made


def _errors(config: Config, names: Names, watch: Watch, default: float) -> MetricAlarm:
    return _alarm(
        config,
        names,
        watch.errors_alarm,
        watch.key,
        description=f"{watch.key} logs more errors than the threshold in each of two periods. "
        f"Look first at the newest errors in {watch.log_group}.",
        threshold=_threshold(watch.declared.alarms.errors, default),
        namespace=names.namespace,
        metric=watch.errors_metric,
        statistic="Sum",
    )


def _of_cluster(config: Config, names: Names, cluster: EcsCluster, metric: str, alarm: Alarm) -> MetricAlarm:
    default = config.alarms.cluster_cpu_percent if metric == "cpu" else config.alarms.cluster_memory_percent
    stem = {"cpu": "Cpu", "memory": "Memory"}[metric]
    return _alarm(
        config,
        names,
        names.suffixed(f"ecs-high-{metric}"),
        "",
        description=f"The cluster uses more of its reserved {metric} than the threshold (%). "
        "Look first at Container Insights for the service that grew, then at its desired count.",
        threshold=_threshold(alarm, default),
        metrics=utilisation(cluster.cluster, stem, config.alarms.period_seconds),
    )


def utilisation(cluster: Any, stem: str, period: int) -> list[dict[str, Any]]:
    """CPU or memory of a cluster in %, by metric math.

    AWS/ECS has no such metric by cluster on Fargate, where an alarm on it could never fire; Container Insights
    publishes what is used and what is reserved on Fargate and EC2 alike.
    """
    parts = [
        {
            "Id": part,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "ECS/ContainerInsights",
                    "MetricName": f"{stem}{metric}",
                    "Dimensions": [{"Name": "ClusterName", "Value": cluster}],
                },
                "Period": period,
                "Stat": "Average",
            },
        }
        for part, metric in (("used", "Utilized"), ("reserved", "Reserved"))
    ]
    label = {"Cpu": "CPU %", "Memory": "Memory %"}[stem]
    percent = {"Id": "percent", "Expression": "100*used/reserved", "Label": label, "ReturnData": True}
    return [percent, *parts]


def _threshold(alarm: Alarm, default: float) -> float:
    return default if alarm.threshold is None else alarm.threshold


def _alarm(config: Config, names: Names, name: str, service: str, **values: Any) -> MetricAlarm:
    if "metrics" not in values:
        values["period_seconds"] = config.alarms.period_seconds
    return MetricAlarm(
        name=name,
        evaluation_periods=config.alarms.evaluation_periods,
        datapoints_to_alarm=config.alarms.evaluation_periods,
        missing_data="notBreaching",
        tags=names.tags("metric_alarm", name, service),
        **values,
    )


def _with_actions(config: Config, alarm: MetricAlarm, topic: SnsTopic, silent: bool) -> MetricAlarm:
    return replace(alarm, **actions(config, topic, silent))


def actions(config: Config, topic: SnsTopic, silent: bool = False) -> dict[str, Any]:
    """Whom an alarm tells."""
    tell = [] if silent else [topic.arn]
    return {
        "alarm_actions": tell,
        "ok_actions": tell if config.notifications.ok_actions else [],
        "insufficient_data_actions": tell if config.notifications.insufficient_data_actions else [],
    }
