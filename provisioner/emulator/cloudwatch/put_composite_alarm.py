"""PutCompositeAlarm, which moto lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.emulator.cloudwatch.action_arns import check_actions
from provisioner.emulator.cloudwatch.model import CompositeFacts, KeptAlarms, invalid
from provisioner.emulator.core.call import Answer, Api, ApiCall
from provisioner.evaluation.rule_language import AlarmRule, BadRule, parse

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_CHILDREN = 100
_PARENTS = 150
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


@api.operation("PutCompositeAlarm")
def put_composite_alarm(call: ApiCall[aws.PutCompositeAlarmInputTypeDef]) -> Answer:
    alarms, config, now = call.store(KeptAlarms), call.params.copy(), call.world.now()
    name, given = config["AlarmName"], config.pop("Tags", None)
    try:
        rule = parse(config["AlarmRule"])
    except BadRule as problem:
        raise invalid(f"AlarmRule is not valid: {problem}") from problem
    check_actions(config, call.region)
    _check_suppression(alarms, config)
    _check_children(alarms, name, rule)
    wanted = CompositeFacts(
        name=name, arn=alarms.arn(name), config=config, configured=now, state_updated=now, rule=rule
    )
    alarms.put(wanted, given)
    return {}


def _check_children(alarms: KeptAlarms, name: str, rule: AlarmRule) -> None:
    children = rule.alarms()
    if len(children) > _CHILDREN:
        raise invalid(f"An AlarmRule can reference at most {_CHILDREN} alarms.")
    if missing := sorted(child for child in children if alarms.find(child) is None):
        raise invalid(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    for child in filter(None, map(alarms.find, children)):
        if sum(parent.name != name for parent in alarms.parents(child)) >= _PARENTS:
            raise invalid(f"Alarm {child.name} is already referenced by {_PARENTS} composite alarms.")


def _check_suppression(alarms: KeptAlarms, config: aws.PutCompositeAlarmInputTypeDef) -> None:
    present = [member for member in _SUPPRESSION if member in config]
    if present and len(present) != len(_SUPPRESSION):
        raise invalid(f"{', '.join(_SUPPRESSION)} must be specified together.")
    if present and alarms.find(config["ActionsSuppressor"]) is None:
        raise invalid(
            f"Could not save the composite alarm as the suppressor alarm {config['ActionsSuppressor']} does not exist"
        )
