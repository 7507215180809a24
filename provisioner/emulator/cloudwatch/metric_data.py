"""PutMetricData and the three ways to read metrics. moto has no percentiles and no arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from provisioner.emulator.cloudwatch.conditions import metric_id, queries_of
from provisioner.emulator.cloudwatch.metrics import Datum, Metrics
from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.times import epoch
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.evaluation import MetricId, Query, Samples, is_statistic, statistic
from provisioner.evaluation.metric_math import NotArithmetic
from provisioner.evaluation.queries import UnresolvedQuery, value_of

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_PAST, _FUTURE = 14 * 86_400, 2 * 3_600
_DATA = 1000
_PAGE = 500
_POINTS = 1440

_invalid = refusing("InvalidParameterValue")


@api.operation("PutMetricData")
def put_metric_data(call: ApiCall[aws.PutMetricDataInputTypeDef]) -> Answer:
    namespace, items = call.params["Namespace"], call.params.get("MetricData", [])
    if namespace.startswith("AWS/"):
        raise _invalid("The value AWS/ for parameter Namespace is invalid: it is reserved for AWS services.")
    if len(items) > _DATA:
        raise _invalid(f"The collection MetricData must not have a size greater than {_DATA}.")
    metrics, found = call.store(Metrics), [_datum(call, item) for item in items]
    for item, made in zip(items, found, strict=True):
        metrics.publish(metric_id(namespace, item["MetricName"], item.get("Dimensions", ())), made)
    return {}


def _datum(call: AnyCall, item: aws.MetricDatumTypeDef) -> Datum:
    given = [member for member in ("Value", "Values", "StatisticValues") if member in item]
    if len(given) != 1:
        raise _invalid("Exactly one of Value, Values and StatisticValues must be specified.")
    now = call.world.now()
    timestamp = epoch(item.get("Timestamp", now))
    if not now - _PAST <= timestamp <= now + _FUTURE:
        raise _invalid("The parameter Timestamp must specify a time within the past two weeks and the next two hours.")
    unit = item.get("Unit", "None")
    if given == ["StatisticValues"]:
        known = item["StatisticValues"]
        summary = Samples(known["SampleCount"], known["Sum"], known["Minimum"], known["Maximum"])
        return Datum(timestamp, unit, summary)
    values = item["Values"] if given == ["Values"] else [item["Value"]]
    if not values or not all(math.isfinite(value) for value in values):
        raise _invalid("The value for parameter Value must be a finite number.")
    counts = item.get("Counts")
    if counts is not None and len(counts) != len(values):
        raise _invalid("The parameters Values and Counts must have the same size.")
    return Datum(timestamp, unit, Samples.of(values, counts))


def publish(world: EmulatedWorld, body: Mapping[str, Any]) -> None:
    """Publish what only AWS's own services may, such as AWS/Lambda Duration.

    ``body`` has ``namespace``, ``name``, ``value`` or ``values``, and perhaps ``dimensions`` (an object), ``unit``,
    ``timestamp`` (epoch seconds), ``account`` and ``region``.
    """
    metric = MetricId.of(body["namespace"], body["name"], body.get("dimensions", {}).items())
    samples = Samples.of(body["values"] if "values" in body else [body["value"]])
    found = Datum(body.get("timestamp", world.now()), body.get("unit", "None"), samples)
    place = Place(body.get("account", "123456789012"), body.get("region", "us-east-1"))
    world.store(Metrics, place).publish(metric, found)


@api.operation("GetMetricStatistics")
def get_metric_statistics(call: ApiCall[aws.GetMetricStatisticsInputTypeDef]) -> Answer:
    params = call.params
    metric = metric_id(params["Namespace"], params["MetricName"], params.get("Dimensions", ()))
    wanted = [*params.get("Statistics", ()), *params.get("ExtendedStatistics", ())]
    if not wanted:
        raise ApiRefusal("InvalidParameterCombination", "At least one statistic must be specified.")
    _check_statistics(wanted)
    points = []
    for start in _starts(epoch(params["StartTime"]), epoch(params["EndTime"]), params["Period"]):
        data = call.store(Metrics).data(metric, start, start + params["Period"], params.get("Unit"))
        if data:
            points.append(_point(start, data, wanted))
    return {"Label": metric.name, "Datapoints": points}


def _point(start: float, data: list[Datum], wanted: list[str]) -> dict[str, object]:
    samples = [item.samples for item in data]
    found = {name: value for name in wanted if (value := statistic(name, samples)) is not None}
    extended = {name: value for name, value in found.items() if name.startswith("p")}
    plain = {name: value for name, value in found.items() if name not in extended}
    return {"Timestamp": start, "Unit": data[-1].unit, **plain, "ExtendedStatistics": extended or None}


def _starts(start: float, end: float, period: int) -> list[float]:
    """The beginnings of the periods, which are aligned to multiples of their length."""
    first = math.floor(start / period) * period
    count = max(0, math.ceil((end - first) / period))
    if count > _POINTS:
        raise ApiRefusal(
            "InvalidParameterCombination", f"You have requested up to {count} datapoints, the limit is 1440."
        )
    return [float(first + number * period) for number in range(count)]


def _check_statistics(names: list[str]) -> None:
    if lacking := [name for name in names if not is_statistic(name)]:
        raise _invalid(f"The emulator does not compute the statistic {lacking[0]}.")


@api.operation("GetMetricData")
def get_metric_data(call: ApiCall[aws.GetMetricDataInputTypeDef]) -> Answer:
    params = call.params
    queries = {query["Id"]: query for query in params["MetricDataQueries"]}
    _check_statistics([query["MetricStat"]["Stat"] for query in queries.values() if "MetricStat" in query])
    periods = [query["MetricStat"]["Period"] for query in queries.values() if "MetricStat" in query]
    parsed = queries_of(queries.values())
    newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    results = []
    for name, query in queries.items():
        if not query.get("ReturnData", True):
            continue
        period = (
            query["MetricStat"]["Period"] if "MetricStat" in query else query.get("Period", max(periods, default=60))
        )
        points = [
            (start, value)
            for start in sorted(
                _starts(epoch(params["StartTime"]), epoch(params["EndTime"]), period), reverse=newest_first
            )
            if (value := _value(call, parsed, name, start, start + period)) is not None
        ]
        results.append(
            {
                "Id": name,
                "Label": query.get("Label", name),
                "StatusCode": "Complete",
                "Timestamps": [start for start, _ in points],
                "Values": [value for _, value in points],
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def _value(call: AnyCall, queries: dict[str, Query], name: str, start: float, end: float) -> float | None:
    try:
        return value_of(queries, name, call.store(Metrics).measure, start, end)
    except UnresolvedQuery as problem:
        raise ApiRefusal("ValidationError", f"Invalid metrics list: {problem} cannot be resolved.") from problem
    except NotArithmetic as problem:
        raise ApiRefusal("ValidationError", f"The emulator has no metric math but arithmetic: {problem}") from problem


@api.operation("ListMetrics")
def list_metrics(call: ApiCall[aws.ListMetricsInputTypeDef]) -> Answer:
    params = call.params
    wanted = [(item["Name"], item.get("Value")) for item in params.get("Dimensions", ())]
    found = [
        metric
        for metric in call.store(Metrics).series
        if params.get("Namespace", metric.namespace) == metric.namespace
        and params.get("MetricName", metric.name) == metric.name
        and all(any(name == own and value in (None, it) for own, it in metric.dimensions) for name, value in wanted)
    ]
    shown, more = page(
        found,
        lambda metric: f"{metric.namespace}\n{metric.name}\n{metric.dimensions}",
        token=params.get("NextToken"),
        size=_PAGE,
        bad_token=_invalid("Invalid nextToken"),
    )
    listed = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        for metric in shown
    ]
    return {"Metrics": listed, "NextToken": more}
