"""Alarm mute rules. They are kept and shown; nobody's actions are kept back by one here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch.model import KeptAlarms, invalid
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_PAGE = 50
_EXPRESSION = re.compile(r"(cron)\(\S+( \S+){4}\)|(at)\(\d{4}-\d\d-\d\dT\d\d:\d\d\)")
_DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")


class MuteRules(Memory):
    """A place's rules by name, as they were put, and when (epoch seconds)."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, tuple[aws.PutAlarmMuteRuleInputTypeDef, float]] = {}

    def shown(self, name: str, now: float) -> dict[str, object]:
        """A rule as GetAlarmMuteRule returns it. Whether it is active just now is not told: that is SCHEDULED, too."""
        given, updated = self.by_name[name]
        kept = {
            member: value.timestamp() if isinstance(value, datetime) else value
            for member, value in given.items()
            if member != "Tags"
        }
        end = kept.get("ExpireDate")
        ended = isinstance(end, int | float) and end <= now
        return {
            **kept,
            "AlarmMuteRuleArn": self.place.arn("cloudwatch", f"alarm-mute-rule:{name}"),
            "Status": "EXPIRED" if ended else "SCHEDULED",
            "LastUpdatedTimestamp": updated,
            "MuteType": "ONE_TIME" if given["Rule"]["Schedule"]["Expression"].startswith("at") else "RECURRING",
        }


@api.operation("PutAlarmMuteRule")
def put_alarm_mute_rule(call: ApiCall[aws.PutAlarmMuteRuleInputTypeDef]) -> Answer:
    params, alarms = call.params, call.store(KeptAlarms)
    schedule = params["Rule"]["Schedule"]
    if not _EXPRESSION.fullmatch(schedule["Expression"]):
        raise invalid(f"The schedule expression {schedule['Expression']} is not valid.")
    if not _DURATION.fullmatch(schedule["Duration"]):
        raise invalid(f"The duration {schedule['Duration']} is not valid.")
    targets = params.get("MuteTargets", {"AlarmNames": []})["AlarmNames"]
    if missing := [name for name in targets if name not in alarms.by_name]:
        raise invalid(f"The alarms {', '.join(missing)} do not exist.")
    call.store(MuteRules).by_name[params["Name"]] = (params, call.world.now())
    return {}


@api.operation("GetAlarmMuteRule")
def get_alarm_mute_rule(call: ApiCall[aws.GetAlarmMuteRuleInputTypeDef]) -> Answer:
    rules, name = call.store(MuteRules), call.params["AlarmMuteRuleName"]
    if name not in rules.by_name:
        raise ApiRefusal("ResourceNotFoundException", f"Alarm mute rule {name} does not exist.")
    return rules.shown(name, call.world.now())


@api.operation("ListAlarmMuteRules")
def list_alarm_mute_rules(call: ApiCall[aws.ListAlarmMuteRulesInputTypeDef]) -> Answer:
    rules, params = call.store(MuteRules), call.params
    found = {
        name: rule
        for name, (given, _) in rules.by_name.items()
        if params.get("AlarmName") in (None, *given.get("MuteTargets", {"AlarmNames": []})["AlarmNames"])
        and (rule := rules.shown(name, call.world.now()))["Status"] in params.get("Statuses", [rule["Status"]])
    }
    names, more = page(
        found,
        str,
        token=params.get("NextToken"),
        size=params.get("MaxRecords", _PAGE),
        bad_token=ApiRefusal("InvalidNextToken", "The next token specified is invalid."),
    )
    members = ("AlarmMuteRuleArn", "ExpireDate", "Status", "MuteType", "LastUpdatedTimestamp")
    summaries = [{member: found[name].get(member) for member in members} for name in names]
    return {"AlarmMuteRuleSummaries": summaries, "NextToken": more}


@api.operation("DeleteAlarmMuteRule")
def delete_alarm_mute_rule(call: ApiCall[aws.DeleteAlarmMuteRuleInputTypeDef]) -> Answer:
    call.store(MuteRules).by_name.pop(call.params["AlarmMuteRuleName"], None)  # documented: idempotent
    return {}
