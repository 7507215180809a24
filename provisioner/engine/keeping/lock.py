"""One writer at a time: a lock that says who holds it, and lapses when its holder no longer renews it.

The lock keeps others out. What keeps out a run that was paused until its lock had lapsed is the state itself: see
``claim`` in ``state.py``.
"""

from __future__ import annotations

import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.keeping.process import Process
from provisioner.engine.keeping.store import Blob, Store

BEAT_SECONDS = 15.0
LAPSE_SECONDS = 120.0
"""Far more than a beat, for two machines' clocks may differ."""
FRESH_SECONDS = 1.0
"""How long a look at the lock may be trusted: whoever was paused looks again before anything else."""
RELEASES = 3
"""How often the lock is given back, where the last beat was under way still."""
WAIT_SECONDS = 1.0
"""Between two looks at a lock that is waited for."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock, since when, and when it was last heard of (seconds since 1970)."""

    host: str
    user: str
    process: int
    command: str
    since: float
    beat: float
    token: str
    boot: str = ""
    namespace: str = ""
    started: str = ""
    """What tells ``process`` from another of its number; empty where the system does not say."""

    @classmethod
    def here(cls, command: str, now: float) -> Holder:
        """This process, at ``now``."""
        me = Process.here()
        token = secrets.token_hex(8)
        return cls(me.host, me.user, me.number, command, now, now, token, me.boot, me.namespace, me.started)

    def to_bytes(self) -> bytes:
        return (json.dumps(asdict(self)) + "\n").encode()

    def __str__(self) -> str:
        return f"{self.user}@{self.host}, process {self.process}, since {_utc(self.since)}: {self.command}"

    def lapsed(self, now: float) -> bool:
        """Its process is gone, as far as can be told from here at ``now``."""
        holder = Process(self.host, self.user, self.process, self.boot, self.namespace, self.started)
        return holder.is_dead() or now > self.lapse

    @property
    def lapse(self) -> float:
        """When it lapses, if it is not heard of before."""
        return self.beat + LAPSE_SECONDS


class Lock:
    """The lock of one environment, as held by this process; a thread of its own says that we are alive."""

    def __init__(self, store: Store, name: str, holder: Holder, now: Callable[[], float], pause: float) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._now = now
        self._pause = pause
        self._seen = holder.beat
        self._looking = threading.Lock()
        self._lost = threading.Event()
        self._released = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="state-lock", daemon=True)
        self._beating.start()

    @property
    def token(self) -> str:
        """What tells this holding of the lock from any other."""
        return self._holder.token

    def check(self) -> None:
        """Raise :class:`LockedError` when somebody took the lock away: from then on nothing may be written.

        The lock is looked at anew unless that was just done, for the process may have been paused meanwhile.
        """
        if not self._lost.is_set() and not self._fresh():
            self._look()
        if self._lost.is_set():
            raise overtaken(self._store.where(self._name))

    def release(self) -> None:
        """Give the lock back, unless it is somebody else's by now."""
        self._released.set()
        self._beating.join()
        for _ in range(RELEASES):
            there = self._ours()
            if there is None or self._store.remove(self._name, there):
                break

    def _fresh(self) -> bool:
        return 0 <= self._now() - self._seen < FRESH_SECONDS  # the machine's clock may be set back

    def _look(self) -> None:
        """See whose the lock is. Not to see it is no news for as long as nobody else may have taken it."""
        with self._looking:
            begun = self._now()
            try:
                self._ours()
            except StateError:
                if not 0 <= begun - self._seen < LAPSE_SECONDS - BEAT_SECONDS:
                    raise
            else:
                self._seen = begun

    def _beat(self) -> None:
        while not self._released.wait(self._pause):
            with suppress(StateError):  # the disk or the network may be back at the next beat; the lock lapses if not
                self._renew()

    def _renew(self) -> None:
        """Say that we are alive. What the store says of that is of no interest: the next look sees what became of it,
        and a write whose answer was lost may have been made all the same.
        """
        there = self._ours()
        if there:
            self._store.put(self._name, replace(self._holder, beat=self._now()).to_bytes(), there)

    def _ours(self) -> Blob | None:
        """The lock, if it is ours still."""
        there = self._store.read(self._name)
        holder = _holder(there)
        if holder and holder.token == self.token:
            return there
        self._lost.set()
        return None


