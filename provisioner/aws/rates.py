"""As fast as AWS's published rates allow, and no faster: one token bucket for each operation.

``rates.json`` has the rates (requests a second, per account and Region) with where each figure comes from:
``documented`` by AWS, from ``memory`` or a ``guess``. Operations that AWS counts together share a bucket.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from provisioner.engine.plan import Estimate
from provisioner.engine.steps import Call

UNPUBLISHED_TPS = 10.0
"""The rate of an operation that ``rates.json`` does not have."""

FACTOR_VARIABLE = "PROVISIONER_RATE_FACTOR"
"""Multiplies every rate: for an account whose quotas were raised, or an endpoint that is not AWS."""

ROUND_TRIP_SECONDS = 0.15
"""How long one call is assumed to take, when a plan's duration is estimated."""


@dataclass(frozen=True)
class Rate:
    """What AWS publishes of one operation: ``tps`` requests a second, and where that figure comes from.

    ``burst`` requests at once are let through from time to time; operations with one ``bucket`` are counted together;
    ``quota`` is the service and the code under which Service Quotas keeps the account's own rate.
    """

    tps: float
    source: str = "guess"
    burst: float = 1.0  # no credit is published but ECS's, so calls are spaced evenly
    bucket: str = ""
    quota: Sequence[str] = ()


@cache
def published() -> dict[str, Rate]:
    """``"service:Operation"`` -> its rate."""
    text = resources.files("provisioner.aws").joinpath("rates.json").read_text(encoding="utf-8")
    return {operation: Rate(**entry) for operation, entry in json.loads(text).items()}


class Bucket:
    """A token bucket that shrinks when AWS says that it was too fast, and grows back."""

    def __init__(self, tps: float, burst: float = 1.0) -> None:
        self._published = tps
        self._tps = tps
        self._size = burst
        self._tokens = self._size
        self._filled = time.monotonic()
        self._guard = threading.Lock()

    def take(self) -> float:
        """Take a token, and say how many seconds to wait before using it."""
        with self._guard:
            now = time.monotonic()
            self._tokens = min(self._size, self._tokens + (now - self._filled) * self._tps)
            self._filled = now
            self._tokens -= 1.0
            return max(0.0, -self._tokens / self._tps)

    def throttled(self) -> None:
        """AWS refused: somebody else uses the same quota. Halve the rate, down to a tenth of the published one."""
        with self._guard:
            self._tps = max(self._tps / 2, self._published / 10)
            self._tokens = min(self._tokens, 0.0)

    def succeeded(self) -> None:
        """Give back a twentieth of the published rate."""
        with self._guard:
            self._tps = min(self._published, self._tps + self._published / 20)


class Rates:
    """The buckets of one account and Region."""

    def __init__(self, factor: float | None = None) -> None:
        self._factor = factor if factor is not None else _factor()
        self._buckets: dict[str, Bucket] = {}
        self._learned: dict[str, float] = {}
        self._guard = threading.Lock()

    def bucket(self, operation: str) -> Bucket:
        """The bucket of ``"service:Operation"``."""
        rate = self._rate(operation)
        with self._guard:
            if rate.bucket not in self._buckets:
                self._buckets[rate.bucket] = Bucket(rate.tps, rate.burst)
            return self._buckets[rate.bucket]

    def learn(self, operation: str, tps: float) -> None:
        """The account's own quota for ``operation``, in place of the published one."""
        with self._guard:
            self._learned[operation] = tps
            self._buckets.pop(operation, None)

    def estimate(self, calls: Sequence[Call]) -> Estimate:
        """The least time ``calls`` take: buckets run side by side, so the slowest one alone decides."""
        counts = Counter(self._rate(str(call)).bucket for call in calls)
        slowest = Estimate(ROUND_TRIP_SECONDS if calls else 0.0)
        for call in calls:
            rate = self._rate(str(call))
            seconds = max(0.0, counts[rate.bucket] - rate.burst) / rate.tps
            if seconds > slowest.seconds:
                slowest = Estimate(seconds, str(call))
        return slowest

    def _rate(self, operation: str) -> Rate:
        """The rate that holds here: the account's own where it is known, times the factor."""
        known = published().get(operation, Rate(UNPUBLISHED_TPS))
        tps = self._learned.get(operation, known.tps) * self._factor
        burst = known.burst * self._factor if known.burst > 1 else known.burst
        return replace(known, tps=tps, burst=burst, bucket=known.bucket or operation)


def _factor() -> float:
    text = os.environ.get(FACTOR_VARIABLE, "1")
    try:
        factor = float(text)
    except ValueError:
        return 1.0
    return factor if math.isfinite(factor) and factor > 0 else 1.0
