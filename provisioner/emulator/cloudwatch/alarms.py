"""CloudWatch alarms of both types: where they are kept, how they are read, switched and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.evaluation import Condition
from provisioner.evaluation.rule_language import AlarmRule

api = Api()

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
_PAGE = 50
_MINUTE = 60
_BY_RELATION = ("ChildrenOfAlarmName", "ParentsOfAlarmName")
_PARENT_MEMBERS = ("AlarmName", "AlarmArn")
_CHILD_MEMBERS = (*_PARENT_MEMBERS, "StateValue", "StateUpdatedTimestamp")


@dataclass
class Alarm:
    """An alarm: ``config`` is what its last Put gave, ``rule`` what that means: a composite's expression, or the
    condition of an alarm on metrics. It is None where the emulator does not evaluate the alarm, which keeps its state.
    """

    name: str
    arn: str
    type: str
    config: Params
    tags: dict[str, str]
    configured: float
    state_updated: float
    rule: AlarmRule | Condition | None = None
    state: str = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str | None = None

    @property
    def due(self) -> float:
        """When it is evaluated for the first time after it was put: believed within two minutes, so here after one."""
        return self.configured + _MINUTE

    def shown(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms returns it: members that were not given have AWS's defaults or are absent."""
        return {
            "ActionsEnabled": True,
            "OKActions": [],
            "AlarmActions": [],
            "InsufficientDataActions": [],
            **({"Dimensions": []} if "MetricName" in self.config else {}),
            **self.config,
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateReasonData": self.reason_data,
            "StateUpdatedTimestamp": self.state_updated,
            "StateTransitionedTimestamp": self.state_updated,
        }

    @property
    def children(self) -> frozenset[str]:
        """The names or ARNs that the rule of a composite mentions."""
        return self.rule.alarms() if isinstance(self.rule, AlarmRule) else frozenset()


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened to an alarm: ``kind`` is ConfigurationUpdate, StateUpdate or Action."""

    timestamp: float
    alarm: Alarm
    kind: str
    summary: str
    data: dict[str, Any]


class Alarms(Memory):
    """A place's alarms by name; both types share the names. ``history`` is oldest first."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, Alarm] = {}
        self.history: list[HistoryItem] = []

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {alarm.arn: alarm.tags for alarm in self.by_name.values()}

    def arn(self, name: str) -> str:
        """The ARN of an alarm of this place."""
        return self.place.arn("cloudwatch", f"alarm:{name}")

    def find(self, name_or_arn: str) -> Alarm | None:
        """The alarm of a name or an ARN."""
        return self.by_name.get(name_or_arn.removeprefix(self.arn("")))

    def parents(self, alarm: Alarm) -> list[Alarm]:
        """The composites whose rules mention an alarm."""
        return [other for other in self.by_name.values() if {alarm.name, alarm.arn} & other.children]

    def put(
        self,
        now: float,
        name: str,
        type_: str,
        config: Params,
        given: dict[str, str],
        rule: AlarmRule | Condition | None,
    ) -> None:
        """Create an alarm, or replace the configuration of one: its state stays and tags given then are ignored."""
        existing = self.by_name.get(name)
        if existing is None:
            made = Alarm(name, self.arn(name), type_, config, check_tags({}, given), now, now, rule)
            self.by_name[name] = made
            self.note(now, made, "ConfigurationUpdate", f'Alarm "{name}" created', {"type": "Create"})
            return
        if existing.type != type_:
            # Names are unique in a Region over both types; the wording of the refusal is believed.
            raise _invalid(f"An alarm of another type with the name {name} already exists.")
        existing.config, existing.rule, existing.configured = config, rule, now
        self.note(now, existing, "ConfigurationUpdate", f'Alarm "{name}" updated', {"type": "Update"})

    def note(self, now: float, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]) -> None:
        """Add to the history."""
        self.history.append(HistoryItem(now, alarm, kind, summary, data))

    def state_of(self, name_or_arn: str) -> str:
        """The state of an alarm that a rule mentions; one that is gone has none."""
        alarm = self.find(name_or_arn)
        return alarm.state if alarm else "INSUFFICIENT_DATA"


def _invalid(message: str) -> Refusal:
    return Refusal("ValidationError", message)


