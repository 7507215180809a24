"""When a metric alarm is in ALARM: what it measures, how that is compared, and what missing data count as."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from provisioner.evaluation.queries import Query, Stat, computable

Missing = Literal["missing", "ignore", "breaching", "notBreaching"]
"""``TreatMissingData``: how a period without data counts."""

# What each comparison means, and how the reason for a state words it.
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Math:
    """Several queries by their ids, and the id of the one whose value is compared."""

    queries: Mapping[str, Query]
    returned: str

    @property
    def period(self) -> int:
        """Seconds of one point: the longest period of all queries."""
        return max(query.period for query in self.queries.values())

    @property
    def computable(self) -> bool:
        """Whether all of it is arithmetic over statistics that are computed here."""
        return computable(self.queries)


@dataclass(frozen=True)
class Condition:
    """What a metric alarm says. It is in ALARM when ``datapoints`` of the last ``periods`` points are on the wrong side
    of the threshold (M of N); ``datapoints`` None means all of them.

    ``ignore_few_samples`` is ``EvaluateLowSampleCountPercentile``: a percentile of too few samples changes nothing.
    """

    measured: Stat | Math
    comparison: str
    threshold: float
    periods: int = 1
    datapoints: int | None = None
    missing: Missing = "missing"
    ignore_few_samples: bool = False

    @property
    def needed(self) -> int:
        """How many points must be on the wrong side."""
        return self.datapoints or self.periods

    @property
    def period(self) -> int:
        """Seconds of one point."""
        return self.measured.period

    @property
    def computable(self) -> bool:
        """Whether it can be evaluated here: a fixed threshold, and statistics or arithmetic that are computed here."""
        return self.comparison in _COMPARISONS and self.measured.computable

    @property
    def words(self) -> str:
        """The comparison in AWS's words: ``greater than``."""
        return _COMPARISONS[self.comparison][1]

    def breached_by(self, value: float | None) -> bool:
        """Whether a value is on the wrong side of the threshold; no value is on neither."""
        holds, _ = _COMPARISONS[self.comparison]
        return value is not None and holds(value, self.threshold)
