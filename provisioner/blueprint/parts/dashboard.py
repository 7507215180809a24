"""The dashboard: a section for the functions, one for ECS, one across all services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from provisioner.blueprint.parts.alarms import INSIGHTS_METRICS, INSIGHTS_NAMESPACE, LAMBDA_NAMESPACE
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.blueprint.parts.filters import log_metric
from provisioner.blueprint.parts.names import Names
from provisioner.engine.reconciler import Scope
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_alarm import MetricAlarm

_GRID_WIDTH, _HEIGHT = 24, 6
_PERIOD = 300
_NEWEST = 20
_ALARMS_PER_WIDGET = 100  # CloudWatch's limit; no graph could show more functions or services, either
_LOG_GROUPS_PER_QUERY = 50

_CONSOLES = {"aws-us-gov": "console.amazonaws-us-gov.com", "aws-cn": "console.amazonaws.cn"}

_JSON_ERRORS = 'level in ["ERROR", "CRITICAL", "FATAL"] or log_level = "ERROR"'
_FUNCTION_TEXT_ERRORS = r"@message like /^\[(ERROR|CRITICAL)\]/"
_SERVICE_TEXT_ERRORS = r"@message like /\b(ERROR|FATAL|CRITICAL)\b/"

T = TypeVar("T")
Line: TypeAlias = Sequence["str | Mapping[str, object]"]
"""One entry of ``metrics``: namespace, name, dimensions pair by pair, options."""


@dataclass(frozen=True)
class _Widget:
    kind: str
    title: str
    properties: dict[str, object]


def dashboard(context: Context, blueprint: Blueprint) -> Iterator[Declared[Dashboard]]:
    """The one dashboard of the environment."""
    config, names = context.config, context.names
    alarms = [
        *(item.resource.arn for item in blueprint.all(MetricAlarm)),
        *(item.resource.arn for item in blueprint.all(CompositeAlarm)),
    ]
    functions = [
        *_graphs("Lambda functions: errors, p99 duration, concurrency", _function_lines(names), _FUNCTION_AXES),
        *_graphs("Lambda latency: p99, p95, p50", _latency_lines(names), _axis("ms")),
        *_errors("Recent Lambda errors", names, config.functions, _FUNCTION_TEXT_ERRORS),
    ]
    ecs = [
        *_graphs("ECS cluster: CPU and memory", [_cluster_lines(names)], _axis("%", highest=100)),
        *_errors("Recent ECS errors", names, config.services, _SERVICE_TEXT_ERRORS),
    ]
    across = [
        *_graphs("Errors by service", _error_lines(names), _axis("errors")),
        *(_Widget("alarm", "Alarms", {"alarms": part}) for part in _parts(alarms)),
    ]
    widgets = list(_laid_out([functions, ecs, across], context.scope.region))
    name = names.dashboard
    made = Dashboard(name=name, body={"widgets": widgets}, tags=context.tags(Dashboard, name))
    yield Declared(made, (), outputs={"dashboard_url": _url(context.scope, name)})


def _url(scope: Scope, name: str) -> str:
    console = _CONSOLES.get(scope.partition, "console.aws.amazon.com")
    return f"https://{scope.region}.{console}/cloudwatch/home?region={scope.region}#dashboards/dashboard/{name}"


def _laid_out(sections: Iterable[list[_Widget]], region: str) -> Iterator[dict[str, object]]:
    """Two widgets a row, a lone one across the whole width; every section begins a row."""
    y = 0
    for section in sections:
        for start in range(0, len(section), 2):
            row = section[start : start + 2]
            width = _GRID_WIDTH // len(row)
            for column, widget in enumerate(row):
                place = {"x": column * width, "y": y, "width": width, "height": _HEIGHT}
                properties = {"title": widget.title, "region": region, **widget.properties}
                # An alarm widget shows alarms of any Region: their ARNs say which, and it has no property for it.
                if widget.kind == "alarm":
                    del properties["region"]
                yield {"type": widget.kind, **place, "properties": properties}
            y += _HEIGHT


def _graphs(title: str, owners: Sequence[list[Line]], axes: dict[str, object]) -> Iterator[_Widget]:
    for part in _parts([lines for lines in owners if lines]):
        metrics = [line for lines in part for line in lines]
        common = {"view": "timeSeries", "stacked": False, "period": _PERIOD}
        yield _Widget("metric", title, {**common, "metrics": metrics, "yAxis": axes})


def _axis(label: str, highest: int | None = None) -> dict[str, object]:
    limits = {"min": 0} if highest is None else {"min": 0, "max": highest}
    return {"left": {**limits, "label": label, "showUnits": False}}


_FUNCTION_AXES = {**_axis("errors, concurrency"), "right": _axis("ms")["left"]}


def _function_lines(names: Names) -> list[list[Line]]:
    # Without the dimension a metric would add up every function of the account.
    return [
        [
            [LAMBDA_NAMESPACE, "Errors", "FunctionName", name, _line(f"{owner} errors", "Sum")],
            [LAMBDA_NAMESPACE, "Duration", "FunctionName", name, _line(f"{owner} p99", "p99", yAxis="right")],
            [LAMBDA_NAMESPACE, "ConcurrentExecutions", "FunctionName", name, _line(f"{owner} concurrency", "Maximum")],
        ]
        for owner in names.config.functions
        for name in [names.function(owner)]
    ]


def _latency_lines(names: Names) -> list[list[Line]]:
    return [
        [
            _log_line(names, owner, "latency", f"{owner} {percentile}", percentile)
            for percentile in ("p99", "p95", "p50")
        ]
        for owner in names.config.functions
    ]


def _error_lines(names: Names) -> list[list[Line]]:
    return [[_log_line(names, owner, "errors", owner, "Sum")] for owner in names.config.workloads]


def _log_line(names: Names, owner: str, signal: str, label: str, statistic: str) -> Line:
    metric, dimensions = names.metric(owner, signal), log_metric(names.config, owner, signal).dimensions
    if not dimensions:
        return [names.namespace, metric, _line(label, statistic)]
    # CloudWatch adds nothing up over dimensions: the bare name has no data. A search finds every combination of values.
    schema = ",".join(f'"{part}"' for part in (names.namespace, *dimensions))
    search = f"SEARCH('{{{schema}}} MetricName=\"{metric}\"', '{statistic}', {_PERIOD})"
    return [{"expression": search, "label": label}]


def _cluster_lines(names: Names) -> list[Line]:
    if names.config.cluster.container_insights == "disabled":
        return []
    lines: list[Line] = []
    for signal, metrics in INSIGHTS_METRICS.items():
        label = "CPU %" if signal == "cpu" else "Memory %"
        used, reserved = f"{signal}_used", f"{signal}_reserved"
        lines.append([{"id": signal, "expression": f"100*{used}/{reserved}", "label": label}])
        for identifier, metric in zip((used, reserved), metrics, strict=True):
            hidden = {"id": identifier, "stat": "Average", "visible": False}
            lines.append([INSIGHTS_NAMESPACE, metric, "ClusterName", names.cluster, hidden])
    return lines


def _line(label: str, statistic: str, **options: str) -> dict[str, object]:
    return {"label": label, "stat": statistic, **options}


def _errors(title: str, names: Names, owners: Iterable[str], text_errors: str) -> Iterator[_Widget]:
    """The newest error events of ``owners``, found by what their log formats have in common."""
    for part in _parts(list(owners), _LOG_GROUPS_PER_QUERY):
        formats = {names.config.workloads[owner].log_format for owner in part}
        conditions = [_JSON_ERRORS] * ("json" in formats) + [text_errors] * ("text" in formats)
        query = [
            *(f"SOURCE '{names.log_group(owner)}'" for owner in part),
            "fields @timestamp, @log, @message",
            f"filter {' or '.join(conditions)}",
            "sort @timestamp desc",
            f"limit {_NEWEST}",
        ]
        yield _Widget("log", title, {"view": "table", "query": " | ".join(query)})


def _parts(items: Sequence[T], size: int = _ALARMS_PER_WIDGET) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
