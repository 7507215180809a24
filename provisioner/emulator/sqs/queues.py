"""SQS queues and their attributes. moto keeps the messages, and redrives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.backends import get_backend
from moto.sqs.models import SQSBackend

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.world import Memory
from provisioner.emulator.iam.identities import Policy
from provisioner.emulator.sqs.attributes import SETTABLE, changed, effective

if TYPE_CHECKING:
    from types_boto3_sqs import type_defs as aws
    from types_boto3_sqs.literals import QueueAttributeNameType

api = Api()

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")
_READABLE = {
    *SETTABLE, "All", "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp",
    "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible",
}  # fmt: skip
# What moto must know of a queue to deliver its messages.
_FOR_MESSAGES = (
    "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)  # fmt: skip
_LISTED = 1000
_invalid = refusing("InvalidParameterValue")
_TAGGING = Tagging(reserved="InvalidParameterValue", too_many="InvalidParameterValue", members=None)
_NAME_LOCK = 60


@dataclass
class QueueSettings:
    """The switches of SQS."""

    queue_deleted_recently: bool = False
    """Refuse to create a queue within 60 seconds of its deletion, as AWS does."""


@dataclass
class QueueFacts:
    """What was set of a queue, as strings; times in whole epoch seconds."""

    attributes: dict[str, str]
    tags: dict[str, str]
    policy: Policy | None
    created: int
    modified: int


class Queues(Memory):
    """A place's queues by name, and when deleted names were."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, QueueFacts] = {}
        self.deleted: dict[str, float] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {self.place.arn("sqs", name): facts.tags for name, facts in self.by_name.items()}

    @property
    def live(self) -> SQSBackend:
        """moto's queues of the place."""
        found: SQSBackend = get_backend("sqs")[self.place.account][self.place.region]
        return found

    def name(self, url: str) -> str:
        """The name in a queue's URL. Raises QueueDoesNotExist unless the queue is this account's."""
        account, _, name = url.rpartition("/")
        if name not in self.by_name or account.rpartition("/")[2] != self.place.account:
            raise _missing()
        return name

    def put(self, name: str, facts: QueueFacts) -> None:
        """Remember a queue's attributes, and let moto know those that its messages obey."""
        self.by_name[name] = facts
        found = effective(facts.attributes)
        known: dict[str, str] = {member: found[member] for member in _FOR_MESSAGES}
        known["RedrivePolicy"] = found.get("RedrivePolicy", "")
        if name not in self.live.queues:
            names = ("FifoQueue", "ContentBasedDeduplication")
            fifo = {member: found[member] for member in names if member in found}
            self.live.create_queue(name, None, **fifo)
        self.live.set_queue_attributes(name, known)


def _missing() -> ApiRefusal:
    return ApiRefusal("QueueDoesNotExist", "The specified queue does not exist.")


