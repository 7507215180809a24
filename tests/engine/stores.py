"""Stores that a test can look into, and make fail."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable

from provisioner.engine.errors import StateError
from provisioner.engine.keeping.store import Blob

LONG = 5.0
"""Seconds after which a test gives up waiting for something that should happen at once."""


class MemoryStore:
    """Blobs in a dictionary. ``failing`` names the verbs that do not work just now."""

    appends = True

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.versions: dict[str, str] = {}
        self.failing: set[str] = set()
        self.refused = 0
        self.appended = 0
        self.written: Counter[str] = Counter()
        """Bytes put or added, by the name of the blob."""
        self.changed = threading.Condition(threading.RLock())
        self._writes = itertools.count()

    def where(self, name: str) -> str:
        return f"memory:{name}"

    def concerns(self) -> list[str]:
        return []

    def read(self, name: str) -> Blob | None:
        self._may("read", name)
        with self.changed:
            return Blob(self.blobs[name], self.versions[name]) if name in self.blobs else None

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        self._may("put", name)
        self.written[name] += len(data)
        with self.changed:
            return self.set(name, data) if self._stands(name, over) else None

    def append(self, name: str, line: bytes, beside: str, fence: Blob | None) -> bool:
        self._may("append", name)
        self.appended += 1
        self.written[name] += len(line)
        with self.changed:
            stands = self._stands(beside, fence)
            if stands:
                self.set(name, self.blobs.get(name, b"") + line)
            return stands

    def remove(self, name: str, what: Blob) -> bool:
        self._may("remove", name)
        with self.changed:
            stands = self._stands(name, what)
            if stands:
                self.drop(name)
            return stands

    def set(self, name: str, data: bytes) -> Blob:
        """What somebody does who asks nobody."""
        with self.changed:
            self.blobs[name], self.versions[name] = data, str(next(self._writes))
            self.changed.notify_all()
            return Blob(data, self.versions[name])

    def drop(self, name: str) -> None:
        """The same, of a removal."""
        with self.changed:
            self.blobs.pop(name, None)
            self.versions.pop(name, None)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until ``condition`` holds, asked again after each change; fails after a long while."""
        with self.changed:
            assert self.changed.wait_for(condition, timeout=LONG)

    def _stands(self, name: str, expected: Blob | None) -> bool:
        there = self.versions[name] if name in self.blobs else None
        return there == (expected.version if expected else None)

    def _may(self, verb: str, name: str) -> None:
        if verb in self.failing:
            with self.changed:
                self.refused += 1
                self.changed.notify_all()
            raise StateError(f"cannot {verb} {self.where(name)}")


class WholeStore(MemoryStore):
    """No blob can grow, as in S3."""

    appends = False


class DeafStore(WholeStore):
    """A write is made, and its answer lost: like S3's client, it asks again and is told that it was not."""

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        super().put(name, data, over)
        return None
