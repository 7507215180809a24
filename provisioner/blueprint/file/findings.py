"""What is wrong with a ``platform.toml``: the words, and where they belong.

A check yields a :class:`Flaw`, which knows a key of the merged document; :func:`place` makes a :class:`Finding` of it,
which knows the line of the file.
"""

from __future__ import annotations

import difflib
import typing
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from provisioner.blueprint.file.fields import show
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.engine.errors import ConfigError

Severity: TypeAlias = Literal["error", "warning"]
"""An error stops ``plan`` and ``apply``; a warning is for whoever runs ``validate``."""

_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a table",
    "string_type": 'text in quotes, for example "this"',
}
_SHOWN_KEYS = 3


REFUSED = "Nothing can be built from it: plan and apply refuse the file."
"""Why it matters that something could not be built."""


@dataclass(frozen=True)
class Flaw:
    """Something wrong at ``path`` of the merged document: ``what`` it is, ``why`` it matters, and how to ``fix`` it."""

    path: KeyPath
    what: str
    why: str = REFUSED
    fix: str = "Change it to what is allowed."
    severity: Severity = "error"


@dataclass(frozen=True)
class Finding:
    """A flaw of one environment where a person finds it: a ``line`` of ``file``, counted from 1, and a dotted ``path``.

    ``environment`` is ``""`` where the file as a whole is wrong. The fields are those of ``validate --json``.
    """

    severity: Severity
    environment: str
    file: str
    line: int
    path: str
    what: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.path}: {self.what}"


class NoPlatform(ConfigError):
    """The file as a whole does not describe a platform; ``finding`` says the same as the message."""

    def __init__(self, message: str, finding: Finding, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.finding = finding


@dataclass(frozen=True)
class KeyOrigin:
    """Where a key of the merged document really stands."""

    line: int
    path: KeyPath


def origins(lines: Mapping[KeyPath, int], document: Mapping[str, object], environment: str) -> dict[KeyPath, KeyOrigin]:
    """The origins of all keys of ``document`` with the table of ``environment`` merged over the rest."""
    table: KeyPath = ("environments", environment)
    over = {path[2:]: KeyOrigin(line, path) for path, line in lines.items() if path[:2] == table and len(path) > 2}
    replaced = {path for path, origin in over.items() if not isinstance(_at(document, origin.path), dict)}
    found = {
        path: KeyOrigin(line, path)
        for path, line in lines.items()
        if (path[0] != "environments" or path == table[: len(path)]) and not _is_within(path, replaced)
    }
    for path, origin in over.items():
        found[path] = origin if path in replaced else found.get(path, origin)
    return found


def _is_within(path: KeyPath, replaced: Collection[KeyPath]) -> bool:
    return any(path[:size] in replaced for size in range(1, len(path) + 1))


def place(flaw: Flaw, origin_of: Mapping[KeyPath, KeyOrigin], file: str, environment: str) -> Finding:
    """``flaw`` of ``environment`` on its line of ``file``; a key that is not there stands where its table does."""
    known = flaw.path
    while known and known not in origin_of:
        known = known[:-1]
    origin = origin_of[known] if known else KeyOrigin(1, ())
    path = dotted(origin.path + flaw.path[len(known) :])
    return Finding(flaw.severity, environment, file, origin.line, path, flaw.what, flaw.why, flaw.fix)


def of_schema(error: ValidationError, schema: type[BaseModel]) -> list[Flaw]:
    """Pydantic's findings in words of the file."""
    return [_of_detail(detail, schema) for detail in error.errors()]


def unknown_key(key: str, known: list[str]) -> str:
    """What to say of ``key`` where only ``known`` ones are allowed."""
    near = difflib.get_close_matches(key, known, n=_SHOWN_KEYS, cutoff=0.5)
    return f"unknown key; did you mean {' or '.join(near)}?" if near else f"unknown key; known here: {', '.join(known)}"


def _of_detail(detail: ErrorDetails, schema: type[BaseModel]) -> Flaw:
    # Pydantic marks a finding about a key itself by a last part of its own.
    path = tuple(part for part in detail["loc"] if part != "[key]")
    match detail["type"]:
        case "extra_forbidden":
            message = unknown_key(str(path[-1]), _known_keys(schema, path[:-1]))
        case "missing":
            message = "missing; it has no default"
        case "value_error":
            message = str(detail["ctx"]["error"])
        case "string_too_long":
            message = f"{len(detail['input'])} characters; at most {detail['ctx']['max_length']}"
        case kind if kind in _EXPECTED:
            message = f"{show(detail['input'])} is not allowed; {_EXPECTED[kind]}"
        case _:
            message = f"{show(detail['input'])} is not allowed; {detail['msg']}"
    return Flaw(path, message)


def _known_keys(schema: type[BaseModel], path: KeyPath) -> list[str]:
    kind: object = schema
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = typing.get_args(kind)[-1]  # the values of a dict, the elements of a list
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _at(document: object, path: KeyPath) -> object:
    for part in path:
        match document, part:
            case dict(), _:
                document = document[part]
            case list(), int():
                document = document[part]
    return document


def dotted(path: KeyPath) -> str:
    """``notifications.subscriptions[0].endpoint``; the empty path is the file itself."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the file"