@api.operation("CreateQueue")
def create_queue(call: ApiCall[aws.CreateQueueRequestTypeDef]) -> Answer:
    queues, params = call.store(Queues), call.params
    name, given = params["QueueName"], _texts(params.get("Attributes", {}))
    if not _NAME.fullmatch(name):
        raise _invalid("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    if (given.get("FifoQueue") == "true") != name.endswith(".fifo"):
        raise _invalid("The name of a FIFO queue can only end with the .fifo suffix.")
    attributes = changed({}, given, call.place, queues.by_name)
    if name in queues.by_name:
        _check_same(queues.by_name[name], attributes, given)
    else:
        now = call.world.now()
        since = now - queues.deleted.get(name, float("-inf"))
        if since < _NAME_LOCK and call.world.settings(QueueSettings).queue_deleted_recently:
            raise ApiRefusal(
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
            )
        tags = _TAGGING.merged({}, params.get("tags"))
        queues.put(name, QueueFacts(attributes, tags, _policy(attributes), int(now), int(now)))
    return {"QueueUrl": _url(call, name)}


def _texts(given: Mapping[QueueAttributeNameType, str]) -> dict[str, str]:
    """The same with names of any text: the client may have sent others than the model has."""
    return {str(name): value for name, value in given.items()}


def _policy(attributes: dict[str, str]) -> Policy | None:
    return Policy(attributes["Policy"]) if "Policy" in attributes else None


def _check_same(facts: QueueFacts, wanted: dict[str, str], given: dict[str, str]) -> None:
    live = effective(facts.attributes)
    for member in given:
        if live.get(member) != wanted.get(member):
            raise ApiRefusal(
                "QueueNameExists",
                f"A queue already exists with the same name and a different value for attribute {member}",
            )


def _url(call: AnyCall, name: str) -> str:
    return f"{call.host}/{call.account}/{name}"


@api.operation("GetQueueUrl")
def get_queue_url(call: ApiCall[aws.GetQueueUrlRequestTypeDef]) -> Answer:
    name = call.params["QueueName"]
    owner = call.params.get("QueueOwnerAWSAccountId", call.account)
    if name not in call.store(Queues).by_name or owner != call.account:
        raise _missing()
    return {"QueueUrl": _url(call, name)}


@api.operation("ListQueues")
def list_queues(call: ApiCall[aws.ListQueuesRequestTypeDef]) -> Answer:
    prefix, size = call.params.get("QueueNamePrefix", ""), call.params.get("MaxResults")
    shown, more = page(
        (name for name in call.store(Queues).by_name if name.startswith(prefix)),
        str,
        token=call.params.get("NextToken"),
        size=size or _LISTED,
        bad_token=_invalid("Invalid or expired next token."),
    )
    # Documented: without MaxResults there is no token, and no more than 1000 queues are shown.
    return {"QueueUrls": [_url(call, name) for name in shown] or None, "NextToken": more if size else None}


@api.operation("DeleteQueue")
def delete_queue(call: ApiCall[aws.DeleteQueueRequestTypeDef]) -> Answer:
    queues = call.store(Queues)
    name = queues.name(call.params["QueueUrl"])
    del queues.by_name[name]
    del queues.live.queues[name]
    queues.deleted[name] = call.world.now()
    return {}


@api.operation("GetQueueAttributes")
def get_queue_attributes(call: ApiCall[aws.GetQueueAttributesRequestTypeDef]) -> Answer:
    queues, wanted = call.store(Queues), call.params.get("AttributeNames", [])
    name = queues.name(call.params["QueueUrl"])
    if unknown := [item for item in wanted if item not in _READABLE]:
        raise ApiRefusal("InvalidAttributeName", f"Unknown Attribute {unknown[0]}.")
    found = _attributes(queues, name)
    chosen = {member: value for member, value in found.items() if "All" in wanted or member in wanted}
    return {"Attributes": chosen or None}


def _attributes(queues: Queues, name: str) -> dict[str, str]:
    facts, live = queues.by_name[name], queues.live.queues[name]
    found = {
        **effective(facts.attributes),
        "QueueArn": queues.place.arn("sqs", name),
        "CreatedTimestamp": str(facts.created),
        "LastModifiedTimestamp": str(facts.modified),
        "ApproximateNumberOfMessages": str(live.approximate_number_of_messages),
        "ApproximateNumberOfMessagesDelayed": str(live.approximate_number_of_messages_delayed),
        "ApproximateNumberOfMessagesNotVisible": str(live.approximate_number_of_messages_not_visible),
    }
    return {**found, "Policy": facts.policy.shown()} if facts.policy else found


@api.operation("SetQueueAttributes")
def set_queue_attributes(call: ApiCall[aws.SetQueueAttributesRequestTypeDef]) -> Answer:
    queues = call.store(Queues)
    name = queues.name(call.params["QueueUrl"])
    facts, given = queues.by_name[name], _texts(call.params["Attributes"])
    if given.get("FifoQueue", facts.attributes.get("FifoQueue")) != facts.attributes.get("FifoQueue"):
        raise ApiRefusal("InvalidAttributeName", "Unknown Attribute FifoQueue.")
    facts.attributes = changed(facts.attributes, given, call.place, queues.by_name)
    facts.modified = int(call.world.now())
    if "Policy" in given:
        facts.policy = _policy(facts.attributes)
    queues.put(name, facts)
    return {}


def _find(call: AnyCall, url: str) -> QueueFacts:
    queues = call.store(Queues)
    return queues.by_name[queues.name(url)]


_TAGGING.register(api, "QueueUrl", _find, tag="TagQueue", untag="UntagQueue", listing=None)


@api.operation("ListQueueTags")
def list_queue_tags(call: ApiCall[aws.ListQueueTagsRequestTypeDef]) -> Answer:
    return {"Tags": _find(call, call.params["QueueUrl"]).tags or None}
