"""A request against botocore's model of it: what AWS's own front end checks before any service does.

Clients check required members and types. Enumerations, lengths, ranges and patterns they leave to AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from moto.core.model import ListShape, MapShape, Shape, StructureShape

from provisioner.emulator.core.call import ApiRefusal
from provisioner.emulator.core.service import EmulatedService

_SHOWN = 5


def check_model(service: EmulatedService, shape: Shape | None, params: Mapping[str, object]) -> None:
    """Refuse parameters that the model does not admit, in AWS's words.

    Raises ApiRefusal with the service's code for a malformed request.
    """
    found = list(_Checker(service.own_enums).violations(shape, params, "")) if shape is not None else []
    if found:
        plural = "s" if len(found) > 1 else ""
        words = f"{len(found)} validation error{plural} detected: {'; '.join(found[:_SHOWN])}"
        raise ApiRefusal(service.malformed, words, status=400)


@dataclass(frozen=True)
class _Checker:
    """Goes through a value and its shape side by side; texts of the shapes in ``unchecked`` are passed over."""

    unchecked: frozenset[str]

    def violations(self, shape: Shape, value: object, path: str) -> Iterator[str]:
        """What the model does not admit; botocore's parser has given each shape a value of its type."""
        if isinstance(shape, StructureShape):
            yield from self._structure(shape, value, path)
        elif isinstance(shape, ListShape) and isinstance(value, list):
            yield from _bounds(shape, len(value), value, path, "length")
            for index, item in enumerate(value, start=1):
                yield from self.violations(shape.member, item, f"{path}.{index}.member")
        elif isinstance(shape, MapShape) and isinstance(value, Mapping):
            yield from _bounds(shape, len(value), value, path, "length")
            for key, item in value.items():
                yield from self.violations(shape.key, key, path)
                yield from self.violations(shape.value, item, f"{path}.{key}.member")
        elif shape.type_name == "string" and shape.name not in self.unchecked:
            yield from _string(shape, str(value), path)
        elif isinstance(value, int | float) and shape.type_name in ("integer", "long", "float", "double"):
            yield from _bounds(shape, value, value, path, "value")

    def _structure(self, shape: StructureShape, value: object, path: str) -> Iterator[str]:
        assert isinstance(value, Mapping)
        for name in shape.required_members:
            if value.get(name) is None:
                yield _violation(None, _join(path, name), "not be null")
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from self.violations(member, value[name], _join(path, name))


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
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


def _bounds(shape: Shape, size: float, value: object, path: str, what: str) -> Iterator[str]:
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


def _violation(value: object, path: str, rule: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {rule}"


def _join(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name
