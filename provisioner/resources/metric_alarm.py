"""An alarm on one metric or on metric math.

Every put replaces the whole configuration and keeps the state. Tags in it count only when it creates the alarm. A put
overwrites a stranger's alarm of the same name without a word; only the read before it protects that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document
from provisioner.aws.tags import tag_list
from provisioner.engine.model import Address, Output, Resource, Value, attr, unseen
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps
from provisioner.resources.shared.alarms import (
    ALARM_NAMING,
    COMPOSITE,
    IDLE,
    METRIC,
    NAMES_PER_CALL,
    SHARED,
    Shown,
    birth_of,
    composites_of_others,
    configured_at,
    propagation,
    read_tags,
    retag_alarm,
    shown_alarms,
    sorted_actions,
)
from provisioner.resources.shared.mute_rules import mute_rules

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        EvaluationWindowOutputTypeDef,
        MetricAlarmTypeDef,
        MetricDataQueryOutputTypeDef,
    )


def canonical_metrics(metrics: Sequence[MetricDataQueryOutputTypeDef]) -> list[dict[str, object]]:
    """Metric math as a list by id, with AWS's defaults spelled out and dimensions in one order."""
    return [_metric(item) for item in sorted(metrics, key=lambda item: item["Id"])]


def _metric(item: MetricDataQueryOutputTypeDef) -> dict[str, object]:
    full = {"ReturnData": True, **_filled(item)}
    if stat := item.get("MetricStat"):
        metric = stat["Metric"]
        dimensions = sorted(metric.get("Dimensions") or [], key=lambda dimension: dimension["Name"])
        full["MetricStat"] = {**_filled(stat), "Metric": {**metric, "Dimensions": dimensions}}
    return full


def _filled(members: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in members.items() if value not in (None, "")}


def _window(value: EvaluationWindowOutputTypeDef) -> Document:
    """A sliding window is what an alarm has that was given none."""
    clock = value.get("WallClockWindow")
    return {} if clock is None else {"WallClockWindow": {"Timezone": "UTC", **_filled(clock)}}


def _warm_up(value: Document) -> Document:
    return {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": False, **_filled(value)} if value else {}


_CRITERIA = ("EvaluationCriteria", "EvaluationInterval")


def _criteria(value: Document) -> Document:
    """Of an alarm on a query in PromQL: the query with its times, and how often it is evaluated."""
    return _filled(value)


@dataclass(frozen=True, kw_only=True)
class MetricAlarm(Resource):
    """An alarm on one metric (``namespace`` .. ``unit``), on ``metrics``, CloudWatch's metric math, or on ``criteria``.

    ``threshold_metric`` is the id of a band of expected values in ``metrics``, in place of ``threshold``. Windows,
    warm-up, criteria and what actions contain are in CloudWatch's own words.
    """

    kind: ClassVar[str] = "metric_alarm"
    identity = ("arn",)
    stands_on = ("alarm_actions", "ok_actions", "insufficient_data_actions")
    naming = ALARM_NAMING
    arn = Output()
    alarm = Output()
    type: str = attr(METRIC, immutable=True)
    description: str = attr("")
    actions_enabled: bool = attr(True)
    alarm_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    ok_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    insufficient_data_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    namespace: str = attr("")
    metric: str = attr("")
    dimensions: dict[str, str] = attr({})
    statistic: str = attr("")
    period_seconds: int = attr(0)
    unit: str = attr("")
    metrics: Sequence[MetricDataQueryOutputTypeDef] = attr([], normal=canonical_metrics)
    comparison: str = attr("GreaterThanThreshold")
    threshold: float = attr(normal=float)
    evaluation_periods: int = attr()
    datapoints_to_alarm: int = attr()
    missing_data: str = attr("missing")
    low_samples: str = attr("evaluate")
    threshold_metric: str = attr("")
    evaluation_window: Document = attr({}, normal=_window)
    warm_up: Document = attr({}, normal=_warm_up)
    criteria: Document = attr({}, normal=_criteria)
    action_configuration: Document = attr({}, normal=propagation)
    tags: dict[str, str] = attr({})


_MEMBERS = Members(
    "cloudwatch",
    "MetricAlarm",
    read=f"{SHARED} Namespace MetricName Dimensions Statistic ExtendedStatistic Period Unit Metrics ComparisonOperator "
    "Threshold EvaluationPeriods DatapointsToAlarm TreatMissingData EvaluateLowSampleCountPercentile ThresholdMetricId "
    "EvaluationWindow.WallClockWindow WarmUpConfiguration.WarmUpPeriodDurationInMinutes "
    "WarmUpConfiguration.OnlyStartEvaluatingAfterWarmUpPeriodEnds EvaluationCriteria EvaluationInterval",
    idle=f"{IDLE} EvaluationState EvaluationWindow.SlidingWindow",
)


class MetricAlarmReconciler(Reconciler[MetricAlarm]):
    resource = MetricAlarm
    service = "cloudwatch"
    answers = (_MEMBERS,)
    delete_batch = NAMES_PER_CALL

    def read(self, sought: Sequence[Sought[MetricAlarm]], memo: Memo) -> dict[Address, Live[MetricAlarm]]:
        shown = shown_alarms(self.world, memo, MetricAlarm.kind, sought)
        lives = self.world.each(lambda item: self._live(item, memo), shown)
        return {live.resource.address: live for live in lives}

    def _live(self, shown: Shown[MetricAlarm], memo: Memo) -> Live[MetricAlarm]:
        item, name = shown.sought, shown.sought.address.name
        alarm_arn = shown.alarm.get("AlarmArn") or self._arn(name)
        tags = memo.tags(alarm_arn, item, lambda: read_tags(self.world, alarm_arn), birth_of(shown.alarm))
        outputs = {"arn": alarm_arn, "alarm": name, "configured": configured_at(shown.alarm)}
        if shown.astray:
            return Live(MetricAlarm(name=name, **{**unseen(MetricAlarm), "type": COMPOSITE, "tags": tags}), outputs)
        alarm = cast("MetricAlarmTypeDef", shown.alarm)
        return Live(_as_described(name, alarm, tags), outputs, unread=_MEMBERS.unread(alarm))

    def asides(self, lives: Sequence[Live[MetricAlarm]], questions: Questions) -> Iterator[Aside]:
        return mute_rules(questions, lives)

    def obstacles(self, going: Sequence[Live[MetricAlarm]], memo: Memo) -> dict[Address, str]:
        return composites_of_others(self.world, memo, going)

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

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "cloudwatch", "alarm:")

    def predict(self, want: MetricAlarm) -> dict[str, str]:
        return {"alarm": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "cloudwatch", f"alarm:{name}")


