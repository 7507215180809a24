"""What metric and composite alarms share: one name space, one listing, one kind of tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.aws.tags import retag, tag_list, tag_map
from provisioner.engine.model import Naming, Ref
from provisioner.engine.reconciler import Memo, World
from provisioner.engine.steps import Call, Steps

ALARM_NAMING = Naming("alarm", r"[A-Za-z0-9 _.:/=+@-]+", "letters, digits, spaces and _ . : / = + @ -", 255)
"""AWS takes more characters, but tags do not, and they repeat the name; and a quotation mark would end it in a rule."""

NAMES_PER_CALL = 100
"""Alarm names in one DescribeAlarms and in one DeleteAlarms."""

TYPES = {"MetricAlarms": "MetricAlarm", "CompositeAlarms": "CompositeAlarm"}
"""Under which key of the answer each type comes. Composites come only when asked for by type."""


def describe_alarms(world: World, memo: Memo, kind: str) -> dict[str, dict[str, Any]]:
    """Name -> alarm of ``kind`` (a key of :data:`TYPES`); one call answers for both kinds."""

    def fetch() -> dict[str, dict[str, dict[str, Any]]]:
        names = sorted({item.address.name for item in memo.sought("metric_alarm", "composite_alarm")})
        batches = [names[start : start + NAMES_PER_CALL] for start in range(0, len(names), NAMES_PER_CALL)]
        found: dict[str, dict[str, dict[str, Any]]] = {key: {} for key in TYPES}
        for answers in world.each(lambda batch: _describe(world, batch), batches):
            for key, alarms in answers.items():
                found[key].update({alarm["AlarmName"]: alarm for alarm in alarms})
        return found

    return memo.once("alarms", fetch)[kind]


def _describe(world: World, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    params: dict[str, Any] = {"AlarmNames": names, "AlarmTypes": list(TYPES.values()), "MaxRecords": NAMES_PER_CALL}
    found: dict[str, list[dict[str, Any]]] = {key: [] for key in TYPES}
    while True:
        answer = world.ask("cloudwatch", "DescribeAlarms", **params)
        for key in TYPES:
            found[key].extend(answer.get(key, ()))
        if not answer.get("NextToken"):
            return found
        params["NextToken"] = answer["NextToken"]


def read_tags(world: World, arn: str) -> dict[str, str]:
    """The tags of an alarm or a dashboard, from CloudWatch itself."""
    answer = world.find("cloudwatch", "ListTagsForResource", ResourceARN=arn) or {}
    return tag_map(answer.get("Tags", ()))


def retag_alarm(arn: str, want: Mapping[str, str], live: Mapping[str, str]) -> Steps:
    """The calls that change tags; those sent with an update of the thing itself would be ignored."""
    return retag(
        want,
        live,
        lambda keys: Call("cloudwatch", "UntagResource", {"ResourceARN": arn, "TagKeys": keys}),
        lambda tags: Call("cloudwatch", "TagResource", {"ResourceARN": arn, "Tags": tag_list(tags)}),
    )


def sorted_actions(actions: Any) -> list[Any]:
    """Actions are a set; those still unknown come last."""
    return sorted(actions, key=lambda action: (isinstance(action, Ref), str(action)))


def actions(want: Any) -> dict[str, Any]:
    """The parameters that every alarm has in common."""
    return {
        "AlarmDescription": want.description,
        "ActionsEnabled": want.actions_enabled,
        "AlarmActions": want.alarm_actions,
        "OKActions": want.ok_actions,
        "InsufficientDataActions": want.insufficient_data_actions,
    }


def live_actions(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an alarm as CloudWatch shows it."""
    return {
        "description": alarm.get("AlarmDescription", ""),
        "actions_enabled": alarm.get("ActionsEnabled", True),
        "alarm_actions": alarm.get("AlarmActions") or [],
        "ok_actions": alarm.get("OKActions") or [],
        "insufficient_data_actions": alarm.get("InsufficientDataActions") or [],
    }
