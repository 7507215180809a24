"""A queue's attributes: what SQS refuses, and how it shows what it has stored."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping

from provisioner.emulator.core.call import ApiRefusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import BadPolicy, Texts, statements
from provisioner.emulator.iam.identities import unknown_principal

# Least, most, default (SQS API reference, SetQueueAttributes).
NUMBERS = {
    "DelaySeconds": (0, 900, 0),
    "MaximumMessageSize": (1024, 1_048_576, 1_048_576),
    "MessageRetentionPeriod": (60, 1_209_600, 345_600),
    "ReceiveMessageWaitTimeSeconds": (0, 20, 0),
    "VisibilityTimeout": (0, 43_200, 30),
    "KmsDataKeyReusePeriodSeconds": (60, 86_400, 300),
}
_BOOLEANS = ("FifoQueue", "ContentBasedDeduplication", "SqsManagedSseEnabled")
_WORDS = {
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}
_DOCUMENTS = ("Policy", "RedrivePolicy", "RedriveAllowPolicy")
_ERASABLE = (*_DOCUMENTS, "KmsMasterKeyId")
_ONLY_FIFO = ("ContentBasedDeduplication", *_WORDS)
SETTABLE = {*NUMBERS, *_BOOLEANS, *_WORDS, *_DOCUMENTS, "KmsMasterKeyId"}
_RECEIVES = 1000
_SOURCES = 10


def _bad(name: str) -> ApiRefusal:
    return ApiRefusal("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _bad_redrive(name: str, value: str, reason: str) -> ApiRefusal:
    return ApiRefusal("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}")


def changed(
    before: Mapping[str, str], given: Mapping[str, str], place: Place, queues: Container[str]
) -> dict[str, str]:
    """The attributes that were set, after setting some: only those named change, and ``""`` unsets.

    ``queues`` are the names of the place's queues, among which a dead-letter queue must be. Raises ApiRefusal
    ``InvalidAttributeName``, ``InvalidAttributeValue`` or ``InvalidParameterValue``.
    """
    for name, value in given.items():
        _check(name, value, fifo={**before, **given}.get("FifoQueue") == "true")
    if given.get("SqsManagedSseEnabled") == "true" and given.get("KmsMasterKeyId"):
        raise ApiRefusal(
            "InvalidAttributeValue",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        )
    result = {**before, **{name: value for name, value in given.items() if value != ""}}
    for name in _ERASABLE:
        if given.get(name) == "":
            result.pop(name, None)
    if given.get("KmsMasterKeyId"):
        result["SqsManagedSseEnabled"] = "false"
    elif given.get("SqsManagedSseEnabled") == "true":
        # Believed: turning on the one kind of encryption turns off the other.
        result.pop("KmsMasterKeyId", None)
    if given.get("Policy"):
        result["Policy"] = _policy(given["Policy"], place.account)
    if given.get("RedriveAllowPolicy"):
        result["RedriveAllowPolicy"] = _allow(given["RedriveAllowPolicy"])
    if given.get("RedrivePolicy"):
        result["RedrivePolicy"] = _redrive(given["RedrivePolicy"], place, queues)
    return result


def _check(name: str, value: str, *, fifo: bool) -> None:
    if name not in SETTABLE or (name in _ONLY_FIFO and not fifo):
        raise ApiRefusal("InvalidAttributeName", f"Unknown Attribute {name}.")
    if name in NUMBERS:
        least, most, _ = NUMBERS[name]
        if not value.isdigit() or not least <= int(value) <= most:
            raise _bad(name)
    if name in _BOOLEANS and value.lower() not in ("true", "false"):
        raise _bad(name)
    if name in _WORDS and value not in _WORDS[name]:
        raise _bad(name)


def _policy(text: str, account: str) -> str:
    try:
        found = statements(text)
    except BadPolicy as problem:
        raise _bad("Policy") from problem
    if unknown_principal(found, account) is not None:
        raise _bad("Policy")
    document = {"Version": "2008-10-17", **json.loads(text)}
    # Widely seen: an action or resource alone comes back without its list, and a missing version is filled in.
    for statement in found:
        if "Action" in statement:
            statement["Action"] = _alone(statement["Action"])
        if "Resource" in statement:
            statement["Resource"] = _alone(statement["Resource"])
    return json.dumps({**document, "Statement": found}, separators=(",", ":"))


def _alone(value: Texts) -> Texts:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _redrive(text: str, place: Place, queues: Container[str]) -> str:
    document = _object("RedrivePolicy", text)
    target, receives = document.get("deadLetterTargetArn"), document.get("maxReceiveCount")
    if not target or receives is None or set(document) - {"deadLetterTargetArn", "maxReceiveCount"}:
        raise _bad_redrive("RedrivePolicy", text, "Redrive policy needs deadLetterTargetArn and maxReceiveCount.")
    if not str(receives).isdigit() or not 1 <= int(str(receives)) <= _RECEIVES:
        raise _bad_redrive(
            "RedrivePolicy",
            text,
            f"Invalid value for maxReceiveCount: {receives}, valid values are from 1 to {_RECEIVES} both inclusive.",
        )
    if str(target).removeprefix(place.arn("sqs", "")) not in queues:
        raise _bad_redrive("RedrivePolicy", text, "Dead letter target does not exist.")
    return json.dumps(document, separators=(",", ":"))


def _allow(text: str) -> str:
    document = {name: value for name, value in _object("RedriveAllowPolicy", text).items() if value is not None}
    permission, sources = document.get("redrivePermission"), document.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise _bad_redrive("RedriveAllowPolicy", text, "redrivePermission must be allowAll, denyAll or byQueue.")
    if (permission == "byQueue") != bool(sources) or (isinstance(sources, list) and len(sources) > _SOURCES):
        raise _bad_redrive(
            "RedriveAllowPolicy", text, f"byQueue needs 1 to {_SOURCES} sourceQueueArns, the others none."
        )
    return json.dumps(document, separators=(",", ":"))


def _object(name: str, text: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise _bad_redrive(name, text, f"{name} is not a valid JSON map.")
    return document


def effective(given: Mapping[str, str]) -> dict[str, str]:
    """The attributes that GetQueueAttributes shows besides counts and times: what is not set and has no
    default is absent."""
    numbers = {name: str(default) for name, (_, _, default) in NUMBERS.items()}
    if "KmsMasterKeyId" not in given:
        del numbers["KmsDataKeyReusePeriodSeconds"]
    result = {**numbers, "SqsManagedSseEnabled": "true", **given}
    if given.get("FifoQueue") == "true":
        fifo = {"ContentBasedDeduplication": "false", "DeduplicationScope": "queue", "FifoThroughputLimit": "perQueue"}
        return {**fifo, **result}
    return {name: value for name, value in result.items() if name != "FifoQueue"}
