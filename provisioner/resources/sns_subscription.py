"""An SNS subscription, known by topic, protocol and endpoint. It has no tags and belongs to its topic.

E-mail and https stay pending until somebody confirms. Meanwhile AWS shows no ARN and no attribute of them, and they
cannot be removed: they expire, or go with their topic.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from provisioner.aws.arns import arn, last_part
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_json, parse_json, to_json
from provisioner.engine.model import UNSEEN, Address, Hidden, Parent, Resource, Value, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Record, Scope, Sought
from provisioner.engine.stamps import is_stamp
from provisioner.engine.steps import Call, Remember, Steps
from provisioner.resources.shared.topics import topic_attributes

if TYPE_CHECKING:
    from types_boto3_sns.type_defs import GetSubscriptionAttributesResponseTypeDef, SubscriptionTypeDef


def subscription_name(scope: Scope, topic: str, protocol: str, endpoint: str) -> str:
    """``topic/protocol/queue``, with ``topic`` by name; a short digest in place of an endpoint that may be secret.

    A receiver that is not in the account and Region of ``scope`` has its own before its name.
    """
    if protocol not in ("sqs", "lambda", "firehose") or isinstance(endpoint, Hidden):
        return f"{topic}/{protocol}/{hashlib.sha256(as_shown(endpoint).encode()).hexdigest()[:12]}"
    _, _, _, region, account, resource = endpoint.split(":", 5) if endpoint.count(":") >= 5 else (*_HERE, endpoint)
    name = resource.removeprefix("function:").removeprefix("deliverystream/")  # of a function with its alias
    here = (region, account) in ((scope.region, scope.account), ("", ""))
    return f"{topic}/{protocol}/{name}" if here else f"{topic}/{protocol}/{account}/{region}/{name}"


def as_shown(endpoint: str) -> str:
    """``endpoint`` as SNS shows it: with stars in place of the password in a URL."""
    return _PASSWORD.sub(r"\1:****@", endpoint)


_HERE = ("", "", "", "", "")
_PASSWORD = re.compile(r"^(https?://[^:/@]*):[^@/]*@")


def conceal_endpoint(endpoint: str) -> str:
    """What of an endpoint may be shown: a web hook's path, query and user are its password."""
    if isinstance(endpoint, Hidden):
        return "(secret)"
    scheme, found, _ = endpoint.partition("://")
    if not found:
        return endpoint
    try:
        return f"{scheme.lower()}://{urlsplit(endpoint).hostname}/(secret)"
    except ValueError:  # others may subscribe what is no URL
        return f"{scheme.lower()}://(secret)"


def conceals(endpoint: Value[str]) -> bool:
    """Whether something of ``endpoint`` may not be shown."""
    return isinstance(endpoint, str) and conceal_endpoint(endpoint) != endpoint


@dataclass(frozen=True, kw_only=True)
class SnsSubscription(Resource):
    """``endpoint`` hears of ``topic`` (an ARN) by ``protocol``. ``redrive`` is its own dead-letter queue."""

    kind: ClassVar[str] = "sns_subscription"
    parent = Parent("sns_topic", "topic", "arn", last_part, goes_along=True)
    stands_on = ("topic", "endpoint", "redrive")
    topic: Value[str] = attr(immutable=True)
    protocol: str = attr(immutable=True)
    endpoint: Value[str] = attr(immutable=True, conceal=conceal_endpoint, grants=True)
    raw_delivery: bool = attr(False)
    redrive: Document = attr({}, normal=canonical_json)
    filter_policy: Document = attr({}, normal=canonical_json)
    filter_policy_scope: str = attr("MessageAttributes")
    delivery_policy: Document = attr({}, normal=canonical_json)


_SCOPE = "MessageAttributes"
_ATTRIBUTES = {
    "raw_delivery": "RawMessageDelivery",
    "redrive": "RedrivePolicy",
    "filter_policy": "FilterPolicy",
    "filter_policy_scope": "FilterPolicyScope",
    "delivery_policy": "DeliveryPolicy",
}
_MEMBERS = Members(
    "sns",
    "SubscriptionAttributesMap",
    read=" ".join(["PendingConfirmation", *_ATTRIBUTES.values()]),
    # Topic, protocol and endpoint are in the listing, which is where they are read.
    idle="SubscriptionArn TopicArn Protocol Endpoint Owner SubscriptionPrincipal ConfirmationWasAuthenticated "
    "EffectiveDeliveryPolicy",
)