def _as_described(name: str, alarm: MetricAlarmTypeDef, tags: dict[str, str]) -> MetricAlarm:
    """The alarm in our words, with CloudWatch's defaults where it omits a member."""
    periods = alarm.get("EvaluationPeriods", 1)
    return MetricAlarm(
        name=name,
        description=alarm.get("AlarmDescription", ""),
        actions_enabled=alarm.get("ActionsEnabled", True),
        alarm_actions=alarm.get("AlarmActions") or [],
        ok_actions=alarm.get("OKActions") or [],
        insufficient_data_actions=alarm.get("InsufficientDataActions") or [],
        namespace=alarm.get("Namespace", ""),
        metric=alarm.get("MetricName", ""),
        dimensions={dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions") or ()},
        statistic=alarm.get("ExtendedStatistic") or alarm.get("Statistic", ""),
        period_seconds=alarm.get("Period", 0),
        unit=alarm.get("Unit", ""),
        metrics=alarm.get("Metrics") or [],
        comparison=alarm.get("ComparisonOperator", "GreaterThanThreshold"),
        threshold=alarm.get("Threshold", 0.0),
        evaluation_periods=periods,
        datapoints_to_alarm=alarm.get("DatapointsToAlarm") or periods,
        missing_data=alarm.get("TreatMissingData", "missing"),
        low_samples=alarm.get("EvaluateLowSampleCountPercentile") or "evaluate",
        threshold_metric=alarm.get("ThresholdMetricId", ""),
        evaluation_window=alarm.get("EvaluationWindow") or {},
        warm_up=alarm.get("WarmUpConfiguration") or {},
        criteria={name: alarm.get(name) for name in _CRITERIA},
        action_configuration=alarm.get("ActionConfiguration") or {},
        tags=tags,
    )


_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


def is_plain(statistic: str) -> bool:
    """Whether it is one of CloudWatch's five, and none of its extended ones such as percentiles."""
    return statistic in _STATISTICS


def _wire(want: MetricAlarm) -> dict[str, object]:
    return {
        "AlarmName": want.name,
        "AlarmDescription": want.description,
        "ActionsEnabled": want.actions_enabled,
        "AlarmActions": want.alarm_actions,
        "OKActions": want.ok_actions,
        "InsufficientDataActions": want.insufficient_data_actions,
        **(want.criteria or _measured(want)),
        **_if_any("WarmUpConfiguration", want.warm_up),
        **_if_any("ActionConfiguration", want.action_configuration),
    }


def _measured(want: MetricAlarm) -> dict[str, object]:
    """What is compared with what: nothing of it goes together with ``criteria``."""
    band = want.threshold_metric
    return {
        **({"Metrics": want.metrics} if want.metrics else _single(want)),
        "ComparisonOperator": want.comparison,
        **({"ThresholdMetricId": band} if band else {"Threshold": want.threshold}),
        "EvaluationPeriods": want.evaluation_periods,
        "DatapointsToAlarm": want.datapoints_to_alarm,
        "TreatMissingData": want.missing_data,
        **_if_any("EvaluationWindow", want.evaluation_window),
    }


def _if_any(member: str, value: Document) -> dict[str, object]:
    return {member: value} if value else {}


def _single(want: MetricAlarm) -> dict[str, object]:
    plain = is_plain(want.statistic)
    return {
        "Namespace": want.namespace,
        "MetricName": want.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in want.dimensions.items()],
        "Statistic" if plain else "ExtendedStatistic": want.statistic,
        "Period": want.period_seconds,
        **({"Unit": want.unit} if want.unit else {}),
        **({} if plain else {"EvaluateLowSampleCountPercentile": want.low_samples}),
    }
