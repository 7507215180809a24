"""From a file to a configuration of the right shape. Whether it makes sense, ``lint`` says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from provisioner.blueprint.file import locate
from provisioner.blueprint.file.fields import show
from provisioner.blueprint.file.findings import (
    REFUSED,
    Finding,
    Flaw,
    NoPlatform,
    by_environment,
    dotted,
    of_schema,
    origins,
    place,
)
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import Config, Document
from provisioner.engine.errors import ConfigError
from provisioner.files import content, toml

MOST_BYTES = 1_000_000
"""Of a file; the sample has 5,000."""

_MOST_COPIES = 1_000
_MOST_WORKLOADS = 10_000
_MOST_KEYS = 200_000

_ENVIRONMENT = re.compile(r"[a-z0-9-]{1,16}")
"""16, for an X-Ray rule's name has 32 characters and ``lambda-sampling-`` takes the other 16."""


def load(path: Path, environment: str) -> Config:
    """The configuration of ``environment`` in the file at ``path``.

    ``ConfigError`` lists every value that the schema does not allow, with its line.
    """
    return read(path).load(environment)


@dataclass(frozen=True)
class File:
    """A file that is TOML and declares ``environments``, each with what it says differently from the rest."""

    path: Path
    lines: Mapping[KeyPath, int]
    values: Mapping[str, object]
    environments: Mapping[str, Mapping[str, object]]

    @cached_property
    def lines_of(self) -> Mapping[str, Mapping[KeyPath, int]]:
        """Environment -> the lines of its table; ``""`` -> those that all share."""
        return by_environment(self.lines)

    def load(self, environment: str) -> Config:
        """:func:`load`, of a file that was read."""
        found = self.configuration(environment)
        if isinstance(found, Config):
            return found
        raise self.refusal(found, environment)

    def configuration(self, environment: str) -> Config | list[Flaw]:
        """``environment``, or what in it the schema does not allow. ``ConfigError`` where it is not declared."""
        if environment not in self.environments:
            declared = ", ".join(self.environments)
            raise ConfigError(
                f"{self.path}: environment {environment!r} is not declared; declared are {declared}",
                remedy=f"Pass one of them with --env, or add [environments.{environment}] to the file.",
            )
        base = {key: value for key, value in self.values.items() if key != "environments"}
        try:
            known = Document.model_validate(_merged(base, self.environments[environment]))
        except ValidationError as error:
            return of_schema(error, Document)
        return Config(**dict(known), root=self.path.resolve().parent, environment=environment)

    def place(self, flaws: Iterable[Flaw], environment: str) -> list[Finding]:
        """``flaws`` of ``environment`` with their lines, each once, in the order of the file."""
        origin_of = origins(self.lines_of[""], self.lines_of.get(environment, {}), self.values)
        found = {place(flaw, origin_of, self.path.name, environment) for flaw in flaws}
        return sorted(found, key=lambda item: (item.line, str(item)))

    def refusal(self, flaws: Iterable[Flaw], environment: str) -> ConfigError:
        """The error that nothing can be built for ``environment`` because of ``flaws``."""
        findings = self.place(flaws, environment)
        count = "one finding" if len(findings) == 1 else f"{len(findings)} findings"
        what = f"{self.path} cannot be built for {environment}: {count}"
        return ConfigError(what, details=[str(item) for item in findings])


def read(path: Path) -> File:
    """The file at ``path``. Raises ``NoPlatform``, a ``ConfigError``, where it cannot be read or declares nothing."""
    text = _text(path)
    values = _parse(path, text)
    lines = locate.lines(text)
    return File(path, lines, values, _declared(path, lines, values))


