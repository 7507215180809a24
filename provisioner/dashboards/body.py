"""What CloudWatch refuses in a dashboard's body, and what it only warns about.

The rules are those of "Dashboard body structure and syntax" (CloudWatch API reference); the wording of the
messages is believed. A body may be any JSON, so everything here is looked at before it is used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

Problem = tuple[str, str]
"""Where in the document (``/widgets/0/properties/region``), and what."""
JsonObject: TypeAlias = Mapping[str, object]

METRICS = 2500
"""Of all widgets of one dashboard."""

WIDGETS = 500
"""Of one dashboard."""

ALARMS_PER_WIDGET = 100
"""Of one widget that shows alarms."""

_METRICS_PER_WIDGET = 500
_GRID: Mapping[str, tuple[int, int | None]] = {"x": (0, 23), "y": (0, None), "width": (1, 24), "height": (1, 1000)}
_TOP = {"widgets", "start", "end", "periodOverride", "variables"}
_WIDGET = {"type", "x", "y", "width", "height", "properties"}
_METRIC_VIEWS = ("timeSeries", "singleValue", "gauge", "bar", "pie", "table")
_LOG_VIEWS = ("table", "timeSeries", "bar", "pie")
_SORT = ("default", "stateUpdatedTimestamp", "timestamp")
_PERIOD_OVERRIDE = ("auto", "inherit")


def check(text: str) -> tuple[list[Problem], list[Problem]]:
    """The errors of a body, for which it is refused, and the warnings, with which it is stored."""
    try:
        body: object = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return [("", "The field DashboardBody must be a valid JSON object")], []
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        return [("/", "Should have required property 'widgets'")], []
    errors = list(_body(body, widgets))
    unknown = [(f"/{name}", f"Unknown property {name}") for name in body if name not in _TOP]
    for index, widget in enumerate(widgets):
        if isinstance(widget, dict):
            unknown += [
                (f"/widgets/{index}/{name}", f"Unknown property {name}") for name in widget if name not in _WIDGET
            ]
    return errors, unknown


def count_metrics(body: JsonObject) -> int:
    """How many metrics the widgets of ``body`` have, hidden ones included, as CloudWatch counts them."""
    widgets = body.get("widgets")
    found = [_properties(widget).get("metrics") for widget in (widgets if isinstance(widgets, list) else ())]
    return sum(len(metrics) for metrics in found if isinstance(metrics, list))


def _properties(widget: object) -> JsonObject:
    properties = widget.get("properties") if isinstance(widget, dict) else None
    return properties if isinstance(properties, dict) else {}


def _body(body: JsonObject, widgets: Sequence[object]) -> Iterator[Problem]:
    if "end" in body and "start" not in body:
        yield "/", "Should have required property 'start' when property 'end' is present"
    if body.get("periodOverride", "auto") not in _PERIOD_OVERRIDE:
        yield "/periodOverride", "Should be equal to one of the allowed values"
    if len(widgets) > WIDGETS:
        yield "/widgets", f"Should NOT have more than {WIDGETS} items"
    for index, widget in enumerate(widgets):
        yield from _widget(widget, f"/widgets/{index}")
    if count_metrics(body) > METRICS:
        yield "/widgets", f"Should NOT have more than {METRICS} metrics"


def _widget(widget: object, path: str) -> Iterator[Problem]:
    if not isinstance(widget, dict):
        yield path, "Should be object"
        return
    for name, (least, most) in _GRID.items():
        value = widget.get(name, least)
        if not isinstance(value, int) or isinstance(value, bool):
            yield f"{path}/{name}", "Should be integer"
        elif value < least or (most is not None and value > most):
            yield f"{path}/{name}", f"Should be >= {least}" + (f" and <= {most}" if most is not None else "")
    if ("x" in widget) != ("y" in widget):
        yield path, "Should have both properties 'x' and 'y', or neither"
    kind, properties = widget.get("type"), widget.get("properties")
    check = _KINDS.get(kind) if isinstance(kind, str) else None
    if check is None:
        yield f"{path}/type", "Should be equal to one of the allowed values"
    elif not isinstance(properties, dict):
        yield path, "Should have required property 'properties'"
    else:
        yield from check(properties, f"{path}/properties")


def _required(properties: JsonObject, path: str, *names: str) -> Iterator[Problem]:
    for name in names:
        if not isinstance(properties.get(name), str) or not properties[name]:
            yield path, f"Should have required property '{name}'"


def _one_of(properties: JsonObject, path: str, name: str, allowed: tuple[str, ...]) -> Iterator[Problem]:
    if name in properties and properties[name] not in allowed:
        yield f"{path}/{name}", "Should be equal to one of the allowed values"


def _text(properties: JsonObject, path: str) -> Iterator[Problem]:
    yield from _required(properties, path, "markdown")


def _log(properties: JsonObject, path: str) -> Iterator[Problem]:
    yield from _required(properties, path, "region", "query")
    yield from _one_of(properties, path, "view", _LOG_VIEWS)


def _alarm(properties: JsonObject, path: str) -> Iterator[Problem]:
    alarms = properties.get("alarms")
    if not isinstance(alarms, list) or not alarms:
        yield path, "Should have required property 'alarms'"
        return
    if len(alarms) > ALARMS_PER_WIDGET:
        yield f"{path}/alarms", f"Should NOT have more than {ALARMS_PER_WIDGET} items"
    for index, arn in enumerate(alarms):
        if not isinstance(arn, str) or not arn.startswith("arn:"):
            yield f"{path}/alarms/{index}", "Should be the ARN of an alarm"
    yield from _one_of(properties, path, "sortBy", _SORT)


def _metric(properties: JsonObject, path: str) -> Iterator[Problem]:
    yield from _required(properties, path, "region")
    yield from _one_of(properties, path, "view", _METRIC_VIEWS)
    metrics, annotations = properties.get("metrics"), properties.get("annotations")
    if metrics is None and not (isinstance(annotations, dict) and annotations.get("alarms")):
        yield path, "Should have required property 'metrics'"
        return
    if metrics is not None and not isinstance(metrics, list):
        yield f"{path}/metrics", "Should be array"
        return
    if len(metrics or ()) > _METRICS_PER_WIDGET:
        yield f"{path}/metrics", f"Should NOT have more than {_METRICS_PER_WIDGET} items"
    for index, row in enumerate(metrics or ()):
        yield from _row(row, f"{path}/metrics/{index}", first=index == 0)
    period = properties.get("period", 60)
    if not isinstance(period, int) or period < 1:
        yield f"{path}/period", "Should be integer"


def _row(row: object, path: str, *, first: bool) -> Iterator[Problem]:
    """A metric: namespace, name, pairs of dimensions, and perhaps how to draw it; or an expression alone."""
    if not isinstance(row, list) or not row:
        yield path, "Should be array"
        return
    words = row[:-1] if isinstance(row[-1], dict) else row
    if not words:
        if "expression" not in row[-1]:
            yield path, "Should have required property 'expression'"
        return
    for index, word in enumerate(words):
        if not isinstance(word, str):
            yield f"{path}/{index}", 'Invalid metric field type, only "String" type is allowed'
            return
    if first and {".", "..."} & set(words):
        yield path, "The first metric cannot refer to one before it"
    elif "..." not in words and (len(words) < 2 or len(words) % 2):
        yield path, "Should have a namespace, a metric name and pairs of dimension name and value"


def _object(_: JsonObject, __: str) -> Iterator[Problem]:
    """Explorer and custom widgets: nothing beyond having properties."""
    yield from ()


_KINDS: Mapping[str, Callable[[JsonObject, str], Iterator[Problem]]] = {
    "metric": _metric,
    "text": _text,
    "log": _log,
    "alarm": _alarm,
    "explorer": _object,
    "custom": _object,
}
