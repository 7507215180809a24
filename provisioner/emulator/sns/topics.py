"""SNS topics: their attributes, policies and tags."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import BadPolicy, Statement, listed, statements
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.iam.identities import Policy, unknown_principal
from provisioner.emulator.sns.model import Topic, Topics, effective_delivery_policy, invalid

if TYPE_CHECKING:
    from types_boto3_sns import type_defs as aws

api = Api()

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo")
_PAGE = 100
_TAGGING = Tagging(reserved="InvalidParameter", too_many="TagLimitExceeded")
_WORDS = {
    "TracingConfig": ("Active", "PassThrough"),
    "SignatureVersion": ("1", "2"),
    "FifoTopic": ("true", "false"),
    "ContentBasedDeduplication": ("true", "false"),
    "FifoThroughputScope": ("Topic", "MessageGroup"),
}
_FEEDBACK = re.compile(
    r"(Application|Firehose|HTTP|Lambda|SQS)(SuccessFeedback(RoleArn|SampleRate)|FailureFeedbackRoleArn)"
)
_OTHERS = {"DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "Policy", "ArchivePolicy", "MaximumMessageSize"}
_OWNER_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish", "Receive",
)  # fmt: skip
_POLICY_BYTES = 30_720
_DISPLAY_NAME = 100


def default_policy(place: Place, arn: str) -> str:
    """The policy of a topic that was given none: its owner may do everything."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OWNER_ACTIONS],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": place.account}},
    }
    document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return json.dumps(document, separators=(",", ":"))


def _check(name: str, value: str) -> None:
    if name not in _WORDS and name not in _OTHERS and not _FEEDBACK.fullmatch(name):
        raise invalid("AttributeName")
    if name in _WORDS and value not in _WORDS[name]:
        raise invalid(f"{name} Reason: {value} is not one of {', '.join(_WORDS[name])}")
    if name.endswith("SampleRate") and not (value.isdigit() and int(value) <= 100):
        raise invalid(f"{name} Reason: a percentage between 0 and 100 is required")
    if name.endswith("RoleArn") and value and not re.match(r"arn:aws[a-z-]*:iam::", value):
        raise invalid(f"{name} Reason: {value} is not the ARN of a role")
    if name == "DisplayName" and len(value) > _DISPLAY_NAME:
        raise invalid("DisplayName: Invalid display name")
    if name == "DeliveryPolicy" and value:
        effective_delivery_policy(value)


def _policy(text: str, place: Place) -> Policy:
    if len(text.encode()) > _POLICY_BYTES:
        raise invalid("Policy Error: the policy is larger than 30 KB")
    try:
        found = statements(text)
    except BadPolicy as problem:
        raise invalid(f"Policy Error: {problem}") from problem
    if unknown_principal(found, place.account) is not None:
        raise invalid("Policy Error: PrincipalNotFound")
    for statement in found:
        for action in listed(statement.get("Action")):
            # Believed: a topic's policy takes these actions one by one, and no wildcard.
            if action.lower().removeprefix("sns:") not in {name.lower() for name in _OWNER_ACTIONS}:
                raise invalid("Policy statement action out of service scope!")
        if len(listed(statement.get("Resource"))) != 1:
            raise invalid("Policy statement must apply to a single resource")
        _spell_accounts(statement, place.partition)
    document = {**json.loads(text), "Statement": found}
    return Policy(json.dumps(document, separators=(",", ":")))


def _spell_accounts(statement: Statement, partition: str) -> None:
    """AWS returns an account id among the principals as the ARN of its root."""
    principal = statement.get("Principal")
    if isinstance(principal, dict) and "AWS" in principal:
        names = [f"arn:{partition}:iam::{name}:root" if name.isdigit() else name for name in listed(principal["AWS"])]
        principal["AWS"] = names if len(names) > 1 else names[0]


@api.operation("CreateTopic")
def create_topic(call: ApiCall[aws.CreateTopicInputTypeDef]) -> Answer:
    topics, params = call.store(Topics), call.params
    name, given = params["Name"], params.get("Attributes", {})
    if not _NAME.fullmatch(name) or (given.get("FifoTopic") == "true") != name.endswith(".fifo"):
        raise invalid("Topic Name")
    for member, value in given.items():
        _check(member, value)
    arn = call.place.arn("sns", name)
    policy = _policy(given["Policy"], call.place) if given.get("Policy") else Policy(default_policy(call.place, arn))
    wanted = Topic(
        name,
        arn,
        policy,
        {member: value for member, value in given.items() if member != "Policy" and value != ""},
        _TAGGING.merged({}, params.get("Tags")),
    )
    existing = topics.by_arn.get(arn)
    if existing is None:
        topics.by_arn[arn] = wanted
        return {"TopicArn": arn}
    if any(existing.attributes.get(member, "") != given[member] for member in given if member != "Policy") or (
        given.get("Policy") and existing.policy.text != policy.text
    ):
        raise invalid("Attributes Reason: Topic already exists with different attributes")
    if "Tags" in params and existing.tags != wanted.tags:
        raise invalid("Tags Reason: Topic already exists with different tags")
    return {"TopicArn": arn}


@api.operation("GetTopicAttributes")
def get_topic_attributes(call: ApiCall[aws.GetTopicAttributesInputTypeDef]) -> Answer:
    topic = call.store(Topics).find(call.params["TopicArn"])
    pending = sum(item.pending for item in topic.subscriptions.values())
    return {
        "Attributes": {
            "DisplayName": "",
            **topic.attributes,
            "TopicArn": topic.arn,
            "Owner": call.account,
            "Policy": topic.policy.shown(),
            "SubscriptionsPending": str(pending),
            "SubscriptionsConfirmed": str(len(topic.subscriptions) - pending),
            "SubscriptionsDeleted": str(topic.deleted),
            "EffectiveDeliveryPolicy": effective_delivery_policy(topic.attributes.get("DeliveryPolicy", "{}")),
        }
    }


@api.operation("SetTopicAttributes")
def set_topic_attributes(call: ApiCall[aws.SetTopicAttributesInputTypeDef]) -> Answer:
    topic = call.store(Topics).find(call.params["TopicArn"])
    name, value = call.params["AttributeName"], call.params.get("AttributeValue", "")
    _check(name, value)
    if name == "FifoTopic":
        raise invalid("AttributeName")
    if name == "Policy":
        topic.policy = _policy(value, call.place)
    elif value == "":
        topic.attributes.pop(name, None)
    else:
        topic.attributes[name] = value
    return None


@api.operation("ListTopics")
def list_topics(call: ApiCall[aws.ListTopicsInputTypeDef]) -> Answer:
    shown, more = page(
        call.store(Topics).by_arn, str, token=call.params.get("NextToken"), size=_PAGE, bad_token=invalid("NextToken")
    )
    return {"Topics": [{"TopicArn": arn} for arn in shown], "NextToken": more}


@api.operation("DeleteTopic")
def delete_topic(call: ApiCall[aws.DeleteTopicInputTypeDef]) -> Answer:
    # Documented: deleting a topic that is not there is no error, and its subscriptions go with it.
    call.store(Topics).by_arn.pop(call.params["TopicArn"], None)
    return None


def _tagged(call: AnyCall, arn: str) -> Topic:
    return call.store(Topics).tagged(arn)


_TAGGING.register(api, "ResourceArn", _tagged)
