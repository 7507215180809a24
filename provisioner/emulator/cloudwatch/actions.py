"""What happens when an alarm changes its state: history, actions, and the composites above it.

An action that AWS may not perform fails without anybody being told: the topic is gone, its policy does not admit
CloudWatch, or its key does not ("Notifying users on alarm changes", CloudWatch User Guide). Only the history knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import Loader

from provisioner.emulator.cloudwatch.alarms import COMPOSITE, Alarm, Alarms
from provisioner.emulator.cloudwatch.conditions import period_of
from provisioner.emulator.core.call import Answer, Api, ApiCall, Refusal
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.kms import keys as kms
from provisioner.emulator.sns.model import Topics
from provisioner.emulator.sns.publish import Message, send
from provisioner.evaluation.rule_language import AlarmRule
from provisioner.evaluation.words import timestamp

api = Api()

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_SERVICE = "cloudwatch.amazonaws.com"
_NO_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
_NO_TOPIC = "CloudWatch Alarms does not have authorization to publish to the SNS topic."


@dataclass(frozen=True)
class Moment:
    """When something happens to the alarms of a place, in epoch seconds."""

    world: EmulatedWorld
    alarms: Alarms
    at: float


def change_state(
    moment: Moment, alarm: Alarm, state: str, reason: str, data: str | None = None, by: Alarm | None = None
) -> None:
    """Put ``alarm`` into ``state``. If it was in another one its actions are performed, and the composites above it are
    evaluated; ``by`` is the child that brought a composite there.
    """
    before, alarms, now = alarm.state, moment.alarms, moment.at
    alarm.reason, alarm.reason_data = reason, data
    if before == state:
        return
    alarm.state, alarm.state_updated = state, now
    alarms.note(now, alarm, "StateUpdate", f"Alarm updated from {before} to {state}", _transition(before, alarm))
    if alarm.config.get("ActionsEnabled", True) and not _suppressed(alarms, alarm):
        for action in alarm.config.get(_ACTIONS[state], ()):
            _perform(moment, alarm, before, action, by)
    for parent in alarms.parents(alarm):
        assert isinstance(parent.rule, AlarmRule)
        found = "ALARM" if parent.rule.holds(alarms.state_of) else "OK"
        words = f"{alarm.arn} transitioned to {state} at {timestamp(now)}"
        if found != parent.state:
            change_state(moment, parent, found, words, by=alarm)


def _suppressed(alarms: Alarms, alarm: Alarm) -> bool:
    """Whether the actions suppressor of a composite is in ALARM; its waiting times are not played here."""
    suppressor = alarms.find(alarm.config.get("ActionsSuppressor", ""))
    return suppressor is not None and suppressor.state == "ALARM"


def _transition(before: str, alarm: Alarm) -> dict[str, Any]:
    return {
        "version": "1.0",
        "oldState": {"stateValue": before},
        "newState": {"stateValue": alarm.state, "stateReason": alarm.reason},
    }


def _perform(moment: Moment, alarm: Alarm, before: str, action: str, by: Alarm | None) -> None:
    problem = _publish(moment, alarm, before, action, by)
    done = "Failed" if problem else "Succeeded"
    summary = f"{'Failed to execute' if problem else 'Successfully executed'} action {action}"
    words = f"{summary}. Received error: '{problem}'" if problem else summary
    moment.alarms.note(moment.at, alarm, "Action", words, {"actionState": done, "notificationResource": action})


def _publish(moment: Moment, alarm: Alarm, before: str, action: str, by: Alarm | None) -> str:
    """Send the notification; why it cannot be sent, or an empty text."""
    if not action.startswith("arn:aws:sns:"):
        return "The emulator performs actions of SNS topics only."
    place = moment.alarms.place
    topic = moment.world.store(Topics, place).by_arn.get(action)
    if topic is None:
        return "Topic does not exist"
    account = place.account
    context = {"aws:SourceArn": alarm.arn, "aws:SourceAccount": account, "AWS:SourceOwner": account}
    if not admits(topic.policy.text, _SERVICE, "SNS:Publish", context, action):
        return _NO_TOPIC
    key = topic.attributes.get("KmsMasterKeyId")
    if key and not kms.usable_by(place, key, _SERVICE, context):
        return _NO_KEY
    region = _region_name(place.region)
    params = {
        "Subject": f'{alarm.state}: "{alarm.name}" in {region}',
        "Message": json.dumps(_notification(moment, alarm, before, region, by)),
    }
    send(moment.world, Message(topic, params, place, f"https://sns.{place.region}.amazonaws.com", moment.at))
    return ""


def _notification(moment: Moment, alarm: Alarm, before: str, region: str, by: Alarm | None) -> dict[str, Any]:
    """The message, as "Amazon SNS and alarms" of the User Guide and real ones show it."""
    common = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.config.get("AlarmDescription"),
        "AWSAccountId": moment.alarms.place.account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm.configured),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": timestamp(moment.at),
        "Region": region,
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        "OKActions": alarm.config.get("OKActions", []),
        "AlarmActions": alarm.config.get("AlarmActions", []),
        "InsufficientDataActions": alarm.config.get("InsufficientDataActions", []),
    }
    if alarm.type == COMPOSITE:
        child = {"Arn": by.arn, "State": {"Value": by.state, "Timestamp": timestamp(by.state_updated)}} if by else None
        return {**common, "AlarmRule": alarm.config["AlarmRule"], "TriggeringChildren": [child] if child else []}
    return {**common, "Trigger": _trigger(alarm)}


def _trigger(alarm: Alarm) -> dict[str, Any]:
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


@api.operation("SetAlarmState")
def set_alarm_state(call: ApiCall) -> Answer:
    alarms, params = call.store(Alarms), call.params
    alarm = alarms.by_name.get(params["AlarmName"])
    if alarm is None:
        raise Refusal("ResourceNotFound", f"Unknown alarm: {params['AlarmName']}")
    data = params.get("StateReasonData")
    try:
        json.loads(data or "{}")
    except ValueError as problem:
        raise Refusal("InvalidFormat", "StateReasonData is not valid JSON.") from problem
    moment = Moment(call.world, alarms, call.world.now())
    change_state(moment, alarm, params["StateValue"], params["StateReason"], data)
    return {}
