"""The threads that make calls, while another decides which."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

IN_FLIGHT = 32
"""How many calls may be under way at once. At AWS's rates and a tenth of a second a call some ten are."""


class Hands(Generic[T]):
    """Threads that ``work`` on one item each. They are daemons: a call that never answers keeps nobody from ending."""

    def __init__(self, work: Callable[[T], object]) -> None:
        self._work = work
        self._todo: SimpleQueue[T | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[T, object] | None] = SimpleQueue()
        self._count = 0

    def take(self, item: T) -> None:
        """Work on ``item`` as soon as a hand is free."""
        self._todo.put(item)
        if self._count < IN_FLIGHT:
            self._count += 1
            threading.Thread(target=self._run, name=f"apply-{self._count}", daemon=True).start()

    def answers(self, until: float | None) -> Iterator[tuple[T, object]]:
        """What came of the items, an exception where it failed. Waits for the first, ``until`` then or a wake-up call.

        ``until`` is a time of ``time.monotonic``; ``None`` waits for as long as it takes.
        """
        patience = None if until is None else max(0.0, until - time.monotonic())
        try:
            answer = self._answers.get(timeout=patience)
            while answer is not None:
                yield answer
                answer = self._answers.get_nowait()
        except Empty:
            return

    def wake(self) -> None:
        """End the waiting of :meth:`answers`. Safe to call from a signal handler."""
        self._answers.put(None)

    def let_go(self) -> None:
        """Nothing more will come."""
        for _ in range(self._count):
            self._todo.put(None)
        self._count = 0

    def _run(self) -> None:
        while (item := self._todo.get()) is not None:
            try:
                answer = self._work(item)
            except BaseException as error:
                answer = error
            self._answers.put((item, answer))
