"""The dashboard: a section for the functions, one for ECS, one across all services.

CloudWatch bounds what one dashboard holds. What has no room goes on in others, ``{dashboard}-2`` and so on; each leads
to all of them.
"""

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
from provisioner.dashboards import ALARMS_PER_WIDGET, METRICS, WIDGETS, count_metrics
from provisioner.engine.reconciler import Scope
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_alarm import MetricAlarm

_GRID_WIDTH = 24
_HEIGHT, _HEADING_HEIGHT = 6, 2
_PERIOD = 300
_NEWEST = 20
_LOG_GROUPS_PER_QUERY = 50

_CONSOLES = {
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-eusc": "console.amazonaws-eusc.eu",
}

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

    @property
    def metrics(self) -> int:
        """How many CloudWatch counts."""
        return count_metrics({"widgets": [{"properties": self.properties}]})


Row: TypeAlias = Sequence[_Widget]


def dashboard(context: Context, blueprint: Blueprint) -> Iterator[Declared[Dashboard]]:
    """The dashboard of the environment, and those on which it goes on."""
    boards = list(_boards(_rows(_sections(context, blueprint))))
    names = [context.names.dashboard, *(f"{context.names.dashboard}-{number}" for number in range(2, len(boards) + 1))]
    urls = {name: _url(context.scope, name) for name in names}
    for name, rows in zip(names, boards, strict=True):
        heading = [_heading(name, urls)] if len(boards) > 1 else []
        widgets = list(_laid_out([*heading, *rows], context.scope.region))
        made = Dashboard(name=name, body={"widgets": widgets}, tags=context.tags(Dashboard, name))
        yield Declared(made, (), outputs={"dashboard_url": urls[name]} if name == names[0] else {})


def _sections(context: Context, blueprint: Blueprint) -> Iterator[Sequence[_Widget]]:
    config, names = context.config, context.names
    alarms = [
        *(item.resource.arn for item in blueprint.all(MetricAlarm)),
        *(item.resource.arn for item in blueprint.all(CompositeAlarm)),
    ]
    yield [
        *_graphs("Lambda functions: errors, p99 duration, concurrency", _function_lines(names), _FUNCTION_AXES),
        *_graphs("Lambda latency: p99, p95, p50", _latency_lines(names), _axis("ms")),
        *_errors("Recent Lambda errors", names, config.functions, _FUNCTION_TEXT_ERRORS),
    ]
    yield [
        *_graphs("ECS cluster: CPU and memory", [_cluster_lines(names)], _axis("%", highest=100)),
        *_errors("Recent ECS errors", names, config.services, _SERVICE_TEXT_ERRORS),
    ]
    yield [
        *_graphs("Errors by service", _error_lines(names), _axis("errors")),
        *(_Widget("alarm", "Alarms", {"alarms": part}) for part in _parts(alarms)),
    ]


def _url(scope: Scope, name: str) -> str:
    console = _CONSOLES.get(scope.partition, "console.aws.amazon.com")
    return f"https://{scope.region}.{console}/cloudwatch/home?region={scope.region}#dashboards/dashboard/{name}"


def _rows(sections: Iterable[Sequence[_Widget]]) -> Iterator[Row]:
    """Two widgets a row; every section begins one."""
    return (section[start : start + 2] for section in sections for start in range(0, len(section), 2))


def _boards(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    """What stands on each dashboard: as many ``rows`` as it holds beside its heading."""
    board: list[Row] = []
    widgets, metrics = 1, 0
    for row in rows:
        more = sum(widget.metrics for widget in row)
        if widgets + len(row) > WIDGETS or metrics + more > METRICS:
            yield board
            board, widgets, metrics = [], 1, 0
        board.append(row)
        widgets, metrics = widgets + len(row), metrics + more
    yield board


def _heading(name: str, urls: Mapping[str, str]) -> Row:
    """The way from the dashboard ``name`` to the others."""
    links = [f"**{other}**" if other == name else f"[{other}]({url})" for other, url in urls.items()]
    return [_Widget("text", "", {"markdown": " | ".join(links)})]


def _laid_out(rows: Iterable[Row], region: str) -> Iterator[dict[str, object]]:
    """The widgets of a row side by side, a lone one across the whole width."""
    y = 0
    for row in rows:
        width = _GRID_WIDTH // len(row)
        height = _HEADING_HEIGHT if row[0].kind == "text" else _HEIGHT
        for column, widget in enumerate(row):
            place = {"x": column * width, "y": y, "width": width, "height": height}
            yield {"type": widget.kind, **place, "properties": _properties(widget, region)}
        y += height


def _properties(widget: _Widget, region: str) -> dict[str, object]:
    match widget.kind:
        case "text":
            return widget.properties
        case "alarm":  # of any Region: the ARNs of its alarms say which
            return {"title": widget.title, **widget.properties}
        case _:
            return {"title": widget.title, "region": region, **widget.properties}


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


def _parts(items: Sequence[T], size: int = ALARMS_PER_WIDGET) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
