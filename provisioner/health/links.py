"""The key, the topic and the queues: whether each still admits the services that an alarm passes through.

AWS shows none of these failures where anybody looks: neither that an alarm may not publish, nor that a topic may not
deliver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from provisioner.aws.arns import arn
from provisioner.aws.regions import logs_principal
from provisioner.engine.model import Resource, Value
from provisioner.engine.reconciler import Live, Scope
from provisioner.health.policies import admits
from provisioner.health.problem import Problem
from provisioner.health.standing import Standing
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_PUBLISHING = ("kms:Decrypt", "kms:GenerateDataKey")
_LOGGING = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_SHOWN = 3


def key_problems(standing: Standing, live: Live[KmsKey], _: KmsKey) -> Iterator[Problem]:
    """The key itself, and its policy for the three services that use it."""
    key, scope = live.resource, standing.scope
    if live.gone or not key.enabled:
        what = "is pending deletion" if live.gone else "is disabled"
        follows = "log groups take and show no events, alarms cannot publish, and the queues get no messages"
        yield Problem(key.address, what, follows)
    used = [
        ("cloudwatch.amazonaws.com", _of_alarm(scope, "*"), "alarms cannot publish to the topic: nobody is told"),
        ("sns.amazonaws.com", _of_topic(standing), "the topic cannot deliver to the encrypted queues"),
    ]
    for service, context, follows in used:
        lacking = [action for action in _PUBLISHING if not _admits_key(live, service, action, context)]
        if lacking:
            yield _not_admitted(live, service, f"{' and '.join(lacking)}", f"{follows}, and AWS shows no error")
    yield from _logs_problems(scope, live, [item.name for item in standing.blueprint.all(LogGroup)])


def _logs_problems(scope: Scope, live: Live[KmsKey], groups: Sequence[str]) -> Iterator[Problem]:
    service = logs_principal(scope.region)
    shut: list[str] = []
    lacking: dict[str, None] = {}
    for group in groups:
        context = {"kms:EncryptionContext:aws:logs:arn": arn(scope, "logs", f"log-group:{group}")}
        refused = [action for action in _LOGGING if not _admits_key(live, service, action, context)]
        lacking |= dict.fromkeys(refused)
        shut += [group] if refused else []
    if shut:
        follows = f"{_some(shut)} can neither take nor show events, so their metrics stay empty and their alarms OK"
        yield _not_admitted(live, service, " and ".join(lacking), follows)


def topic_problems(standing: Standing, live: Live[SnsTopic], _: SnsTopic) -> Iterator[Problem]:
    """The key of the topic, and its policy for every alarm that publishes to it."""
    topic, scope = live.resource, standing.scope
    yield from _encryption_problems(topic, topic.kms_key, standing.key, "alarms cannot publish to the topic")
    speaking = [
        *(item.name for item in standing.blueprint.all(MetricAlarm) if item.resource.alarm_actions),
        *(item.name for item in standing.blueprint.all(CompositeAlarm) if item.resource.alarm_actions),
    ]
    publisher, address = "cloudwatch.amazonaws.com", live.outputs["arn"]
    shut = [
        name for name in speaking if not admits(topic.policy, publisher, "sns:Publish", address, _of_alarm(scope, name))
    ]
    if shut:
        who = "alarms" if len(shut) == len(speaking) else f"the alarms {_some(shut)}"
        follows = f"{who} cannot publish to the topic: nobody is told, and AWS shows no error"
        yield _not_admitted(live, publisher, "sns:Publish", follows)


def queue_problems(standing: Standing, live: Live[SqsQueue], want: SqsQueue) -> Iterator[Problem]:
    """The key of a queue of ours, its policy for the topic, and what it does with messages that nobody can handle."""
    queue = live.resource
    yield from _encryption_problems(queue, queue.kms_key, standing.key, "the topic cannot deliver to the queue")
    if not admits(queue.policy, "sns.amazonaws.com", "sqs:SendMessage", live.outputs["arn"], _of_topic(standing)):
        lost = "alarms do not arrive in it" if want.redrive else "what the topic cannot deliver is lost"
        yield _not_admitted(live, "sns.amazonaws.com", "sqs:SendMessage", f"{lost}, and AWS shows no error")
    if want.redrive and queue.redrive.get("deadLetterTargetArn") != want.redrive["deadLetterTargetArn"]:
        follows = "a message that nobody can handle comes back until it expires, and is lost then"
        yield Problem(queue.address, "does not redrive to its dead-letter queue", follows)


def _encryption_problems(resource: Resource, key: Value[str], ours: str | None, follows: str) -> Iterator[Problem]:
    """Another ``key`` than ``ours`` (an ARN, if there is one). No key at all breaks nothing."""
    if not key or ours in (None, key):
        return
    if "alias/aws/" in str(key):
        what = f"is encrypted with {key}, which admits no other service"
        yield Problem(resource.address, what, f"{follows}, and AWS shows no error")
    else:
        what = f"is encrypted with {key} instead of the platform's own key"
        yield Problem(resource.address, what, f"unless that key admits the services that ours does, {follows}")


def _admits_key(live: Live[KmsKey], service: str, action: str, context: Mapping[str, str]) -> bool:
    return admits(live.resource.policy, service, action, live.outputs["arn"], context)


def _not_admitted(live: Live[Resource], service: str, actions: str, follows: str) -> Problem:
    return Problem(live.resource.address, f"has a policy that does not admit {service} for {actions}", follows)


def _of_alarm(scope: Scope, name: str) -> dict[str, str]:
    source = arn(scope, "cloudwatch", f"alarm:{name}")
    return {"aws:SourceArn": source, "aws:SourceAccount": scope.account, "aws:SourceOwner": scope.account}


def _of_topic(standing: Standing) -> dict[str, str]:
    return {"aws:SourceArn": standing.topic, "aws:SourceAccount": standing.scope.account}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
