"""Policy documents in one canonical form, so that equal policies are equal values.

AWS gives a policy back with its statements reordered, one-element lists as scalars, an account id as root ARN and
actions in another order. The rules are those that the field's most used comparator settled on over a decade; a
statement that others added, or one of ours that is missing, stays a difference.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Any

VERSION = "2012-10-17"
"""Always sent: without it AWS fills in 2008-10-17, and what was sent never equals what is read."""


def canonical_policy(document: Any) -> dict[str, Any]:
    """``document``, a mapping or JSON text (as IAM sends it: URL-encoded), in canonical form; ``{}`` if empty."""
    parsed = parse_json(document)
    if isinstance(parsed, list) and len(parsed) == 1:
        parsed = parsed[0]
    if not isinstance(parsed, dict) or not parsed:
        return {}
    statements = parsed.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    result = {key: parsed[key] for key in ("Version", "Id") if parsed.get(key)}
    return {**result, "Statement": sorted((_statement(s) for s in statements), key=_sort_key)}


def canonical_json(document: Any) -> dict[str, Any]:
    """A JSON object, or text of one, without its null members; ``{}`` if empty."""
    parsed = parse_json(document)
    return _without_nulls(parsed) if isinstance(parsed, dict) else {}


def parse_json(document: Any) -> Any:
    """``document`` itself unless it is text: then what the JSON says, or ``{}`` where it says nothing."""
    if not isinstance(document, str):
        return document
    text = document.strip()
    if text.startswith("%7B"):
        text = urllib.parse.unquote(text)
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {"unparsable": text}


def to_json(document: Any) -> str:
    """``document`` as AWS takes it. References that a preview still holds are spelled out."""
    return json.dumps(document, default=str)


def allow(sid: str, service: str, actions: list[str], resource: Any, condition: dict[str, Any]) -> dict[str, Any]:
    """A statement that lets an AWS service do ``actions`` under ``condition``."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in statement.items():
        match key:
            case "Effect":
                result[key] = str(value).capitalize()
            case "Action" | "NotAction" | "Resource" | "NotResource":
                result[key] = _values(value)
            case "Principal" | "NotPrincipal":
                result[key] = _principal(value)
            case "Condition":
                result[key] = {op: {k: _values(v) for k, v in keys.items()} for op, keys in value.items()}
            case _:
                result[key] = value
    return {key: value for key, value in sorted(result.items()) if value not in ("", {}, [], None)}


def _principal(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {kind: sorted(map(_root, _values(names)), key=_sort_key) for kind, names in sorted(value.items()) if names}


def _root(name: Any) -> Any:
    # AWS answers a bare account id with the root of that account; the partition is of no matter to what it means.
    if isinstance(name, str) and re.fullmatch(r"arn:[^:]+:iam::\d{12}:root", name):
        return name.split(":")[4]
    return name


def _values(value: Any) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return sorted((_text(item) for item in items), key=_sort_key)


def _text(item: Any) -> Any:
    if isinstance(item, bool):
        return str(item).lower()
    return str(item) if isinstance(item, int | float) else item


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _sort_key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
