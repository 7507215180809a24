"""What an alarm or a reader of metrics asks for, from CloudWatch's parameters into the words of the evaluator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioner.evaluation import Condition, Formula, Math, MetricId, Query, Stat
from provisioner.evaluation.condition import Missing

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

TREATMENTS: dict[str, Missing] = {
    "missing": "missing",
    "ignore": "ignore",
    "breaching": "breaching",
    "notBreaching": "notBreaching",
}


def metric_id(namespace: str, name: str, dimensions: Iterable[aws.DimensionTypeDef] = ()) -> MetricId:
    """The metric of these members, ``Dimensions`` as a list of ``Name`` and ``Value``."""
    return MetricId.of(namespace, name, ((item["Name"], item["Value"]) for item in dimensions))


def queries_of(metrics: Iterable[aws.MetricDataQueryUnionTypeDef]) -> dict[str, Query]:
    """The queries of GetMetricData or of an alarm's ``Metrics``, by their ids."""
    return {item["Id"]: _query(item) for item in metrics}


def _query(item: aws.MetricDataQueryUnionTypeDef) -> Query:
    if "MetricStat" not in item:
        return Formula(item["Expression"], item.get("Period", 60))
    stat, metric = item["MetricStat"], item["MetricStat"]["Metric"]
    wanted = metric_id(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", ()))
    return Stat(wanted, stat["Stat"], stat["Period"], stat.get("Unit"))


def condition_of(config: aws.PutMetricAlarmInputTypeDef) -> Condition | None:
    """When a metric alarm is in ALARM. ``None`` for one that is not evaluated here, which keeps its state: a band of
    normal values, a statistic or a function of metric math that the emulator does not compute.
    """
    measured = _measured(config)
    if measured is None or "Threshold" not in config:
        return None
    condition = Condition(
        measured,
        config["ComparisonOperator"],
        config["Threshold"],
        config["EvaluationPeriods"],
        config.get("DatapointsToAlarm"),
        TREATMENTS[config.get("TreatMissingData", "missing")],
        ignore_few_samples=config.get("EvaluateLowSampleCountPercentile") == "ignore",
    )
    return condition if condition.computable else None


def _measured(config: aws.PutMetricAlarmInputTypeDef) -> Stat | Math | None:
    if "MetricName" in config:
        metric = metric_id(config["Namespace"], config["MetricName"], config.get("Dimensions", ()))
        return Stat(
            metric, config.get("Statistic") or config["ExtendedStatistic"], config["Period"], config.get("Unit")
        )
    if "Metrics" in config:
        returned = next(item["Id"] for item in config["Metrics"] if item.get("ReturnData", True))
        return Math(queries_of(config["Metrics"]), returned)
    return None


def period_of(config: aws.PutMetricAlarmInputTypeDef) -> int | None:
    """Seconds of one data point; ``None`` for an alarm that measures no metric."""
    measured = _measured(config)
    return None if measured is None else measured.period
