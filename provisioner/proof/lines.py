"""Any pattern over any lines: the quickest way to write one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from provisioner.patterns import Pattern, PatternError, parse, validate


@dataclass(frozen=True)
class Evaluated:
    """One line. Of a match, ``fields`` is what the pattern extracts and ``value`` what a metric filter would publish;
    of any other line, ``view`` is what the pattern's fields are in it.
    """

    file: str
    line: int
    matched: bool
    text: str
    fields: dict[str, str] = field(default_factory=dict)
    value: float | None = None
    view: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A pattern that AWS would take, with ``ambiguities``: where its guide leaves open what the pattern means."""

    pattern: Pattern
    value: str

    @property
    def ambiguities(self) -> tuple[str, ...]:
        return self.pattern.ambiguities

    def evaluate(self, file: str, lines: Iterable[str]) -> Iterator[Evaluated]:
        """Every one of ``lines``, counted from 1."""
        for number, line in enumerate(lines, start=1):
            match = self.pattern.match(line)
            if match is None:
                yield Evaluated(file, number, False, line, view=self.pattern.view(line))
            else:
                fields, value = self.pattern.extracted(match), self.pattern.value(self.value, match)
                yield Evaluated(file, number, True, line, fields, value)

    def to_json(self, evaluated: Iterable[Evaluated]) -> dict[str, Any]:
        """``verify --pattern --json``."""
        lines = [asdict(item) for item in evaluated]
        return {
            "schema": 1,
            "pattern": self.pattern.source,
            "kind": self.pattern.kind,
            "value": self.value,
            "ambiguities": list(self.ambiguities),
            "lines_read": len(lines),
            "lines_matched": sum(item["matched"] for item in lines),
            "lines": lines,
        }


def read(pattern: str, value: str) -> Reading:
    """The pattern and what it publishes. Raises :class:`PatternError` for what AWS would refuse."""
    parsed = parse(pattern)
    for finding in validate(pattern, value):
        raise PatternError(finding.message, source=value, position=0, hint=finding.hint)
    return Reading(parsed, value)
