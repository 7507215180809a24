"""What CloudWatch remembers of alarms: their settings, their states, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from provisioner.emulator.core.call import refusing
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.tags import GivenTags, Tagging
from provisioner.emulator.core.world import Memory
from provisioner.evaluation import Condition
from provisioner.evaluation.rule_language import AlarmRule

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

TAGGING = Tagging(reserved="InvalidParameterValue", too_many="InvalidParameterValue")
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
_MINUTE = 60

invalid = refusing("ValidationError")


@dataclass(kw_only=True)
class AlarmFacts:
    """An alarm. ``config`` is what its last Put gave, without the tags; times are in epoch seconds."""

    type: ClassVar[str]
    name: str
    arn: str
    config: aws.PutMetricAlarmInputTypeDef | aws.PutCompositeAlarmInputTypeDef
    configured: float
    state_updated: float
    tags: dict[str, str] = field(default_factory=dict)
    state: str = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str | None = None

    @property
    def due(self) -> float:
        """When it is evaluated for the first time after it was put: believed within two minutes, so here after one."""
        return self.configured + _MINUTE

    def actions(self) -> dict[str, list[str]]:
        """The ARNs of its actions, by the state that performs them."""
        return {
            "OK": list(self.config.get("OKActions", ())),
            "ALARM": list(self.config.get("AlarmActions", ())),
            "INSUFFICIENT_DATA": list(self.config.get("InsufficientDataActions", ())),
        }

    def shown(self) -> dict[str, object]:
        """The alarm as DescribeAlarms returns it: members that were not given have AWS's defaults or are absent."""
        return {
            "ActionsEnabled": True,
            "OKActions": [],
            "AlarmActions": [],
            "InsufficientDataActions": [],
            **({"Dimensions": []} if "MetricName" in self.config else {}),
            **self.config,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateReasonData": self.reason_data,
            "StateUpdatedTimestamp": self.state_updated,
            "StateTransitionedTimestamp": self.state_updated,
        }

    def keep_state_of(self, before: AlarmFacts) -> None:
        """Take over what an update leaves as it was."""
        self.tags, self.state, self.state_updated = before.tags, before.state, before.state_updated
        self.reason, self.reason_data = before.reason, before.reason_data


@dataclass(kw_only=True)
class MetricAlarmFacts(AlarmFacts):
    """An alarm on metrics. One without a condition is not evaluated here, and keeps its state."""

    type = METRIC
    config: aws.PutMetricAlarmInputTypeDef
    condition: Condition | None


@dataclass(kw_only=True)
class CompositeFacts(AlarmFacts):
    """An alarm on the states of others."""

    type = COMPOSITE
    config: aws.PutCompositeAlarmInputTypeDef
    rule: AlarmRule


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened to an alarm: ``kind`` is ConfigurationUpdate, StateUpdate or Action."""

    timestamp: float
    alarm: AlarmFacts
    kind: str
    summary: str
    data: Mapping[str, object]


class KeptAlarms(Memory):
    """A place's alarms by name; both types share the names. ``history`` is oldest first."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, AlarmFacts] = {}
        self.history: list[HistoryItem] = []

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {alarm.arn: alarm.tags for alarm in self.by_name.values()}

    def arn(self, name: str) -> str:
        """The ARN of an alarm of this place."""
        return self.place.arn("cloudwatch", f"alarm:{name}")

    def find(self, name_or_arn: str) -> AlarmFacts | None:
        """The alarm of a name or an ARN."""
        return self.by_name.get(name_or_arn.removeprefix(self.arn("")))

    def parents(self, alarm: AlarmFacts) -> list[CompositeFacts]:
        """The composites whose rules mention an alarm."""
        composites = (other for other in self.by_name.values() if isinstance(other, CompositeFacts))
        return [other for other in composites if {alarm.name, alarm.arn} & other.rule.alarms()]

    def put(self, wanted: AlarmFacts, tags: GivenTags | None) -> None:
        """Create an alarm, or replace the settings of one: its state stays, and tags given then are ignored."""
        existing, now = self.by_name.get(wanted.name), wanted.configured
        if existing is None:
            wanted.tags = TAGGING.merged({}, tags)
            self.by_name[wanted.name] = wanted
            self.note(now, wanted, "ConfigurationUpdate", f'Alarm "{wanted.name}" created', {"type": "Create"})
            return
        if existing.type != wanted.type:
            # Names are unique in a Region over both types; the wording of the refusal is believed.
            raise invalid(f"An alarm of another type with the name {wanted.name} already exists.")
        wanted.keep_state_of(existing)
        self.by_name[wanted.name] = wanted
        self.note(now, wanted, "ConfigurationUpdate", f'Alarm "{wanted.name}" updated', {"type": "Update"})

    def note(self, now: float, alarm: AlarmFacts, kind: str, summary: str, data: Mapping[str, object]) -> None:
        """Add to the history."""
        self.history.append(HistoryItem(now, alarm, kind, summary, data))

    def state_of(self, name_or_arn: str) -> str:
        """The state of an alarm that a rule mentions; one that is gone counts as having no data."""
        alarm = self.find(name_or_arn)
        return alarm.state if alarm else "INSUFFICIENT_DATA"
