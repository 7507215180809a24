"""What a metric filter makes of its matches: the value, the dimensions and the default of a metric transformation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.patterns.errors import PatternError
from provisioner.patterns.numbers import NUMBER, measurement
from provisioner.patterns.parser import read
from provisioner.patterns.pattern import Pattern
from provisioner.patterns.text import TextPattern

MAX_VALUE = 100
MAX_DIMENSIONS = 3
MAX_DIMENSION = 255


@dataclass(frozen=True)
class Violation:
    """One thing that AWS would refuse: the member of the request, what is wrong with it, what to do instead."""

    member: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.member}: {self.message}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True)
class DataPoint:
    """One data point: its value in the metric's unit, and its dimensions."""

    value: float
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Transformation:
    """A pattern and what it publishes. ``value`` and the values of ``dimensions`` are as in a metric filter.

    :func:`validate` says what AWS would refuse of it; a reference to a field that cannot be is a
    :class:`PatternError` of :meth:`sample`.
    """

    pattern: Pattern
    value: str = "1"
    dimensions: Mapping[str, str] = field(default_factory=dict)
    default: float | None = None

    def sample(self, line: str) -> DataPoint | None:
        """What one log line publishes, or ``None``.

        The default is published for a line that does not match, and, as the service was seen to do, for one that
        matches and whose value is missing or null. A value that is there and no number publishes nothing. A line that
        lacks one of the dimensions publishes without any.
        """
        match = self.pattern.match(line)
        if match is None:
            return self._default()
        literal = NUMBER.fullmatch(self.value) is not None
        if not literal and self.pattern.extract(self.value, match) is None:
            return self._default()
        value = self.pattern.value(self.value, match)
        if value is None:
            return None
        texts = {name: self.pattern.extract(expression, match) for name, expression in self.dimensions.items()}
        dimensions = {name: text for name, text in texts.items() if text}
        return DataPoint(value, dimensions if len(dimensions) == len(texts) else {})

    def _default(self) -> DataPoint | None:
        return None if self.default is None else DataPoint(self.default)


def validate(
    pattern: str, value: str = "1", *, dimensions: Mapping[str, str] | None = None, default: float | None = None
) -> list[Violation]:
    """Everything for which AWS would refuse a metric filter with this pattern and transformation.

    The rules are those of PutMetricFilter's model (lengths) and of AWS, "Filter pattern syntax for metric filters"
    (three dimensions; only for JSON and space-delimited patterns; not together with a default value). That a selector
    of the value need not be in the pattern, and can have no wildcard, is how the service was seen to answer.
    """
    findings: list[Violation] = []
    parsed: Pattern | None = None
    try:
        parsed, excess = read(pattern)
        findings += [_finding("filterPattern", error) for error in excess]
    except PatternError as error:
        findings.append(_finding("filterPattern", error))
    findings += _value_findings(parsed, value)
    findings += _dimension_findings(parsed, dimensions or {})
    if default is not None and not math.isfinite(default):
        findings.append(Violation("defaultValue", "the default value is not a finite number"))
    if default is not None and dimensions:
        findings.append(Violation("defaultValue", "a metric with dimensions can have no default value"))
    return findings


def _finding(member: str, error: PatternError) -> Violation:
    return Violation(member, f"{error.message}, at character {error.position + 1}", error.hint)


def _value_findings(pattern: Pattern | None, value: str) -> list[Violation]:
    findings: list[Violation] = []
    if len(value) > MAX_VALUE:
        findings.append(Violation("metricValue", f"it has {len(value)} characters, AWS takes {MAX_VALUE}"))
    if value.startswith("$"):
        findings += _reference_findings(pattern, "metricValue", value)
    elif not NUMBER.fullmatch(value) or measurement(value) is None:
        findings.append(
            Violation("metricValue", f"{value!r} is not a number", "write a number, $.field of a JSON line, or $name")
        )
    return findings


def _dimension_findings(pattern: Pattern | None, dimensions: Mapping[str, str]) -> list[Violation]:
    findings: list[Violation] = []
    if len(dimensions) > MAX_DIMENSIONS:
        findings.append(Violation("dimensions", f"there are {len(dimensions)}, AWS takes {MAX_DIMENSIONS}"))
    if dimensions and isinstance(pattern, TextPattern):
        message = "the pattern does not support dimensions"
        return [
            *findings,
            Violation("dimensions", message, "only JSON and space-delimited patterns have fields to show"),
        ]
    for name, expression in dimensions.items():
        if not 1 <= len(name) <= MAX_DIMENSION or name.startswith(":"):
            hint = f"1 to {MAX_DIMENSION} characters, not beginning with a colon"
            findings.append(Violation("dimensions", f"{name!r} is not a name for a dimension", hint))
        if len(expression) > MAX_DIMENSION:
            findings.append(Violation("dimensions", f"the value of {name} has more than {MAX_DIMENSION} characters"))
        findings += _reference_findings(pattern, "dimensions", expression)
    return findings


def _reference_findings(pattern: Pattern | None, member: str, expression: str) -> list[Violation]:
    """The finding about an expression that refers to no field; none can be made about one of an unreadable pattern."""
    if pattern is None:
        return []
    try:
        pattern.check(expression)
    except PatternError as error:
        return [Violation(member, f"{expression!r}: {error.message}", error.hint)]
    return []
