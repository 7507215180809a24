"""The dashboard: rows by service boundary, every widget with its place, its size and its Region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisioner.blueprint.alarms import utilisation
from provisioner.blueprint.config import Config
from provisioner.blueprint.names import Names, Watch
from provisioner.engine.model import join
from provisioner.engine.reconciler import Scope
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm

_WIDTH = 24
_ERRORS = "fields @timestamp, @message | filter @message like /ERROR|CRITICAL|FATAL/ | sort @timestamp desc | limit 20"


def dashboard(
    config: Config,
    names: Names,
    scope: Scope,
    cluster: EcsCluster,
    groups: Mapping[str, LogGroup],
    alarms: Sequence[MetricAlarm | CompositeAlarm],
) -> Dashboard:
    """Functions, cluster, errors across services, latencies, newest errors, and the state of every alarm."""
    period = config.alarms.period_seconds
    functions, services = names.functions, names.services
    rows: list[list[dict[str, Any]]] = []
    if functions:
        rows.append([_metrics("Lambda functions", scope, _function_lines(functions), period)])
    rows.append([_metrics("ECS cluster resource utilisation", scope, _cluster_lines(cluster, period), period, top=100)])
    rows.append([_metrics("Errors by service", scope, _error_lines(names), period)])
    if functions:
        rows.append([_metrics("Function latency percentiles", scope, _latency_lines(names), period)])
    newest = [("Recent Lambda errors", functions), ("Recent ECS errors", services)]
    rows.append([_log(title, scope, [groups[w.key] for w in watches]) for title, watches in newest if watches])
    rows.append([{"type": "alarm", "properties": {"title": "Alarms", "alarms": [alarm.arn for alarm in alarms]}}])
    body = {"widgets": _placed([row for row in rows if row])}
    return Dashboard(name=names.dashboard, body=body, tags=names.tags("dashboard", names.dashboard))


def _placed(rows: list[list[dict[str, Any]]], height: int = 6) -> list[dict[str, Any]]:
    return [
        {**widget, "x": column * (_WIDTH // len(row)), "y": y * height, "width": _WIDTH // len(row), "height": height}
        for y, row in enumerate(rows)
        for column, widget in enumerate(row)
    ]


def _metrics(title: str, scope: Scope, lines: list[Any], period: int, top: int | None = None) -> dict[str, Any]:
    axis = {"yAxis": {"left": {"min": 0, "max": top}}} if top else {}
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": scope.region,
            "view": "timeSeries",
            "stacked": False,
            "period": period,
            "metrics": lines,
            **axis,
        },
    }


def _function_lines(watches: Sequence[Watch]) -> list[Any]:
    # Without a dimension each metric would add up every function of the account.
    kinds = (("Errors", "Sum"), ("Duration", "p99"), ("ConcurrentExecutions", "Maximum"))
    return [
        ["AWS/Lambda", metric, "FunctionName", watch.function, {"stat": stat, "label": f"{watch.key} {metric} {stat}"}]
        for metric, stat in kinds
        for watch in watches
    ]


def _cluster_lines(cluster: EcsCluster, period: int) -> list[Any]:
    lines: list[Any] = []
    for stem in ("Cpu", "Memory"):
        suffix = stem.lower()
        for item in utilisation(cluster.cluster, stem, period):
            if "Expression" in item:
                expression = f"100*used_{suffix}/reserved_{suffix}"
                lines.append([{"id": f"percent_{suffix}", "expression": expression, "label": item["Label"]}])
            else:
                metric = item["MetricStat"]["Metric"]
                options = {"id": f"{item['Id']}_{suffix}", "stat": item["MetricStat"]["Stat"], "visible": False}
                lines.append([metric["Namespace"], metric["MetricName"], "ClusterName", cluster.cluster, options])
    return lines


def _error_lines(names: Names) -> list[Any]:
    watches = [*names.functions, *names.services]
    return [[names.namespace, watch.errors_metric, {"stat": "Sum", "label": watch.key}] for watch in watches]


def _latency_lines(names: Names) -> list[Any]:
    return [
        [names.namespace, watch.latency_metric, {"stat": stat, "label": f"{watch.key} {stat}"}]
        for watch in names.functions
        for stat in ("p99", "p95", "p50")
    ]


def _log(title: str, scope: Scope, groups: Sequence[LogGroup]) -> dict[str, Any]:
    sources = [part for group in groups for part in ("SOURCE '", group.group, "' | ")]
    properties = {"title": title, "region": scope.region, "view": "table", "query": join(*sources, _ERRORS)}
    return {"type": "log", "properties": properties}
