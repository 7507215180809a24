"""An SQS queue. All its attributes are text on the wire, and one call changes any number of them.

Its URL is not for taking apart; AWS gives it for the name. A name stays locked for 60 s after a deletion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from provisioner.aws.arns import arn
from provisioner.aws.policies import canonical_json, canonical_policy, to_json
from provisioner.aws.tags import retag
from provisioner.engine.model import Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Remember, Steps

_NUMBERS = {
    "retention_seconds": "MessageRetentionPeriod",
    "visibility_timeout_seconds": "VisibilityTimeout",
    "delay_seconds": "DelaySeconds",
    "receive_wait_seconds": "ReceiveMessageWaitTimeSeconds",
    "max_message_bytes": "MaximumMessageSize",
    "kms_reuse_seconds": "KmsDataKeyReusePeriodSeconds",
}
_DOCUMENTS = {"policy": "Policy", "redrive": "RedrivePolicy", "redrive_allow": "RedriveAllowPolicy"}


def _redrive(document: Any) -> dict[str, Any]:
    parsed = canonical_json(document)  # the count must be sent as a number, and older queues hold it as text
    if isinstance(parsed.get("maxReceiveCount"), str):
        parsed["maxReceiveCount"] = int(parsed["maxReceiveCount"])
    return parsed


def _redrive_allow(document: Any) -> dict[str, Any]:
    parsed = canonical_json(document)
    return {} if parsed == {"redrivePermission": "allowAll"} else parsed  # which is what no policy means


@dataclass(frozen=True, kw_only=True)
class SqsQueue(Resource):
    """A standard queue, encrypted with ``kms_key`` (an ARN). Times in seconds, sizes in bytes."""

    kind: ClassVar[str] = "sqs_queue"
    identity = ("created",)
    naming = Naming("queue", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 80, dimensions=("QueueName",))
    arn = Output()
    url = Output()
    kms_key: Any = attr("")
    policy: Any = attr({}, normal=canonical_policy)
    redrive: Any = attr({}, normal=_redrive)
    redrive_allow: Any = attr({}, normal=_redrive_allow)
    retention_seconds: int = attr(345_600)
    visibility_timeout_seconds: int = attr(30)
    delay_seconds: int = attr(0)
    receive_wait_seconds: int = attr(0)
    max_message_bytes: int = attr(262_144)
    kms_reuse_seconds: int = attr(300)
    tags: dict[str, str] = attr({})


class SqsQueueReconciler(Reconciler[SqsQueue]):
    resource = SqsQueue
    service = "sqs"

    def read(self, sought: Sequence[Sought[SqsQueue]], memo: Memo) -> dict[Address, Live[SqsQueue]]:
        lives = self.world.each(lambda item: self._read_one(item, memo), sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[SqsQueue], memo: Memo) -> Live[SqsQueue] | None:
        recorded = item.record.outputs.get("url") if item.record else None
        url, attributes = recorded, self._attributes(recorded) if recorded else None
        if attributes is None:
            named = self.world.find("sqs", "GetQueueUrl", QueueName=item.address.name)
            url = named["QueueUrl"] if named else None
            attributes = self._attributes(url) if url else None
        if attributes is None:
            return None
        numbers = {name: int(attributes[key]) for name, key in _NUMBERS.items() if key in attributes}
        resource = SqsQueue(
            name=item.address.name,
            kms_key=attributes.get("KmsMasterKeyId", ""),
            policy=attributes.get("Policy", ""),
            redrive=attributes.get("RedrivePolicy", ""),
            redrive_allow=attributes.get("RedriveAllowPolicy", ""),
            tags=memo.tags(attributes["QueueArn"], item.want, lambda: self._tags(url)),
            **numbers,  # type: ignore[arg-type]  # every value is an int, and so is every field of _NUMBERS
        )
        return Live(
            resource, {"arn": attributes["QueueArn"], "url": url, "created": attributes.get("CreatedTimestamp")}
        )

    def _attributes(self, url: Any) -> dict[str, str] | None:
        answer = self.world.find("sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])
        return dict(answer["Attributes"]) if answer else None

    def _tags(self, url: Any) -> dict[str, str]:
        return dict((self.world.find("sqs", "ListQueueTags", QueueUrl=url) or {}).get("Tags", {}))

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

    def predict(self, want: SqsQueue) -> dict[str, Any]:
        return {"name": want.name, "arn": arn(self.scope, "sqs", want.name)}


def _wire(want: SqsQueue, names: Any) -> dict[str, str]:
    """The attributes ``names`` as SQS takes them; empty text removes one."""
    attributes = {key: str(getattr(want, name)) for name, key in _NUMBERS.items() if name in names}
    for name, key in _DOCUMENTS.items():
        if name in names:
            attributes[key] = to_json(getattr(want, name)) if getattr(want, name) else ""
    if "kms_key" in names:
        attributes["KmsMasterKeyId"] = str(want.kms_key)
    return attributes
