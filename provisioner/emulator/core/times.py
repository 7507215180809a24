"""Times among the parameters and in the answers: epoch seconds here, other spellings for clients."""

from __future__ import annotations

from datetime import UTC, datetime


def epoch(given: datetime | str | float) -> float:
    """A time among the parameters, in epoch seconds; one without a time zone is UTC."""
    if isinstance(given, str):
        given = datetime.fromisoformat(given)
    if isinstance(given, datetime):
        return given.replace(tzinfo=given.tzinfo or UTC).timestamp()
    return float(given)


def iso(seconds: float) -> str:
    """``2026-11-25T10:05:00.123``: how services write a time into text, each with an ending of its own for UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
