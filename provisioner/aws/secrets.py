"""What a reference of the file leads to: a parameter of the Parameter Store, a secret of Secrets Manager."""

from __future__ import annotations

import json
from typing import NotRequired, TypedDict

from provisioner.engine.errors import ProvisionerError
from provisioner.engine.reconciler import World


class _Parameter(TypedDict):
    Value: str


class _GetParameterResult(TypedDict):
    Parameter: _Parameter


class _GetSecretValueResult(TypedDict):
    SecretString: NotRequired[str]
    """Absent for a secret of bytes."""


def parameter(world: World, name: str) -> str:
    """The value of a parameter, decrypted. Raises ``AwsError``."""
    answer: _GetParameterResult = world.ask("ssm", "GetParameter", Name=name, WithDecryption=True)
    return answer["Parameter"]["Value"]


def secret(world: World, name: str, key: str = "") -> str:
    """The text of a secret; with ``key``, the text under that key of the JSON object that it is.

    Raises ``AwsError``, or ``ProvisionerError`` where it holds no such text.
    """
    answer: _GetSecretValueResult = world.ask("secretsmanager", "GetSecretValue", SecretId=name)
    text = answer.get("SecretString")
    if text is None:
        raise ProvisionerError("it holds bytes, and no text")
    if not key:
        return text
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise ProvisionerError("it is no JSON object, so it has no key") from None  # the cause may quote it
    value = fields.get(key) if isinstance(fields, dict) else None
    if not isinstance(value, str):
        raise ProvisionerError(f"it has no text under the key {key!r}")
    return value
