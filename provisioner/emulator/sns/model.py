"""What SNS remembers: topics, and in each the subscriptions that die with it."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field

from provisioner.emulator.core.call import ApiRefusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.emulator.iam.identities import Policy

_DELIVERY = {
    "defaultHealthyRetryPolicy": {
        "minDelayTarget": 20,
        "maxDelayTarget": 20,
        "numRetries": 3,
        "numMaxDelayRetries": 0,
        "numNoDelayRetries": 0,
        "numMinDelayRetries": 0,
        "backoffFunction": "linear",
    },
    "disableSubscriptionOverrides": False,
    "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
}


def invalid(reason: str) -> ApiRefusal:
    """SNS's refusal of a parameter."""
    return ApiRefusal("InvalidParameter", f"Invalid parameter: {reason}")


@dataclass
class SubscriptionFacts:
    """A subscription. One that is pending has an ARN that no list shows."""

    arn: str
    protocol: str
    endpoint: str
    attributes: dict[str, str]
    pending: bool
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def topic_arn(self) -> str:
        """The ARN of its topic, which its own begins with."""
        return self.arn.rpartition(":")[0]


@dataclass
class Topic:
    """A topic and the attributes that were set of it; ``subscriptions`` by their ARN."""

    name: str
    arn: str
    policy: Policy
    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionFacts] = field(default_factory=dict)
    deleted: int = 0

    def subscription(self, protocol: str, endpoint: str) -> SubscriptionFacts | None:
        """The one subscription of an endpoint."""
        for found in self.subscriptions.values():
            if (found.protocol, found.endpoint) == (protocol, endpoint):
                return found
        return None


class Topics(Memory):
    """A place's topics by ARN."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_arn: dict[str, Topic] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {topic.arn: topic.tags for topic in self.by_arn.values()}

    def find(self, arn: str) -> Topic:
        """The topic of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of a topic."""
        if arn not in self.by_arn:
            if not re.match(r"arn:aws[a-z-]*:sns:", arn) or arn.count(":") != 5:
                raise invalid("TopicArn")
            raise ApiRefusal("NotFound", "Topic does not exist")
        return self.by_arn[arn]

    def tagged(self, arn: str) -> Topic:
        """The topic that a tagging call names."""
        if arn not in self.by_arn:
            raise ApiRefusal("ResourceNotFound", "Resource does not exist")
        return self.by_arn[arn]

    def subscription(self, arn: str) -> SubscriptionFacts:
        """The subscription of an ARN. Raises NotFound, and InvalidParameter for what is no ARN of one."""
        if arn.count(":") != 6:
            elements = arn.count(":") + 1
            raise invalid(f"SubscriptionArn Reason: An ARN must have at least 6 elements, not {elements}")
        topic = self.by_arn.get(arn.rpartition(":")[0])
        if topic is None or arn not in topic.subscriptions:
            raise ApiRefusal("NotFound", "Subscription does not exist")
        return topic.subscriptions[arn]


def effective_delivery_policy(text: str) -> str:
    """A topic's delivery policy over AWS's defaults, as JSON. Raises InvalidParameter for a malformed one."""
    try:
        given = json.loads(text)
    except ValueError as problem:
        raise invalid("DeliveryPolicy: failed to parse JSON.") from problem
    if not isinstance(given, dict) or set(given) - {"http"}:
        raise invalid("DeliveryPolicy: a topic's policy has the one member http")
    return json.dumps({"http": {**_DELIVERY, **given.get("http", {})}}, separators=(",", ":"))
