"""platform.toml -> :class:`Config`, or one line for each thing that is wrong with it."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from provisioner.blueprint import locate
from provisioner.blueprint.config import Config
from provisioner.engine.errors import ConfigError

_ENVIRONMENT = re.compile(r"[a-z0-9-]{1,16}")


def load(path: Path, environment: str) -> Config:
    """The configuration of ``environment`` in the file at ``path``; :class:`ConfigError` on anything wrong in it."""
    text = _text(path)
    document = _parse(path, text)
    declared = _declared(path, document)
    if environment not in declared:
        raise ConfigError(
            f"{path} declares no environment {environment!r}",
            details=[f"Declared: {', '.join(declared)}"],
            remedy=f"Pass one of them with --env, or add a table [environments.{environment}].",
        )
    own = document.pop("environments")[environment]
    merged = _merge(document, own)
    try:
        return Config.model_validate(
            {**merged, "environment": environment, "root": path.resolve().parent}, context={"file": path.name}
        )
    except ValidationError as error:
        places = locate.lines(text)
        raise invalid(path, [_finding(path, places, environment, own, item) for item in error.errors()]) from error


def environments(path: Path) -> list[str]:
    """The environments that the file at ``path`` declares."""
    return _declared(path, _parse(path, _text(path)))


def invalid(path: Path, findings: list[str]) -> ConfigError:
    """The error that lists ``findings``."""
    count = f"{len(findings)} findings" if len(findings) > 1 else "1 finding"
    return ConfigError(f"{path} cannot be built: {count}", details=findings, remedy="Nothing was touched.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}", remedy="Name the configuration file with --config."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}", remedy="Nothing was touched. Mend that line.") from error


def _declared(path: Path, document: dict[str, Any]) -> list[str]:
    tables = document.get("environments")
    if not isinstance(tables, dict) or not tables:
        raise ConfigError(f"{path} declares no environment", remedy="Add at least one table: [environments.dev]")
    for name, table in tables.items():
        if not _ENVIRONMENT.fullmatch(name) or not isinstance(table, dict):
            raise ConfigError(f"{path}: environments.{name}: at most 16 of a-z, 0-9 and -, naming a table")
    return list(tables)


def _merge(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        there = merged.get(key)
        merged[key] = _merge(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return merged


def _finding(
    path: Path, places: dict[locate.Path, int], environment: str, own: dict[str, Any], item: ErrorDetails
) -> str:
    place = tuple(part for part in item["loc"] if part not in _UNION_ARMS)
    stands = ("environments", environment, *place) if _has(own, place) else place
    line = locate.line_of(places, stands)
    where = f"{path.name}:{line}" if line else path.name
    return f"{where} {'.'.join(map(str, stands)) or 'file'}: {_words(item)}"


_UNION_ARMS = ("bool", "constrained-str", "[key]")


def _has(table: Any, place: tuple[Any, ...]) -> bool:
    for part in place:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return bool(place)


def _words(item: ErrorDetails) -> str:
    given = item.get("input")
    match item["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), _known_keys(), n=3)
            return f"unknown key{'; did you mean ' + ' or '.join(near) + '?' if near else ''}"
        case "missing":
            return "is missing"
        case "literal_error":
            return f"{given!r} is not allowed; one of {item['ctx']['expected']}"
        case "value_error":
            return str(item["ctx"]["error"])
        case _:
            return f"{item['msg'][0].lower()}{item['msg'][1:]}, not {given!r}"


def _known_keys() -> list[str]:
    schema = Config.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    return sorted({key for model in models for key in model.get("properties", {})} - {"environment", "root"})
