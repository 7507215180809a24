"""What CloudWatch would refuse of the dashboard, and what it would draw differently from what was written."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.aws.arns import arn
from provisioner.aws.policies import to_json
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.lint.subject import Subject
from provisioner.dashboards import check, misplaced
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_alarm import MetricAlarm


def bodies(subject: Subject) -> Iterator[Flaw]:
    """Geometry, Regions, metric arrays and counts of every dashboard."""
    alarms = [*subject.all(MetricAlarm), *subject.all(CompositeAlarm)]
    scope = subject.context.scope
    arns = {item.resource.address: {"arn": arn(scope, "cloudwatch", f"alarm:{item.name}")} for item in alarms}
    for dashboard in subject.all(Dashboard):
        body = dashboard.resource.resolve(arns).body
        errors, warnings = check(to_json(body))
        for where, what in errors:
            yield Flaw(
                dashboard.place,
                f"CloudWatch would refuse the dashboard {dashboard.name}: {where} {what}",
                "The whole dashboard is refused for one widget.",
                "Declare fewer functions, services or alarms, or spread them over two platforms.",
            )
        for where, what in [*warnings, *([] if errors else misplaced(body))]:
            yield Flaw(
                dashboard.place,
                f"the dashboard {dashboard.name} would not look as it is written: {where} {what}",
                "CloudWatch takes it, and draws something else.",
                "Report it: every widget is laid out by this program.",
                "warning",
            )
