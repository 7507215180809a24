"""Rules by which somebody keeps the actions of alarms back at certain times: the alarm itself shows nothing of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from provisioner.aws.members import Members
from provisioner.engine.model import Resource
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import AlarmMuteRuleSummaryTypeDef, GetAlarmMuteRuleOutputTypeDef

RULE = Members(
    "cloudwatch",
    "GetAlarmMuteRuleOutput",
    read="Name MuteTargets.AlarmNames",
    idle="AlarmMuteRuleArn LastUpdatedTimestamp MuteType",
)


def mute_rules(questions: Questions, lives: Sequence[Live[Any]]) -> Iterator[Aside]:
    """The rules that mute one of the alarms in ``lives`` now or later."""
    for rule in questions.once("mute rules", lambda: list(_rules(questions))):
        muted = rule.get("MuteTargets", {}).get("AlarmNames", ())
        for live in lives:
            resource: Resource = live.resource
            if resource.name in muted:
                yield Aside(str(resource.address), f"AlarmMuteRule {rule.get('Name', '')}", RULE.unread(dict(rule)))


def _rules(questions: Questions) -> Iterator[GetAlarmMuteRuleOutputTypeDef]:
    listed: list[AlarmMuteRuleSummaryTypeDef] = questions.pages(
        "cloudwatch", "ListAlarmMuteRules", "AlarmMuteRuleSummaries", "NextToken"
    )
    coming = [rule for rule in listed if rule.get("Status") != "EXPIRED"]
    for summary in questions.some(coming, "cloudwatch:GetAlarmMuteRule"):
        name = summary.get("AlarmMuteRuleArn", "").partition(":alarm-mute-rule:")[2]
        rule: GetAlarmMuteRuleOutputTypeDef | None = questions.ask(
            "cloudwatch", "GetAlarmMuteRule", AlarmMuteRuleName=name
        )
        if rule:
            yield rule
