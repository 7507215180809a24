"""A subscription's endpoint and attributes: what SNS refuses."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

from provisioner.emulator.sns.model import invalid

_ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "Email address"),
    "email-json": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "Email address"),
    "http": (r"http://[^\s/]+\S*", "Endpoint must match the specified protocol"),
    "https": (r"https://[^\s/]+\S*", "Endpoint must match the specified protocol"),
    "sqs": (r"arn:aws[a-z-]*:sqs:[\w-]+:\d{12}:[\w.-]+", "SQS endpoint ARN"),
    "lambda": (r"arn:aws[a-z-]*:lambda:[\w-]+:\d{12}:function:[\w:$-]+", "Lambda endpoint ARN"),
    "sms": (r"\+?[1-9][\d .-]{5,17}\d", "Invalid SMS endpoint"),
    "application": (r"arn:aws[a-z-]*:sns:[\w-]+:\d{12}:endpoint/\S+", "Application endpoint arn invalid"),
    "firehose": (r"arn:aws[a-z-]*:firehose:[\w-]+:\d{12}:deliverystream/\S+", "Firehose endpoint ARN"),
}
_RAW = ("sqs", "http", "https", "firehose")
_NAMES = (
    "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy",
    "SubscriptionRoleArn", "ReplayPolicy",
)  # fmt: skip
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[\w-]+:\d{12}:[\w.-]+")
_FILTER_KEYS = 5
_FILTER_COMBINATIONS = 150


def check_endpoint(protocol: str, endpoint: str) -> None:
    """Refuse an unknown protocol, and an endpoint that does not look like one of its protocol."""
    if protocol not in _ENDPOINTS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    pattern, complaint = _ENDPOINTS[protocol]
    if not re.fullmatch(pattern, endpoint):
        raise invalid(complaint)


def changed(
    before: Mapping[str, str], given: Mapping[str, str | None], protocol: str, topic_arn: str
) -> dict[str, str]:
    """The attributes after setting some: None unsets, as does a filter policy of ``{}``.

    Raises InvalidParameter. FilterPolicyLimitExceeded is never raised: that limit is the account's.
    """
    result = dict(before)
    for name, value in given.items():
        if name not in _NAMES:
            raise invalid(f"Attributes Reason: Unknown attribute: {name}")
        if value is None:
            result.pop(name, None)
            continue
        _CHECKS.get(name, _anything)(value, protocol, topic_arn)
        result[name] = value
    if result.get("FilterPolicy") and not json.loads(result["FilterPolicy"]):
        del result["FilterPolicy"]
    if protocol == "firehose" and "SubscriptionRoleArn" not in result:
        raise invalid("Attributes Reason: SubscriptionRoleArn is required for this protocol")
    return result


def _anything(_: str, __: str, ___: str) -> None:
    """Attributes of protocols and topics that need nothing here."""


def _json(name: str, text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise invalid(f"{name}: failed to parse JSON.") from problem
    if not isinstance(document, dict):
        raise invalid(f"{name}: {name} is not an object")
    return document


def _raw(value: str, protocol: str, _: str) -> None:
    if value.lower() not in ("true", "false"):
        raise invalid(f"Attributes Reason: RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    if value.lower() == "true" and protocol not in _RAW:
        raise invalid(f"Attributes Reason: Delivery protocol [{protocol}] does not support raw message delivery.")


def _redrive(value: str, _: str, topic_arn: str) -> None:
    target = _json("RedrivePolicy", value).get("deadLetterTargetArn")
    if not isinstance(target, str) or not _QUEUE.fullmatch(target):
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    # Believed: the queue is of the topic's own account and Region. SNS does not ask whether it exists.
    if target.split(":")[3:5] != topic_arn.split(":")[3:5]:
        raise invalid("RedrivePolicy: deadLetterTargetArn must be in the account and region of the subscription")


def _filter(value: str, _: str, __: str) -> None:
    conditions = _leaves(_json("FilterPolicy", value))
    if len(conditions) > _FILTER_KEYS:
        raise invalid(f"FilterPolicy: Filter policy can not have more than {_FILTER_KEYS} keys")
    if math.prod(map(len, conditions)) > _FILTER_COMBINATIONS:
        raise invalid("FilterPolicy: Filter policy is too complex")


def _leaves(document: dict[str, object]) -> list[list[object]]:
    found = []
    for name, value in document.items():
        if isinstance(value, dict):
            found += _leaves(value)
        elif isinstance(value, list) and value:
            found.append(value)
        else:
            raise invalid(f'FilterPolicy: "{name}" must be an object or an array')
    return found


def _scope(value: str, _: str, __: str) -> None:
    if value not in ("MessageAttributes", "MessageBody"):
        raise invalid(f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")


def _delivery(value: str, protocol: str, _: str) -> None:
    if protocol not in ("http", "https"):
        raise invalid("DeliveryPolicy: only http and https subscriptions have one")
    if "http" in _json("DeliveryPolicy", value):
        raise invalid("DeliveryPolicy: Unexpected JSON member: http")


_CHECKS = {
    "RawMessageDelivery": _raw,
    "RedrivePolicy": _redrive,
    "FilterPolicy": _filter,
    "FilterPolicyScope": _scope,
    "DeliveryPolicy": _delivery,
}


def check_same(live: Mapping[str, str], wanted: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Refuse to subscribe an endpoint again with attributes that differ; only those given are compared."""
    defaults = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}
    for name in given:
        if _value(live.get(name, defaults.get(name))) != _value(wanted.get(name, defaults.get(name))):
            raise invalid("Attributes Reason: Subscription already exists with different attributes")


def _value(text: str | None) -> object:
    return json.loads(text) if text and text.startswith("{") else text
