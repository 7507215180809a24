"""PutCompositeAlarm, which moto lacks."""

from __future__ import annotations

from provisioner.emulator.cloudwatch.action_arns import check_actions
from provisioner.emulator.cloudwatch.alarms import COMPOSITE, Alarms
from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.evaluation.rule_language import BadRule, parse

api = Api()

_CHILDREN = 100
_PARENTS = 150
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def _invalid(message: str) -> Refusal:
    return Refusal("ValidationError", message)


@api.operation("PutCompositeAlarm")
def put_composite_alarm(call: ApiCall) -> Answer:
    alarms, params = call.store(Alarms), dict(call.params)
    name, given = params.pop("AlarmName"), tags.from_list(params.pop("Tags", None))
    try:
        rule = parse(params["AlarmRule"])
    except BadRule as problem:
        raise _invalid(f"AlarmRule is not valid: {problem}") from problem
    check_actions(params, call.region)
    _check_suppression(alarms, params)
    children = rule.alarms()
    if len(children) > _CHILDREN:
        raise _invalid(f"An AlarmRule can reference at most {_CHILDREN} alarms.")
    if missing := sorted(child for child in children if alarms.find(child) is None):
        raise _invalid(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    for child in children:
        alarm = alarms.find(child)
        assert alarm is not None
        if sum(parent.name != name for parent in alarms.parents(alarm)) >= _PARENTS:
            raise _invalid(f"Alarm {alarm.name} is already referenced by {_PARENTS} composite alarms.")
    alarms.put(call.world.now(), name, COMPOSITE, params, given, rule)
    return {}


def _check_suppression(alarms: Alarms, params: Params) -> None:
    present = [member for member in _SUPPRESSION if member in params]
    if present and len(present) != len(_SUPPRESSION):
        raise _invalid(f"{', '.join(_SUPPRESSION)} must be specified together.")
    if present and alarms.find(params["ActionsSuppressor"]) is None:
        raise _invalid(
            f"Could not save the composite alarm as the suppressor alarm {params['ActionsSuppressor']} does not exist"
        )
