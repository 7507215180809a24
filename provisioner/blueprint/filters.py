"""The metric filters: what counts as an error, and how long a function took, by the format of the log.

The obvious patterns match nothing. In Lambda's plain text the level comes first and in brackets, and the fields are
divided by tabs; a duration inside a JSON message cannot be extracted at all; a default of 0 on a latency would drag
every percentile to zero.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisioner.blueprint.config import Function, Pattern, Service
from provisioner.blueprint.names import Names, Watch
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_filter import MetricFilter

# Runtime clients before 4.0.4 write the level of a crash under log_level.
JSON_ERRORS = Pattern(
    pattern='{ $.level = "ERROR" || $.level = "CRITICAL" || $.level = "FATAL" || $.log_level = "ERROR" }'
)
JSON_DURATION = Pattern(pattern="{ $.duration_ms = * }", value="$.duration_ms")
FUNCTION_TEXT_ERRORS = Pattern(pattern='?"[ERROR]" ?"[CRITICAL]"')
FUNCTION_TEXT_DURATION = Pattern(
    pattern='[r = REPORT, l = "RequestId:", id, d = "Duration:", duration, u = "ms", ...]', value="$duration"
)


def service_text_errors(fields: list[str]) -> Pattern:
    """Errors of a service whose lines begin with ``fields`` and then the level.

    The ellipsis matters: without it two editions of AWS's guide disagree about lines of more words.
    """
    before = "".join(f"{field}, " for field in fields)
    return Pattern(pattern=f'[{before}level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]')


def errors_pattern(declared: Service | Function) -> Pattern:
    """What counts as an error of a service or function."""
    if declared.errors:
        return declared.errors
    if declared.log_format == "json":
        return JSON_ERRORS
    return service_text_errors(declared.log_fields) if isinstance(declared, Service) else FUNCTION_TEXT_ERRORS


def latency_pattern(declared: Function) -> Pattern:
    """Where a function's duration in ms stands."""
    return declared.latency or (JSON_DURATION if declared.log_format == "json" else FUNCTION_TEXT_DURATION)


def metric_filters(names: Names, groups: Mapping[str, LogGroup]) -> list[MetricFilter]:
    """An error filter for everything declared, and a latency filter for each function."""
    filters = [_errors(names, watch, groups[watch.key]) for watch in [*names.functions, *names.services]]
    for watch in names.functions:
        if isinstance(watch.declared, Function):
            pattern = latency_pattern(watch.declared)
            filters.append(
                MetricFilter(
                    name=watch.latency_filter,
                    log_group=groups[watch.key].group,
                    pattern=pattern.pattern,
                    value=pattern.value,
                    namespace=names.namespace,
                    metric=watch.latency_metric,
                    unit="Milliseconds",
                )
            )
    return filters


def _errors(names: Names, watch: Watch, group: LogGroup) -> MetricFilter:
    pattern = errors_pattern(watch.declared)
    return MetricFilter(
        name=watch.errors_filter,
        log_group=group.group,
        pattern=pattern.pattern,
        value=pattern.value,
        namespace=names.namespace,
        metric=watch.errors_metric,
        default=0,
        unit="Count",
    )
