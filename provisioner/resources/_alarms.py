"""What metric and composite alarms share: one name space, one listing, one kind of tags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.aws.tags import retag, tag_list, tag_map
from provisioner.engine.model import Address, Naming, Ref, Resource, Value
from provisioner.engine.reconciler import Live, Memo, World
from provisioner.engine.steps import Call, Steps
from provisioner.resources._alarm_rules import alarm_name, alarms_in, canonical_rule
from provisioner.resources._looking import allowed

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        CompositeAlarmTypeDef,
        DescribeAlarmsOutputTypeDef,
        ListTagsForResourceOutputTypeDef,
        MetricAlarmTypeDef,
    )

ALARM_NAMING = Naming("alarm", r"[A-Za-z0-9 _.:/=+@-]+", "letters, digits, spaces and _ . : / = + @ -", 255)
"""AWS takes more characters, but tags do not, and they repeat the name; and a quotation mark would end it in a rule."""

NAMES_PER_CALL = 100
"""Alarm names in one DescribeAlarms and in one DeleteAlarms."""

_TYPES = ("MetricAlarm", "CompositeAlarm")
"""Composites come only when asked for by type."""


@dataclass
class DescribedAlarms:
    """Name -> alarm, as CloudWatch describes it."""

    metric: dict[str, MetricAlarmTypeDef] = field(default_factory=dict)
    composite: dict[str, CompositeAlarmTypeDef] = field(default_factory=dict)


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


def taken_names(creating: Iterable[Resource], there: Mapping[str, object]) -> list[str]:
    """Why these cannot be created: ``there`` are the alarms of the other type, which share the one space of names."""
    return [
        f"{want.address}: an alarm of another type has its name; remove that one first, or choose another name"
        for want in creating
        if want.name in there
    ]


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
