"""Alarms that CloudWatch would refuse, or that could never fire."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.schema import CLUSTER
from provisioner.blueprint.lint.subject import Subject

_DAY = 86_400
"""The most seconds that an alarm looks at (PutMetricAlarm, CloudWatch API reference)."""


def insights(subject: Subject) -> Iterator[Flaw]:
    """Alarms on the cluster without Container Insights, which publishes their metrics."""
    config = subject.config
    on = [signal for (owner, signal), alarm in config.active_alarms.items() if owner == CLUSTER and not alarm.metric]
    if config.cluster.container_insights == "disabled" and on:
        path = ("cluster", "container_insights")
        message = f"'disabled' leaves the alarms on {' and '.join(on)} without a metric; switch them off as well"
        yield Flaw(
            path,
            f"{message} (cluster.alarms.{on[0]}.enabled = false)",
            "Only Container Insights publishes the CPU and memory of a cluster: without it these alarms never fire.",
            f'Set container_insights = "enabled", or enabled = false in cluster.alarms.{" and .".join(on)}.',
        )


def percentages(subject: Subject) -> Iterator[Flaw]:
    """Thresholds of a percentage."""
    config = subject.config
    for signal, alarm in config.alarms_of(CLUSTER).items():
        if alarm.threshold is not None and alarm.threshold > 100 and not alarm.metric:
            yield Flaw((CLUSTER, "alarms", signal, "threshold"), f"{alarm.threshold} is not allowed; 0 to 100")


def windows(subject: Subject) -> Iterator[Flaw]:
    """Alarms that look back further than a day."""
    config = subject.config
    for key, alarm in config.active_alarms.items():
        period, count = config.window(key)
        if period * count <= _DAY:
            continue
        own = alarm.period_seconds or alarm.evaluation_periods
        path = (*config.table_of(key[0]), "alarms", key[1]) if own else ("alarms",)
        yield Flaw(path, f"{count} periods of {period} s are longer than a day, {_DAY} s, the most an alarm looks at")
