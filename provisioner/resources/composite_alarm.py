"""An alarm over alarms.

Its children must exist when it is put, and cannot be deleted while it names them. One call deletes one composite. The
rule is kept as it was sent, white space included, and names may stand in it bare, quoted or as ARNs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypedDict, cast

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document
from provisioner.aws.tags import tag_list
from provisioner.engine.model import Address, Output, Resource, Value, attr, unseen
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps
from provisioner.resources.shared.alarm_rules import alarm_name, alarms_in, canonical_rule
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
    from types_boto3_cloudwatch.type_defs import CompositeAlarmTypeDef


class Suppressor(TypedDict, total=False):
    """An alarm that keeps a composite's actions back, waiting before and after: all three together, or nothing."""

    alarm: str
    wait_seconds: int
    extension_seconds: int


def _suppressor(value: Suppressor) -> Suppressor:
    return {**value, "alarm": alarm_name(value["alarm"])} if value.get("alarm") else {}


@dataclass(frozen=True, kw_only=True)
class CompositeAlarm(Resource):
    """An alarm over alarms."""

    kind: ClassVar[str] = "composite_alarm"
    identity = ("arn",)
    stands_on = ("alarm_actions", "ok_actions", "insufficient_data_actions", "suppressor")
    naming = ALARM_NAMING
    arn = Output()
    alarm = Output()
    type: str = attr(COMPOSITE, immutable=True)
    rule: Value[str] = attr(normal=canonical_rule)
    description: str = attr("")
    actions_enabled: bool = attr(True)
    alarm_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    ok_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    insufficient_data_actions: Sequence[Value[str]] = attr([], normal=sorted_actions)
    suppressor: Suppressor = attr({}, normal=_suppressor)
    action_configuration: Document = attr({}, normal=propagation)
    tags: dict[str, str] = attr({})

    def mentions(self) -> Iterator[str]:
        yield from super().mentions()
        yield from alarms_in(str(self.rule))


_MEMBERS = Members(
    "cloudwatch",
    "CompositeAlarm",
    read=f"{SHARED} AlarmRule ActionsSuppressor ActionsSuppressorWaitPeriod ActionsSuppressorExtensionPeriod",
    idle=f"{IDLE} ActionsSuppressedBy ActionsSuppressedReason",
)


class CompositeAlarmReconciler(Reconciler[CompositeAlarm]):
    resource = CompositeAlarm
    service = "cloudwatch"
    answers = (_MEMBERS,)
    holds = frozenset({"metric_alarm", "composite_alarm"})
    takes: ClassVar[Mapping[str, int]] = {"metric_alarm": NAMES_PER_CALL - 1}

    def read(self, sought: Sequence[Sought[CompositeAlarm]], memo: Memo) -> dict[Address, Live[CompositeAlarm]]:
        shown = shown_alarms(self.world, memo, CompositeAlarm.kind, sought)
        lives = self.world.each(lambda item: self._live(item, memo), shown)
        return {live.resource.address: live for live in lives}

    def _live(self, shown: Shown[CompositeAlarm], memo: Memo) -> Live[CompositeAlarm]:
        item, name = shown.sought, shown.sought.address.name
        alarm_arn = shown.alarm.get("AlarmArn") or self._arn(name)
        tags = memo.tags(alarm_arn, item, lambda: read_tags(self.world, alarm_arn), birth_of(shown.alarm))
        outputs = {"arn": alarm_arn, "alarm": name, "configured": configured_at(shown.alarm)}
        if shown.astray:
            return Live(CompositeAlarm(name=name, **{**unseen(CompositeAlarm), "type": METRIC, "tags": tags}), outputs)
        alarm = cast("CompositeAlarmTypeDef", shown.alarm)
        suppressor: Suppressor = {
            "alarm": alarm.get("ActionsSuppressor", ""),
            "wait_seconds": alarm.get("ActionsSuppressorWaitPeriod", 0),
            "extension_seconds": alarm.get("ActionsSuppressorExtensionPeriod", 0),
        }
        resource = CompositeAlarm(
            name=name,
            rule=alarm.get("AlarmRule", ""),
            description=alarm.get("AlarmDescription", ""),
            actions_enabled=alarm.get("ActionsEnabled", True),
            alarm_actions=alarm.get("AlarmActions") or [],
            ok_actions=alarm.get("OKActions") or [],
            insufficient_data_actions=alarm.get("InsufficientDataActions") or [],
            suppressor=suppressor,
            action_configuration=alarm.get("ActionConfiguration") or {},
            tags=tags,
        )
        return Live(resource, outputs, unread=_MEMBERS.unread(alarm))

    def asides(self, lives: Sequence[Live[CompositeAlarm]], questions: Questions) -> Iterator[Aside]:
        return mute_rules(questions, lives)

    def obstacles(self, going: Sequence[Live[CompositeAlarm]], memo: Memo) -> dict[Address, str]:
        return composites_of_others(self.world, memo, going)

    def create(self, want: CompositeAlarm) -> Steps:
        yield self.call("PutCompositeAlarm", **_wire(want), Tags=tag_list(want.tags))

    def update(self, want: CompositeAlarm, live: Live[CompositeAlarm], changed: frozenset[str]) -> Steps:
        if changed - {"tags"}:
            yield self.call("PutCompositeAlarm", **_wire(want))
        if "tags" in changed:
            yield from retag_alarm(live.outputs["arn"], want.tags, live.resource.tags)

    def delete(self, live: Live[CompositeAlarm]) -> Steps:
        return self.delete_many([live])

    def delete_many(self, lives: Sequence[Live[Resource]]) -> Steps:
        # AWS takes one composite a call, and metric alarms with it.
        yield self.call("DeleteAlarms", AlarmNames=[live.resource.name for live in lives])

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "cloudwatch", "alarm:")

    def predict(self, want: CompositeAlarm) -> dict[str, str]:
        return {"alarm": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "cloudwatch", f"alarm:{name}")


def _wire(want: CompositeAlarm) -> dict[str, object]:
    return {
        "AlarmName": want.name,
        "AlarmRule": want.rule,
        "AlarmDescription": want.description,
        "ActionsEnabled": want.actions_enabled,
        "AlarmActions": want.alarm_actions,
        "OKActions": want.ok_actions,
        "InsufficientDataActions": want.insufficient_data_actions,
        **(_suppression(want.suppressor) if want.suppressor else {}),
        **({"ActionConfiguration": want.action_configuration} if want.action_configuration else {}),
    }


def _suppression(suppressor: Suppressor) -> dict[str, object]:
    return {
        "ActionsSuppressor": suppressor["alarm"],
        "ActionsSuppressorWaitPeriod": suppressor["wait_seconds"],
        "ActionsSuppressorExtensionPeriod": suppressor["extension_seconds"],
    }
