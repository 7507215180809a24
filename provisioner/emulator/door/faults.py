"""Failures on demand: injected errors, lost answers, delays, and throttling by published rates."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from provisioner.emulator.core.call import ApiRefusal
from provisioner.emulator.core.place import Place


@dataclass
class Fault:
    """What happens to the next matching calls. ``times`` None means for ever; ``skip`` calls go through first.

    ``body`` is sent, with ``status`` 200 unless another is given, in place of the answer to a call that has no effect.
    """

    service: str
    operation: str = "*"
    code: str = ""
    message: str = "Injected by the emulator's control API."
    status: int | None = None
    body: str | None = None
    times: int | None = 1
    skip: int = 0
    delay_seconds: float = 0.0
    drop_connection: bool = False

    def refuse(self) -> None:
        """Raise the fault's error, before the call has any effect. A fault without a code only delays or drops."""
        if self.code and not self.drop_connection:
            raise ApiRefusal(self.code, self.message, status=self.status or 400)


@dataclass
class Faults:
    """The faults that are armed, in the order they were given: the first that matches is used."""

    armed: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, fault: Fault) -> None:
        """Add a fault after those already armed."""
        with self._lock:
            self.armed.append(fault)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self.armed.clear()

    def next(self, service: str, operation: str) -> Fault | None:
        """The fault that this call meets, counted down."""
        with self._lock:
            for fault in self.armed:
                if fault.service != service or fault.operation not in ("*", operation):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    return None
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.armed.remove(fault)
                return fault
        return None


@dataclass
class ThrottleSettings:
    """The switch of throttling."""

    rates: dict[str, float] | None = None
    """Calls a second by ``service:Operation``; what exceeds them is answered with ThrottlingException."""


@dataclass
class Throttle:
    """One token bucket for each operation, account and Region, holding a second's worth of calls.

    The buckets fill by the emulator's clock, like everything here. It runs at the machine's pace, so a client that
    keeps to the published rates by its own clock is served; and when it is advanced by an hour every bucket is full, as
    it would be at AWS after an hour.
    """

    _buckets: dict[tuple[str, str, Place], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, rates: Mapping[str, float] | None, service: str, operation: str, place: Place, now: float) -> None:
        """Spend one token; ``now`` is in epoch seconds. Raises ApiRefusal ``ThrottlingException`` if there is none."""
        rate = (rates or {}).get(f"{service}:{operation}")
        if rate is None:
            return
        key = (service, operation, place)
        with self._lock:
            tokens, since = self._buckets.get(key, (max(rate, 1.0), now))
            tokens = min(max(rate, 1.0), tokens + max(0.0, now - since) * rate)  # the machine may be set back
            self._buckets[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if tokens < 1:
            raise ApiRefusal("ThrottlingException", "Rate exceeded", status=400)

    def clear(self) -> None:
        """Fill every bucket."""
        with self._lock:
            self._buckets.clear()
