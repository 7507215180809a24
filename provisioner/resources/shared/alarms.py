"""What metric and composite alarms share: one name space, one listing, one kind of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from provisioner.aws.policies import Document
from provisioner.aws.tags import retag, tag_list, tag_map
from provisioner.engine.model import Address, Naming, Ref, Resource, Value
from provisioner.engine.reconciler import Birth, Live, Memo, Sought, World
from provisioner.engine.steps import Call, Steps
from provisioner.resources.shared.alarm_rules import alarm_name, alarms_in, canonical_rule
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        ActionConfigurationOutputTypeDef,
        CompositeAlarmTypeDef,
        DescribeAlarmsOutputTypeDef,
        ListTagsForResourceOutputTypeDef,
        MetricAlarmTypeDef,
    )

ALARM_NAMING = Naming("alarm", r"[A-Za-z0-9 _.:/=+@-]+", "letters, digits, spaces and _ . : / = + @ -", 255)
"""AWS takes more characters, but tags do not, and they repeat the name; and a quotation mark would end it in a rule."""

SHARED = (
    "AlarmName AlarmArn AlarmDescription ActionsEnabled AlarmActions OKActions InsufficientDataActions "
    "ActionConfiguration.AlarmTagsPropagation AlarmConfigurationUpdatedTimestamp"
)
IDLE = "StateValue StateReason StateReasonData StateUpdatedTimestamp StateTransitionedTimestamp"
"""The members that both types of alarm have: what is read of them, and what is of no matter."""

NAMES_PER_CALL = 100
"""Alarm names in one DescribeAlarms and in one DeleteAlarms."""

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
_TYPES = (METRIC, COMPOSITE)
"""Composites come only when asked for by type."""

AlarmTypeDef: TypeAlias = "MetricAlarmTypeDef | CompositeAlarmTypeDef"
A = TypeVar("A", bound=Resource)


@dataclass
class DescribedAlarms:
    """Name -> alarm, as CloudWatch describes it."""

    metric: dict[str, MetricAlarmTypeDef] = field(default_factory=dict)
    composite: dict[str, CompositeAlarmTypeDef] = field(default_factory=dict)

    def of(self, kind: str) -> Mapping[str, AlarmTypeDef]:
        """Those of the type that is of ``kind``."""
        return self.metric if kind == "metric_alarm" else self.composite


@dataclass(frozen=True)
class Shown(Generic[A]):
    """An alarm that is sought, as CloudWatch describes it; ``astray`` where it is of the other type."""

    sought: Sought[A]
    alarm: AlarmTypeDef
    astray: bool


def shown_alarms(world: World, memo: Memo, kind: str, sought: Sequence[Sought[A]]) -> list[Shown[A]]:
    """Those of ``sought``, all of ``kind``, that are there.

    Both types share their names. An alarm of the other type under a name of ours is in the way of ours: it is found by
    whoever wants the name, and by no other.
    """
    other = next(name for name in ("composite_alarm", "metric_alarm") if name != kind)
    others = {item.address.name: item.want is not None for item in memo.sought(other)}
    described = describe_alarms(world, memo)
    found = []
    for item in sought:
        name = item.address.name
        wanted = item.want is not None
        if name in described.of(kind) and (wanted or not others.get(name)):
            found.append(Shown(item, described.of(kind)[name], astray=False))
        elif name in described.of(other) and (wanted or (item.record and name not in others)):
            found.append(Shown(item, described.of(other)[name], astray=True))
    return found


def describe_alarms(world: World, memo: Memo) -> DescribedAlarms:
    """Every alarm that is sought: one call answers for both kinds."""

    def fetch() -> DescribedAlarms:
        names = sorted({item.address.name for item in memo.sought("metric_alarm", "composite_alarm")})
        batches = [names[start : start + NAMES_PER_CALL] for start in range(0, len(names), NAMES_PER_CALL)]
        found = DescribedAlarms()
        for answers in world.each(lambda batch: _describe(world, batch), batches):
            for answer in answers:
                found.metric |= {alarm.get("AlarmName", ""): alarm for alarm in answer.get("MetricAlarms", ())}
                found.composite |= {alarm.get("AlarmName", ""): alarm for alarm in answer.get("CompositeAlarms", ())}
        return found

    return memo.once("alarms", fetch)


def _describe(world: World, names: Sequence[str]) -> list[DescribeAlarmsOutputTypeDef]:
    params: dict[str, object] = {"AlarmNames": names, "AlarmTypes": _TYPES, "MaxRecords": NAMES_PER_CALL}
    pages: list[DescribeAlarmsOutputTypeDef] = []
    while True:
        pages.append(world.ask("cloudwatch", "DescribeAlarms", **params))
        token = pages[-1].get("NextToken")
        if not token:
            return pages
        params["NextToken"] = token


def composites_of_others(world: World, memo: Memo, going: Iterable[Live[Resource]]) -> dict[Address, str]:
    """Those that are ``going`` and that somebody else's composite refers to.

    CloudWatch deletes no alarm that stands in a rule; one that suppresses actions it would, and they would be let out.
    """

    def ask() -> list[CompositeAlarmTypeDef]:
        return world.pages(
            "cloudwatch", "DescribeAlarms", "CompositeAlarms", AlarmTypes=_TYPES[1:], MaxRecords=NAMES_PER_CALL
        )

    listed = memo.once("composites", lambda: allowed(memo, "composite alarms", ask)) or []
    ours = memo.ours("composite_alarm")
    users: dict[str, list[str]] = {}
    for composite in listed:
        if (name := composite.get("AlarmName", "")) not in ours:
            for alarm in _named_by(composite):
                users.setdefault(alarm, []).append(name)
    return {
        live.resource.address: f"somebody else's composite alarm refers to it: {', '.join(found)}"
        for live in going
        if (found := users.get(live.resource.name))
    }


def _named_by(composite: CompositeAlarmTypeDef) -> set[str]:
    """The alarms in its rule, and the one that suppresses its actions."""
    suppressor = composite.get("ActionsSuppressor")
    named = {alarm_name(suppressor)} if suppressor else set()
    return named.union(alarms_in(canonical_rule(composite.get("AlarmRule", ""))))


def propagation(value: ActionConfigurationOutputTypeDef) -> Document:
    """An alarm's ``ActionConfiguration``: ``{}`` unless its notifications contain its tags; their keys are sets."""
    tags: Mapping[str, object] = value.get("AlarmTagsPropagation") or {}
    given = {name: sorted(keys) if isinstance(keys, list) else keys for name, keys in tags.items() if keys}
    return {"AlarmTagsPropagation": given} if given.get("Enabled") else {}


