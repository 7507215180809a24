"""Answers in JSON against their model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

_MESSAGES = ("message", "Message")
_LARGEST = 2.0**63
_HALVES = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, which no file can hold."""


def check_success(operation: str, shape: Any, members: Mapping[str, Any], body: bytes) -> None:
    """``body`` of an answer whose ``members`` stand in it. Raises ValueError where it is none of ``operation``."""
    if not body.strip():
        if members:
            raise ValueError("its body is empty")
        return
    value = _object(body)
    known = {_name(member, item) for member, item in members.items()}
    if members and value and not known & value.keys():
        raise ValueError(f"its body has nothing of {operation}")
    for member, item in members.items():
        if value.get(_name(member, item)) is not None:
            _check(item, value[_name(member, item)], member)


def check_error(body: bytes, *, may_be_empty: bool) -> None:
    """``body`` of an error. Raises ValueError where it is none of AWS's."""
    if may_be_empty and not body:
        return
    value = _object(body)
    for name in ("__type", "code", "Code", *_MESSAGES):
        if value.get(name) is not None and not isinstance(value[name], str):
            raise ValueError(f"{name} is no text")


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError("its body is not JSON") from error
    if not isinstance(value, dict):
        raise ValueError("its body is no JSON object")
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _name(member: str, shape: Any) -> str:
    return str(shape.serialization.get("name", member))


def _check(shape: Any, value: object, path: str) -> None:
    """``value`` against ``shape``. Raises ValueError, with the ``path`` to what is wrong."""
    match shape.type_name:
        case "structure" if isinstance(value, dict):
            for member, item in shape.members.items():
                if (inner := value.get(_name(member, item))) is not None:
                    _check(item, inner, f"{path}.{member}")
        case "list" if isinstance(value, list):
            for number, item in enumerate(value):
                _check(shape.member, item, f"{path}[{number}]")
        case "map" if isinstance(value, dict):
            for key, item in value.items():
                _check(shape.key, key, f"{path} has a key that")
                _check(shape.value, item, f"{path}.{key}")
        case kind if not _is_scalar(kind, value):
            raise ValueError(f"{path} is no {kind}")


def _is_scalar(kind: str, value: object) -> bool:
    """Whether ``value`` is one that a shape of this ``kind`` may have; a structure, list or map is none."""
    match kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer" | "long":
            return _is_number(value) and float(value).is_integer()
        case "float" | "double":
            return _is_number(value)
        case "timestamp":
            return isinstance(value, str) or _is_number(value)
        case "structure" | "list" | "map":
            return False
    return isinstance(value, str) and not _HALVES.search(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is one with which can be reckoned: JSON has no bounds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST
