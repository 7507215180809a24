"""Failures on demand and by chance: injected errors, lost answers, delays, and throttling by published rates."""

from __future__ import annotations

import random
import threading
from collections import Counter
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
    after_effect: bool = False
    """The call has its effect all the same, and ``code`` in place of its answer."""

    def refuse(self) -> None:
        """Raise the fault's error, before the call has any effect. A fault without a code only delays or drops."""
        if self.code and not self.drop_connection and not self.after_effect:
            raise self.refusal

    @property
    def refusal(self) -> ApiRefusal:
        """The fault's error."""
        return ApiRefusal(self.code, self.message, status=self.status or 400)


@dataclass
class ChanceSettings:
    """The switches of faults by chance: which share of all calls, whatever they are, meets each of them.

    One seed has the same call of an operation, the fifth for example, always meet the same.
    """

    fault_seed: int = 0
    throttled_share: float = 0.0
    lost_share: float = 0.0
    """These have their effect, and no answer."""
    failed_share: float = 0.0
    """These have their effect, and a 500 in place of an answer."""

    def draw(self, service: str, operation: str, number: int) -> Fault | None:
        """What happens to call ``number`` of ``operation``."""
        if not self.throttled_share + self.lost_share + self.failed_share:
            return None
        drawn = random.Random(f"{self.fault_seed} {service} {operation} {number}").random()  # not for secrets
        for share, fault in (
            (self.throttled_share, _throttled(service, operation)),
            (self.lost_share, Fault(service, operation, drop_connection=True)),
            (self.failed_share, Fault(service, operation, "InternalFailure", status=500, after_effect=True)),
        ):
            if drawn < share:
                return fault
            drawn -= share
        return None


def _throttled(service: str, operation: str) -> Fault:
    code, status = ("SlowDown", 503) if service == "s3" else ("ThrottlingException", 400)
    return Fault(service, operation, code, "Rate exceeded", status)


@dataclass
class Faults:
    """The faults that are armed, in the order they were given: the first that matches is used."""

    armed: list[Fault] = field(default_factory=list)
    _met: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cleared: threading.Event = field(default_factory=threading.Event)

    def arm(self, fault: Fault) -> None:
        """Add a fault after those already armed."""
        with self._lock:
            self.armed.append(fault)

    def clear(self) -> None:
        """Disarm all; whoever is being delayed goes on."""
        with self._lock:
            self.armed.clear()
            self._met.clear()
            cleared, self._cleared = self._cleared, threading.Event()
        cleared.set()

    def delay(self, fault: Fault) -> None:
        """Wait for as long as ``fault`` says."""
        with self._lock:
            cleared = self._cleared
        cleared.wait(fault.delay_seconds)

    def next(self, service: str, operation: str, chance: ChanceSettings) -> Fault | None:
        """The fault that this call meets, counted down, or else by ``chance``."""
        with self._lock:
            self._met[service, operation] += 1
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
            return chance.draw(service, operation, self._met[service, operation])


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
