"""How a platform is, as AWS tells it now: alarms, who hears of them, what was not delivered, which link is broken.

Read-only. A link is what an alarm needs on its way from a log line to a person. AWS shows no error when one is missing.
``links`` looks at the key, the topic and the queues, ``receivers`` at subscriptions, ``signals`` at what comes before
the topic, ``policies`` decides whom a policy admits. What differs and breaks nothing is drift, and no problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provisioner.aws.arns import arn
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed
from provisioner.engine.reconciler import Live, World
from provisioner.health.links import encryption_problems, key_problems, queue_problems, topic_problems
from provisioner.health.problem import Problem
from provisioner.health.receivers import endpoint_problems, subscription_problems
from provisioner.health.signals import (
    alarm_problems,
    cluster_problems,
    filter_problems,
    function_problems,
    role_problems,
)
from provisioner.resources._alarms import describe_alarms

__all__ = ["Health", "Problem", "examine"]

_LOST_WITHOUT = {
    "kms_key": "log groups, topic and queues cannot be encrypted or read",
    "sqs_queue": "alarms are not kept, or what cannot be delivered is lost",
    "sns_topic": "alarms have nowhere to publish to: nobody is told",
    "sns_subscription": "this receiver hears of no alarm",
    "log_group": "its events are not kept, and its filters see nothing",
    "metric_filter": "its metric has no data, and the alarm on it stays OK whatever happens",
    "metric_alarm": "nobody hears of what it was made for",
    "composite_alarm": "nobody hears of what it was made for",
}
_COMPARED: Mapping[str, Callable[[Live[Any], Any], Iterator[Problem]]] = {
    "metric_filter": filter_problems,
    "lambda_function": function_problems,
    "iam_role": role_problems,
    "ecs_cluster": cluster_problems,
    "metric_alarm": alarm_problems,
    "composite_alarm": alarm_problems,
    "sns_subscription": subscription_problems,
}
"""Kinds whose problems are differences to what is wanted."""


@dataclass
class Health:
    """Alarm name -> state and reason; receivers with whether they hear; queue name -> messages; what is wrong."""

    alarms: dict[str, dict[str, str]] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """``status --json``."""
        return {"schema": 1, **vars(self), "problems": [str(problem) for problem in self.problems]}


def examine(world: World, wanted: Sequence[Resource], observed: Observed) -> Health:
    """The health of what ``wanted`` declares, given what was ``observed`` of it."""
    health = Health()
    _alarms(world, wanted, observed, health)
    _queues(world, observed.lives, health)
    for resource in wanted:
        live = observed.lives.get(resource.address)
        if live is None or (live.gone and resource.kind != "kms_key"):
            follows = _LOST_WITHOUT.get(resource.kind, "a part of the platform is missing")
            expired = "; with --resubscribe, if it expired unconfirmed" if resource.kind == "sns_subscription" else ""
            health.problems.append(Problem(resource.address, "does not exist", follows, f"Run apply{expired}."))
            continue
        if resource.kind == "sns_subscription":
            confirmed = bool(live.outputs.get("confirmed"))
            health.subscriptions[resource.name] = "confirmed" if confirmed else "waits for confirmation"
        health.problems += _problems(world, wanted, observed, live)
    if "confirmed" not in health.subscriptions.values():
        topic = next(item.address for item in wanted if item.kind == "sns_topic")
        health.problems.append(Problem(topic, "has no confirmed subscription", "alarms reach nobody"))
    health.foreign = [f"{item.parent}: {item.kind} {item.name}" for item in observed.foreign]
    return health


def _problems(world: World, wanted: Sequence[Resource], observed: Observed, live: Live[Any]) -> Iterator[Problem]:
    """The broken links at one thing that is there."""
    resource = live.resource
    want = observed.sought[resource.address].want
    if resource.kind in _COMPARED:
        yield from _COMPARED[resource.kind](live, want)
    match resource.kind:
        case "kms_key":
            yield from key_problems(world.scope, live, wanted)
        case "sns_topic":
            yield from encryption_problems(live, _our_key(observed))
            yield from topic_problems(world.scope, live, wanted)
        case "sqs_queue":
            yield from encryption_problems(live, _our_key(observed))
            topic = next(item.name for item in wanted if item.kind == "sns_topic")
            yield from queue_problems(world.scope, live, want, arn(world.scope, "sns", topic))
        case "sns_subscription" if resource.endpoint not in _our_queues(observed):
            yield from endpoint_problems(world, live)


def _our_key(observed: Observed) -> str | None:
    return next((live.outputs["arn"] for address, live in observed.lives.items() if address.kind == "kms_key"), None)


def _our_queues(observed: Observed) -> set[str]:
    """ARNs of the platform's own queues: their policies are known already."""
    return {live.outputs["arn"] for address, live in observed.lives.items() if address.kind == "sqs_queue"}


def _alarms(world: World, wanted: Sequence[Resource], observed: Observed, health: Health) -> None:
    names = {resource.name for resource in wanted if resource.kind in ("metric_alarm", "composite_alarm")}
    if observed.memo:
        found = describe_alarms(world, observed.memo)
        for name, alarm in [*found.metric.items(), *found.composite.items()]:
            if name in names:
                health.alarms[name] = {"state": alarm.get("StateValue", ""), "reason": alarm.get("StateReason", "")}


def _queues(world: World, lives: Mapping[Address, Live[Any]], health: Health) -> None:
    for address, live in sorted(lives.items()):
        if address.kind == "sqs_queue":
            answer = world.find(
                "sqs",
                "GetQueueAttributes",
                QueueUrl=live.outputs["url"],
                AttributeNames=["ApproximateNumberOfMessages"],
            )
            depth = int((answer or {}).get("Attributes", {}).get("ApproximateNumberOfMessages", 0))
            health.queues[address.name] = depth
            if depth and not live.resource.redrive:
                what, fix = f"holds {depth} messages", "Read them, mend what refused them, and send them on."
                health.problems.append(Problem(address, what, "they could not be delivered to their receivers", fix))
