"""What was measured, and the statistics over it ("CloudWatch statistics definitions", CloudWatch User Guide)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100(?:\.0{1,10})?)", re.IGNORECASE)


@dataclass(frozen=True)
class Samples:
    """Values that were published together: their number, sum and extremes.

    ``values`` pairs each value with how often it occurred; it is empty where only the summary was published.
    """

    count: float
    total: float
    least: float
    most: float
    values: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, values: Sequence[float], counts: Sequence[float] | None = None) -> Samples:
        """From single values, at least one, each of which occurred once unless ``counts`` says how often."""
        pairs = tuple(zip(values, counts or [1.0] * len(values), strict=True))
        count, total = sum(times for _, times in pairs), math.fsum(value * times for value, times in pairs)
        return cls(count, total, min(values), max(values), pairs)


def is_statistic(name: str) -> bool:
    """Whether :func:`statistic` can compute it."""
    return name in _STATISTICS or _PERCENTILE.fullmatch(name) is not None


def percentile_of(name: str) -> float | None:
    """99.9 for ``p99.9``; ``None`` for a statistic that is no percentile."""
    found = _PERCENTILE.fullmatch(name)
    return float(found[1]) if found else None


def statistic(name: str, data: Sequence[Samples]) -> float | None:
    """One statistic over ``data``; ``None`` where there is none. Raises KeyError for one that is not computed here.

    A percentile is interpolated between the two nearest values (believed: AWS does not say how it groups values). Where
    values were only summarised there is no percentile, unless all of them were the same.
    """
    if not data:
        return None
    percentile = percentile_of(name)
    return _STATISTICS[name](data) if percentile is None else _percentile(percentile, data)


def _percentile(percentile: float, data: Sequence[Samples]) -> float | None:
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


_STATISTICS: dict[str, Callable[[Sequence[Samples]], float]] = {
    "SampleCount": lambda data: sum(item.count for item in data),
    "Sum": lambda data: math.fsum(item.total for item in data),
    "Average": lambda data: math.fsum(item.total for item in data) / sum(item.count for item in data),
    "Minimum": lambda data: min(item.least for item in data),
    "Maximum": lambda data: max(item.most for item in data),
}