@contextmanager
def hold(
    store: Store,
    name: str,
    command: str,
    *,
    patience: float = 0.0,
    advice: str = "",
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    pause: float = BEAT_SECONDS,
) -> Iterator[Lock]:
    """Hold the lock ``name`` for the length of the block, and say every ``pause`` seconds that we are alive.

    Raises :class:`LockedError` where somebody else is alive and has it, and still has it after ``patience`` (seconds);
    ``advice`` is what else a person can do then.
    """
    deadline = now() + patience
    while (mine := _take(store, name, command, now)) is None:
        left = deadline - now()
        if left <= 0:
            raise _taken(store, name, advice)
        sleep(min(left, WAIT_SECONDS))
    lock = Lock(store, name, mine, now, pause)
    try:
        yield lock
    finally:
        lock.release()


def _take(store: Store, name: str, command: str, now: Callable[[], float]) -> Holder | None:
    """This process as the holder, if nobody else is."""
    there = store.read(name)
    other = _holder(there)
    if other and not other.lapsed(now()):
        return None
    mine = Holder.here(command, now())
    # S3 refuses our own second attempt, where only the answer to the first was lost: so who has it is looked up.
    return mine if store.put(name, mine.to_bytes(), there) or read_holder(store, name) == mine else None


def read_holder(store: Store, name: str) -> Holder | None:
    """Who holds the lock, or ``None``. A lock that cannot be read is held by nobody: a full disk may have torn it."""
    return _holder(store.read(name))


def _holder(blob: Blob | None) -> Holder | None:
    """What a lock says. Fields of a later version are no obstacle; one of another type is."""
    try:
        said = json.loads(blob.data) if blob else None
        if not isinstance(said, dict):
            return None
        holder = Holder(**{field.name: said[field.name] for field in fields(Holder) if field.name in said})
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (getattr(holder, field.name) for field in fields(Holder) if field.type == "str")
    times = (holder.since, holder.beat)
    sound = all(isinstance(text, str) for text in texts) and all(map(_is_time, times)) and _is_number(holder.process)
    return holder if sound else None


def _is_number(value: object) -> bool:
    """Whether it may be that of a process: 0 and below stand for groups of them."""
    return type(value) is int and 0 < value < 2**31


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value < _YEAR_3000


def unlock(store: Store, name: str) -> Holder | None:
    """Take the lock away from whoever has it, and say from whom. ``LockedError`` where somebody has just taken it."""
    there = store.read(name)
    if there and not store.remove(name, there) and store.read(name):  # the answer to a removal may be lost
        raise _taken(store, name)
    return _holder(there)


def overtaken(where: str) -> LockedError:
    """The error of a run that is no longer the one that writes ``where``."""
    return LockedError(
        f"another run has taken over: {where} was taken away from this one",
        details=[
            "What this run had begun may have taken effect in AWS. Nothing more is started, and nothing recorded."
        ],
        remedy="See who runs (state unlock shows it), then run plan.",
    )


def _taken(store: Store, name: str, advice: str = "") -> LockedError:
    holder = read_holder(store, name)
    until = [f"It lapses at {_utc(holder.lapse)}, unless that run is heard of before."] if holder else []
    return LockedError(
        f"somebody else is at work on this environment: {holder or 'a run that has just begun'}",
        details=[f"Lock: {store.where(name)}", *until],
        remedy=f"Wait for it to end{advice}. If that process is certainly dead: python -m provisioner state unlock",
    )


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


_YEAR_3000 = 32_503_680_000.0
