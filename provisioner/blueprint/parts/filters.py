"""Metrics made of log lines.

A pattern is right only when it matches the lines that are really written. Lambda's line of text puts the level first
and in brackets; the report of a duration is a platform line of its own; runtime clients before 4.0.4 write a crash
under ``log_level``. The ellipses are needed: without one the editions of AWS's guide disagree about longer lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from provisioner.blueprint.file.schema import Config, Function, LogMetric, Service
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared, Publication
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_filter import MetricFilter

_JSON_ERRORS = '{ $.level = "ERROR" || $.level = "CRITICAL" || $.level = "FATAL" || $.log_level = "ERROR" }'
_FUNCTION_TEXT_ERRORS = '?"[ERROR]" ?"[CRITICAL]"'
_SERVICE_TEXT_LEVELS = 'level = "ERROR" || level = "FATAL" || level = "CRITICAL"'
_LATENCY = {
    "json": ("{ $.duration_ms = * }", "$.duration_ms"),
    "text": ('[r = REPORT, l = "RequestId:", id, d = "Duration:", duration, u = "ms", ...]', "$duration"),
}


@dataclass(frozen=True)
class Made:
    """What a filter looks for and publishes. A latency has no default: zeros would drag every percentile down. A metric
    with dimensions has none either: AWS does not take both.
    """

    pattern: str
    value: str
    unit: str
    default: float | None
    dimensions: dict[str, str]


def log_metric(config: Config, owner: str, signal: str) -> Made:
    """How the metric ``signal`` of ``owner`` is made: as it says itself, else by its log format."""
    workload, own = config.workloads[owner], config.metrics_of(owner)[signal] or LogMetric()
    pattern, value = (_errors(workload), "1") if signal == "errors" else _LATENCY[workload.log_format]
    default = 0.0 if signal == "errors" and not own.dimensions else None
    return Made(
        pattern=pattern if own.pattern is None else own.pattern.strip(),  # a text in """ keeps its last line end
        value=own.value or value,
        unit="Count" if signal == "errors" else "Milliseconds",
        default=default if own.default is None else own.default,
        dimensions=own.dimensions,
    )


def filters(context: Context, blueprint: Blueprint) -> Iterator[Declared[MetricFilter]]:
    """The filters of all log groups."""
    for owner in context.config.workloads:
        group = blueprint.one(LogGroup, owner)
        for signal in context.config.metrics_of(owner):
            yield _filter(context, group, owner, signal)


def _filter(context: Context, group: LogGroup, owner: str, signal: str) -> Declared[MetricFilter]:
    names, made = context.names, log_metric(context.config, owner, signal)
    table = context.config.table_of(owner)
    metric = names.metric(owner, signal)
    resource = MetricFilter(
        name=names.filter(owner, signal),
        log_group=group.group,
        pattern=made.pattern,
        namespace=names.namespace,
        metric=metric,
        value=made.value,
        default="" if made.default is None else made.default,
        unit=made.unit,
        dimensions=made.dimensions,
    )
    named_at = (*table, "names", f"{signal}_metric")
    return Declared(
        resource,
        (*table, signal),
        named_at=(*table, "names", f"{signal}_filter"),
        owner=owner,
        purpose=signal,
        lost_without="its metric has no data, and the alarm on it stays OK whatever happens",
        publishes=(Publication(names.namespace, metric, frozenset(made.dimensions), named_at),),
    )


def _errors(workload: Function | Service) -> str:
    if workload.log_format == "json":
        return _JSON_ERRORS
    if isinstance(workload, Function):
        return _FUNCTION_TEXT_ERRORS
    return f"[{', '.join([*workload.log_fields, _SERVICE_TEXT_LEVELS])}, ...]"
