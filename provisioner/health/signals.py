"""From a log line to an alarm: functions, filters, the cluster's metrics, alarms."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Live
from provisioner.health.problem import Problem
from provisioner.health.standing import Standing
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import MetricDataQueryOutputTypeDef

_STAYS_OK = "and the alarm on it stays OK whatever happens"
_MAY_BE_SILENT = "and the alarm on it does not see what it was made for"


def filter_problems(_: Standing, live: Live[MetricFilter], want: MetricFilter) -> Iterator[Problem]:
    """A metric filter that makes another metric than declared, or looks for something else."""
    has = live.resource
    compared: tuple[tuple[str, object, object], ...] = (
        ("pattern", has.pattern, want.pattern),
        ("value", has.value, want.value),
        ("namespace", has.namespace, want.namespace),
        ("metric", has.metric, want.metric),
        ("dimensions", has.dimensions, want.dimensions),
        ("selection", has.selection, want.selection),
        ("dimensions of the system", has.system_dimensions, want.system_dimensions),
        ("use of transformed logs", has.on_transformed_logs, want.on_transformed_logs),
    )
    for noun, is_, wanted in compared:
        if is_ != wanted:
            follows = f"the metric {want.namespace} {want.metric} is not what was declared, {_MAY_BE_SILENT}"
            yield Problem(want.address, f"has the {noun} {is_!r} where {wanted!r} is declared", follows)


def function_problems(_: Standing, live: Live[LambdaFunction], want: LambdaFunction) -> Iterator[Problem]:
    """A function that logs to another place, or in another format, than its filters read."""
    function = live.resource
    if function.log_group != want.log_group:
        what = f"writes to the log group {function.log_group} instead of {want.log_group}"
        yield Problem(want.address, what, "its filters see nothing, and its alarms stay OK")
    if function.log_format != want.log_format:
        what = f"writes its log as {function.log_format} instead of {want.log_format}"
        yield Problem(want.address, what, "its filters do not match, and its alarms stay OK")
    if function.tracing != want.tracing:
        yield Problem(want.address, f"has its tracing {function.tracing}", "its traces are missing in X-Ray")


def role_problems(_: Standing, live: Live[IamRole], want: IamRole) -> Iterator[Problem]:
    """A role without a policy that logging, tracing or Lambda Insights needs."""
    for policy in sorted(set(want.attached) - set(live.resource.attached)):
        follows = "the functions may not write all their logs, traces and metrics, and their alarms stay OK"
        yield Problem(want.address, f"lacks the policy {policy}", follows)


def cluster_problems(_: Standing, live: Live[EcsCluster], want: EcsCluster) -> Iterator[Problem]:
    """A cluster without Container Insights, which the alarms on CPU and memory need."""
    if live.resource.insights == "disabled" and want.insights != "disabled":
        yield Problem(want.address, "has Container Insights disabled", f"CPU and memory have no metric, {_STAYS_OK}")


def metric_alarm_problems(_: Standing, live: Live[MetricAlarm], want: MetricAlarm) -> Iterator[Problem]:
    """An alarm that tells nobody, or looks at something else than declared, or goes off otherwise."""
    alarm = live.resource
    if alarm.type != want.type:
        yield _other_type(want, alarm.type)
        return
    yield from _silence(alarm, want)
    yield from _looks_elsewhere(want, _looked_at(alarm), _looked_at(want))
    if _condition(alarm) != _condition(want):
        what = f"fires when {_condition(alarm)} where {_condition(want)} is declared"
        yield Problem(want.address, what, "it may never fire, or fire for nothing")


def composite_alarm_problems(_: Standing, live: Live[CompositeAlarm], want: CompositeAlarm) -> Iterator[Problem]:
    """An alarm over alarms that tells nobody, or has another rule than declared."""
    if live.resource.type != want.type:
        yield _other_type(want, live.resource.type)
        return
    yield from _silence(live.resource, want)
    yield from _looks_elsewhere(want, str(live.resource.rule), str(want.rule))


def _other_type(want: MetricAlarm | CompositeAlarm, is_: str) -> Problem:
    return Problem(want.address, f"is a {is_} where a {want.type} is declared", "it does not see what it was made for")


def _silence(alarm: MetricAlarm | CompositeAlarm, want: MetricAlarm | CompositeAlarm) -> Iterator[Problem]:
    if want.actions_enabled and not alarm.actions_enabled:
        yield Problem(want.address, "has its actions disabled", "it changes its state and nobody is told")
    missing = [action for action in want.alarm_actions if action not in alarm.alarm_actions]
    if missing:
        yield Problem(want.address, f"lacks the action {missing[0]}", "it changes its state and nobody is told")


def _looks_elsewhere(want: Resource, is_: str, wanted: str) -> Iterator[Problem]:
    if is_ != wanted:
        follows = "it does not see what it was made for"
        yield Problem(want.address, f"looks at {is_} where {wanted} is declared", follows)


def _condition(alarm: MetricAlarm) -> str:
    """When a metric alarm goes off, in words. Another threshold is drift: somebody may want it for a while."""
    share = f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods"
    return f"{alarm.comparison} in {share}, missing data {alarm.missing_data}"


def _looked_at(alarm: MetricAlarm) -> str:
    """What a metric alarm looks at, in words."""
    if alarm.criteria:
        return json.dumps(alarm.criteria)
    if alarm.metrics:
        return "; ".join(_term(item) for item in alarm.metrics)
    return _metric(alarm.namespace, alarm.metric, alarm.dimensions, alarm.statistic)


def _term(item: MetricDataQueryOutputTypeDef) -> str:
    if "MetricStat" not in item:
        return f"{item['Id']} = {item['Expression']}"
    stat, metric = item["MetricStat"]["Stat"], item["MetricStat"]["Metric"]
    dimensions = {entry["Name"]: entry["Value"] for entry in metric["Dimensions"]}
    return f"{item['Id']} = {_metric(metric['Namespace'], metric['MetricName'], dimensions, stat)}"


def _metric(namespace: str, name: str, dimensions: Mapping[str, str], statistic: str) -> str:
    return " ".join([statistic, namespace, name, *(f"{key}={value}" for key, value in sorted(dimensions.items()))])
