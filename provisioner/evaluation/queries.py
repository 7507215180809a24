"""What an alarm, or a reader of metrics, asks for: a statistic of a metric, or arithmetic over such queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from provisioner.evaluation.metric_math import NotArithmetic, computed, identifiers
from provisioner.evaluation.samples import is_statistic

Dimensions = tuple[tuple[str, str], ...]
"""Name and value, sorted by name. A metric with other dimensions is another metric."""


@dataclass(frozen=True)
class MetricId:
    """What a metric is known by."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[tuple[str, str]] = ()) -> MetricId:
        """With its dimensions in any order."""
        return cls(namespace, name, tuple(sorted(dimensions)))


@dataclass(frozen=True)
class Stat:
    """One statistic of one metric, over periods of so many seconds; only data of ``unit`` count, if one is named."""

    metric: MetricId
    statistic: str
    period: int
    unit: str | None = None

    @property
    def computable(self) -> bool:
        """Whether the statistic is one that is computed here."""
        return is_statistic(self.statistic)


@dataclass(frozen=True)
class Formula:
    """Metric math over other queries, which it names by their ids; ``period`` in seconds."""

    text: str
    period: int = 60


Query = Stat | Formula


@dataclass(frozen=True)
class Measured:
    """What a statistic was over a stretch of time: ``None`` where there are no data, and from how many samples."""

    value: float | None
    samples: float = 0


@dataclass(frozen=True)
class Point:
    """One period: when it began (epoch seconds), its value if there is one, and from how many samples (0: unknown)."""

    start: float
    value: float | None
    samples: float = 0


Measure = Callable[[Stat, float, float], Measured]
"""Gives a statistic over the time from a start on and before an end, both in epoch seconds."""


class UnresolvedQuery(Exception):
    """An expression refers to a query that does not exist, or to itself; ``args[0]`` is the id."""


def value_of(queries: Mapping[str, Query], name: str, measure: Measure, start: float, end: float) -> float | None:
    """The value of the query ``name`` for one stretch of time; ``None`` where there are no data.

    Raises UnresolvedQuery, and NotArithmetic for an expression that is not computed here.
    """
    return _value_of(queries, name, lambda stat: measure(stat, start, end).value, frozenset())


def _value_of(
    queries: Mapping[str, Query], name: str, value: Callable[[Stat], float | None], above: frozenset[str]
) -> float | None:
    query = queries.get(name)
    if query is None or name in above:
        raise UnresolvedQuery(name)
    if isinstance(query, Stat):
        return value(query)
    parts = {part: _value_of(queries, part, value, above | {name}) for part in identifiers(query.text)}
    return computed(query.text, parts)


def computable(queries: Mapping[str, Query]) -> bool:
    """Whether every query has a value that can be computed here, once there are data."""
    if not all(query.computable for query in queries.values() if isinstance(query, Stat)):
        return False
    try:
        for name in queries:
            _value_of(queries, name, lambda _: 0.0, frozenset())
    except (UnresolvedQuery, NotArithmetic):
        return False
    return True
