"""What state a metric alarm is in: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"
(CloudWatch User Guide).

The window slides: a period of five minutes that is looked at in minute 6 has the data of minutes 2 to 6. More points
than the evaluation periods are retrieved, for the newest real ones to be used; how many more AWS shows by an example
only, 5 for 3, so two more is believed.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provisioner.emulator.cloudwatch.metric_data import value_of
from provisioner.emulator.cloudwatch.metrics import Metric, Metrics, is_statistic, percentile_of, statistic
from provisioner.emulator.core.call import Params
from provisioner.evaluation import metric_math

_FURTHER = 2
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(frozen=True)
class Point:
    """One period: when it began (epoch seconds), its value if there is one, from how many samples (of a percentile)."""

    start: float
    value: float | None
    samples: float = 0


@dataclass(frozen=True)
class Finding:
    """The state that follows from the data, and why, in AWS's words and as ``StateReasonData``."""

    state: str
    reason: str
    data: str


def evaluated(config: Params) -> bool:
    """Whether an alarm is of a kind that is evaluated here: a statistic or arithmetic over some, and a fixed threshold.

    Any other keeps its state.
    """
    if config.get("ComparisonOperator") not in _COMPARISONS:
        return False
    if "MetricName" in config:
        return is_statistic(config.get("Statistic") or config["ExtendedStatistic"])
    queries = config.get("Metrics", ())
    return bool(queries) and all(map(_computed, queries))


def _computed(query: Params) -> bool:
    if "Expression" in query:
        return metric_math.is_arithmetic(query["Expression"])
    return is_statistic(query["MetricStat"]["Stat"])


def evaluate(config: Params, state: str, metrics: Metrics, now: float) -> Finding | None:
    """The state of an alarm at ``now``, a whole minute in epoch seconds; ``None``: as it was."""
    count: int = config["EvaluationPeriods"]
    points = [_point(config, metrics, now, back) for back in range(count + _FURTHER)]
    real = [point for point in points if point.value is not None][:count]
    if _too_few_samples(config, real):
        return None
    found = _state(config, points, real, count)
    return None if found is None else Finding(found, _reason(config, state, found, real), _data(config, real, now))


def period_of(config: Params) -> int:
    """Seconds of one data point."""
    if "Period" in config:
        return int(config["Period"])
    return max(_period(query) for query in config["Metrics"])


def _period(query: Params) -> int:
    return int(query["MetricStat"]["Period"] if "MetricStat" in query else query.get("Period", 60))


def _point(config: Params, metrics: Metrics, now: float, back: int) -> Point:
    """The period that ended ``back`` periods ago."""
    period = period_of(config)
    start, end = now - (back + 1) * period, now - back * period
    if "Metrics" in config:
        queries = {query["Id"]: query for query in config["Metrics"]}
        returned = next(name for name, query in queries.items() if query.get("ReturnData", True))
        return Point(start, value_of(metrics, queries, returned, start, end))
    metric = Metric.of(config["Namespace"], config["MetricName"], config.get("Dimensions"))
    data = metrics.data(metric, start, end, config.get("Unit"))
    name = config.get("Statistic") or config["ExtendedStatistic"]
    return Point(start, statistic(name, data), sum(item.count for item in data))


def _too_few_samples(config: Params, real: Sequence[Point]) -> bool:
    """ "Percentile-based alarms and low data samples": with fewer than 10/(1-percentile) of them, or for the lower half
    10/percentile, an alarm that ignores low samples stays as it is.
    """
    percentile = percentile_of(config.get("ExtendedStatistic", ""))
    if percentile is None or config.get("EvaluateLowSampleCountPercentile") != "ignore" or not real:
        return False
    share = percentile / 100
    rarer = 1 - share if share >= 0.5 else share
    return rarer > 0 and sum(point.samples for point in real) * rarer < 10 - 1e-9


def _state(config: Params, points: Sequence[Point], real: Sequence[Point], count: int) -> str | None:
    """The table of the guide; ``points`` are newest first, ``real`` those of them that count and have a value."""
    needed: int = config.get("DatapointsToAlarm", count)
    breaching = sum(_breaches(config, point) for point in real)
    missing = count - len(real)
    if breaching >= needed:
        return "ALARM"
    treatment = config.get("TreatMissingData", "missing")
    if not missing or treatment == "notBreaching":
        return "OK"
    if treatment == "breaching":
        return "ALARM" if breaching + missing >= needed else "OK"
    if breaching < len(real):
        return "OK"
    if treatment == "ignore":
        return None
    if not real:
        return "INSUFFICIENT_DATA"
    # All that is there is breaching, and less than needed: ALARM once the oldest is as old as that many periods.
    oldest = max(index for index, point in enumerate(points) if point.value is not None)
    return "ALARM" if oldest + 1 >= needed else None


def _breaches(config: Params, point: Point) -> bool:
    holds, _ = _COMPARISONS[config["ComparisonOperator"]]
    return point.value is not None and holds(point.value, config["Threshold"])


def _reason(config: Params, before: str, state: str, real: Sequence[Point]) -> str:
    count: int = config["EvaluationPeriods"]
    treatment = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(config.get("TreatMissingData", ""))
    if not real and treatment:
        periods = f"{count} period{'s' * (count > 1)}"
        missing = f"{count} missing datapoint{'s were' if count > 1 else ' was'}"
        return f"Threshold Crossed: no datapoints were received for {periods} and {missing} treated as [{treatment}]."
    if not real:
        return f"Insufficient Data: {count} datapoint{'s were' if count > 1 else ' was'} unknown."
    words = _COMPARISONS[config["ComparisonOperator"]][1]
    alarming = state == "ALARM"
    telling = [point for point in real if _breaches(config, point) is alarming] or list(real)
    shown = ", ".join(f"{point.value} ({_minute(point.start)})" for point in telling)
    needed: int = config.get("DatapointsToAlarm", count)
    least = needed if alarming else count - needed + 1
    verb = f"{'were' if len(telling) > 1 else 'was'}{'' if alarming else ' not'}"
    change = f"(minimum {least} datapoint{'s' * (least > 1)} for {before} -> {state} transition)"
    return (
        f"Threshold Crossed: {len(telling)} out of the last {len(real)} datapoints [{shown}] {verb} {words} the "
        f"threshold ({float(config['Threshold'])}) {change}."
    )


def _minute(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def _data(config: Params, real: Sequence[Point], now: float) -> str:
    found: dict[str, Any] = {
        "version": "1.0",
        "queryDate": timestamp(now),
        "period": period_of(config),
        "recentDatapoints": [point.value for point in reversed(real)],
        "threshold": float(config["Threshold"]),
        "evaluatedDatapoints": [{"timestamp": timestamp(point.start), "value": point.value} for point in real],
    }
    if "MetricName" in config:
        found["statistic"] = config.get("Statistic") or config["ExtendedStatistic"]
    if real:
        found["startDate"] = timestamp(min(point.start for point in real))
    return json.dumps(found, separators=(",", ":"))


def timestamp(seconds: float) -> str:
    """A time as CloudWatch writes it into its JSON: ``2026-11-25T10:05:00.000+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
