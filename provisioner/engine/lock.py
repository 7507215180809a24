"""One writer at a time: a lock that says who holds it, and lapses when its holder no longer renews it."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.store import Store

BEAT_SECONDS = 15.0
LAPSE_SECONDS = 120.0
"""Far more than a beat, for two machines' clocks may differ."""


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

    @classmethod
    def here(cls, command: str, now: float) -> Holder:
        """This process, at ``now``."""
        return cls(socket.gethostname(), _user(), os.getpid(), command, now, now, secrets.token_hex(8))

    def to_bytes(self) -> bytes:
        return (json.dumps(asdict(self)) + "\n").encode()

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.since))
        return f"{self.user}@{self.host}, process {self.process}, since {since}: {self.command}"

    def lapsed(self, now: float) -> bool:
        """Its process is gone, as far as can be told from here at ``now``."""
        dead = self.host == socket.gethostname() and not _alive(self.process)
        return dead or now - self.beat > LAPSE_SECONDS


class Lock:
    """The lock of one environment, as held by this process; a thread of its own says that we are alive."""

    def __init__(self, store: Store, name: str, holder: Holder, now: Callable[[], float], pause: float) -> None:
        self._store = store
        self._name = name
        self._holder = holder
        self._now = now
        self._pause = pause
        self._lost = threading.Event()
        self._released = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="state-lock", daemon=True)
        self._beating.start()

    def check(self) -> None:
        """Raise :class:`LockedError` when somebody took the lock away: from then on nothing may be written."""
        if self._lost.is_set():
            raise LockedError(
                f"the lock {self._store.where(self._name)} was taken away from this run",
                remedy="Nothing more is started. See who runs (state unlock shows it), then run the command again.",
            )

    def release(self) -> None:
        """Give the lock back, unless it is somebody else's by now."""
        self._released.set()
        self._beating.join()
        self._replace(None)

    def _beat(self) -> None:
        while not self._released.wait(self._pause):
            with suppress(StateError):  # the disk or the network may be back at the next beat; the lock lapses if not
                self._replace(replace(self._holder, beat=self._now()))

    def _replace(self, holder: Holder | None) -> None:
        """Put ``holder`` in place of what we last wrote, if the lock is ours still.

        What we last wrote is read, not remembered: a write whose answer was lost may have been made all the same. So
        what the store says of this one is of no interest either; the next beat sees what became of it.
        """
        data = self._store.read(self._name)
        there = _holder(data)
        if there and there.token == self._holder.token:
            self._store.swap(self._name, data, holder.to_bytes() if holder else None)
        else:
            self._lost.set()


@contextmanager
def hold(
    store: Store,
    name: str,
    command: str,
    *,
    now: Callable[[], float] = time.time,
    pause: float = BEAT_SECONDS,
) -> Iterator[Lock]:
    """Hold the lock ``name`` for the length of the block, and say every ``pause`` seconds that we are alive.

    Raises :class:`LockedError` where somebody else is alive and has it.
    """
    mine = Holder.here(command, now())
    data = store.read(name)
    other = _holder(data)
    if other and not other.lapsed(now()):
        raise _taken(store, name, other)
    if not store.swap(name, data, mine.to_bytes()):
        winner = read_holder(store, name)
        if winner != mine:  # S3 refuses our own second attempt, where only the answer to the first was lost
            raise _taken(store, name, winner)
    lock = Lock(store, name, mine, now, pause)
    try:
        yield lock
    finally:
        lock.release()


def read_holder(store: Store, name: str) -> Holder | None:
    """Who holds the lock, or ``None``. A lock that cannot be read is held by nobody: a full disk may have torn it."""
    return _holder(store.read(name))


def _holder(data: bytes | None) -> Holder | None:
    try:
        return Holder(**json.loads(data)) if data else None
    except (ValueError, TypeError):
        return None


def unlock(store: Store, name: str) -> Holder | None:
    """Take the lock away from whoever has it, and say from whom."""
    holder = read_holder(store, name)
    store.remove(name)
    return holder


def _taken(store: Store, name: str, holder: Holder | None) -> LockedError:
    return LockedError(
        f"somebody else is at work on this environment: {holder or 'a run that has just begun'}",
        details=[f"Lock: {store.where(name)}"],
        remedy="Wait for it to end. If that process is certainly dead: python -m provisioner state unlock",
    )


def _alive(process: int) -> bool:
    try:
        with suppress(PermissionError):  # then it is there, and somebody else's
            os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
