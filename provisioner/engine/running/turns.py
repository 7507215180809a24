"""Whose turn it is. Waiting for a rate holds nothing up: who waits stands in a line, and nobody sleeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Generic, TypeVar

from provisioner.engine.steps import Pace

T = TypeVar("T")


@dataclass(order=True)
class _Waiting(Generic[T]):
    """Sorted by weight, the heaviest first, then by who came first."""

    key: tuple[float, int]
    item: T = field(compare=False)


@dataclass(order=True)
class _Due(Generic[T]):
    """At ``at`` it is the line's turn; or, where somebody stayed out of it until then, that one joins it."""

    at: float
    number: int
    line: str = field(compare=False)
    returning: _Waiting[T] | None = field(compare=False, default=None)


class Turns(Generic[T]):
    """Lines of items, let through one at a time at their ``pace``. ``now`` is always of one clock, real or not."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._lines: dict[str, list[_Waiting[T]]] = {}
        self._due: list[_Due[T]] = []
        self._numbers = itertools.count()

    def join(self, item: T, line: str, weight: float, now: float) -> int:
        """``item`` waits in ``line``, where the heaviest goes first. Returns how many are in it."""
        self._join(_Waiting((-weight, next(self._numbers)), item), line, now)
        return len(self._lines[line])

    def join_later(self, item: T, line: str, weight: float, at: float) -> None:
        """``item`` joins ``line`` at ``at``."""
        waiting = _Waiting((-weight, next(self._numbers)), item)
        heappush(self._due, _Due(at, next(self._numbers), line, waiting))

    def due(self, now: float) -> Iterator[T]:
        """The items whose turn it is by ``now``."""
        while self._due and self._due[0].at <= now:
            due = heappop(self._due)
            if due.returning:
                self._join(due.returning, due.line, now)
                continue
            waiting = self._lines[due.line]
            yield heappop(waiting).item
            if waiting:
                self._take(due.line, now)
            else:
                del self._lines[due.line]

    @property
    def next(self) -> float | None:
        """When it is somebody's turn; ``None`` where nobody waits."""
        return self._due[0].at if self._due else None

    def _join(self, waiting: _Waiting[T], line: str, now: float) -> None:
        there = line in self._lines
        heappush(self._lines.setdefault(line, []), waiting)
        if not there:
            self._take(line, now)

    def _take(self, line: str, now: float) -> None:
        heappush(self._due, _Due(now + self._pace.turn(line, now), next(self._numbers), line))
