"""Alarms are evaluated once a minute. Here that happens when somebody looks: before each call, and when time advances.

Every minute that has passed since is caught up on, in order, so that what a caller sees does not depend on when anybody
looked before.
"""

from __future__ import annotations

import math

from provisioner.emulator.cloudwatch.actions import Moment, change_state
from provisioner.emulator.cloudwatch.metrics import Metrics
from provisioner.emulator.cloudwatch.model import AlarmFacts, KeptAlarms, MetricAlarmFacts
from provisioner.emulator.core.world import EmulatedWorld, Memory
from provisioner.evaluation import Condition, evaluate

_MINUTE = 60
_DAY = 1440
"""At most so many minutes are caught up on: after a longer time the earlier ones are skipped."""


class Evaluations(Memory):
    """Until which minute (epoch seconds) a place's alarms have been evaluated."""

    until: float = 0.0


def catch_up(world: EmulatedWorld) -> None:
    """Evaluate every alarm for each whole minute that is over. The caller holds the world's lock."""
    now = math.floor(world.now() / _MINUTE) * _MINUTE
    for alarms in world.stores(KeptAlarms):
        done = world.store(Evaluations, alarms.place)
        if done.until >= now:
            continue
        last = max(done.until, now - _DAY * _MINUTE)
        done.until = now
        for minute in range(int(last) + _MINUTE, int(now) + _MINUTE, _MINUTE):
            for alarm in list(alarms.by_name.values()):
                if isinstance(alarm, MetricAlarmFacts) and alarm.condition is not None and alarm.due <= minute:
                    _evaluate(world, alarms, alarm, alarm.condition, minute)


def _evaluate(world: EmulatedWorld, alarms: KeptAlarms, alarm: AlarmFacts, condition: Condition, minute: float) -> None:
    found = evaluate(condition, alarm.state, world.store(Metrics, alarms.place).measure, minute)
    if found is not None and found.value != alarm.state:
        change_state(Moment(world, alarms, minute), alarm, found.value, found.reason, found.data)