class SnsSubscriptionReconciler(Reconciler[SnsSubscription]):
    resource = SnsSubscription
    service = "sns"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[SnsSubscription]], memo: Memo) -> dict[Address, Live[SnsSubscription]]:
        by_address = {item.address: item for item in sought}
        subscribed = {item.address.name.split("/")[0] for item in sought}
        topics = sorted(subscribed | {item.address.name for item in memo.sought("sns_topic")})
        listed = self.world.each(lambda topic: self._entries(topic, memo), topics)
        found = {}
        for topic, entries in zip(topics, listed, strict=True):
            named = {self._address(topic, entry, by_address): entry for entry in entries}
            for address, entry in named.items():
                if address not in by_address:
                    shown = conceal_endpoint(entry.get("Endpoint", ""))
                    confirmed = entry.get("SubscriptionArn", "").startswith("arn:")
                    memo.foreign(
                        "subscription", Address("sns_topic", topic), f"{entry.get('Protocol')} {shown}", hears=confirmed
                    )
            ours = [address for address in named if address in by_address]
            pairs = [(by_address[address], named[address]) for address in ours]
            lives = self.world.each(lambda pair: self._live(*pair), pairs)
            found.update({address: live for address, live in zip(ours, lives, strict=True) if live})
        return found

    def _entries(self, topic: str, memo: Memo) -> list[SubscriptionTypeDef]:
        topic_arn = arn(self.scope, "sns", topic)
        removed = any(item.removed for item in memo.sought("sns_topic") if item.address.name == topic)
        if removed and topic_attributes(self.world, memo, topic_arn) is None:
            return []  # they have gone with it
        listed: list[SubscriptionTypeDef] = self.world.pages(
            "sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic_arn
        )
        return [entry for entry in listed if entry.get("SubscriptionArn") != "Deleted"]

    def _address(self, topic: str, entry: SubscriptionTypeDef, sought: Collection[Address]) -> Address:
        protocol, endpoint = entry.get("Protocol", ""), entry.get("Endpoint", "")
        hidden, plain = (
            Address(SnsSubscription.kind, subscription_name(self.scope, topic, protocol, one))
            for one in (Hidden(endpoint), endpoint)
        )
        return hidden if hidden in sought else plain

    def _live(self, item: Sought[SnsSubscription], entry: SubscriptionTypeDef) -> Live[SnsSubscription] | None:
        attributes = self._attributes(entry.get("SubscriptionArn", ""))
        if attributes is None:
            return None
        identity = SnsSubscription(
            name=item.address.name,
            topic=entry.get("TopicArn", ""),
            protocol=entry.get("Protocol", ""),
            endpoint=_endpoint(entry.get("Endpoint", ""), item),
        )
        if attributes.get("PendingConfirmation") == "true":
            resource = replace(identity, **dict.fromkeys(_ATTRIBUTES, UNSEEN))
            return Live(resource, {"confirmed": False}, notes=("waits for its receiver to confirm it",))
        resource = replace(
            identity,
            raw_delivery=attributes.get("RawMessageDelivery", "false").lower() == "true",
            redrive=parse_json(attributes.get("RedrivePolicy")),
            filter_policy=parse_json(attributes.get("FilterPolicy")),
            # SNS keeps the last scope of a filter policy that was removed.
            filter_policy_scope=(attributes.get("FilterPolicy") and attributes.get("FilterPolicyScope")) or _SCOPE,
            delivery_policy=parse_json(attributes.get("DeliveryPolicy")),
        )
        outputs = {"arn": entry.get("SubscriptionArn", ""), "confirmed": True}
        return Live(resource, outputs, unread=_MEMBERS.unread(attributes))

    def _attributes(self, subscription: str) -> Mapping[str, str] | None:
        if not subscription.startswith("arn:"):  # the words "PendingConfirmation" stand in its place
            return {"PendingConfirmation": "true"}
        answer: GetSubscriptionAttributesResponseTypeDef | None = self.world.find(
            "sns", "GetSubscriptionAttributes", SubscriptionArn=subscription
        )
        # The list can be ahead of the attributes, when the topic was made anew under the same name.
        return answer.get("Attributes", {}) if answer else None

    def create(self, want: SnsSubscription) -> Steps:
        attributes = {key: value for key, value in _wire(want, want.attributes()).items() if value not in (None, "{}")}
        if not want.filter_policy:
            attributes.pop("FilterPolicyScope", None)
        answer = yield self.call(
            "Subscribe",
            TopicArn=want.topic,
            Protocol=want.protocol,
            Endpoint=want.endpoint,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        yield Remember({"arn": answer["SubscriptionArn"]})

    def update(self, want: SnsSubscription, live: Live[SnsSubscription], changed: frozenset[str]) -> Steps:
        values = _wire(want, changed)
        # A nested policy is only valid under the scope MessageBody, a flat one is valid under both.
        order = sorted(
            values, key=lambda key: (key == "FilterPolicyScope") != (want.filter_policy_scope == "MessageBody")
        )
        for key in order:
            yield self._set(live, key, values[key])

    def _set(self, live: Live[SnsSubscription], key: str, value: str | None) -> Call:
        return self.call(
            "SetSubscriptionAttributes",
            SubscriptionArn=live.outputs["arn"],
            AttributeName=key,
            AttributeValue=value,
        )

    def delete(self, live: Live[SnsSubscription]) -> Steps:
        if "arn" in live.outputs:
            yield self.call("Unsubscribe", SubscriptionArn=live.outputs["arn"])

    def held_back(self, record: Record) -> str | None:
        return "expired without being confirmed" if record.outputs.get("confirmed") is False else None


def _endpoint(shown: str, item: Sought[SnsSubscription]) -> str:
    """The endpoint that SNS shows as ``shown``: the declared one, if SNS would show it like that.

    What is on record as a secret is one, also where nobody declares any more that it is.
    """
    want = item.want
    if want is not None and isinstance(want.endpoint, str) and as_shown(want.endpoint) == shown:
        return want.endpoint
    if _PASSWORD.search(shown):
        unseen: str = UNSEEN
        return unseen
    return Hidden(shown) if is_stamp(item.last("endpoint")) and conceal_endpoint(shown) == shown else shown


def _wire(want: SnsSubscription, names: Collection[str]) -> dict[str, str | None]:
    """SNS's own words. A redrive or delivery policy is removed by sending no value, a filter policy by ``{}``."""
    values: dict[str, str | None] = {}
    for name, key in _ATTRIBUTES.items():
        if name in names:
            value = getattr(want, name)
            if isinstance(value, dict):
                values[key] = to_json(value) if value or name == "filter_policy" else None
            else:
                values[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return values
