"""Metrics: every value that was published, exactly, and the statistics over a stretch of time."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from provisioner.emulator.core.place import Place

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100(?:\.0{1,10})?)", re.IGNORECASE)

Dimensions = tuple[tuple[str, str], ...]
"""Name and value, sorted by name. A metric with other dimensions is another metric."""


@dataclass(frozen=True)
class Metric:
    """What a metric is known by."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]] | None) -> Metric:
        """From members as the API has them, ``Dimensions`` as a list of ``Name`` and ``Value``."""
        return cls(namespace, name, tuple(sorted((item["Name"], item["Value"]) for item in dimensions or ())))


@dataclass(frozen=True)
class Datum:
    """What was published for one time (epoch seconds): ``values`` and how often each occurred, or a summary only."""

    timestamp: float
    unit: str
    count: float
    total: float
    least: float
    most: float
    values: tuple[tuple[float, float], ...] = ()


def datum(
    timestamp: float, values: Sequence[float], unit: str = "None", counts: Sequence[float] | None = None
) -> Datum:
    """A datum of single values."""
    pairs = tuple(zip(values, counts or [1.0] * len(values), strict=True))
    count, total = sum(times for _, times in pairs), math.fsum(value * times for value, times in pairs)
    return Datum(timestamp, unit, count, total, min(values), max(values), pairs)


class Series:
    """The data of one metric in the order of their times."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._data: list[Datum] = []

    def add(self, item: Datum) -> None:
        """Put a datum in its place."""
        place = bisect.bisect_right(self._times, item.timestamp)
        self._times.insert(place, item.timestamp)
        self._data.insert(place, item)

    def between(self, start: float, end: float, unit: str | None = None) -> list[Datum]:
        """The data from ``start`` on and before ``end``; only those of ``unit``, if one is asked for."""
        found = self._data[bisect.bisect_left(self._times, start) : bisect.bisect_left(self._times, end)]
        return [item for item in found if unit in (None, item.unit)]


class Metrics:
    """A place's metrics."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.series: dict[Metric, Series] = {}

    def publish(self, metric: Metric, item: Datum) -> None:
        """Keep a datum."""
        self.series.setdefault(metric, Series()).add(item)

    def data(self, metric: Metric, start: float, end: float, unit: str | None = None) -> list[Datum]:
        """What was published from ``start`` on and before ``end``."""
        found = self.series.get(metric)
        return found.between(start, end, unit) if found else []


def is_statistic(name: str) -> bool:
    """Whether :func:`statistic` can compute it."""
    return name in _STATISTICS or _PERCENTILE.fullmatch(name) is not None


def percentile_of(name: str) -> float | None:
    """99.9 for ``p99.9``; ``None`` for a statistic that is no percentile."""
    found = _PERCENTILE.fullmatch(name)
    return float(found[1]) if found else None


def statistic(name: str, data: Sequence[Datum]) -> float | None:
    """One statistic over ``data``; ``None`` where there is none.

    A percentile is interpolated between the two nearest values (believed: AWS's buckets are its own affair); there is
    none where values were only summarised, unless all were the same ("CloudWatch statistics definitions").
    """
    if not data:
        return None
    percentile = percentile_of(name)
    return _STATISTICS[name](data) if percentile is None else _percentile(percentile, data)


def _percentile(percentile: float, data: Sequence[Datum]) -> float | None:
    if any(not item.values and item.least != item.most for item in data):
        return None
    pairs = sorted(pair for item in data for pair in item.values or ((item.least, item.count),))
    rank = percentile / 100 * (sum(times for _, times in pairs) - 1)
    below = above = pairs[-1][0]
    seen = 0.0
    for index, (value, times) in enumerate(pairs):
        seen += times
        if rank < seen:
            below = value
            above = value if rank <= seen - 1 or index + 1 == len(pairs) else pairs[index + 1][0]
            break
    return below + (above - below) * (rank - math.floor(rank))


_STATISTICS: dict[str, Callable[[Sequence[Datum]], float]] = {
    "SampleCount": lambda data: sum(item.count for item in data),
    "Sum": lambda data: math.fsum(item.total for item in data),
    "Average": lambda data: math.fsum(item.total for item in data) / sum(item.count for item in data),
    "Minimum": lambda data: min(item.least for item in data),
    "Maximum": lambda data: max(item.most for item in data),
}
