"""An alarm over alarms.

Its children must exist when it is put, and cannot be deleted while it names them. One call deletes one composite. The
rule is kept as it was sent, white space included, and names may stand in it bare, quoted or as ARNs.
"""

from __future__ import annotations

import re
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
    actions,
    describe_alarms,
    live_actions,
    read_tags,
    retag_alarm,
    sorted_actions,
)

_TOKEN = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")


def canonical_rule(rule: str) -> str:
    """``rule`` with single spaces, operators in capitals and every alarm as a quoted name."""
    words: list[str] = []
    for token in _TOKEN.findall(rule):
        argument = len(words) >= 2 and words[-1] == "(" and words[-2] in _STATES
        if argument:
            words.append(f'"{_name(token)}"')
        else:
            words.append(token.upper() if token.isalpha() or "_" in token else token)
    text = " ".join(words)
    return re.sub(r"\b(ALARM|OK|INSUFFICIENT_DATA) \( (\"[^\"]*\") \)", r"\1(\2)", text)


def _name(token: str) -> str:
    return token.strip('"').split(":alarm:")[-1]


def _suppressor(value: Any) -> dict[str, Any]:
    return {**value, "alarm": _name(value["alarm"])} if value.get("alarm") else {}


@dataclass(frozen=True, kw_only=True)
class CompositeAlarm(Resource):
    """An alarm over alarms. ``suppressor`` holds alarm, wait and extension together, or nothing."""

    kind: ClassVar[str] = "composite_alarm"
    identity = ("arn",)
    naming = ALARM_NAMING
    arn = Output()
    alarm = Output()
    rule: Any = attr(normal=canonical_rule)
    description: str = attr("")
    actions_enabled: bool = attr(True)
    alarm_actions: list[Any] = attr([], normal=sorted_actions)
    ok_actions: list[Any] = attr([], normal=sorted_actions)
    insufficient_data_actions: list[Any] = attr([], normal=sorted_actions)
    suppressor: dict[str, Any] = attr({}, normal=_suppressor)
    tags: dict[str, str] = attr({})


class CompositeAlarmReconciler(Reconciler[CompositeAlarm]):
    resource = CompositeAlarm
    service = "cloudwatch"

    def read(self, sought: Sequence[Sought[CompositeAlarm]], memo: Memo) -> dict[Address, Live[CompositeAlarm]]:
        alarms = describe_alarms(self.world, memo, "CompositeAlarms")
        ours = [item for item in sought if item.address.name in alarms]
        lives = self.world.each(lambda item: self._live(item, alarms[item.address.name], memo), ours)
        return {item.address: live for item, live in zip(ours, lives, strict=True)}

    def _live(self, item: Sought[CompositeAlarm], alarm: dict[str, Any], memo: Memo) -> Live[CompositeAlarm]:
        alarm_arn = alarm["AlarmArn"]
        suppressor = {
            "alarm": alarm.get("ActionsSuppressor", ""),
            "wait_seconds": alarm.get("ActionsSuppressorWaitPeriod", 0),
            "extension_seconds": alarm.get("ActionsSuppressorExtensionPeriod", 0),
        }
        resource = CompositeAlarm(
            name=item.address.name,
            rule=alarm["AlarmRule"],
            suppressor=suppressor,
            tags=memo.tags(alarm_arn, item.want, lambda: read_tags(self.world, alarm_arn)),
            **live_actions(alarm),
        )
        return Live(resource, {"arn": alarm_arn, "alarm": item.address.name})

    def create(self, want: CompositeAlarm) -> Steps:
        yield self.call("PutCompositeAlarm", **_wire(want), Tags=tag_list(want.tags))

    def update(self, want: CompositeAlarm, live: Live[CompositeAlarm], changed: frozenset[str]) -> Steps:
        if changed - {"tags"}:
            yield self.call("PutCompositeAlarm", **_wire(want))
        if "tags" in changed:
            yield from retag_alarm(live.outputs["arn"], want.tags, live.resource.tags)

    def delete(self, live: Live[CompositeAlarm]) -> Steps:
        yield self.call("DeleteAlarms", AlarmNames=[live.resource.name])

    def predict(self, want: CompositeAlarm) -> dict[str, Any]:
        return {"alarm": want.name, "arn": arn(self.scope, "cloudwatch", f"alarm:{want.name}")}


def _wire(want: CompositeAlarm) -> dict[str, Any]:
    suppressor = want.suppressor and {
        "ActionsSuppressor": want.suppressor["alarm"],
        "ActionsSuppressorWaitPeriod": want.suppressor["wait_seconds"],
        "ActionsSuppressorExtensionPeriod": want.suppressor["extension_seconds"],
    }
    return {"AlarmName": want.name, "AlarmRule": want.rule, **actions(want), **suppressor}
