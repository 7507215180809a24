"""A request against botocore's model of it: what AWS's own front end checks before any service does.

Clients check required members and types. Enumerations, lengths, ranges and patterns they leave to AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from provisioner.emulator.core.call import Params, Refusal
from provisioner.emulator.core.service import EmulatedService

_SHOWN = 5


def check_model(service: EmulatedService, shape: Any, params: Params) -> None:
    """Refuse parameters that the model does not admit, in AWS's words.

    Raises Refusal with the service's code for a malformed request.
    """
    found = list(_violations(shape, params, "", service.own_enums)) if shape is not None else []
    if found:
        plural = "s" if len(found) > 1 else ""
        words = f"{len(found)} validation error{plural} detected: {'; '.join(found[:_SHOWN])}"
        raise Refusal(service.malformed, words, status=400)


def _violations(shape: Any, value: Any, path: str, unchecked: frozenset[str]) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield _violation(None, _join(path, name), "not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _violations(member, value[name], _join(path, name), unchecked)
    elif kind == "list":
        yield from _bounds(shape, len(value), value, path, "length")
        for index, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{index}.member", unchecked)
    elif kind == "map":
        yield from _bounds(shape, len(value), value, path, "length")
        for key, item in value.items():
            yield from _violations(shape.key, key, path, unchecked)
            yield from _violations(shape.value, item, f"{path}.{key}.member", unchecked)
    elif kind == "string":
        if shape.name not in unchecked:
            yield from _string(shape, str(value), path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _bounds(shape, value, value, path, "value")


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed:
        if value not in allowed:
            yield _violation(value, path, f"satisfy enum value set: [{', '.join(allowed)}]")
        return
    yield from _bounds(shape, len(value), value, path, "length")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern else None
    if compiled is not None and not compiled.fullmatch(value):
        yield _violation(value, path, f"satisfy regular expression pattern: {pattern}")


def _bounds(shape: Any, size: float, value: Any, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _violation(value, path, f"have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _violation(value, path, f"have {what} less than or equal to {most}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    # The models are written for Java: Unicode categories and POSIX classes do not exist in Python's `re`.
    try:
        return None if re.search(r"\\p\{|\[\[:", pattern) else re.compile(pattern, re.DOTALL)
    except re.error:
        return None


def _violation(value: Any, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {rule}"


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name