def check_size(file: File) -> None:
    """Raises ``NoPlatform`` for more than can be judged as a whole in some seconds.

    Every environment has all keys of the file, and is judged in each of its Regions.
    """
    copies = {name: _regions(file.values, own) for name, own in file.environments.items()}
    workloads = sum(times * _workloads(file.values, file.environments[name]) for name, times in copies.items())
    keys = sum(times * len(file.lines_of[""]) for times in copies.values())
    for count, most, what in (
        (sum(copies.values()), _MOST_COPIES, "environments and Regions"),
        (workloads, _MOST_WORKLOADS, "functions and services of all environments and Regions"),
        (keys, _MOST_KEYS, "keys of all environments and Regions"),
    ):
        if count > most:
            told = f"{count:,} {what}; at most {most:,} in one file"
            line, at = file.lines.get(("environments",), 1), ("environments",)
            raise _no_platform(file.path, told, line, at, "Split the file: an environment can have one of its own.")


def _regions(values: Mapping[str, object], own: Mapping[str, object]) -> int:
    found = [_within(table, "platform", "regions") for table in (own, values)]
    return max([len(regions) for regions in found if isinstance(regions, list)], default=1) or 1


def _workloads(values: Mapping[str, object], own: Mapping[str, object]) -> int:
    found = [(_within(values, kind), _within(own, kind)) for kind in ("functions", "services")]
    return sum(len({*shared, *more}) for shared, more in found if isinstance(shared, dict) and isinstance(more, dict))


def _within(table: Mapping[str, object], *path: str) -> object:
    """What stands at ``path`` of ``table``, or an empty table."""
    found: object = table
    for key in path:
        found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return found


def _text(path: Path) -> str:
    try:
        return content(path, MOST_BYTES).decode()
    except FileNotFoundError as error:
        remedy = "Pass --config FILE, or start from the platform.toml at the root of this project."
        raise _no_platform(path, "there is no such file", remedy=remedy) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _no_platform(path, "not UTF-8, which TOML has to be", line) from error
    except OSError as error:
        raise _no_platform(path, f"cannot be read: {error.strerror}") from error


def _parse(path: Path, text: str) -> dict[str, object]:
    try:
        return toml.parse(text)
    except toml.BadToml as error:
        raise _no_platform(path, f"is not TOML: {error.what}", error.line) from error


def _declared(path: Path, lines: Mapping[KeyPath, int], values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    declared = values.get("environments")
    if not isinstance(declared, dict) or not declared:
        raise _no_platform(path, "no environment is declared", remedy="Add one to the file: [environments.dev]")
    for name, table in declared.items():
        where: KeyPath = ("environments", name)
        if not _ENVIRONMENT.fullmatch(name):
            what = "not a name for an environment; a-z, 0-9 and -, at most 16 characters"
            raise _no_platform(path, what, lines[where], where)
        if not isinstance(table, dict):
            raise _no_platform(path, f"{show(table)} is not a table; write [environments.{name}]", lines[where], where)
    return declared


def _no_platform(path: Path, what: str, line: int = 0, at: KeyPath = (), remedy: str = "") -> NoPlatform:
    """An error about the whole file, or about ``line`` of it."""
    where = f"{path.name}:{line}{f' {dotted(at)}:' if at else ''} {what}" if line else f"{path}: {what}"
    finding = Finding("error", "", path.name, line or 1, dotted(at), what, REFUSED, remedy or "Mend the file there.")
    return NoPlatform(where, finding, remedy)


def _merged(base: Mapping[str, object], over: Mapping[str, object], at: KeyPath = ()) -> dict[str, object]:
    """``base`` with ``over`` on top of it: tables are merged key by key, everything else is replaced.

    A value that is written as a table, because it is a reference, is one value.
    """
    result = dict(base)
    for key, value in over.items():
        below, here = result.get(key), (*at, key)
        table = isinstance(below, dict) and isinstance(value, dict) and not _is_variable(here)
        result[key] = _merged(below, value, here) if table else value  # type: ignore[arg-type]  # both are, if so
    return result


def _is_variable(path: KeyPath) -> bool:
    """Whether a variable of a function's environment stands at ``path``."""
    return len(path) == 4 and path[0] == "functions" and path[2] == "environment"
