"""Examples of queues, topics and subscriptions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from provisioner.resources.sns_subscription import SnsSubscription
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue
from tests.resources.keys import KEY, key_arn
from tests.resources.naming import ACCOUNT, allow, arn, policy, tags
from tests.resources.shapes import Client, Drift, Example, Other

QUEUE = SqsQueue(name="orders", retention_seconds=86_400, tags=tags("sqs_queue", "orders"))
DEAD = SqsQueue(name="orders-dead", tags=tags("sqs_queue", "orders-dead"))
ENCRYPTED = replace(QUEUE, kms_key=KEY.arn)
SEND = policy(allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", arn("sqs", "orders")))
REDRIVE = {"deadLetterTargetArn": arn("sqs", "orders-dead"), "maxReceiveCount": 5}
BY_QUEUE = {"redrivePermission": "byQueue", "sourceQueueArns": [arn("sqs", "orders-dead")]}


def url(aws: Client, name: str = "orders") -> str:
    return str(aws("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _queue(**attributes: Any) -> Drift:
    def drift(aws: Client) -> object:
        values = {key: value(aws) if callable(value) else value for key, value in attributes.items()}
        return aws("sqs").set_queue_attributes(QueueUrl=url(aws), Attributes=values)

    return drift


def _queue_number(value: int, key: str) -> Other:
    return Other(value, _queue(**{key: str(value)}), "SetQueueAttributes")


SQS_QUEUE = Example(
    QUEUE,
    {
        "kms_key": Other(KEY.arn, _queue(KmsMasterKeyId=key_arn), "SetQueueAttributes", also=(KEY,)),
        "policy": Other(SEND, _queue(Policy=json.dumps(SEND)), "SetQueueAttributes"),
        "redrive": Other(REDRIVE, _queue(RedrivePolicy=json.dumps(REDRIVE)), "SetQueueAttributes", also=(DEAD,)),
        "redrive_allow": Other(BY_QUEUE, _queue(RedriveAllowPolicy=json.dumps(BY_QUEUE)), "SetQueueAttributes"),
        "retention_seconds": _queue_number(3600, "MessageRetentionPeriod"),
        "visibility_timeout_seconds": _queue_number(60, "VisibilityTimeout"),
        "delay_seconds": _queue_number(5, "DelaySeconds"),
        "receive_wait_seconds": _queue_number(20, "ReceiveMessageWaitTimeSeconds"),
        "max_message_bytes": _queue_number(1024, "MaximumMessageSize"),
        "kms_reuse_seconds": replace(_queue_number(600, "KmsDataKeyReusePeriodSeconds"), on=ENCRYPTED),
        "tags": Other(
            {**QUEUE.tags, "Team": "billing"},
            lambda aws: aws("sqs").tag_queue(QueueUrl=url(aws), Tags={"Team": "billing"}),
            "UntagQueue",
        ),
    },
)

TOPIC_ARN = arn("sns", "alerts")


def _publishers(*services: str) -> dict[str, Any]:
    return policy(*(allow({"Service": service}, "sns:Publish", TOPIC_ARN, Sid=service[:5]) for service in services))


TOPIC = SnsTopic(name="alerts", policy=_publishers("cloudwatch.amazonaws.com"), tags=tags("sns_topic", "alerts"))
LOUD_ARN = arn("sns", "loud")
LOUD = SnsTopic(
    name="loud",
    policy=policy(allow({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", LOUD_ARN)),
    tags=tags("sns_topic", "loud"),
)
RETRIES = {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 5, "maxDelayTarget": 10, "numRetries": 2}}}
FEEDBACK = {
    "SQSFailureFeedbackRoleArn": f"arn:aws:iam::{ACCOUNT}:role/feedback",
    "SQSSuccessFeedbackSampleRate": "50",
}


def _topic(**attributes: Any) -> Drift:
    def drift(aws: Client) -> object:
        for key, value in attributes.items():
            aws("sns").set_topic_attributes(
                TopicArn=TOPIC_ARN, AttributeName=key, AttributeValue=value(aws) if callable(value) else value
            )
        return None

    return drift


SNS_TOPIC = Example(
    TOPIC,
    {
        "display_name": Other("Alerts", _topic(DisplayName="Alerts"), "SetTopicAttributes"),
        "kms_key": Other(KEY.arn, _topic(KmsMasterKeyId=key_arn), "SetTopicAttributes", also=(KEY,)),
        "policy": Other(
            _publishers("cloudwatch.amazonaws.com", "events.amazonaws.com"),
            _topic(Policy=json.dumps(_publishers("cloudwatch.amazonaws.com", "events.amazonaws.com"))),
            "SetTopicAttributes",
        ),
        "delivery_policy": Other(RETRIES, _topic(DeliveryPolicy=json.dumps(RETRIES)), "SetTopicAttributes"),
        "tracing": Other("Active", _topic(TracingConfig="Active"), "SetTopicAttributes"),
        "signature_version": Other("2", _topic(SignatureVersion="2"), "SetTopicAttributes"),
        "feedback": Other(FEEDBACK, _topic(**FEEDBACK), "SetTopicAttributes SetTopicAttributes"),
        "tags": Other(
            {**TOPIC.tags, "Team": "billing"},
            lambda aws: aws("sns").tag_resource(ResourceArn=TOPIC_ARN, Tags=[{"Key": "Team", "Value": "billing"}]),
            "UntagResource",
        ),
    },
)

SUBSCRIPTION = SnsSubscription(name="alerts/sqs/orders", topic=TOPIC.arn, protocol="sqs", endpoint=QUEUE.arn)
HOOK_URL = "https://hooks.example.com/services/T0/B0/secret-token"
HOOK = SnsSubscription(name="alerts/https/15a61c1dfb58", topic=TOPIC.arn, protocol="https", endpoint=HOOK_URL)
MAIL = SnsSubscription(
    name="alerts/email/d876c66bad34", topic=TOPIC.arn, protocol="email", endpoint="oncall@example.com"
)
FLAT, NESTED = {"severity": ["high"]}, {"detail": {"severity": ["high"]}}
THROTTLE = {"throttlePolicy": {"maxReceivesPerSecond": 3}}
NAMED = "the name is made of topic, protocol and endpoint"


def subscription_arn(aws: Client, protocol: str = "sqs") -> str:
    listed = aws("sns").list_subscriptions_by_topic(TopicArn=TOPIC_ARN)["Subscriptions"]
    return next(str(item["SubscriptionArn"]) for item in listed if item["Protocol"] == protocol)


def _subscription(protocol: str = "sqs", **attributes: str) -> Drift:
    def drift(aws: Client) -> object:
        for key, value in attributes.items():
            aws("sns").set_subscription_attributes(
                SubscriptionArn=subscription_arn(aws, protocol), AttributeName=key, AttributeValue=value
            )
        return None

    return drift


SNS_SUBSCRIPTION = Example(
    SUBSCRIPTION,
    {
        "topic": Other(LOUD.arn, why=NAMED, renamed=replace(SUBSCRIPTION, name="loud/sqs/orders", topic=LOUD.arn)),
        "protocol": Other("https", why=NAMED, renamed=HOOK),
        "endpoint": Other(
            DEAD.arn, why=NAMED, renamed=replace(SUBSCRIPTION, name="alerts/sqs/orders-dead", endpoint=DEAD.arn)
        ),
        "raw_delivery": Other(True, _subscription(RawMessageDelivery="true"), "SetSubscriptionAttributes"),
        "redrive": Other(
            {"deadLetterTargetArn": DEAD.arn},
            _subscription(RedrivePolicy=json.dumps({"deadLetterTargetArn": arn("sqs", "orders-dead")})),
            "SetSubscriptionAttributes",
            also=(DEAD,),
        ),
        "filter_policy": Other(FLAT, _subscription(FilterPolicy=json.dumps(FLAT)), "SetSubscriptionAttributes"),
        "filter_policy_scope": Other(
            "MessageBody",
            _subscription(FilterPolicyScope="MessageBody"),
            "SetSubscriptionAttributes",
            on=replace(SUBSCRIPTION, filter_policy=FLAT),
        ),
        "delivery_policy": Other(
            THROTTLE,
            _subscription("https", DeliveryPolicy=json.dumps(THROTTLE)),
            "SetSubscriptionAttributes",
            on=HOOK,
            confirm=HOOK_URL,
        ),
    },
)
