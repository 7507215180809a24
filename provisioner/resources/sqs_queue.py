"""An SQS queue. All its attributes are text on the wire, and one call changes any number of them.

Its URL must not be put together from the name; AWS is asked for it. A name stays locked for 60 s after a deletion.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_json, canonical_policy, parse_json, to_json
from provisioner.aws.tags import retag
from provisioner.aws.texts import whole_number
from provisioner.engine.model import Address, Naming, Output, Resource, Value, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Remember, Steps

if TYPE_CHECKING:
    from types_boto3_sqs.literals import QueueAttributeNameType
    from types_boto3_sqs.type_defs import (
        GetQueueAttributesResultTypeDef,
        GetQueueUrlResultTypeDef,
        ListQueueTagsResultTypeDef,
    )

_MESSAGES: tuple[QueueAttributeNameType, ...] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_NUMBERS = {
    "retention_seconds": "MessageRetentionPeriod",
    "visibility_timeout_seconds": "VisibilityTimeout",
    "delay_seconds": "DelaySeconds",
    "receive_wait_seconds": "ReceiveMessageWaitTimeSeconds",
    "max_message_bytes": "MaximumMessageSize",
    "kms_reuse_seconds": "KmsDataKeyReusePeriodSeconds",
}
_DOCUMENTS = {"policy": "Policy", "redrive": "RedrivePolicy", "redrive_allow": "RedriveAllowPolicy"}
_MEMBERS = Members(
    "sqs",
    "QueueAttributeMap",
    read=" ".join(
        ["QueueArn", "CreatedTimestamp", "KmsMasterKeyId", *_MESSAGES, *_NUMBERS.values(), *_DOCUMENTS.values()]
    ),
    idle="LastModifiedTimestamp",
    usual={"FifoQueue": "false", "ContentBasedDeduplication": "false", "SqsManagedSseEnabled": "true"},
)


def _redrive(document: Document) -> Document:
    count = document.get("maxReceiveCount")
    # The count must be sent as a number, and older queues hold it as text.
    return canonical_json({**document, "maxReceiveCount": whole_number(count) if isinstance(count, str) else count})


def _redrive_allow(document: Document) -> Document:
    plain = canonical_json(document)
    return {} if plain == {"redrivePermission": "allowAll"} else plain  # which is what no policy means


@dataclass(frozen=True, kw_only=True)
class SqsQueue(Resource):
    """A standard queue, encrypted with ``kms_key`` (an ARN). Times in seconds, sizes in bytes."""

    kind: ClassVar[str] = "sqs_queue"
    identity = ("created",)
    stands_on = ("kms_key", "redrive")
    naming = Naming("queue", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 80, dimensions=("QueueName",))
    arn = Output()
    url = Output()
    kms_key: Value[str] = attr("")
    policy: Document = attr({}, normal=canonical_policy, grants=True)
    redrive: Document = attr({}, normal=_redrive)
    redrive_allow: Document = attr({}, normal=_redrive_allow)
    retention_seconds: int = attr(345_600)
    visibility_timeout_seconds: int = attr(30)
    delay_seconds: int = attr(0)
    receive_wait_seconds: int = attr(0)
    max_message_bytes: int = attr(1_048_576)
    kms_reuse_seconds: int = attr(300)
    tags: dict[str, str] = attr({})


class SqsQueueReconciler(Reconciler[SqsQueue]):
    resource = SqsQueue
    service = "sqs"
    answers = (_MEMBERS,)
    precious = True

    def read(self, sought: Sequence[Sought[SqsQueue]], memo: Memo) -> dict[Address, Live[SqsQueue]]:
        lives = self.world.each(lambda item: self._read_one(item, memo), sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[SqsQueue], memo: Memo) -> Live[SqsQueue] | None:
        url: str = item.record.outputs.get("url", "") if item.record else ""
        attributes = self._attributes(url)
        if attributes is None and url and item.removed:
            return None
        # The URL on record may lead to another queue: somebody can have edited the state.
        if attributes is None or attributes.get("QueueArn") != self._arn(item.address.name):
            url = self._url(item.address.name)
            attributes = self._attributes(url)
        if attributes is None:
            return None
        queue = attributes.get("QueueArn") or self._arn(item.address.name)
        resource = SqsQueue(
            name=item.address.name,
            kms_key=attributes.get("KmsMasterKeyId", ""),
            policy=parse_json(attributes.get("Policy")),
            redrive=parse_json(attributes.get("RedrivePolicy")),
            redrive_allow=parse_json(attributes.get("RedriveAllowPolicy")),
            retention_seconds=whole_number(attributes.get("MessageRetentionPeriod", 345_600)),
            visibility_timeout_seconds=whole_number(attributes.get("VisibilityTimeout", 30)),
            delay_seconds=whole_number(attributes.get("DelaySeconds", 0)),
            receive_wait_seconds=whole_number(attributes.get("ReceiveMessageWaitTimeSeconds", 0)),
            max_message_bytes=whole_number(attributes.get("MaximumMessageSize", 1_048_576)),
            kms_reuse_seconds=whole_number(attributes.get("KmsDataKeyReusePeriodSeconds", 300)),
            tags=memo.tags(queue, item, lambda: self._tags(url)),
        )
        messages = sum(whole_number(attributes.get(key, 0)) for key in _MESSAGES)
        outputs = {"arn": queue, "url": url, "created": attributes.get("CreatedTimestamp")}
        unread = _MEMBERS.unread(dict[str, object](attributes.items()))
        if resource.kms_key:
            unread.pop("SqsManagedSseEnabled", None)  # which a key of one's own turns off
        return Live(resource, outputs, {"messages": messages}, unread=unread)

    def _url(self, name: str) -> str:
        answer: GetQueueUrlResultTypeDef | None = self.world.find("sqs", "GetQueueUrl", QueueName=name)
        return answer["QueueUrl"] if answer else ""

    def _attributes(self, url: str) -> dict[QueueAttributeNameType, str] | None:
        if not url:
            return None
        answer: GetQueueAttributesResultTypeDef | None = self.world.find(
            "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"]
        )
        return answer["Attributes"] if answer else None

    def _tags(self, url: str) -> dict[str, str]:
        answer: ListQueueTagsResultTypeDef | None = self.world.find("sqs", "ListQueueTags", QueueUrl=url)
        return answer.get("Tags", {}) if answer else {}

    def losses(self, going: Sequence[Live[SqsQueue]], memo: Memo) -> dict[Address, str]:
        return {live.resource.address: _contents(live) for live in going if live.facts["messages"]}

    def spoils(self, want: SqsQueue, live: Live[SqsQueue], changed: frozenset[str]) -> dict[str, str]:
        shorter = "retention_seconds" in changed and want.retention_seconds < live.resource.retention_seconds
        if not shorter or not live.facts["messages"]:
            return {}
        return {"retention_seconds": f"messages older than {want.retention_seconds} s would expire ({_contents(live)})"}

    def create(self, want: SqsQueue) -> Steps:
        attributes = {key: value for key, value in _wire(want, want.attributes()).items() if value != ""}
        queue = yield self.call("CreateQueue", QueueName=want.name, Attributes=attributes, tags=want.tags)
        yield Remember({"url": queue["QueueUrl"]})

    def update(self, want: SqsQueue, live: Live[SqsQueue], changed: frozenset[str]) -> Steps:
        url = live.outputs["url"]
        attributes = _wire(want, changed)
        if attributes:
            yield self.call("SetQueueAttributes", QueueUrl=url, Attributes=attributes)
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagQueue", QueueUrl=url, TagKeys=keys),
                lambda tags: self.call("TagQueue", QueueUrl=url, Tags=tags),
            )

    def delete(self, live: Live[SqsQueue]) -> Steps:
        yield self.call("DeleteQueue", QueueUrl=live.outputs["url"])

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "sqs")

    def predict(self, want: SqsQueue) -> dict[str, str]:
        return {"name": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "sqs", name)


def _wire(want: SqsQueue, names: Collection[str]) -> dict[str, str]:
    """The attributes ``names`` as SQS takes them; empty text removes one."""
    attributes = {key: str(getattr(want, name)) for name, key in _NUMBERS.items() if name in names}
    for name, key in _DOCUMENTS.items():
        if name in names:
            attributes[key] = to_json(getattr(want, name)) if getattr(want, name) else ""
    if "kms_key" in names:
        attributes["KmsMasterKeyId"] = str(want.kms_key)
    return attributes


def _contents(live: Live[SqsQueue]) -> str:
    """What a queue holds, for a person. SQS counts approximately."""
    return f"about {live.facts['messages']} messages"
