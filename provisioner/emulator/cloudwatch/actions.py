"""What happens when an alarm changes its state: history, actions, and the composites above it.

An action that AWS may not perform fails without anybody being told: the topic is gone, its policy does not admit
CloudWatch, or its key does not ("Notifying users on alarm changes", CloudWatch User Guide). Only the history knows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch import notifications
from provisioner.emulator.cloudwatch.model import AlarmFacts, CompositeFacts, KeptAlarms
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.kms.model import key_usable_by
from provisioner.emulator.sns.model import Topics
from provisioner.emulator.sns.publish import Message, send
from provisioner.evaluation.words import timestamp

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_SERVICE = "cloudwatch.amazonaws.com"
_NO_KEY = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
_NO_TOPIC = "CloudWatch Alarms does not have authorization to publish to the SNS topic."


@dataclass(frozen=True)
class Moment:
    """When something happens to the alarms of a place, in epoch seconds."""

    world: EmulatedWorld
    alarms: KeptAlarms
    at: float


def change_state(
    moment: Moment, alarm: AlarmFacts, state: str, reason: str, data: str | None = None, by: AlarmFacts | None = None
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
        for action in alarm.actions()[state]:
            _perform(moment, alarm, before, action, by)
    for parent in alarms.parents(alarm):
        found = "ALARM" if parent.rule.holds(alarms.state_of) else "OK"
        words = f"{alarm.arn} transitioned to {state} at {timestamp(now)}"
        if found != parent.state:
            change_state(moment, parent, found, words, by=alarm)


def _suppressed(alarms: KeptAlarms, alarm: AlarmFacts) -> bool:
    """Whether the actions suppressor of a composite is in ALARM; its waiting times are not played here."""
    if not isinstance(alarm, CompositeFacts):
        return False
    suppressor = alarms.find(alarm.config.get("ActionsSuppressor", ""))
    return suppressor is not None and suppressor.state == "ALARM"


def _transition(before: str, alarm: AlarmFacts) -> dict[str, object]:
    return {
        "version": "1.0",
        "oldState": {"stateValue": before},
        "newState": {"stateValue": alarm.state, "stateReason": alarm.reason},
    }


def _perform(moment: Moment, alarm: AlarmFacts, before: str, action: str, by: AlarmFacts | None) -> None:
    problem = _publish(moment, alarm, before, action, by)
    done = "Failed" if problem else "Succeeded"
    summary = f"{'Failed to execute' if problem else 'Successfully executed'} action {action}"
    words = f"{summary}. Received error: '{problem}'" if problem else summary
    moment.alarms.note(moment.at, alarm, "Action", words, {"actionState": done, "notificationResource": action})


def _publish(moment: Moment, alarm: AlarmFacts, before: str, action: str, by: AlarmFacts | None) -> str:
    """Send the notification; why it cannot be sent, or an empty text."""
    if ":sns:" not in action:
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
    if key and not key_usable_by(place, key, _SERVICE, context):
        return _NO_KEY
    send(
        moment.world,
        Message(
            topic,
            json.dumps(notifications.message(alarm, before, place, moment.at, by)),
            place,
            f"https://sns.{place.region}.{place.suffix}",
            moment.at,
            notifications.subject(alarm, place),
        ),
    )
    return ""


@api.operation("SetAlarmState")
def set_alarm_state(call: ApiCall[aws.SetAlarmStateInputTypeDef]) -> Answer:
    alarms, params = call.store(KeptAlarms), call.params
    alarm = alarms.by_name.get(params["AlarmName"])
    if alarm is None:
        raise ApiRefusal("ResourceNotFound", f"Unknown alarm: {params['AlarmName']}")
    data = params.get("StateReasonData")
    try:
        json.loads(data or "{}")
    except ValueError as problem:
        raise ApiRefusal("InvalidFormat", "StateReasonData is not valid JSON.") from problem
    moment = Moment(call.world, alarms, call.world.now())
    change_state(moment, alarm, params["StateValue"], params["StateReason"], data)
    return {}
