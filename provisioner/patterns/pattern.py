"""What the three kinds of pattern have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from provisioner.patterns.numbers import NUMBER, measurement


@dataclass(frozen=True)
class Match:
    """One line that a pattern matched.

    ``fields`` is what TestMetricFilter answers as ``extractedValues``: ``{"$name": text}`` of a space-delimited
    pattern, empty for the other two kinds. ``document`` is the parsed line of a JSON pattern, its numbers as text.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Pattern(ABC):
    """A parsed filter pattern: made once, used for any number of lines.

    ``ambiguities`` are sentences for a person: where the editions of AWS's guide disagree, where the service was seen
    to answer otherwise than its guide says, and where a pattern reads otherwise than it looks. ``fields`` are the
    expressions that a metric value or a dimension may well use: ``$name`` of a space-delimited pattern, the selectors
    of a JSON pattern.
    """

    kind: ClassVar[str]
    source: str
    ambiguities: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @abstractmethod
    def match(self, line: str) -> Match | None:
        """The match of one log line, or ``None``. Never raises."""

    def match_exactly(self, line: str) -> Match | None:
        """:meth:`match` under the other reading of a space-delimited pattern, see :class:`SpacePattern`."""
        return self.match(line)

    def view(self, line: str) -> dict[str, str]:
        """What the expressions in :attr:`fields` are in ``line``, matched or not: why a near miss is one.

        Those that lead to nothing are left out; a pattern of terms has none.
        """
        return {}

    def extracted(self, match: Match) -> dict[str, str]:
        """What ``match`` offers to a metric value or a dimension: expression -> text."""
        values = {expression: self.extract(expression, match) for expression in self.fields}
        return {**match.fields, **{expression: text for expression, text in values.items() if text is not None}}

    @abstractmethod
    def check(self, expression: str) -> None:
        """Raise :class:`PatternError` if no line of this pattern can have what ``expression`` refers to."""

    @abstractmethod
    def extract(self, expression: str, match: Match) -> str | None:
        """The text of the field ``expression`` in ``match``, as a dimension shows it; ``None`` if there is none.

        Raises :class:`PatternError` if ``expression`` does not refer to anything that this pattern extracts.
        """

    def value(self, expression: str, match: Match) -> float | None:
        """The metric value that ``match`` publishes: a literal number, or the number in a field.

        ``None`` where the field is missing or not a number: "$.latency" of ``{"latency": "n/a"}`` publishes nothing.
        Raises as :meth:`extract` does.
        """
        if NUMBER.fullmatch(expression):
            return measurement(expression)
        text = self.extract(expression, match)
        return None if text is None else measurement(text)
