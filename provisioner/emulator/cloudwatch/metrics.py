"""Metrics: every value that was published, in the order of their times."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.evaluation import Measured, MetricId, Samples, Stat, statistic


@dataclass(frozen=True)
class Datum:
    """What was published for one time (epoch seconds), in one unit."""

    timestamp: float
    unit: str
    samples: Samples


class Series:
    """The data of one metric in the order of their times."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._data: list[Datum] = []

    def add(self, item: Datum) -> None:
        """Put a datum in its place."""
        place = bisect.bisect_right(self._times, item.timestamp)
        self._times.insert(place, item.timestamp)
        self._data.insert(place, item)

    def between(self, start: float, end: float, unit: str | None = None) -> list[Datum]:
        """The data from ``start`` on and before ``end``; only those of ``unit``, if one is asked for."""
        found = self._data[bisect.bisect_left(self._times, start) : bisect.bisect_left(self._times, end)]
        return [item for item in found if unit in (None, item.unit)]


class Metrics(Memory):
    """A place's metrics."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.series: dict[MetricId, Series] = {}

    def publish(self, metric: MetricId, item: Datum) -> None:
        """Keep a datum."""
        self.series.setdefault(metric, Series()).add(item)

    def data(self, metric: MetricId, start: float, end: float, unit: str | None = None) -> list[Datum]:
        """What was published from ``start`` on and before ``end``."""
        found = self.series.get(metric)
        return found.between(start, end, unit) if found else []

    def measure(self, stat: Stat, start: float, end: float) -> Measured:
        """A statistic over the time from ``start`` on and before ``end``: what the evaluator asks for."""
        samples = [item.samples for item in self.data(stat.metric, start, end, stat.unit)]
        return Measured(statistic(stat.statistic, samples), sum(item.count for item in samples))
