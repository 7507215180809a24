"""DescribeAlarmHistory: what happened to alarms, whether their actions were performed, and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch.model import METRIC, KeptAlarms
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.times import epoch

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_PAGE = 100


@api.operation("DescribeAlarmHistory")
def describe_alarm_history(call: ApiCall[aws.DescribeAlarmHistoryInputTypeDef]) -> Answer:
    params = call.params
    types = params.get("AlarmTypes", [METRIC])
    found = [
        (number, item)
        for number, item in enumerate(call.store(KeptAlarms).history)
        if item.alarm.type in types
        and params.get("AlarmName", item.alarm.name) == item.alarm.name
        and params.get("HistoryItemType", item.kind) == item.kind
        and epoch(params.get("StartDate", 0)) <= item.timestamp <= epoch(params.get("EndDate", float("inf")))
    ]
    backwards = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    last = len(call.store(KeptAlarms).history)
    shown, more = page(
        found,
        lambda item: f"{last - item[0] if backwards else item[0]:012}",
        token=params.get("NextToken"),
        size=params.get("MaxRecords", _PAGE),
        bad_token=ApiRefusal("InvalidNextToken", "The next token specified is invalid."),
    )
    items = [
        {
            "AlarmName": item.alarm.name,
            "AlarmType": item.alarm.type,
            "Timestamp": item.timestamp,
            "HistoryItemType": item.kind,
            "HistorySummary": item.summary,
            "HistoryData": json.dumps(item.data),
        }
        for _, item in shown
    ]
    return {"AlarmHistoryItems": items, "NextToken": more}
