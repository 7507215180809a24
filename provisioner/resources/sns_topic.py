"""An SNS topic. Creation takes all attributes at once, an update one attribute a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_json, canonical_policy, parse_json, to_json
from provisioner.aws.tags import retag, tag_list, tag_map
from provisioner.engine.model import Address, Naming, Output, Resource, Value, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought, changed_tags
from provisioner.engine.steps import Call, Steps
from provisioner.resources.shared.topics import topic_attributes

if TYPE_CHECKING:
    from types_boto3_sns.type_defs import ListTagsForResourceResponseTypeDef


@dataclass(frozen=True, kw_only=True)
class SnsTopic(Resource):
    """A standard topic, encrypted with ``kms_key`` (an ARN)."""

    kind: ClassVar[str] = "sns_topic"
    identity = ("arn",)
    stands_on = ("kms_key",)
    naming = Naming("topic", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 256, dimensions=("TopicName",))
    arn = Output()
    display_name: str = attr("")
    kms_key: Value[str] = attr("")
    policy: Document = attr(normal=canonical_policy, grants=True)
    delivery_policy: Document = attr({}, normal=canonical_json)
    tracing: str = attr("PassThrough")
    signature_version: str = attr("1")
    feedback: dict[str, str] = attr({})
    tags: dict[str, str] = attr({})


_ATTRIBUTES = {
    "display_name": "DisplayName",
    "kms_key": "KmsMasterKeyId",
    "policy": "Policy",
    "delivery_policy": "DeliveryPolicy",
    "tracing": "TracingConfig",
    "signature_version": "SignatureVersion",
}
_MEMBERS = Members(
    "sns",
    "TopicAttributesMap",
    read=" ".join(_ATTRIBUTES.values()),
    idle="TopicArn Owner SubscriptionsConfirmed SubscriptionsPending SubscriptionsDeleted EffectiveDeliveryPolicy",
    usual={"FifoTopic": "false", "ContentBasedDeduplication": "false"},
)


class SnsTopicReconciler(Reconciler[SnsTopic]):
    resource = SnsTopic
    service = "sns"
    answers = (_MEMBERS,)
    precious = True

    def read(self, sought: Sequence[Sought[SnsTopic]], memo: Memo) -> dict[Address, Live[SnsTopic]]:
        lives = self.world.each(lambda item: self._read_one(item, memo), sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[SnsTopic], memo: Memo) -> Live[SnsTopic] | None:
        topic = self._arn(item.address.name)
        attributes = topic_attributes(self.world, memo, topic)
        if attributes is None:
            return None
        feedback = {key: value for key, value in attributes.items() if "Feedback" in key}
        resource = SnsTopic(
            name=item.address.name,
            display_name=attributes.get("DisplayName", ""),
            kms_key=attributes.get("KmsMasterKeyId", ""),
            policy=parse_json(attributes.get("Policy")),
            delivery_policy=parse_json(attributes.get("DeliveryPolicy")),
            tracing=attributes.get("TracingConfig") or "PassThrough",
            signature_version=attributes.get("SignatureVersion") or "1",
            feedback={key: value for key, value in feedback.items() if value not in ("", "0", None)},
            tags=memo.tags(topic, item, lambda: self._tags(topic)),
        )
        unread = _MEMBERS.unread({key: value for key, value in attributes.items() if key not in feedback})
        return Live(resource, {"arn": topic}, unread=unread)

    def _tags(self, topic: str) -> dict[str, str]:
        answer: ListTagsForResourceResponseTypeDef | None = self.world.find(
            "sns", "ListTagsForResource", ResourceArn=topic
        )
        return tag_map(answer.get("Tags", ())) if answer else {}

    def create(self, want: SnsTopic) -> Steps:
        unset = SnsTopic(name=want.name, policy={})
        attributes = _wire(want, [name for name in want.attributes() if getattr(want, name) != getattr(unset, name)])
        yield self.call("CreateTopic", Name=want.name, Attributes=attributes, Tags=tag_list(want.tags))
        for key, value in want.feedback.items():  # not among the attributes that creation takes
            yield self._set(want.name, key, value)

    def update(self, want: SnsTopic, live: Live[SnsTopic], changed: frozenset[str]) -> Steps:
        topic = live.outputs["arn"]
        for key, value in _wire(want, changed).items():
            yield self._set(want.name, key, value)
        if "feedback" in changed:
            put, drop = changed_tags(want.feedback, live.resource.feedback)
            unset = {key: "0" if key.endswith("SampleRate") else "" for key in drop}
            for key, value in {**unset, **put}.items():
                yield self._set(want.name, key, value)
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", ResourceArn=topic, TagKeys=keys),
                lambda tags: self.call("TagResource", ResourceArn=topic, Tags=tag_list(tags)),
            )

    def delete(self, live: Live[SnsTopic]) -> Steps:
        yield self.call("DeleteTopic", TopicArn=live.outputs["arn"])

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "sns")

    def predict(self, want: SnsTopic) -> dict[str, str]:
        return {"name": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "sns", name)

    def _set(self, name: str, key: str, value: str) -> Call:
        return self.call("SetTopicAttributes", TopicArn=self._arn(name), AttributeName=key, AttributeValue=value)


def _wire(want: SnsTopic, names: Collection[str]) -> dict[str, str]:
    values = {key: getattr(want, name) for name, key in _ATTRIBUTES.items() if name in names}
    return {key: to_json(value) if isinstance(value, dict) else str(value) for key, value in values.items()}
