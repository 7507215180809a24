"""What AWS would refuse of the finished resources: names, lengths, duplicates. Before any call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from provisioner.engine.model import Resource
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_filter import MetricFilter

NAMES = {
    "log_group": (
        r"(?!aws/)[.\-_/#A-Za-z0-9]{1,512}",
        "1 to 512 of letters, digits, . - _ / #; not aws/ first",
    ),
    "sqs_queue": (r"[0-9A-Za-z_-]{1,80}", "1 to 80 of letters, digits, - and _"),
    "sns_topic": (r"[0-9A-Za-z_-]{1,256}", "1 to 256 of letters, digits, - and _"),
    "ecs_cluster": (r"[0-9A-Za-z_-]{1,255}", "1 to 255 of letters, digits, - and _"),
    "iam_role": (r"[\w+=,.@-]{1,64}", "1 to 64 of letters, digits and + = , . @ - _"),
    "lambda_function": (r"[a-zA-Z0-9-_]{1,64}", "1 to 64 of letters, digits, - and _"),
    "sampling_rule": (r".{1,32}", "1 to 32 characters"),
    "metric_filter": (r"[^:*]{1,512}", "1 to 512 characters without : and *"),
    "metric_alarm": (r".{1,255}", "1 to 255 characters"),
    "composite_alarm": (r".{1,255}", "1 to 255 characters"),
    "dashboard": (r"[0-9A-Za-z_-]{1,255}", "1 to 255 of letters, digits, - and _"),
}
"""Kind -> the pattern of a name, and the same in words; the API reference of each service."""

WIDGETS = 500
"""Of one dashboard."""


def findings(resources: Sequence[Resource]) -> list[str]:
    """Everything that AWS would refuse of ``resources``, a line each."""
    found = []
    for resource in resources:
        pattern, words = NAMES.get(resource.kind, (".+", ""))
        if not re.fullmatch(pattern, resource.name):
            found.append(f"{resource.address}: AWS does not take this name: {words}")
        if isinstance(resource, Dashboard) and len(resource.body["widgets"]) > WIDGETS:
            found.append(f"{resource.address}: {len(resource.body['widgets'])} widgets; AWS takes {WIDGETS}")
    return found + _duplicates(resources)


def _duplicates(resources: Sequence[Resource]) -> list[str]:
    names = Counter(_name_space(resource) for resource in resources)
    metrics = Counter(f"metric {r.namespace}/{r.metric}" for r in resources if isinstance(r, MetricFilter))
    return [f"{what} is declared {count} times" for what, count in (names + metrics).items() if count > 1]


def _name_space(resource: Resource) -> str:
    # Metric and composite alarms share one: a put of the one over the other is an error.
    return f"alarm {resource.name}" if resource.kind.endswith("_alarm") else str(resource.address)
