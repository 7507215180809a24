"""The way of an alarm to a person: topic, subscriptions, and the queues that lose nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.parts.context import Context
from provisioner.engine.model import Resource, Value
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.sns_subscription import SnsSubscription, subscription_name
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_DAY = 86_400

# What AWS lets the owner do by default; with a policy of one's own that default is gone.
_OWNER_ACTIONS = [
    "SNS:AddPermission",
    "SNS:DeleteTopic",
    "SNS:GetTopicAttributes",
    "SNS:ListSubscriptionsByTopic",
    "SNS:Publish",
    "SNS:RemovePermission",
    "SNS:SetTopicAttributes",
    "SNS:Subscribe",
]


@dataclass(frozen=True)
class Notifications:
    dlq: SqsQueue
    events: SqsQueue
    topic: SnsTopic
    subscriptions: list[SnsSubscription]

    @property
    def resources(self) -> list[Resource]:
        return [self.dlq, self.events, self.topic, *self.subscriptions]


def notifications(context: Context, key: KmsKey) -> Notifications:
    """Topic, queues and subscriptions, all encrypted with ``key``."""
    settings, names = context.config.notifications, context.names
    dlq = _queue(context, key, names.dlq, settings.dlq_retention_days)
    # The receive count is SQS's own affair, so it stands on the queue that is received from; what SNS cannot deliver
    # at all goes to the dead letters by the redrive policy of each subscription.
    redrive = {"deadLetterTargetArn": dlq.arn, "maxReceiveCount": settings.max_receive_count}
    events = _queue(context, key, names.events, settings.events_retention_days, redrive)
    topic = SnsTopic(
        name=names.topic,
        display_name=settings.display_name,
        kms_key=key.arn,
        policy=_topic_policy(context),
        tags=context.tags(SnsTopic, names.topic),
    )
    receivers: list[tuple[str, str, Value[str]]] = [("sqs", names.events, events.arn)]
    receivers += [(item.protocol, item.endpoint, item.endpoint) for item in settings.subscriptions]
    subscriptions = [
        SnsSubscription(
            name=subscription_name(names.topic, protocol, known),
            topic=topic.arn,
            protocol=protocol,
            endpoint=endpoint,
            redrive={"deadLetterTargetArn": dlq.arn},
        )
        for protocol, known, endpoint in receivers
    ]
    return Notifications(dlq, events, topic, subscriptions)


def _queue(
    context: Context, key: KmsKey, name: str, retention_days: int, redrive: dict[str, Any] | None = None
) -> SqsQueue:
    from_topic = {"ArnEquals": {"aws:SourceArn": context.arn("sns", context.names.topic)}}
    deliver = allow("SnsDelivery", "sns.amazonaws.com", ["sqs:SendMessage"], context.arn("sqs", name), from_topic)
    return SqsQueue(
        name=name,
        kms_key=key.arn,
        policy={"Version": VERSION, "Statement": [deliver]},
        redrive=redrive or {},
        retention_seconds=retention_days * _DAY,
        tags=context.tags(SqsQueue, name),
    )


def _topic_policy(context: Context) -> dict[str, Any]:
    topic, account = context.arn("sns", context.names.topic), context.scope.account
    from_alarms = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": context.arn("cloudwatch", "alarm:*")},
    }
    owner = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": context.account_root},
        "Action": _OWNER_ACTIONS,
        "Resource": topic,
    }
    alarms = allow("CloudWatchAlarms", "cloudwatch.amazonaws.com", ["SNS:Publish"], topic, from_alarms)
    return {"Version": VERSION, "Statement": [owner, alarms]}
