"""CloudWatch alarms of both types: how they are read, switched and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch.model import (
    COMPOSITE,
    METRIC,
    AlarmFacts,
    CompositeFacts,
    KeptAlarms,
    MetricAlarmFacts,
    invalid,
)
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_PAGE = 50
_PARENT_MEMBERS = ("AlarmName", "AlarmArn")
_CHILD_MEMBERS = (*_PARENT_MEMBERS, "StateValue", "StateUpdatedTimestamp")


@api.operation("DescribeAlarms")
def describe_alarms(call: ApiCall[aws.DescribeAlarmsInputTypeDef]) -> Answer:
    alarms, params = call.store(KeptAlarms), call.params
    related = "ChildrenOfAlarmName" in params or "ParentsOfAlarmName" in params
    found, members = _related(alarms, params) if related else (_matching(alarms, params), None)
    shown, more = page(
        found,
        lambda alarm: alarm.name,
        token=params.get("NextToken"),
        size=params.get("MaxRecords", _PAGE),
        bad_token=ApiRefusal("InvalidNextToken", "The next token specified is invalid."),
    )
    return {
        "MetricAlarms": [_only(alarm, members) for alarm in shown if alarm.type == METRIC],
        "CompositeAlarms": [_only(alarm, members) for alarm in shown if alarm.type == COMPOSITE],
        "NextToken": more,
    }


def _only(alarm: AlarmFacts, members: Sequence[str] | None) -> dict[str, object]:
    shown = alarm.shown()
    return shown if members is None else {name: shown[name] for name in members}


def _related(
    alarms: KeptAlarms, params: aws.DescribeAlarmsInputTypeDef
) -> tuple[Sequence[AlarmFacts], tuple[str, ...]]:
    if len(set(params) - {"MaxRecords", "NextToken"}) > 1:
        raise invalid("ChildrenOfAlarmName and ParentsOfAlarmName exclude every other filter.")
    if "ParentsOfAlarmName" in params:
        child = alarms.find(params["ParentsOfAlarmName"])
        return (alarms.parents(child) if child else []), _PARENT_MEMBERS
    parent = alarms.find(params["ChildrenOfAlarmName"])
    names = parent.rule.alarms() if isinstance(parent, CompositeFacts) else ()
    return [child for name in names if (child := alarms.find(name))], _CHILD_MEMBERS


def _matching(alarms: KeptAlarms, params: aws.DescribeAlarmsInputTypeDef) -> list[AlarmFacts]:
    names = params.get("AlarmNames")
    if names is not None and "AlarmNamePrefix" in params:
        raise invalid("AlarmNames and AlarmNamePrefix are mutually exclusive.")
    # Documented: without AlarmTypes there is no composite in the answer.
    types = params.get("AlarmTypes", [METRIC])
    action = params.get("ActionPrefix", "")
    return [
        alarm
        for alarm in alarms.by_name.values()
        if alarm.type in types
        and (names is None or alarm.name in names)
        and alarm.name.startswith(params.get("AlarmNamePrefix", ""))
        and alarm.state == params.get("StateValue", alarm.state)
        and (not action or any(arn.startswith(action) for arns in alarm.actions().values() for arn in arns))
    ]


@api.operation("DescribeAlarmsForMetric")
def describe_alarms_for_metric(call: ApiCall[aws.DescribeAlarmsForMetricInputTypeDef]) -> Answer:
    found = [
        alarm.shown()
        for _, alarm in sorted(call.store(KeptAlarms).by_name.items())
        if isinstance(alarm, MetricAlarmFacts) and _is_on(alarm, call.params)
    ]
    return {"MetricAlarms": found}


def _is_on(alarm: MetricAlarmFacts, wanted: aws.DescribeAlarmsForMetricInputTypeDef) -> bool:
    """Whether an alarm is on one metric, and has all that is asked for."""
    return (
        "MetricName" in alarm.config
        and _sorted(alarm.config.get("Dimensions", ())) == _sorted(wanted.get("Dimensions", ()))
        and all(value == alarm.config.get(name) for name, value in wanted.items() if name != "Dimensions")
    )


def _sorted(dimensions: Iterable[aws.DimensionTypeDef]) -> list[tuple[str, str]]:
    return sorted((item["Name"], item["Value"]) for item in dimensions)


@api.operation("DeleteAlarms")
def delete_alarms(call: ApiCall[aws.DeleteAlarmsInputTypeDef]) -> Answer:
    alarms, names = call.store(KeptAlarms), call.params["AlarmNames"]
    found = [alarm for name in names if (alarm := alarms.by_name.get(name))]
    if sum(alarm.type == COMPOSITE for alarm in found) > 1:
        raise invalid("At most one composite alarm can be deleted in one request.")
    for alarm in found:
        # Not documented, believed: what is deleted by the same request depends on nothing any more.
        if any(parent.name not in names for parent in alarms.parents(alarm)):
            raise invalid(f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it.")
    for alarm in found:
        alarms.by_name.pop(alarm.name, None)
    if missing := [name for name in names if name not in {alarm.name for alarm in found}]:
        raise ApiRefusal("ResourceNotFound", f"Unknown alarm(s): {', '.join(missing)}")
    return {}


@api.operation("EnableAlarmActions", "DisableAlarmActions")
def switch_actions(
    call: ApiCall[aws.EnableAlarmActionsInputTypeDef] | ApiCall[aws.DisableAlarmActionsInputTypeDef],
) -> Answer:
    alarms = call.store(KeptAlarms)
    # Neither operation has an error for an unknown name in its model: believed to be ignored.
    for name in call.params["AlarmNames"]:
        if alarm := alarms.by_name.get(name):
            alarm.config["ActionsEnabled"] = call.operation == "EnableAlarmActions"
            alarm.configured = call.world.now()
    return {}
