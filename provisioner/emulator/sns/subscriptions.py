"""SNS subscriptions, of which those by mail and HTTP wait for somebody to confirm them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.sns.attributes import changed, check_endpoint, check_same
from provisioner.emulator.sns.model import SubscriptionFacts, Topics, effective_delivery_policy, invalid

if TYPE_CHECKING:
    from types_boto3_sns import type_defs as aws

api = Api()

_PAGE = 100
_ASKED = ("email", "email-json", "http", "https")


@api.operation("Subscribe")
def subscribe(call: ApiCall[aws.SubscribeInputTypeDef]) -> Answer:
    params = call.params
    topic = call.store(Topics).find(params["TopicArn"])
    protocol, endpoint = params["Protocol"], params.get("Endpoint", "")
    check_endpoint(protocol, endpoint)
    if protocol == "sqs" and endpoint.endswith(".fifo") and not topic.arn.endswith(".fifo"):
        raise invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )
    given = params.get("Attributes", {})
    attributes = changed({}, given, protocol, topic.arn)
    subscription = topic.subscription(protocol, endpoint)
    if subscription is None:
        # An endpoint of the topic's own account needs no confirmation.
        pending = protocol in _ASKED or (protocol in ("sqs", "lambda") and endpoint.split(":")[4] != call.account)
        subscription = SubscriptionFacts(f"{topic.arn}:{uuid.uuid4()}", protocol, endpoint, attributes, pending)
        topic.subscriptions[subscription.arn] = subscription
    else:
        check_same(subscription.attributes, attributes, given)
    shown = not subscription.pending or params.get("ReturnSubscriptionArn")
    return {"SubscriptionArn": subscription.arn if shown else "pending confirmation"}


@api.operation("ConfirmSubscription")
def confirm_subscription(call: ApiCall[aws.ConfirmSubscriptionInputTypeDef]) -> Answer:
    topic = call.store(Topics).find(call.params["TopicArn"])
    for subscription in topic.subscriptions.values():
        if subscription.token == call.params["Token"]:
            subscription.pending = False
            return {"SubscriptionArn": subscription.arn}
    raise invalid("Token")


def decide(world: EmulatedWorld, body: Mapping[str, Any]) -> dict[str, str]:
    """What a person does with the mail that asks for confirmation, or does not do for three days: the ``action`` of
    ``body`` is ``confirm`` or ``expire``, for the ``endpoint`` of a ``topic``'s ARN.

    Returns the ARN of the subscription. Raises ApiRefusal when the topic has no pending one of that endpoint, and
    ValueError for another action.
    """
    endpoint, action = body["endpoint"], body["action"]
    _, _, _, region, account, _ = body["topic"].split(":")
    topic = world.store(Topics, Place(account, region)).find(body["topic"])
    for subscription in topic.subscriptions.values():
        if subscription.endpoint == endpoint and subscription.pending:
            break
    else:
        raise ApiRefusal("NotFound", f"No pending subscription of {endpoint}")
    if action == "confirm":
        subscription.pending = False
    elif action == "expire":
        del topic.subscriptions[subscription.arn]
    else:
        raise ValueError(f"action must be confirm or expire, not {action}")
    return {"SubscriptionArn": subscription.arn}


@api.operation("Unsubscribe")
def unsubscribe(call: ApiCall[aws.UnsubscribeInputTypeDef]) -> Answer:
    topics = call.store(Topics)
    try:
        subscription = topics.subscription(call.params["SubscriptionArn"])
    except ApiRefusal as refused:
        if refused.code == "NotFound":
            # Believed: unsubscribing again is no error, though the model has NotFound.
            return None
        raise
    if subscription.pending:
        raise invalid("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
    topic = topics.find(subscription.topic_arn)
    del topic.subscriptions[subscription.arn]
    topic.deleted += 1
    return None


@api.operation("GetSubscriptionAttributes")
def get_subscription_attributes(call: ApiCall[aws.GetSubscriptionAttributesInputTypeDef]) -> Answer:
    subscription = call.store(Topics).subscription(call.params["SubscriptionArn"])
    found = {
        "RawMessageDelivery": "false",
        **subscription.attributes,
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Protocol": subscription.protocol,
        "Endpoint": _shown(subscription.endpoint),
        "Owner": call.account,
        "SubscriptionPrincipal": f"arn:{call.place.partition}:iam::{call.account}:root",
        "PendingConfirmation": str(subscription.pending).lower(),
        "ConfirmationWasAuthenticated": str(subscription.protocol in ("sqs", "lambda")).lower(),
    }
    if "FilterPolicy" in found:
        found.setdefault("FilterPolicyScope", "MessageAttributes")
    else:
        # A scope without a policy is accepted, kept, and not shown.
        found.pop("FilterPolicyScope", None)
    if subscription.protocol in ("http", "https"):
        found["EffectiveDeliveryPolicy"] = subscription.attributes.get(
            "DeliveryPolicy", effective_delivery_policy("{}")
        )
    return {"Attributes": found}


@api.operation("SetSubscriptionAttributes")
def set_subscription_attributes(call: ApiCall[aws.SetSubscriptionAttributesInputTypeDef]) -> Answer:
    subscription = call.store(Topics).subscription(call.params["SubscriptionArn"])
    given = {call.params["AttributeName"]: call.params.get("AttributeValue")}
    subscription.attributes = changed(subscription.attributes, given, subscription.protocol, subscription.topic_arn)
    return None


@api.operation("ListSubscriptions")
def list_subscriptions(call: ApiCall[aws.ListSubscriptionsInputTypeDef]) -> Answer:
    found = [item for topic in call.store(Topics).by_arn.values() for item in topic.subscriptions.values()]
    return _listed(call, found, call.params.get("NextToken"))


@api.operation("ListSubscriptionsByTopic")
def list_subscriptions_by_topic(call: ApiCall[aws.ListSubscriptionsByTopicInputTypeDef]) -> Answer:
    topic = call.store(Topics).find(call.params["TopicArn"])
    return _listed(call, topic.subscriptions.values(), call.params.get("NextToken"))


def _shown(endpoint: str) -> str:
    """SNS hides the password in a URL."""
    return re.sub(r"^(https?://[^:/@]*):[^@/]*@", r"\1:****@", endpoint)


def _listed(call: AnyCall, found: Iterable[SubscriptionFacts], token: str | None) -> Answer:
    shown, more = page(found, lambda item: item.arn, token=token, size=_PAGE, bad_token=invalid("NextToken"))
    return {
        "Subscriptions": [
            {
                "SubscriptionArn": "PendingConfirmation" if item.pending else item.arn,
                "Owner": call.account,
                "Protocol": item.protocol,
                "Endpoint": _shown(item.endpoint),
                "TopicArn": item.topic_arn,
            }
            for item in shown
        ],
        "NextToken": more,
    }
