"""Who hears of the topic: subscriptions, and the queues and functions that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from provisioner.aws.arns import account_of, last_part
from provisioner.engine.model import UNSEEN
from provisioner.engine.reconciler import Live, World
from provisioner.health.policies import admits
from provisioner.health.problem import Problem
from provisioner.health.standing import Standing
from provisioner.resources.sns_subscription import SnsSubscription

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import GetPolicyResponseTypeDef
    from types_boto3_sqs.type_defs import GetQueueAttributesResultTypeDef, GetQueueUrlResultTypeDef

_LOST = "what cannot be delivered to it is lost"


def subscription_problems(_: Standing, live: Live[SnsSubscription], want: SnsSubscription) -> Iterator[Problem]:
    """Whether the subscription is confirmed, lets everything through and has its dead-letter queue."""
    subscription = live.resource
    if not live.outputs.get("confirmed"):
        yield Problem(
            subscription.address,
            "waits for its receiver to confirm it",
            "until then it hears nothing",
            "Open the link in the message that SNS sent to the receiver; a lost one: apply --resubscribe.",
        )
    if subscription.redrive is not UNSEEN and subscription.redrive != want.redrive:
        has = "another RedrivePolicy than declared" if subscription.redrive else "no RedrivePolicy"
        yield Problem(subscription.address, f"has {has}", _LOST)
    if subscription.filter_policy is not UNSEEN and subscription.filter_policy != want.filter_policy:
        yield Problem(subscription.address, "has a filter policy", "alarms that it does not match are not delivered")


def endpoint_problems(standing: Standing, live: Live[SnsSubscription], _: SnsSubscription) -> Iterator[Problem]:
    """Why a queue or function of others in this account would not take what the topic sends."""
    world, protocol = standing.world, live.resource.protocol
    topic, endpoint = str(live.resource.topic), str(live.resource.endpoint)
    elsewhere = account_of(endpoint) != world.scope.account
    if protocol not in ("sqs", "lambda") or elsewhere or endpoint in standing.queues:
        return
    found, policy = _queue_policy(world, endpoint) if protocol == "sqs" else _function_policy(world, endpoint)
    action = "sqs:SendMessage" if protocol == "sqs" else "lambda:InvokeFunction"
    name = last_part(endpoint)
    if not found:
        what, fix = f"leads to the queue {name}, which does not exist", "Make the queue, or take the subscription out."
        yield Problem(live.resource.address, what, "alarms do not arrive there", fix)
    elif not admits(policy, "sns.amazonaws.com", action, endpoint, _of_topic(world, topic)):
        what = f"leads to {name}, whose policy does not admit {topic}"
        fix = f"Its owner must allow sns.amazonaws.com {action} with aws:SourceArn {topic}."
        yield Problem(live.resource.address, what, "alarms do not arrive there, and AWS shows no error", fix)


def _of_topic(world: World, topic: str) -> dict[str, str]:
    return {"aws:SourceArn": topic, "aws:SourceAccount": world.scope.account}


def _queue_policy(world: World, endpoint: str) -> tuple[bool, str]:
    named: GetQueueUrlResultTypeDef | None = world.find("sqs", "GetQueueUrl", QueueName=last_part(endpoint))
    if named is None:
        return False, ""
    url = named["QueueUrl"]
    answer: GetQueueAttributesResultTypeDef | None = world.find(
        "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"]
    )
    return True, answer.get("Attributes", {}).get("Policy", "") if answer else ""


def _function_policy(world: World, endpoint: str) -> tuple[bool, str]:
    # A function without a policy answers like one that is not there.
    answer: GetPolicyResponseTypeDef | None = world.find("lambda", "GetPolicy", FunctionName=endpoint)
    return True, answer.get("Policy", "") if answer else ""