def configured_at(alarm: AlarmTypeDef) -> int | None:
    """When it was last put, in milliseconds since 1970."""
    configured = alarm.get("AlarmConfigurationUpdatedTimestamp")
    return round(configured.timestamp() * 1000) if configured else None


def birth_of(alarm: AlarmTypeDef) -> Birth | None:
    """When it was made; ``None`` where it was there before it was last put, for then its state is older than that."""
    configured, state = configured_at(alarm), alarm.get("StateUpdatedTimestamp")
    fresh = configured and state and state.timestamp() * 1000 >= configured - _APART_MS
    return Birth("configured", configured) if configured and fresh else None


_APART_MS = 1000
"""By which the two times of a new alarm may differ (believed)."""


def read_tags(world: World, arn: str) -> dict[str, str]:
    """The tags of an alarm or a dashboard, from CloudWatch itself."""
    answer: ListTagsForResourceOutputTypeDef | None = world.find("cloudwatch", "ListTagsForResource", ResourceARN=arn)
    return tag_map(answer.get("Tags", ())) if answer else {}


def retag_alarm(arn: str, want: Mapping[str, str], live: Mapping[str, str]) -> Steps:
    """The calls that change tags; those sent with an update of the thing itself would be ignored."""
    return retag(
        want,
        live,
        lambda keys: Call("cloudwatch", "UntagResource", {"ResourceARN": arn, "TagKeys": keys}),
        lambda tags: Call("cloudwatch", "TagResource", {"ResourceARN": arn, "Tags": tag_list(tags)}),
    )


def sorted_actions(actions: Iterable[Value[str]]) -> list[Value[str]]:
    """Actions are a set; those still unknown come last."""
    return sorted(actions, key=lambda action: (isinstance(action, Ref), str(action)))
