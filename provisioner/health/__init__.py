"""How a platform is, as AWS tells it now: alarms, who hears of them, what was not delivered, which link is broken.

Read-only. A link is what an alarm needs on its way from a log line to a person. AWS shows no error when one is missing.
``links`` looks at the key, the topic and the queues, ``receivers`` at subscriptions, ``signals`` at what comes before
the topic, ``checks`` says which of them a thing needs, ``policies`` decides whom a policy admits. What differs and
breaks nothing is drift, and no problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.aws.texts import whole_number
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import Resource
from provisioner.engine.observer import Foreign, Observed
from provisioner.engine.reconciler import World
from provisioner.health.checks import problems
from provisioner.health.problem import Problem
from provisioner.health.standing import Standing, is_of
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.shared.alarms import describe_alarms
from provisioner.resources.sns_subscription import SnsSubscription
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

if TYPE_CHECKING:
    from types_boto3_sqs.type_defs import GetQueueAttributesResultTypeDef

__all__ = ["Health", "Problem", "examine"]


@dataclass
class Health:
    """Alarm name -> state and reason; receivers with whether they hear; queue name -> messages; what is wrong."""

    alarms: dict[str, dict[str, str]] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        """``status --json``."""
        return {"schema": 1, **vars(self), "problems": [str(problem) for problem in self.problems]}


def examine(world: World, blueprint: Blueprint, observed: Observed) -> Health:
    """The health of what ``blueprint`` declares, given what was ``observed`` of it."""
    standing = Standing(world, blueprint, observed)
    queues = _depths(standing)
    subscriptions = _receivers(standing)
    return Health(
        alarms=_states(standing),
        subscriptions=subscriptions,
        queues=queues,
        foreign=[_added(item) for item in observed.foreign],
        problems=[
            *_undelivered(standing, queues),
            *_broken(standing),
            *_unheard(standing, subscriptions),
        ],
    )


def _added(item: Foreign) -> str:
    return f"{item.parent}: {item.kind} {item.name}{' (hears of alarms)' if item.hears else ''}"


def _states(standing: Standing) -> dict[str, dict[str, str]]:
    """Alarm name -> state and reason."""
    if not standing.observed.memo:
        return {}
    declared = [*standing.blueprint.all(MetricAlarm), *standing.blueprint.all(CompositeAlarm)]
    names = {item.name for item in declared}
    found = describe_alarms(standing.world, standing.observed.memo)
    return {
        name: {"state": alarm.get("StateValue", ""), "reason": alarm.get("StateReason", "")}
        for name, alarm in [*found.metric.items(), *found.composite.items()]
        if name in names
    }


def _receivers(standing: Standing) -> dict[str, str]:
    """Subscription -> whether it is confirmed."""
    found = {}
    for item, live in standing.pairs():
        if live and not live.gone and is_of(live, SnsSubscription):
            found[item.name] = "confirmed" if live.outputs.get("confirmed") else "waits for confirmation"
    return found


def _unheard(standing: Standing, subscriptions: dict[str, str]) -> Iterator[Problem]:
    heard = any(found.hears for found in standing.observed.foreign)
    if "confirmed" not in subscriptions.values() and not heard:
        topic = standing.blueprint.one(SnsTopic).address
        yield Problem(topic, "has no confirmed subscription", "alarms reach nobody")


def _depths(standing: Standing) -> dict[str, int]:
    """Queue name -> how many messages it holds."""
    found = {}
    for live in standing.lives(SqsQueue):
        answer: GetQueueAttributesResultTypeDef | None = standing.world.find(
            "sqs",
            "GetQueueAttributes",
            QueueUrl=live.outputs["url"],
            AttributeNames=["ApproximateNumberOfMessages"],
        )
        attributes = answer.get("Attributes", {}) if answer else {}
        found[live.resource.name] = whole_number(attributes.get("ApproximateNumberOfMessages", 0))
    return found


def _undelivered(standing: Standing, depths: dict[str, int]) -> Iterator[Problem]:
    """Messages in a queue that nobody redrives from: a dead-letter queue."""
    for live in standing.lives(SqsQueue):
        depth = depths[live.resource.name]
        if depth and not live.resource.redrive:
            what, fix = f"holds {depth} messages", "Read them, mend what refused them, and send them on."
            yield Problem(live.resource.address, what, "they could not be delivered to their receivers", fix)


def _broken(standing: Standing) -> Iterator[Problem]:
    """What is not there, and the broken links at what is."""
    for item, live in standing.pairs():
        if live is None or (live.gone and not is_of(live, KmsKey)):
            yield _missing(item)
        elif want := standing.observed.sought[item.resource.address].want:
            yield from problems(standing, live, want)


def _missing(item: Declared[Resource]) -> Problem:
    expired = "; with --resubscribe, if it expired unconfirmed" if isinstance(item.resource, SnsSubscription) else ""
    return Problem(item.resource.address, "does not exist", item.lost_without, f"Run apply{expired}.")
