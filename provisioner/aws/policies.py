"""Policy documents in one canonical form, so that equal policies are equal values.

AWS gives a policy back with its statements reordered, one-element lists as scalars, an account id as root ARN and
actions in another order. The rules are those that the field's most used comparator settled on over a decade; a
statement that others added, or one of ours that is missing, stays a difference.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import Any, TypeAlias

from provisioner.engine.compare import is_shallow
from provisioner.engine.errors import UnreadableError

VERSION = "2012-10-17"
"""Always sent: without it AWS fills in 2008-10-17, and what was sent never equals what is read."""

Document: TypeAlias = Mapping[str, object]
"""A JSON object. What we want may hold references in it, at any depth."""


def parse_json(text: object) -> Document:
    """The JSON object that AWS sent as ``text``; ``{}`` where there is none. Raises ``UnreadableError`` for another.

    IAM URL-encodes its policies, and botocore has parsed some answers already.
    """
    parsed = _loaded(text.strip()) if isinstance(text, str) else text
    if isinstance(parsed, list) and len(parsed) == 1:
        parsed = parsed[0]
    if not isinstance(parsed, dict | None) or not is_shallow(parsed):
        raise UnreadableError("a document in AWS's answer is no JSON object, or too deep")
    return parsed or {}


def _loaded(text: str) -> object:
    plain = urllib.parse.unquote(text) if text.startswith("%7B") else text
    try:
        return json.loads(plain) if plain else None
    except (ValueError, RecursionError) as error:
        raise UnreadableError("a document in AWS's answer is not JSON") from error


def to_json(document: object) -> str:
    """``document`` as AWS takes it. References that a preview still holds are spelled out."""
    return json.dumps(document, default=str)


def canonical_json(document: Document) -> dict[str, object]:
    """``document`` without its null members."""
    return {key: _without_nulls(item) for key, item in document.items() if item is not None}


def canonical_policy(document: Document) -> dict[str, Any]:
    """The policy ``document`` in canonical form; ``{}`` if empty.

    ``Statement`` becomes a list, and so does everything in a statement that AWS takes as one or as many: actions,
    resources, the principals of a kind, the values of a condition. Raises ``UnreadableError`` where one is none.
    """
    if not document:
        return {}
    found = document.get("Statement", [])
    statements = found if isinstance(found, list) else [found]
    result = {key: document[key] for key in ("Version", "Id") if document.get(key)}
    return {**result, "Statement": sorted(map(_statement, statements), key=_sort_key)}


def allow(sid: str, service: str, actions: list[str], resource: object, condition: Document) -> dict[str, object]:
    """A statement that lets an AWS service do ``actions`` under ``condition``."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def _statement(statement: object) -> Document:
    result: dict[str, object] = {}
    if not isinstance(statement, Mapping):
        raise UnreadableError("a policy in AWS's answer has a statement that is none")
    for key, value in statement.items():
        match key:
            case "Effect":
                result[key] = str(value).capitalize()
            case "Action" | "NotAction" | "Resource" | "NotResource":
                result[key] = _values(value)
            case "Principal" | "NotPrincipal":
                result[key] = _principal(value)
            case "Condition":
                result[key] = _conditions(value)
            case _:
                result[key] = value
    return {key: value for key, value in sorted(result.items()) if value not in ("", {}, [], None)}


def _conditions(value: object) -> Document:
    if not isinstance(value, Mapping) or not all(isinstance(keys, Mapping) for keys in value.values()):
        raise UnreadableError("a policy in AWS's answer has a condition that is none")
    return {operator: {key: _values(item) for key, item in keys.items()} for operator, keys in value.items()}


def _principal(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {kind: sorted(map(_root, _values(names)), key=_sort_key) for kind, names in sorted(value.items()) if names}


def _root(name: object) -> object:
    # AWS answers a bare account id with the root of that account; the partition does not change its meaning.
    if isinstance(name, str) and re.fullmatch(r"arn:[^:]+:iam::\d{12}:root", name):
        return name.split(":")[4]
    return name


def _values(value: object) -> list[object]:
    items = value if isinstance(value, list) else [value]
    return sorted((_text(item) for item in items), key=_sort_key)


def _text(item: object) -> object:
    if isinstance(item, bool):
        return str(item).lower()
    return str(item) if isinstance(item, int | float) else item


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return canonical_json(value)
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _sort_key(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)
