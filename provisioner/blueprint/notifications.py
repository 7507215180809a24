"""The topic, its queues and its subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from provisioner.aws.arns import arn
from provisioner.aws.endpoints import subscription_name
from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.config import Config
from provisioner.blueprint.names import Names
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Scope
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.sns_subscription import SnsSubscription
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_DAY = 86_400


@dataclass(frozen=True)
class Notifications:
    """How an alarm reaches anybody."""

    topic: SnsTopic
    queues: tuple[SqsQueue, SqsQueue]
    subscriptions: Sequence[SnsSubscription]

    @property
    def resources(self) -> list[Resource]:
        return [*self.queues, self.topic, *self.subscriptions]


def notifications(config: Config, names: Names, scope: Scope, key: KmsKey) -> Notifications:
    """The encrypted topic with a receiver that is always confirmed, and a dead-letter queue for every receiver."""
    topic = SnsTopic(
        name=names.topic,
        display_name=config.notifications.display_name,
        kms_key=key.arn,
        policy=_topic_policy(names, scope),
        tags=names.tags("sns_topic", names.topic),
    )
    dead = SqsQueue(
        name=names.dead_letter_queue,
        kms_key=key.arn,
        retention_seconds=config.notifications.dlq_retention_days * _DAY,
        policy=_queue_policy(names.dead_letter_queue, topic, scope),
        tags=names.tags("sqs_queue", names.dead_letter_queue),
    )
    events = SqsQueue(
        name=names.events_queue,
        kms_key=key.arn,
        retention_seconds=config.notifications.events_retention_days * _DAY,
        # It counts receives of a queue, so it belongs to this queue and not to the topic.
        redrive={"deadLetterTargetArn": dead.arn, "maxReceiveCount": config.notifications.max_receive_count},
        policy=_queue_policy(names.events_queue, topic, scope),
        tags=names.tags("sqs_queue", names.events_queue),
    )
    declared = [("sqs", arn(scope, "sqs", names.events_queue), events.arn)]
    declared += [(item.protocol, item.endpoint, item.endpoint) for item in config.notifications.subscriptions]
    subscriptions = [
        SnsSubscription(
            name=subscription_name(names.topic, protocol, text),
            topic=topic.arn,
            protocol=protocol,
            endpoint=endpoint,
            # A topic has no dead-letter queue: each subscription has its own.
            redrive={"deadLetterTargetArn": dead.arn},
        )
        for protocol, text, endpoint in declared
    ]
    return Notifications(topic, (dead, events), subscriptions)


def _topic_policy(names: Names, scope: Scope) -> dict[str, Any]:
    topic = arn(scope, "sns", names.topic)
    owner = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{scope.partition}:iam::{scope.account}:root"},
        "Action": [
            "SNS:AddPermission",
            "SNS:DeleteTopic",
            "SNS:GetTopicAttributes",
            "SNS:ListSubscriptionsByTopic",
            "SNS:Publish",
            "SNS:RemovePermission",
            "SNS:SetTopicAttributes",
            "SNS:Subscribe",
        ],
        "Resource": topic,
    }
    condition = {
        "StringEquals": {"aws:SourceAccount": scope.account},
        "ArnLike": {"aws:SourceArn": arn(scope, "cloudwatch", "alarm:*")},
    }
    alarms = allow("Alarms", "cloudwatch.amazonaws.com", ["SNS:Publish"], topic, condition)
    return {"Version": VERSION, "Statement": [owner, alarms]}


def _queue_policy(queue: str, topic: SnsTopic, scope: Scope) -> dict[str, Any]:
    condition = {"ArnEquals": {"aws:SourceArn": topic.arn}}
    statement = allow("Topic", "sns.amazonaws.com", ["sqs:SendMessage"], arn(scope, "sqs", queue), condition)
    return {"Version": VERSION, "Statement": [statement]}
