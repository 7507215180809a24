"""Publish, and delivery to the queues of the account: the one kind of endpoint that exists here.

A message that a queue does not admit goes to the subscription's dead-letter queue, if that admits it; else it
is lost, and the publisher hears of neither. Nothing ever leaves for an http endpoint or a mailbox.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.sns.utils import FilterPolicyMatcher

from provisioner.emulator.core.call import Answer, Api, ApiCall
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.times import iso
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.kms.model import key_usable_by
from provisioner.emulator.sns.model import SubscriptionFacts, Topic, Topics, invalid
from provisioner.emulator.sqs.queues import Queues

if TYPE_CHECKING:
    from types_boto3_sns import type_defs as aws

api = Api()

_MESSAGE_BYTES = 262_144


@dataclass(frozen=True)
class Message:
    """What is published to ``topic``, with the members of Publish. ``host`` is where its links lead, ``at`` the time in
    epoch seconds.
    """

    topic: Topic
    text: str
    place: Place
    host: str
    at: float
    subject: str | None = None
    structure: str | None = None
    attributes: Mapping[str, aws.MessageAttributeValueTypeDef] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@api.operation("Publish")
def publish(call: ApiCall[aws.PublishInputTypeDef]) -> Answer:
    params = call.params
    target = params.get("TopicArn") or params.get("TargetArn")
    if target is None:
        raise NotImplementedError("The emulator publishes to topics only.")
    topic = call.store(Topics).find(target)
    if not params["Message"]:
        raise invalid("Empty message")
    if len(params["Message"].encode()) > _MESSAGE_BYTES:
        raise invalid("Message too long")
    message = Message(
        topic,
        params["Message"],
        call.place,
        call.host,
        call.world.now(),
        params.get("Subject"),
        params.get("MessageStructure"),
        params.get("MessageAttributes", {}),
    )
    send(call.world, message)
    return {"MessageId": message.id}


def send(world: EmulatedWorld, message: Message) -> None:
    """Deliver to every confirmed subscription that wants the message."""
    for subscription in message.topic.subscriptions.values():
        if not subscription.pending and subscription.protocol == "sqs" and _wanted(subscription, message):
            _deliver(world, message, subscription)


def _wanted(subscription: SubscriptionFacts, message: Message) -> bool:
    policy = subscription.attributes.get("FilterPolicy")
    if policy is None:
        return True
    attributes = {
        name: {"Type": value["DataType"], "Value": value.get("StringValue") or value.get("BinaryValue")}
        for name, value in message.attributes.items()
    }
    scope = subscription.attributes.get("FilterPolicyScope", "MessageAttributes")
    return bool(FilterPolicyMatcher(json.loads(policy), scope).matches(attributes, message.text))


def _deliver(world: EmulatedWorld, message: Message, subscription: SubscriptionFacts) -> None:
    raw = subscription.attributes.get("RawMessageDelivery", "false").lower() == "true"
    body = _text(message) if raw else json.dumps(_envelope(message, subscription), indent=2)
    attributes = dict(message.attributes) if raw else None
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
    return key_id is None or key_usable_by(queues.place, key_id, "sns.amazonaws.com", context)


def _text(message: Message) -> str:
    """The message for a queue: with MessageStructure json, the text for its protocol or the default one."""
    if message.structure != "json":
        return message.text
    try:
        texts = json.loads(message.text)
    except ValueError as problem:
        raise invalid("Message Structure - JSON message body failed to parse") from problem
    if "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return str(texts.get("sqs", texts["default"]))


def _envelope(message: Message, subscription: SubscriptionFacts) -> dict[str, object]:
    topic = message.topic
    found = {
        "Type": "Notification",
        "MessageId": message.id,
        "TopicArn": topic.arn,
        "Subject": message.subject,
        "Message": _text(message),
        "Timestamp": f"{iso(message.at)}Z",
        "SignatureVersion": topic.attributes.get("SignatureVersion", "1"),
        "Signature": "EXAMPLE",
        "SigningCertURL": f"https://sns.{message.place.region}.{message.place.suffix}/SimpleNotificationService-0000.pem",
        "UnsubscribeURL": f"{message.host}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
        "MessageAttributes": _written(message.attributes) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _written(attributes: Mapping[str, aws.MessageAttributeValueTypeDef]) -> dict[str, dict[str, str]]:
    return {
        name: {"Type": value["DataType"], "Value": value.get("StringValue", "")} for name, value in attributes.items()
    }
