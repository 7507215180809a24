"""Publish, and delivery to the queues of the account: the one kind of endpoint that exists here.

A message that a queue does not admit goes to the subscription's dead-letter queue, if that admits it; else it
is lost, and the publisher hears of neither. Nothing ever leaves for an http endpoint or a mailbox.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from moto.sns.utils import FilterPolicyMatcher

from provisioner.emulator.core.call import Answer, Api, ApiCall, Params
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.times import iso
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.kms import keys as kms
from provisioner.emulator.sns.model import Subscription, Topic, Topics, invalid
from provisioner.emulator.sqs.queues import Queues

api = Api()

_MESSAGE_BYTES = 262_144


@dataclass(frozen=True)
class Message:
    """What is published to ``topic``: ``params`` as Publish takes them. ``host`` is where its links lead, ``at`` the
    time in epoch seconds.
    """

    topic: Topic
    params: Params
    place: Place
    host: str
    at: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@api.operation("Publish")
def publish(call: ApiCall) -> Answer:
    params = call.params
    target = params.get("TopicArn") or params.get("TargetArn")
    if target is None:
        raise NotImplementedError("The emulator publishes to topics only.")
    topic = call.store(Topics).find(target)
    if not params["Message"]:
        raise invalid("Empty message")
    if len(params["Message"].encode()) > _MESSAGE_BYTES:
        raise invalid("Message too long")
    message = Message(topic, params, call.place, call.host, call.world.now())
    send(call.world, message)
    return {"MessageId": message.id}


def send(world: EmulatedWorld, message: Message) -> None:
    """Deliver to every confirmed subscription that wants the message."""
    for subscription in message.topic.subscriptions.values():
        if not subscription.pending and subscription.protocol == "sqs" and _wanted(subscription, message.params):
            _deliver(world, message, subscription)


def _wanted(subscription: Subscription, params: Params) -> bool:
    policy = subscription.attributes.get("FilterPolicy")
    if policy is None:
        return True
    attributes = {
        name: {"Type": value["DataType"], "Value": value.get("StringValue") or value.get("BinaryValue")}
        for name, value in params.get("MessageAttributes", {}).items()
    }
    scope = subscription.attributes.get("FilterPolicyScope", "MessageAttributes")
    return bool(FilterPolicyMatcher(json.loads(policy), scope).matches(attributes, params["Message"]))


def _deliver(world: EmulatedWorld, message: Message, subscription: Subscription) -> None:
    raw = subscription.attributes.get("RawMessageDelivery", "false").lower() == "true"
    body = _text(message.params) if raw else json.dumps(_envelope(message, subscription), indent=2)
    attributes = message.params.get("MessageAttributes") if raw else None
    dead_letters = json.loads(subscription.attributes.get("RedrivePolicy", "{}")).get("deadLetterTargetArn")
    for arn in (subscription.endpoint, dead_letters):
        if arn is not None and _admitted(world, message, arn):
            _queues(world, arn).live.send_message(arn.rpartition(":")[2], body, message_attributes=attributes)
            return


def _queues(world: EmulatedWorld, arn: str) -> Queues:
    _, _, _, region, account, _ = arn.split(":")
    return world.store(Queues, Place(account, region))


def _admitted(world: EmulatedWorld, message: Message, arn: str) -> bool:
    """Whether the queue exists, its policy admits SNS for this topic, and its key lets SNS encrypt."""
    queues = _queues(world, arn)
    facts = queues.by_name.get(arn.rpartition(":")[2])
    context = {"aws:SourceArn": message.topic.arn, "aws:SourceAccount": message.place.account}
    if facts is None or facts.policy is None:
        return False
    if not admits(facts.policy.text, "sns.amazonaws.com", "sqs:SendMessage", context, arn):
        return False
    key_id = facts.attributes.get("KmsMasterKeyId")
    return key_id is None or kms.usable_by(queues.place, key_id, "sns.amazonaws.com", context)


def _text(params: Params) -> str:
    """The message for a queue: with MessageStructure json, the text for its protocol or the default one."""
    if params.get("MessageStructure") != "json":
        return str(params["Message"])
    try:
        texts = json.loads(params["Message"])
    except ValueError as problem:
        raise invalid("Message Structure - JSON message body failed to parse") from problem
    if "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return str(texts.get("sqs", texts["default"]))


def _envelope(message: Message, subscription: Subscription) -> dict[str, Any]:
    topic, params = message.topic, message.params
    attributes = {
        name: {"Type": value["DataType"], "Value": value.get("StringValue", "")}
        for name, value in params.get("MessageAttributes", {}).items()
    }
    found = {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": topic.arn,
        "Subject": params.get("Subject"),
        "Message": _text(params),
        "Timestamp": f"{iso(message.at)}Z",
        "SignatureVersion": topic.attributes.get("SignatureVersion", "1"),
        "Signature": "EXAMPLE",
        "SigningCertURL": f"https://sns.{message.place.region}.amazonaws.com/SimpleNotificationService-0000.pem",
        "UnsubscribeURL": f"{message.host}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        "MessageAttributes": attributes or None,
    }
    return {name: value for name, value in found.items() if value is not None}
