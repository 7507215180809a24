"""What an alarm sends to a topic, as "Amazon SNS and alarms" of the CloudWatch User Guide and real messages show it."""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader

from provisioner.emulator.cloudwatch.conditions import period_of
from provisioner.emulator.cloudwatch.model import AlarmFacts, CompositeFacts, MetricAlarmFacts
from provisioner.emulator.core.place import Place
from provisioner.evaluation.words import timestamp


def subject(alarm: AlarmFacts, place: Place) -> str:
    """``ALARM: "pay-errors" in US East (N. Virginia)``."""
    return f'{alarm.state}: "{alarm.name}" in {_region_name(place.region)}'


def message(alarm: AlarmFacts, before: str, place: Place, at: float, by: AlarmFacts | None) -> dict[str, object]:
    """The message of a change from the state ``before``; ``by`` is the child that brought a composite there."""
    actions = alarm.actions()
    common = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.config.get("AlarmDescription"),
        "AWSAccountId": place.account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.configured),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": timestamp(at),
        "Region": _region_name(place.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        "OKActions": actions["OK"],
        "AlarmActions": actions["ALARM"],
        "InsufficientDataActions": actions["INSUFFICIENT_DATA"],
    }
    if isinstance(alarm, CompositeFacts):
        return {**common, "AlarmRule": alarm.config["AlarmRule"], "TriggeringChildren": [_child(by)] if by else []}
    assert isinstance(alarm, MetricAlarmFacts)
    return {**common, "Trigger": _trigger(alarm)}


def _child(alarm: AlarmFacts) -> dict[str, object]:
    return {"Arn": alarm.arn, "State": {"Value": alarm.state, "Timestamp": timestamp(alarm.state_updated)}}


def _trigger(alarm: MetricAlarmFacts) -> dict[str, object]:
    config = alarm.config
    found = {
        "MetricName": config.get("MetricName"),
        "Namespace": config.get("Namespace"),
        "Metrics": config.get("Metrics"),
        "Statistic": config["Statistic"].upper() if "Statistic" in config else None,
        "ExtendedStatistic": config.get("ExtendedStatistic"),
        "Unit": config.get("Unit"),
        "Dimensions": [{"name": item["Name"], "value": item["Value"]} for item in config.get("Dimensions", ())],
        "Period": period_of(config),
        "EvaluationPeriods": config.get("EvaluationPeriods"),
        "DatapointsToAlarm": config.get("DatapointsToAlarm"),
        "ComparisonOperator": config.get("ComparisonOperator"),
        "Threshold": config.get("Threshold"),
        "TreatMissingData": config.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": config.get("EvaluateLowSampleCountPercentile", ""),
    }
    return {name: value for name, value in found.items() if value is not None}


@cache
def _region_name(region: str) -> str:
    """``US East (N. Virginia)`` for ``us-east-1``."""
    for partition in Loader().load_data("endpoints")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region
