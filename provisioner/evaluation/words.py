"""Why an alarm is in its state, in AWS's words: ``StateReason`` and ``StateReasonData``, as real alarms show them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from provisioner.evaluation.condition import Condition
from provisioner.evaluation.queries import Point, Stat

_TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def reason(condition: Condition, before: str, state: str, real: Sequence[Point]) -> str:
    """``StateReason`` of a change from ``before`` to ``state``; ``real`` are the points with a value, newest first."""
    if not real:
        return _without_data(condition)
    alarming = state == "ALARM"
    telling = [point for point in real if condition.breached_by(point.value) is alarming] or list(real)
    shown = ", ".join(f"{point.value} ({_minute(point.start)})" for point in telling)
    least = condition.needed if alarming else condition.periods - condition.needed + 1
    verb = f"{'were' if len(telling) > 1 else 'was'}{'' if alarming else ' not'}"
    change = f"(minimum {least} datapoint{'s' * (least > 1)} for {before} -> {state} transition)"
    return (
        f"Threshold Crossed: {len(telling)} out of the last {len(real)} datapoints [{shown}] {verb} {condition.words} "
        f"the threshold ({float(condition.threshold)}) {change}."
    )


def _without_data(condition: Condition) -> str:
    count, treatment = condition.periods, _TREATED_AS.get(condition.missing)
    if treatment is None:
        return f"Insufficient Data: {count} datapoint{'s were' if count > 1 else ' was'} unknown."
    periods = f"{count} period{'s' * (count > 1)}"
    missing = f"{count} missing datapoint{'s were' if count > 1 else ' was'}"
    return f"Threshold Crossed: no datapoints were received for {periods} and {missing} treated as [{treatment}]."


def reason_data(condition: Condition, real: Sequence[Point], now: float) -> str:
    """``StateReasonData``: what was looked at, as JSON."""
    found: dict[str, object] = {
        "version": "1.0",
        "queryDate": timestamp(now),
        "period": condition.period,
        "recentDatapoints": [point.value for point in reversed(real)],
        "threshold": float(condition.threshold),
        "evaluatedDatapoints": [{"timestamp": timestamp(point.start), "value": point.value} for point in real],
    }
    if isinstance(condition.measured, Stat):
        found["statistic"] = condition.measured.statistic
    if real:
        found["startDate"] = timestamp(min(point.start for point in real))
    return json.dumps(found, separators=(",", ":"))


def _minute(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d/%m/%y %H:%M:%S")


def timestamp(seconds: float) -> str:
    """A time as CloudWatch writes it into its JSON: ``2026-11-25T10:05:00.000+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
