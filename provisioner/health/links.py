"""The key, the topic and the queues: whether each still admits the services that an alarm passes through.

AWS shows none of these failures where anybody looks: neither that an alarm may not publish, nor that a topic may not
deliver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from provisioner.aws.arns import arn
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Live, Scope
from provisioner.health.policies import admits
from provisioner.health.problem import Problem

_PUBLISHING = ("kms:Decrypt", "kms:GenerateDataKey")
_LOGGING = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")
_SHOWN = 3


def key_problems(scope: Scope, live: Live[Any], wanted: Sequence[Resource]) -> Iterator[Problem]:
    """The key itself, and its policy for the three services that use it."""
    key = live.resource
    if live.gone or not key.enabled:
        what = "is pending deletion" if live.gone else "is disabled"
        follows = "log groups take and show no events, alarms cannot publish, and the queues get no messages"
        yield Problem(key.address, what, follows)
    used = [
        ("cloudwatch.amazonaws.com", _of_alarm(scope, "*"), "alarms cannot publish to the topic: nobody is told"),
        ("sns.amazonaws.com", _of_topic(scope, wanted), "the topic cannot deliver to the encrypted queues"),
    ]
    for service, context, follows in used:
        lacking = [action for action in _PUBLISHING if not _admits_key(live, service, action, context)]
        if lacking:
            yield _not_admitted(live, service, f"{' and '.join(lacking)}", f"{follows}, and AWS shows no error")
    yield from _logs_problems(scope, live, [item.name for item in wanted if item.kind == "log_group"])


def _logs_problems(scope: Scope, live: Live[Any], groups: Sequence[str]) -> Iterator[Problem]:
    service = f"logs.{scope.region}.amazonaws.com"
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


def encryption_problems(live: Live[Any], ours: str | None) -> Iterator[Problem]:
    """A topic or queue under another key than ``ours`` (an ARN, if there is one). No key at all breaks nothing."""
    key = live.resource.kms_key
    if not key or ours in (None, key):
        return
    topic = live.resource.kind == "sns_topic"
    follows = "alarms cannot publish to the topic" if topic else "the topic cannot deliver to the queue"
    if "alias/aws/" in key:
        what = f"is encrypted with {key}, which admits no other service"
        yield Problem(live.resource.address, what, f"{follows}, and AWS shows no error")
    else:
        what = f"is encrypted with {key} instead of the platform's own key"
        yield Problem(live.resource.address, what, f"unless that key admits the services that ours does, {follows}")


def topic_problems(scope: Scope, live: Live[Any], wanted: Sequence[Resource]) -> Iterator[Problem]:
    """The policy of the topic, for every alarm that publishes to it."""
    speaking = [item.name for item in wanted if getattr(item, "alarm_actions", None)]
    shut = [
        name
        for name in speaking
        if not admits(
            live.resource.policy,
            "cloudwatch.amazonaws.com",
            "sns:Publish",
            live.outputs["arn"],
            _of_alarm(scope, name),
        )
    ]
    if shut:
        who = "alarms" if len(shut) == len(speaking) else f"the alarms {_some(shut)}"
        follows = f"{who} cannot publish to the topic: nobody is told, and AWS shows no error"
        yield _not_admitted(live, "cloudwatch.amazonaws.com", "sns:Publish", follows)


def queue_problems(scope: Scope, live: Live[Any], want: Any, topic: str) -> Iterator[Problem]:
    """The policy of a queue of ours for ``topic`` (an ARN), and what it does with messages that nobody can handle."""
    queue = live.resource
    context = {"aws:SourceArn": topic, "aws:SourceAccount": scope.account}
    if not admits(queue.policy, "sns.amazonaws.com", "sqs:SendMessage", live.outputs["arn"], context):
        lost = "alarms do not arrive in it" if want.redrive else "what the topic cannot deliver is lost"
        yield _not_admitted(live, "sns.amazonaws.com", "sqs:SendMessage", f"{lost}, and AWS shows no error")
    if want.redrive and queue.redrive.get("deadLetterTargetArn") != want.redrive["deadLetterTargetArn"]:
        follows = "a message that nobody can handle comes back until it expires, and is lost then"
        yield Problem(queue.address, "does not redrive to its dead-letter queue", follows)


def _admits_key(live: Live[Any], service: str, action: str, context: Mapping[str, str]) -> bool:
    return admits(live.resource.policy, service, action, live.outputs["arn"], context)


def _not_admitted(live: Live[Any], service: str, actions: str, follows: str) -> Problem:
    return Problem(live.resource.address, f"has a policy that does not admit {service} for {actions}", follows)


def _of_alarm(scope: Scope, name: str) -> dict[str, str]:
    source = arn(scope, "cloudwatch", f"alarm:{name}")
    return {"aws:SourceArn": source, "aws:SourceAccount": scope.account, "aws:SourceOwner": scope.account}


def _of_topic(scope: Scope, wanted: Sequence[Resource]) -> dict[str, str]:
    name = next(item.name for item in wanted if item.kind == "sns_topic")
    return {"aws:SourceArn": arn(scope, "sns", name), "aws:SourceAccount": scope.account}


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
