"""From a file to a configuration that can be built, or to everything that is wrong with it at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from provisioner.blueprint import locate
from provisioner.blueprint.checks import check
from provisioner.blueprint.findings import Finding, describe, of_schema, origins
from provisioner.blueprint.schema import Config, Document
from provisioner.engine.errors import ConfigError

_ENVIRONMENT = re.compile(r"[a-z0-9-]{1,16}")
"""16, for an X-Ray rule's name has 32 characters and ``lambda-sampling-`` takes the other 16."""


def load(path: Path, environment: str) -> Config:
    """The configuration of ``environment`` in the file at ``path``.

    Everything that can be checked without AWS is checked, and ``ConfigError`` lists all findings with their lines.
    """
    text = _read(path)
    document = _parse(path, text)
    declared = _declared(path, text, document)
    if environment not in declared:
        raise ConfigError(
            f"{path}: environment {environment!r} is not declared; declared are {', '.join(declared)}",
            remedy=f"Pass one of them with --env, or add [environments.{environment}] to the file.",
        )
    base = {key: value for key, value in document.items() if key != "environments"}
    config = _validated(path.resolve().parent, environment, _merged(base, declared[environment]))
    findings = config if isinstance(config, list) else check(config)
    if findings or isinstance(config, list):
        origin_of = origins(locate.lines(text), document, environment)
        lines = sorted({describe(finding, origin_of, path.name) for finding in findings})
        count = "one finding" if len(lines) == 1 else f"{len(lines)} findings"
        raise ConfigError(f"{path} cannot be built for {environment}: {count}", details=[line for _, line in lines])
    return config


def environments(path: Path) -> list[str]:
    """The environments that the file at ``path`` declares. Raises ``ConfigError``."""
    text = _read(path)
    return list(_declared(path, text, _parse(path, text)))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no such file",
            remedy="Pass --config FILE, or start from the platform.toml at the root of this project.",
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path.name}:{line} not UTF-8, which TOML has to be") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = re.fullmatch(r"(?P<what>.*) \(at (line (?P<line>\d+), column \d+|end of document)\)", str(error))
        what = said["what"] if said else str(error)
        line = said["line"] if said and said["line"] else text.count("\n") + 1
        raise ConfigError(f"{path.name}:{line} is not TOML: {what}") from error


def _declared(path: Path, text: str, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    declared = document.get("environments")
    if not isinstance(declared, dict) or not declared:
        raise ConfigError(f"{path}: no environment is declared", remedy="Add one to the file: [environments.dev]")
    for name, table in declared.items():
        where = f"{path.name}:{locate.lines(text)['environments', name]} environments.{name}"
        if not _ENVIRONMENT.fullmatch(name):
            raise ConfigError(f"{where}: not a name for an environment; a-z, 0-9 and -, at most 16 characters")
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: {table!r} is not a table; write [environments.{name}]")
    return declared


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid upon ``base``: tables key by key, everything else as a whole."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def _validated(root: Path, environment: str, document: Mapping[str, Any]) -> Config | list[Finding]:
    try:
        known = Document.model_validate(document)
    except ValidationError as error:
        return of_schema(error, Document)
    return Config(**dict(known), root=root, environment=environment)
