"""CloudWatch Logs metric filters: replaced in place, limited, validated, and gone with their group."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.logs.model import BAD_TOKEN, FilterFacts, Groups, invalid
from provisioner.patterns import Pattern, PatternError, parse

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

api = Api()

_FILTERS_PER_GROUP = 100
_DIMENSIONS = 3
_PAGE = 50
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


@lru_cache(maxsize=256)
def read_pattern(pattern: str) -> Pattern:
    """A filter pattern, ready to match. Raises ApiRefusal ``InvalidParameterException`` for any other text."""
    try:
        return parse(pattern)
    except PatternError as problem:
        raise invalid(f"Invalid metric filter pattern: {problem.message}") from problem


@api.operation("PutMetricFilter")
def put_metric_filter(call: ApiCall[aws.PutMetricFilterRequestTypeDef]) -> Answer:
    groups, params = call.store(Groups), call.params
    group, name = params["logGroupName"], params["filterName"]
    groups.group(group)
    _check_transformation(params)
    read_pattern(params["filterPattern"])
    filters = groups.filters.setdefault(group, {})
    if name not in filters and len(filters) >= _FILTERS_PER_GROUP:
        raise ApiRefusal("LimitExceededException", "Resource limit exceeded.")
    existing = filters.get(name)
    filters[name] = FilterFacts(params, existing.created if existing else int(call.world.now() * 1000))
    return {}


def _check_transformation(params: aws.PutMetricFilterRequestTypeDef) -> None:
    transformation = params["metricTransformations"][0]
    dimensions = transformation.get("dimensions", {})
    if dimensions and transformation.get("defaultValue") is not None:
        raise invalid(
            "Invalid metric transformation: dimensions and default value are mutually exclusive.",
        )
    if len(dimensions) > _DIMENSIONS:
        raise invalid(f"A metric filter can have at most {_DIMENSIONS} dimensions.")
    if dimensions and not params["filterPattern"].strip().startswith(("[", "{")):
        raise invalid("The specified filter pattern does not support dimensions")
    if transformation["metricNamespace"].startswith("AWS/"):
        raise invalid("Metric namespaces that begin with AWS/ are reserved.")
    value = transformation["metricValue"]
    if not value.startswith("$") and not _NUMBER.fullmatch(value):
        raise invalid(f"Invalid metric transformation: metricValue {value}")


@api.operation("DescribeMetricFilters")
def describe_metric_filters(call: ApiCall[aws.DescribeMetricFiltersRequestTypeDef]) -> Answer:
    groups, params = call.store(Groups), call.params
    group = params.get("logGroupName")
    if group is not None:
        groups.group(group)
    if ("metricName" in params) != ("metricNamespace" in params):
        raise invalid("Specify both metricName and metricNamespace, or neither.")
    # Documented: the prefix counts only together with a log group.
    prefix = params.get("filterNamePrefix", "") if group else ""
    found = [
        item
        for name, filters in groups.filters.items()
        if group in (None, name)
        for item in filters.values()
        if item.given["filterName"].startswith(prefix) and _publishes(item, params)
    ]
    shown, more = page(
        found,
        lambda item: f"{item.given['filterName']}:{item.given['logGroupName']}",
        token=params.get("nextToken"),
        size=params.get("limit", _PAGE),
        bad_token=BAD_TOKEN,
    )
    return {"metricFilters": [item.shown() for item in shown], "nextToken": more}


def _publishes(item: FilterFacts, params: aws.DescribeMetricFiltersRequestTypeDef) -> bool:
    name, namespace = item.target["metricName"], item.target["metricNamespace"]
    return params.get("metricName", name) == name and params.get("metricNamespace", namespace) == namespace


@api.operation("DeleteMetricFilter")
def delete_metric_filter(call: ApiCall[aws.DeleteMetricFilterRequestTypeDef]) -> Answer:
    groups = call.store(Groups)
    groups.group(call.params["logGroupName"])
    if groups.filters.get(call.params["logGroupName"], {}).pop(call.params["filterName"], None) is None:
        raise ApiRefusal("ResourceNotFoundException", "The specified metric filter does not exist.")
    return {}


@api.operation("TestMetricFilter")
def test_metric_filter(call: ApiCall[aws.TestMetricFilterRequestTypeDef]) -> Answer:
    pattern = read_pattern(call.params["filterPattern"])
    matches = [
        # Believed: the first event is number 1. AWS was seen to return no values of JSON.
        {"eventNumber": number, "eventMessage": message, "extractedValues": dict(match.fields)}
        for number, message in enumerate(call.params["logEventMessages"], start=1)
        if (match := pattern.match(message))
    ]
    return {"matches": matches}
