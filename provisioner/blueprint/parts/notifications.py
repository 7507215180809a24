"""The way of an alarm to a person: topic, subscriptions, and the queues that lose nothing."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.aws.policies import VERSION, Document, allow
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.references import Reference
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import Value
from provisioner.engine.reconciler import Scope
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.sns_subscription import SnsSubscription, subscription_name
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_DAY = 86_400
_PLACE: KeyPath = ("notifications",)
_NOT_KEPT = "alarms are not kept, or what cannot be delivered is lost"
_NOBODY = "Nobody is subscribed to {topic} but the queue {events}: an alarm reaches no person."

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


def notifications(
    context: Context, blueprint: Blueprint
) -> Iterator[Declared[SqsQueue] | Declared[SnsTopic] | Declared[SnsSubscription]]:
    """Topic, queues and subscriptions, all encrypted with the platform's key."""
    settings, names, key = context.config.notifications, context.names, blueprint.one(KmsKey)
    dlq = _queue(context, key, names.dlq, settings.dlq_retention_days)
    # SQS counts receives itself, so the count stands on the queue that is received from; what SNS cannot deliver
    # at all goes to the dead letters by the redrive policy of each subscription.
    redrive = {"deadLetterTargetArn": dlq.arn, "maxReceiveCount": settings.max_receive_count}
    events = _queue(context, key, names.events, settings.events_retention_days, redrive)
    topic = _topic(context, key)
    for queue, purpose, output in (
        (dlq, "dead_letters", "alarm_dlq_url"),
        (events, "events", "alarm_events_queue_url"),
    ):
        yield Declared(queue, _PLACE, purpose=purpose, lost_without=_NOT_KEPT, outputs={output: queue.url})
    yield Declared(
        topic,
        _PLACE,
        lost_without="alarms have nowhere to publish to: nobody is told",
        outputs={"alarm_topic_arn": topic.arn},
        unheard="" if settings.subscriptions else _NOBODY.format(topic=topic.name, events=events.name),
    )
    yield _subscription(context.scope, topic, dlq, _PLACE, "sqs", events.name, events.arn)
    for index, item in enumerate(settings.subscriptions):
        if isinstance(item.endpoint, Reference):
            continue  # nobody has looked where it leads, so nobody can tell which subscription it is
        place = (*_PLACE, "subscriptions", index)
        yield _subscription(context.scope, topic, dlq, place, item.protocol, item.endpoint, item.endpoint)


def _subscription(
    scope: Scope, topic: SnsTopic, dlq: SqsQueue, place: KeyPath, protocol: str, known: str, endpoint: Value[str]
) -> Declared[SnsSubscription]:
    """``known`` is what is known of the endpoint before anything is applied: its name is made of it."""
    made = SnsSubscription(
        name=subscription_name(scope, topic.name, protocol, known),
        topic=topic.arn,
        protocol=protocol,
        endpoint=endpoint,
        redrive={"deadLetterTargetArn": dlq.arn},
    )
    return Declared(made, place, purpose=made.name, lost_without="this receiver hears of no alarm")


def _topic(context: Context, key: KmsKey) -> SnsTopic:
    name = context.names.topic
    return SnsTopic(
        name=name,
        display_name=context.config.notifications.display_name,
        kms_key=key.arn,
        policy=_topic_policy(context),
        tags=context.tags(SnsTopic, name),
    )


def _queue(context: Context, key: KmsKey, name: str, retention_days: int, redrive: Document | None = None) -> SqsQueue:
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


def _topic_policy(context: Context) -> Document:
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
