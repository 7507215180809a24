"""How a platform is, as AWS tells it now: alarms, who hears of them, what was not delivered, which link is missing.

Read-only. ``status`` shows it; ``validate`` uses the part that looks at endpoints outside the platform.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from provisioner.aws.alarms import TYPES
from provisioner.aws.arns import account_of, last_part
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed
from provisioner.engine.reconciler import Live, World


@dataclass
class Health:
    """Alarm name -> state and reason; receivers with whether they hear; queue name -> messages; what is wrong."""

    alarms: dict[str, dict[str, str]] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """``status --json``."""
        return {"schema": 1, **asdict(self)}


def examine(world: World, wanted: Sequence[Resource], observed: Observed) -> Health:
    """The health of what ``wanted`` declares, given what was ``observed`` of it."""
    health = Health()
    _alarms(world, wanted, health)
    _queues(world, observed.lives, health)
    for resource in wanted:
        live = observed.lives.get(resource.address)
        if live is None or live.gone:
            health.problems.append(f"{resource.address} does not exist: run apply")
        elif resource.kind == "sns_subscription":
            _subscription(world, resource.address, live, health)
    if "confirmed" not in health.subscriptions.values():
        health.problems.append("no confirmed subscription: alarms reach nobody")
    health.foreign = [f"{item.parent}: {item.kind} {item.name}" for item in observed.foreign]
    return health


def _alarms(world: World, wanted: Sequence[Resource], health: Health) -> None:
    names = [resource.name for resource in wanted if resource.kind in ("metric_alarm", "composite_alarm")]
    for start in range(0, len(names), 100):
        batch = names[start : start + 100]
        answer = world.ask(
            "cloudwatch", "DescribeAlarms", AlarmNames=batch, AlarmTypes=list(TYPES.values()), MaxRecords=100
        )
        for key in TYPES:
            for alarm in answer.get(key, ()):
                reason = alarm.get("StateReason", "")
                health.alarms[alarm["AlarmName"]] = {"state": alarm["StateValue"], "reason": reason}


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
                health.problems.append(f"{address} holds {depth} messages that could not be delivered")


def _subscription(world: World, address: Address, live: Live[Any], health: Health) -> None:
    confirmed = bool(live.outputs.get("confirmed"))
    health.subscriptions[address.name] = "confirmed" if confirmed else "waits for confirmation"
    if not confirmed:
        health.problems.append(f"{address} waits for its receiver to confirm it: until then it hears nothing")
    problem = endpoint_problem(world, live.resource.topic, live.resource.protocol, live.resource.endpoint)
    if problem:
        health.problems.append(f"{address}: {problem}")


def endpoint_problem(world: World, topic: str, protocol: str, endpoint: str) -> str | None:
    """Why a queue or function would not take what ``topic`` (an ARN) sends; ``None`` if nothing speaks against it."""
    if account_of(endpoint) != world.scope.account:
        return None
    if protocol == "sqs":
        named = world.find("sqs", "GetQueueUrl", QueueName=last_part(endpoint))
        if named is None:
            return f"the queue {last_part(endpoint)} does not exist"
        answer = world.find("sqs", "GetQueueAttributes", QueueUrl=named["QueueUrl"], AttributeNames=["Policy"]) or {}
        policy = answer.get("Attributes", {}).get("Policy")
    elif protocol == "lambda":
        answer = world.find("lambda", "GetPolicy", FunctionName=endpoint) or {}
        policy = answer.get("Policy")
    else:
        return None
    if admits(json.loads(policy) if policy else {}, topic):
        return None
    return f"the policy of {last_part(endpoint)} does not admit {topic}: its owner must allow sns.amazonaws.com"


def admits(policy: Mapping[str, Any], topic: str) -> bool:
    """Whether some statement lets SNS in for ``topic``. Conditions on other keys are not judged."""
    statements = policy.get("Statement", [])
    return any(
        _lets_in(statement, topic) for statement in (statements if isinstance(statements, list) else [statements])
    )


def _lets_in(statement: Mapping[str, Any], topic: str) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service", principal.get("AWS", [])) if isinstance(principal, dict) else principal
    named = services if isinstance(services, list) else [services]
    sources = [
        value
        for keys in statement.get("Condition", {}).values()
        for key, values in keys.items()
        if key.lower() == "aws:sourcearn"
        for value in (values if isinstance(values, list) else [values])
    ]
    admitted = not sources or any(
        source == topic or (source.endswith("*") and topic.startswith(source[:-1])) for source in sources
    )
    return statement.get("Effect") == "Allow" and bool({"sns.amazonaws.com", "*"} & set(named)) and admitted
