"""What state a metric alarm is in: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"
(CloudWatch User Guide).

The window slides: a period of five minutes that is looked at in minute 6 has the data of minutes 2 to 6. CloudWatch
retrieves more points than there are evaluation periods, so that it can use the newest real ones. How many more it shows
by one example only, 5 for 3: two more is believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provisioner.evaluation.condition import Condition, Math
from provisioner.evaluation.queries import Measure, Point, Stat, value_of
from provisioner.evaluation.samples import percentile_of
from provisioner.evaluation.words import reason, reason_data

_FURTHER = 2


@dataclass(frozen=True)
class AlarmState:
    """The state that follows from the data, and why: in AWS's words and as ``StateReasonData`` (JSON)."""

    value: str
    reason: str
    data: str


def evaluate(condition: Condition, before: str, measure: Measure, now: float) -> AlarmState | None:
    """The state of an alarm at ``now``, a whole minute in epoch seconds; ``None``: it stays as it was ``before``.

    The condition must be ``computable``.
    """
    points = [_point(condition, measure, now, back) for back in range(condition.periods + _FURTHER)]
    real = [point for point in points if point.value is not None][: condition.periods]
    if _too_few_samples(condition, real):
        return None
    found = _state(condition, points, real)
    if found is None:
        return None
    return AlarmState(found, reason(condition, before, found, real), reason_data(condition, real, now))


def _point(condition: Condition, measure: Measure, now: float, back: int) -> Point:
    """The period that ended ``back`` periods ago."""
    start, end = now - (back + 1) * condition.period, now - back * condition.period
    measured = condition.measured
    if isinstance(measured, Math):
        return Point(start, value_of(measured.queries, measured.returned, measure, start, end))
    found = measure(measured, start, end)
    return Point(start, found.value, found.samples)


def _too_few_samples(condition: Condition, real: Sequence[Point]) -> bool:
    """Whether there are too few samples for a percentile, and the alarm stays as it is then: fewer than
    10/(1-percentile), or 10/percentile for the lower half ("Percentile-based alarms and low data samples").
    """
    measured = condition.measured
    percentile = percentile_of(measured.statistic) if isinstance(measured, Stat) else None
    if percentile is None or not condition.ignore_few_samples or not real:
        return False
    share = percentile / 100
    rarer = 1 - share if share >= 0.5 else share
    return rarer > 0 and sum(point.samples for point in real) * rarer < 10 - 1e-9


def _state(condition: Condition, points: Sequence[Point], real: Sequence[Point]) -> str | None:
    """The table of the guide; ``points`` are newest first, ``real`` those of them that count and have a value."""
    breaching = sum(condition.breached_by(point.value) for point in real)
    missing = condition.periods - len(real)
    if breaching >= condition.needed:
        return "ALARM"
    if not missing or condition.missing == "notBreaching":
        return "OK"
    if condition.missing == "breaching":
        return "ALARM" if breaching + missing >= condition.needed else "OK"
    if breaching < len(real):
        return "OK"
    if condition.missing == "ignore":
        return None
    if not real:
        return "INSUFFICIENT_DATA"
    # All points that exist are breaching, but there are too few: ALARM once the oldest is that many periods old.
    oldest = max(index for index, point in enumerate(points) if point.value is not None)
    return "ALARM" if oldest + 1 >= condition.needed else None
