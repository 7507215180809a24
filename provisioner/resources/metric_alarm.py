"""An alarm on one metric or on metric math.

Every put replaces the whole configuration and keeps the state. Tags in it count only when it creates the alarm. A put
overwrites a stranger's alarm of the same name without a word; only the read before it protects that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from provisioner.aws.arns import arn
from provisioner.aws.tags import tag_list
from provisioner.engine.model import Address, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps
from provisioner.resources._alarms import (
    ALARM_NAMING,
    NAMES_PER_CALL,
    actions,
    describe_alarms,
    live_actions,
    read_tags,
    retag_alarm,
    sorted_actions,
)


def canonical_metrics(metrics: Any) -> list[Any]:
    """Metric math as a list by id, with AWS's defaults spelled out and dimensions in one order."""
    return sorted((_metric(item) for item in metrics), key=lambda item: str(item["Id"]))


def _metric(item: dict[str, Any]) -> dict[str, Any]:
    full = {"ReturnData": True, **{key: value for key, value in item.items() if value not in (None, "")}}
    if "MetricStat" in full:
        stat = {key: value for key, value in full["MetricStat"].items() if value not in (None, "")}
        metric = stat["Metric"]
        dimensions = sorted(metric.get("Dimensions") or [], key=lambda dimension: str(dimension["Name"]))
        full["MetricStat"] = {**stat, "Metric": {**metric, "Dimensions": dimensions}}
    return full


@dataclass(frozen=True, kw_only=True)
class MetricAlarm(Resource):
    """An alarm on one metric (``namespace`` .. ``unit``) or on ``metrics``, CloudWatch's metric math."""

    kind: ClassVar[str] = "metric_alarm"
    identity = ("arn",)
    naming = ALARM_NAMING
    arn = Output()
    alarm = Output()
    description: str = attr("")
    actions_enabled: bool = attr(True)
    alarm_actions: list[Any] = attr([], normal=sorted_actions)
    ok_actions: list[Any] = attr([], normal=sorted_actions)
    insufficient_data_actions: list[Any] = attr([], normal=sorted_actions)
    namespace: str = attr("")
    metric: str = attr("")
    dimensions: dict[str, str] = attr({})
    statistic: str = attr("")
    period_seconds: int = attr(0)
    unit: str = attr("")
    metrics: list[Any] = attr([], normal=canonical_metrics)
    comparison: str = attr("GreaterThanThreshold")
    threshold: float = attr(normal=float)
    evaluation_periods: int = attr()
    datapoints_to_alarm: int = attr()
    missing_data: str = attr("missing")
    low_samples: str = attr("evaluate")
    tags: dict[str, str] = attr({})


class MetricAlarmReconciler(Reconciler[MetricAlarm]):
    resource = MetricAlarm
    service = "cloudwatch"
    delete_batch = NAMES_PER_CALL

    def read(self, sought: Sequence[Sought[MetricAlarm]], memo: Memo) -> dict[Address, Live[MetricAlarm]]:
        alarms = describe_alarms(self.world, memo, "MetricAlarms")
        ours = [item for item in sought if item.address.name in alarms]
        lives = self.world.each(lambda item: self._live(item, alarms[item.address.name], memo), ours)
        return {item.address: live for item, live in zip(ours, lives, strict=True)}

    def _live(self, item: Sought[MetricAlarm], alarm: dict[str, Any], memo: Memo) -> Live[MetricAlarm]:
        alarm_arn = alarm["AlarmArn"]
        resource = MetricAlarm(
            name=item.address.name,
            namespace=alarm.get("Namespace", ""),
            metric=alarm.get("MetricName", ""),
            dimensions={dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or ()},
            statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic", ""),
            period_seconds=alarm.get("Period", 0),
            unit=alarm.get("Unit", ""),
            metrics=alarm.get("Metrics") or [],
            comparison=alarm["ComparisonOperator"],
            threshold=alarm.get("Threshold", 0.0),
            evaluation_periods=alarm["EvaluationPeriods"],
            datapoints_to_alarm=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
            missing_data=alarm.get("TreatMissingData", "missing"),
            low_samples=alarm.get("EvaluateLowSampleCountPercentile") or "evaluate",
            tags=memo.tags(alarm_arn, item.want, lambda: read_tags(self.world, alarm_arn)),
            **live_actions(alarm),
        )
        return Live(resource, {"arn": alarm_arn, "alarm": item.address.name})

    def create(self, want: MetricAlarm) -> Steps:
        yield self.call("PutMetricAlarm", **_wire(want), Tags=tag_list(want.tags))

    def update(self, want: MetricAlarm, live: Live[MetricAlarm], changed: frozenset[str]) -> Steps:
        if changed - {"tags"}:
            yield self.call("PutMetricAlarm", **_wire(want))
        if "tags" in changed:
            yield from retag_alarm(live.outputs["arn"], want.tags, live.resource.tags)

    def delete(self, live: Live[MetricAlarm]) -> Steps:
        yield self.call("DeleteAlarms", AlarmNames=[live.resource.name])

    def delete_many(self, lives: Sequence[Live[MetricAlarm]]) -> Steps:
        yield self.call("DeleteAlarms", AlarmNames=[live.resource.name for live in lives])

    def predict(self, want: MetricAlarm) -> dict[str, Any]:
        return {"alarm": want.name, "arn": arn(self.scope, "cloudwatch", f"alarm:{want.name}")}


_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def _wire(want: MetricAlarm) -> dict[str, Any]:
    return {
        "AlarmName": want.name,
        **actions(want),
        **({"Metrics": want.metrics} if want.metrics else _single(want)),
        "ComparisonOperator": want.comparison,
        "Threshold": want.threshold,
        "EvaluationPeriods": want.evaluation_periods,
        "DatapointsToAlarm": want.datapoints_to_alarm,
        "TreatMissingData": want.missing_data,
    }


def _single(want: MetricAlarm) -> dict[str, Any]:
    plain = want.statistic in _STATISTICS
    return {
        "Namespace": want.namespace,
        "MetricName": want.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in want.dimensions.items()],
        "Statistic" if plain else "ExtendedStatistic": want.statistic,
        "Period": want.period_seconds,
        **({"Unit": want.unit} if want.unit else {}),
        **({} if plain else {"EvaluateLowSampleCountPercentile": want.low_samples}),
    }
