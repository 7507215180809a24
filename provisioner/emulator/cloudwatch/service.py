"""What CloudWatch answers here; nothing is left to moto."""

from __future__ import annotations

from provisioner.emulator.cloudwatch import (
    actions,
    alarms,
    dashboards,
    history,
    metric_data,
    minutes,
    mute_rules,
    put_composite_alarm,
    put_metric_alarm,
    tags,
)
from provisioner.emulator.core.service import EmulatedService

CLOUDWATCH = EmulatedService(
    name="cloudwatch",
    apis=(
        put_metric_alarm.api,
        put_composite_alarm.api,
        alarms.api,
        actions.api,
        history.api,
        metric_data.api,
        dashboards.api,
        mute_rules.api,
        tags.api,
    ),
    malformed="ValidationError",
    warm_up=("ListMetrics", {}),
    catch_up=minutes.catch_up,
    controls={"metrics": metric_data.publish},
)
