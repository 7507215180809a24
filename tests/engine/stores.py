"""Stores that a test can look into, and make fail."""

from __future__ import annotations

import threading
from collections.abc import Callable

from provisioner.engine.errors import StateError

LONG = 5.0
"""Seconds after which a test gives up waiting for something that should happen at once."""


class MemoryStore:
    """Blobs in a dictionary. ``failing`` names the verbs that do not work just now."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.failing: set[str] = set()
        self.refused = 0
        self.appended = 0
        self.changed = threading.Condition()

    def where(self, name: str) -> str:
        return f"memory:{name}"

    def read(self, name: str) -> bytes | None:
        self._may("read", name)
        return self.blobs.get(name)

    def write(self, name: str, data: bytes) -> None:
        self._may("write", name)
        self._put(name, data)

    def append(self, name: str, line: bytes) -> None:
        self._may("append", name)
        self.appended += 1
        self._put(name, self.blobs.get(name, b"") + line)

    def remove(self, name: str) -> None:
        self._may("remove", name)
        self._put(name, None)

    def swap(self, name: str, old: bytes | None, new: bytes | None) -> bool:
        self._may("swap", name)
        with self.changed:
            there = self.blobs.get(name) == old
            if there:
                self._put(name, new)
            return there

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until ``condition`` holds, asked again after each change; fails after a long while."""
        with self.changed:
            assert self.changed.wait_for(condition, timeout=LONG)

    def _put(self, name: str, data: bytes | None) -> None:
        with self.changed:
            if data is None:
                self.blobs.pop(name, None)
            else:
                self.blobs[name] = data
            self.changed.notify_all()

    def _may(self, verb: str, name: str) -> None:
        if verb in self.failing:
            with self.changed:
                self.refused += 1
                self.changed.notify_all()
            raise StateError(f"cannot {verb} {self.where(name)}")


class DeafStore(MemoryStore):
    """A swap is made, and its answer lost: like S3's client, it asks again and is told that it was not."""

    def swap(self, name: str, old: bytes | None, new: bytes | None) -> bool:
        super().swap(name, old, new)
        return False
