"""As fast as AWS's published rates allow, and no faster: one token bucket for each operation.

``rates.json`` has the rates (requests a second, per account and Region) with where each figure comes from:
``documented`` by AWS, from ``memory`` or a ``guess``. Operations that AWS counts together share a bucket.
"""

from __future__ import annotations

import json
import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from provisioner.engine.steps import Call, Step

UNPUBLISHED_TPS = 10.0
"""The rate of an operation that ``rates.json`` does not have."""

FACTOR_VARIABLE = "PROVISIONER_RATE_FACTOR"
"""Multiplies every rate: for an account whose quotas were raised, or an endpoint that is not AWS."""


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
        self._filled: float | None = None
        self._guard = threading.Lock()

    def take(self, now: float) -> float:
        """Take a token, and say how many seconds from ``now`` to wait before using it."""
        with self._guard:
            self._filled = now if self._filled is None else self._filled
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
        self._rates: dict[str, Rate] = {}
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
            self._rates.pop(operation, None)

    def line(self, step: Step) -> str:
        """See :class:`provisioner.engine.steps.Pace`. What AWS counts together stands in one line."""
        return self._rate(str(step)).bucket if isinstance(step, Call) else ""

    def turn(self, line: str, now: float) -> float:
        """See :class:`provisioner.engine.steps.Pace`."""
        return self.bucket(line).take(now) if line else 0.0

    def interval(self, line: str) -> float:
        """See :class:`provisioner.engine.steps.Pace`."""
        return 1 / self._rate(line).tps if line else 0.0

    def sooner(self, seconds: float) -> float:
        """What ``seconds`` at AWS are where everything is faster by the factor."""
        return seconds / self._factor

    def unused(self) -> Rates:
        """The same rates, as if nothing had been called yet: to find out how long something would take."""
        fresh = Rates(self._factor)
        fresh._learned = dict(self._learned)
        return fresh

    def _rate(self, name: str) -> Rate:
        """The rate of an operation or bucket that holds here: the account's own where it is known, times the factor."""
        if name not in self._rates:
            known = published().get(name) or _shared().get(name) or Rate(UNPUBLISHED_TPS)
            tps = self._learned.get(name, known.tps) * self._factor
            burst = known.burst * self._factor if known.burst > 1 else known.burst
            self._rates[name] = replace(known, tps=tps, burst=burst, bucket=known.bucket or name)
        return self._rates[name]


@cache
def _shared() -> dict[str, Rate]:
    """A bucket of several operations -> its rate, which is the same for each of them."""
    return {rate.bucket: rate for rate in published().values() if rate.bucket}


def _factor() -> float:
    text = os.environ.get(FACTOR_VARIABLE, "1")
    try:
        factor = float(text)
    except ValueError:
        return 1.0
    return factor if math.isfinite(factor) and factor > 0 else 1.0
