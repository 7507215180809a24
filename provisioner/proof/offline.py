"""Evidence that needs no AWS, and what a pattern makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from provisioner.proof.misses import Miss, miss
from provisioner.proof.target import Target


@dataclass(frozen=True)
class Evidence:
    """Some log events, of which exactly ``expected`` must match. They are from ``item`` (a line, an event) of
    ``origin``: a file, or the handler that wrote them.
    """

    origin: str
    item: str
    lines: tuple[str, ...]
    expected: int

    @property
    def source(self) -> str:
        return f"{self.origin}, {self.item}"


@dataclass(frozen=True)
class Wrong:
    """Evidence against the pattern: what was expected, what was found, and lines to look at."""

    source: str
    what: str
    shown: tuple[Miss, ...] = ()


@dataclass
class Offline:
    """``lines`` looked at, of which ``matched``; ``values`` are what the filter would publish for those."""

    lines: int = 0
    matched: int = 0
    values: list[float] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)

    @property
    def proved(self) -> bool:
        """Lines that must match did, lines that must not did not, and there were some of both."""
        return not self.wrong and 0 < self.matched < self.lines


def judge(target: Target, evidence: Iterable[Evidence]) -> Offline:
    """Match every line of ``evidence``."""
    found = Offline()
    for item in evidence:
        hits = [line for line in item.lines if target.parsed.match(line)]
        found.lines += len(item.lines)
        found.matched += len(hits)
        if len(hits) != item.expected:
            others = [line for line in item.lines if line not in hits]
            shown = hits if len(hits) > item.expected else others
            what = f"{_count(len(hits), item)}, {item.expected} must"
            found.wrong.append(Wrong(item.source, what, tuple(miss(target.parsed, line) for line in shown[:3])))
        for line in hits:
            value = target.value_of(line)
            if value is None:
                what = f"matches, and {target.value} is not a number in it: nothing is published"
                found.wrong.append(Wrong(item.source, what, (miss(target.parsed, line),)))
            else:
                found.values.append(value)
        if item.origin not in found.origins:
            found.origins.append(item.origin)
    return found


def _count(matched: int, item: Evidence) -> str:
    if len(item.lines) == 1:
        return "the line matches" if matched else "the line does not match"
    return f"{matched} of {len(item.lines)} lines match"
