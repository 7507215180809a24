"""An SNS subscription, known by topic, protocol and endpoint. It has no tags and belongs to its topic.

E-mail and https stay pending until somebody confirms. Meanwhile AWS shows no ARN and no attribute of them, and nothing
can remove them but time or the end of the topic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from provisioner.aws.arns import arn, last_part
from provisioner.aws.policies import canonical_json, to_json
from provisioner.engine.model import UNSEEN, Address, Parent, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Record, Sought
from provisioner.engine.steps import Call, Remember, Steps
from provisioner.resources._endpoints import conceal_endpoint, subscription_name


@dataclass(frozen=True, kw_only=True)
class SnsSubscription(Resource):
    """``endpoint`` hears of ``topic`` (an ARN) by ``protocol``. ``redrive`` is its own dead-letter queue."""

    kind: ClassVar[str] = "sns_subscription"
    parent = Parent("sns_topic", "topic", "arn", last_part)
    topic: Any = attr(immutable=True)
    protocol: str = attr(immutable=True)
    endpoint: Any = attr(immutable=True, conceal=conceal_endpoint)
    raw_delivery: bool = attr(False)
    redrive: Any = attr({}, normal=canonical_json)
    filter_policy: Any = attr({}, normal=canonical_json)
    filter_policy_scope: str = attr("MessageAttributes")
    delivery_policy: Any = attr({}, normal=canonical_json)


class SnsSubscriptionReconciler(Reconciler[SnsSubscription]):
    resource = SnsSubscription
    service = "sns"

    def read(self, sought: Sequence[Sought[SnsSubscription]], memo: Memo) -> dict[Address, Live[SnsSubscription]]:
        by_address = {item.address: item for item in sought}
        topics = sorted({item.address.name.split("/")[0] for item in sought})
        found = {}
        for topic, entries in zip(topics, self.world.each(self._entries, topics), strict=True):
            named = {
                Address("sns_subscription", subscription_name(topic, e["Protocol"], e["Endpoint"])): e for e in entries
            }
            for address, entry in named.items():
                if address not in by_address:
                    memo.foreign("subscription", topic, f"{entry['Protocol']} {conceal_endpoint(entry['Endpoint'])}")
            ours = [address for address in named if address in by_address]
            lives = self.world.each(lambda pair: self._live(*pair), [(address, named[address]) for address in ours])
            found.update({address: live for address, live in zip(ours, lives, strict=True) if live})
        return found

    def _entries(self, topic: str) -> list[dict[str, Any]]:
        listed = self.world.pages(
            "sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=arn(self.scope, "sns", topic)
        )
        return [entry for entry in listed if entry["SubscriptionArn"] != "Deleted"]

    def _live(self, address: Address, entry: dict[str, Any]) -> Live[SnsSubscription] | None:
        identity = {name: entry[name.capitalize()] for name in ("protocol", "endpoint")} | {"topic": entry["TopicArn"]}
        attributes: dict[str, Any] | None = {"PendingConfirmation": "true"}
        if entry["SubscriptionArn"].startswith("arn:"):
            # The list can be ahead of the attributes, when the topic was made anew under the same name.
            answer = self.world.find("sns", "GetSubscriptionAttributes", SubscriptionArn=entry["SubscriptionArn"])
            attributes = answer["Attributes"] if answer else None
        if attributes is None:
            return None
        if attributes.get("PendingConfirmation") == "true":
            unseen: dict[str, Any] = dict.fromkeys(_ATTRIBUTES, UNSEEN)
            resource = SnsSubscription(name=address.name, **identity, **unseen)
            return Live(resource, {"confirmed": False}, notes=("waits for its receiver to confirm it",))
        resource = SnsSubscription(
            name=address.name,
            raw_delivery=str(attributes.get("RawMessageDelivery", "false")).lower() == "true",
            redrive=attributes.get("RedrivePolicy", ""),
            filter_policy=attributes.get("FilterPolicy", ""),
            # SNS keeps the last scope of a filter policy that was removed.
            filter_policy_scope=(attributes.get("FilterPolicy") and attributes.get("FilterPolicyScope")) or _SCOPE,
            delivery_policy=attributes.get("DeliveryPolicy", ""),
            **identity,
        )
        return Live(resource, {"arn": entry["SubscriptionArn"], "confirmed": True})

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


_SCOPE = "MessageAttributes"
_ATTRIBUTES = {
    "raw_delivery": "RawMessageDelivery",
    "redrive": "RedrivePolicy",
    "filter_policy": "FilterPolicy",
    "filter_policy_scope": "FilterPolicyScope",
    "delivery_policy": "DeliveryPolicy",
}


def _wire(want: SnsSubscription, names: Any) -> dict[str, str | None]:
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