def check_tags(existing: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """The tags of an alarm or a dashboard after tagging it."""
    return tags.merged(existing, new, reserved="InvalidParameterValue", too_many="InvalidParameterValue")


@api.operation("DescribeAlarms")
def describe_alarms(call: ApiCall) -> Answer:
    alarms, params = call.store(Alarms), call.params
    related = any(name in params for name in _BY_RELATION)
    found, members = _related(alarms, params) if related else (_matching(alarms, params), None)
    shown, more = page(
        found,
        lambda alarm: alarm.name,
        token=params.get("NextToken"),
        size=params.get("MaxRecords", _PAGE),
        bad_token=Refusal("InvalidNextToken", "The next token specified is invalid."),
    )
    written = {
        kind: [_only(alarm.shown(), members) for alarm in shown if alarm.type == kind] for kind in (METRIC, COMPOSITE)
    }
    return {"MetricAlarms": written[METRIC], "CompositeAlarms": written[COMPOSITE], "NextToken": more}


def _only(item: dict[str, Any], members: tuple[str, ...] | None) -> dict[str, Any]:
    return item if members is None else {name: item[name] for name in members}


def _related(alarms: Alarms, params: Params) -> tuple[list[Alarm], tuple[str, ...]]:
    if len(set(params) - {"MaxRecords", "NextToken"}) > 1:
        raise _invalid("ChildrenOfAlarmName and ParentsOfAlarmName exclude every other filter.")
    if "ParentsOfAlarmName" in params:
        alarm = alarms.find(params["ParentsOfAlarmName"])
        return (alarms.parents(alarm) if alarm else []), _PARENT_MEMBERS
    alarm = alarms.find(params["ChildrenOfAlarmName"])
    children = [alarms.find(name) for name in alarm.children] if alarm else []
    return [child for child in children if child], _CHILD_MEMBERS


def _matching(alarms: Alarms, params: Params) -> list[Alarm]:
    names = params.get("AlarmNames")
    if names is not None and "AlarmNamePrefix" in params:
        raise _invalid("AlarmNames and AlarmNamePrefix are mutually exclusive.")
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
        and (not action or any(item.startswith(action) for item in _actions(alarm)))
    ]


def _actions(alarm: Alarm) -> list[str]:
    return [
        item for name in ("OKActions", "AlarmActions", "InsufficientDataActions") for item in alarm.config.get(name, ())
    ]


@api.operation("DescribeAlarmsForMetric")
def describe_alarms_for_metric(call: ApiCall) -> Answer:
    wanted = {"Dimensions": [], **call.params}
    wanted["Dimensions"] = _dimensions(wanted)
    found = [
        alarm.shown()
        for alarm in call.store(Alarms).by_name.values()
        if "MetricName" in alarm.config
        and all(value == _dimensions(alarm.config) if name == "Dimensions" else value == alarm.config.get(name)
                for name, value in wanted.items())
    ]  # fmt: skip
    return {"MetricAlarms": sorted(found, key=lambda item: str(item["AlarmName"]))}


def _dimensions(params: Params) -> list[tuple[str, str]]:
    return sorted((item["Name"], item["Value"]) for item in params.get("Dimensions", ()))


@api.operation("DeleteAlarms")
def delete_alarms(call: ApiCall) -> Answer:
    alarms, names = call.store(Alarms), call.params["AlarmNames"]
    found = [alarm for name in names if (alarm := alarms.by_name.get(name))]
    if sum(alarm.type == COMPOSITE for alarm in found) > 1:
        raise _invalid("At most one composite alarm can be deleted in one request.")
    for alarm in found:
        # Whether a parent in the same request would do is not documented: believed not.
        if alarms.parents(alarm):
            raise _invalid(f"Cannot delete {alarm.name} as there are composite alarm(s) depending on it.")
    for alarm in found:
        alarms.by_name.pop(alarm.name, None)
    if missing := [name for name in names if name not in {alarm.name for alarm in found}]:
        raise Refusal("ResourceNotFound", f"Unknown alarm(s): {', '.join(missing)}")
    return {}


@api.operation("EnableAlarmActions", "DisableAlarmActions")
def switch_actions(call: ApiCall) -> Answer:
    alarms = call.store(Alarms)
    # Neither operation has an error for an unknown name in its model: believed to be ignored.
    for name in call.params["AlarmNames"]:
        if alarm := alarms.by_name.get(name):
            alarm.config = {**alarm.config, "ActionsEnabled": call.operation == "EnableAlarmActions"}
            alarm.configured = call.world.now()
    return {}
