"""What is wrong with a ``platform.toml``: the words, and where they belong.

A check yields a :class:`Flaw`, which knows a key of the merged document; :func:`place` makes a :class:`Finding` of it,
which knows the line of the file.
"""

from __future__ import annotations

import difflib
import types
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
_MOST = 1000


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


def by_environment(lines: Mapping[KeyPath, int]) -> dict[str, dict[KeyPath, int]]:
    """``lines`` split by the environment in whose table they stand; ``""`` for those of all environments."""
    found: dict[str, dict[KeyPath, int]] = {"": {}}
    for path, line in lines.items():
        if path[0] == "environments" and len(path) > 1:
            found.setdefault(str(path[1]), {})[path] = line
        else:
            found[""][path] = line
    return found


def origins(
    shared: Mapping[KeyPath, int], own: Mapping[KeyPath, int], document: Mapping[str, object]
) -> dict[KeyPath, KeyOrigin]:
    """The origins of all keys of ``document`` with the table of one environment, whose lines are ``own``, merged over
    the ``shared`` rest.
    """
    over = {path[2:]: KeyOrigin(line, path) for path, line in own.items() if len(path) > 2}
    replaced = {path for path, origin in over.items() if not isinstance(_at(document, origin.path), dict)}
    found = {
        path: KeyOrigin(line, path)
        for path, line in [*shared.items(), *((path, line) for path, line in own.items() if len(path) == 2)]
        if not _is_within(path, replaced)
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
    """Pydantic's findings in words of the file; of very many the first ones, and how many more there are."""
    details = error.errors()[:_MOST]
    misspelt = {detail["loc"]: _near(detail, schema) for detail in details if detail["type"] == "extra_forbidden"}
    # A key that must be there and is misspelt is one finding, the one that stands where the key does.
    meant = {(*loc[:-1], near) for loc, nearest in misspelt.items() for near in nearest}
    found = [_of_detail(item, schema) for item in details if item["type"] != "missing" or item["loc"] not in meant]
    more = error.error_count() - len(details)
    return [*found, Flaw((), f"{more:,} findings more, of the same kind")] if more else found


def unknown_key(key: str, known: list[str]) -> str:
    """What to say of ``key`` where only ``known`` ones are allowed."""
    near = _nearest(key, known)
    return f"unknown key; did you mean {' or '.join(near)}?" if near else f"unknown key; known here: {', '.join(known)}"


def _nearest(key: str, known: list[str]) -> list[str]:
    return difflib.get_close_matches(key, known, n=_SHOWN_KEYS, cutoff=0.5)


def _near(detail: ErrorDetails, schema: type[BaseModel]) -> list[str]:
    return _nearest(str(detail["loc"][-1]), _known_keys(schema, detail["loc"][:-1]))


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
        table = _table(kind)
        # The values of a dict, or the elements of a list, where it is no table of fixed keys.
        kind = table.model_fields[str(part)].annotation if table else typing.get_args(kind)[-1]
    table = _table(kind)
    return list(table.model_fields) if table else []


def _table(kind: object) -> type[BaseModel] | None:
    """The table of fixed keys that a value of this type is; also of ``Table | None``."""
    choice = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    return next((one for one in choice if isinstance(one, type) and issubclass(one, BaseModel)), None)


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
