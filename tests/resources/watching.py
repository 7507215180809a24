"""Examples of sampling rules, metric filters, alarms and dashboards."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter
from provisioner.resources.sampling_rule import SamplingRule
from tests.resources.compute import GROUP, SECOND_GROUP
from tests.resources.naming import arn, tags
from tests.resources.shapes import Client, Drift, Example, Other

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import (
        DimensionTypeDef,
        MetricDataQueryOutputTypeDef,
        MetricOutputTypeDef,
        MetricStatOutputTypeDef,
    )

RULE = SamplingRule(name="orders", priority=100, fixed_rate=0.05, reservoir=1, tags=tags("sampling_rule", "orders"))
RULE_ARN = arn("xray", "sampling-rule/orders")


def _rule(value: Any, **changes: Any) -> Other:
    return Other(
        value,
        lambda aws: aws("xray").update_sampling_rule(SamplingRuleUpdate={"RuleName": RULE.name, **changes}),
        "UpdateSamplingRule",
    )


SAMPLING_RULE = Example(
    RULE,
    {
        "priority": _rule(200, Priority=200),
        "fixed_rate": _rule(0.1, FixedRate=0.1),
        "reservoir": _rule(5, ReservoirSize=5),
        "service_name": _rule("orders", ServiceName="orders"),
        "service_type": _rule("AWS::Lambda::Function", ServiceType="AWS::Lambda::Function"),
        "host": _rule("example.com", Host="example.com"),
        "http_method": _rule("POST", HTTPMethod="POST"),
        "url_path": _rule("/orders", URLPath="/orders"),
        "resource_arn": _rule(arn("lambda", "function:f"), ResourceARN=arn("lambda", "function:f")),
        "segment_attributes": _rule({"tenant": "gold"}, Attributes={"tenant": "gold"}),
        "version": Other(2, why="AWS has one version so far", planned_only=True),
        "tags": Other(
            {**RULE.tags, "Team": "billing"},
            lambda aws: aws("xray").tag_resource(ResourceARN=RULE_ARN, Tags=[{"Key": "Team", "Value": "billing"}]),
            "UntagResource",
        ),
    },
)

FILTER = MetricFilter(
    name="errors-dev", log_group=GROUP.group, pattern='{ $.level = "ERROR" }', namespace="Shop", metric="Errors"
)
SELECTION = '@aws.region = "us-east-1"'
BESIDE = ("applyOnTransformedLogs", "fieldSelectionCriteria", "emitSystemFieldDimensions")
JSON_PATTERN = '{ $.level = "FATAL" }'


def _filter(pattern: str = FILTER.pattern, group: str = GROUP.name, **changes: Any) -> Drift:
    whole = {"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1", **changes}
    more = {name: whole.pop(name) for name in BESIDE if name in whole}
    return lambda aws: aws("logs").put_metric_filter(
        logGroupName=group, filterName=FILTER.name, filterPattern=pattern, metricTransformations=[whole], **more
    )


def _put_filter(value: Any, **changes: Any) -> Other:
    return Other(value, _filter(**changes), "PutMetricFilter")


METRIC_FILTER = Example(
    FILTER,
    {
        "log_group": Other(
            SECOND_GROUP.group, why="a filter elsewhere is another filter, and not ours", also=(SECOND_GROUP,)
        ),
        "pattern": _put_filter(JSON_PATTERN, pattern=JSON_PATTERN),
        "namespace": _put_filter("Other", metricNamespace="Other"),
        "metric": _put_filter("Failures", metricName="Failures"),
        "value": _put_filter("2", metricValue="2"),
        "default": _put_filter(0, defaultValue=0.0),
        "unit": _put_filter("Count", unit="Count"),
        "dimensions": _put_filter({"Service": "$.service"}, dimensions={"Service": "$.service"}),
        "on_transformed_logs": _put_filter(True, applyOnTransformedLogs=True),
        "selection": _put_filter(SELECTION, fieldSelectionCriteria=SELECTION),
        "system_dimensions": _put_filter(
            ["@aws.account", "@aws.region"], emitSystemFieldDimensions=["@aws.region", "@aws.account"]
        ),
    },
    together=("pattern", "namespace", "metric", "value", "default", "unit", "on_transformed_logs", "selection"),
)

TOPIC_ARN = arn("sns", "alerts")
ALARM = MetricAlarm(
    name="errors-dev",
    namespace="Shop",
    metric="Errors",
    statistic="Sum",
    period_seconds=60,
    threshold=1,
    evaluation_periods=3,
    datapoints_to_alarm=2,
    dimensions={"Service": "orders"},
    alarm_actions=[TOPIC_ARN],
    tags=tags("metric_alarm", "errors-dev"),
)
SECOND_ALARM = replace(ALARM, name="slow-dev", tags=tags("metric_alarm", "slow-dev"))
PERCENTILE = replace(ALARM, statistic="p99")


def math(threshold: int) -> list[MetricDataQueryOutputTypeDef]:
    """Metric math whose expression compares with ``threshold``."""
    dimension: DimensionTypeDef = {"Name": "Service", "Value": "orders"}
    metric: MetricOutputTypeDef = {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": [dimension]}
    stat: MetricStatOutputTypeDef = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    return [
        {"Id": "errors", "MetricStat": stat, "ReturnData": False},
        {"Id": "rate", "Expression": f"errors / {threshold}", "Label": "Rate", "ReturnData": True},
    ]


NO_METRIC = replace(ALARM, namespace="", metric="", statistic="", period_seconds=0, dimensions={})
MATH = replace(NO_METRIC, metrics=math(10))


def band(*ids: str) -> list[MetricDataQueryOutputTypeDef]:
    """Bands of expected values around one metric, by their ids; the first is the one that is returned."""
    around: MetricDataQueryOutputTypeDef = {"Id": "", "Expression": "ANOMALY_DETECTION_BAND(errors, 2)"}
    (metric, _) = math(1)
    bands: list[MetricDataQueryOutputTypeDef] = [{**around, "Id": name, "ReturnData": name == ids[0]} for name in ids]
    return [{**metric, "ReturnData": True}, *bands]


BAND = replace(
    NO_METRIC,
    metrics=band("band", "other"),
    threshold=0,
    threshold_metric="band",
    comparison="GreaterThanUpperThreshold",
)


def promql(query: str) -> dict[str, object]:
    """What an alarm on a query in PromQL is evaluated by."""
    return {
        "EvaluationCriteria": {"PromQLCriteria": {"Query": query, "PendingPeriod": 60, "RecoveryPeriod": 60}},
        "EvaluationInterval": 60,
    }


PROMQL = replace(NO_METRIC, threshold=0, evaluation_periods=1, datapoints_to_alarm=1, criteria=promql("up == 0"))
NEW_YORK = {"WallClockWindow": {"Timezone": "America/New_York"}}
WARM_UP = {"WarmUpPeriodDurationInMinutes": 10, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": False}
TELLING_TAGS = {"AlarmTagsPropagation": {"Enabled": True, "IncludedTagKeys": ["Service"]}}


def put_alarm(**changes: Any) -> Drift:
    """A put of the whole alarm, as the console sends it, with ``changes``; ``None`` leaves a member out."""

    def drift(aws: Client) -> object:
        client = aws("cloudwatch")
        (alarm,) = client.describe_alarms(AlarmNames=[ALARM.name])["MetricAlarms"]
        members = client.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        params = {**{key: value for key, value in alarm.items() if key in members}, **changes}
        return client.put_metric_alarm(**{key: value for key, value in params.items() if value is not None})

    return drift


def _alarm(value: Any, **changes: Any) -> Other:
    return Other(value, put_alarm(**changes), "PutMetricAlarm")


def _tag(resource: str) -> Drift:
    return lambda aws: aws("cloudwatch").tag_resource(ResourceARN=resource, Tags=[{"Key": "Team", "Value": "billing"}])


def _other_type(kind: type[MetricAlarm] | type[CompositeAlarm], name: str) -> Drift:
    """Somebody puts an alarm of the other type in the place of ours, with its tags."""

    def drift(aws: Client) -> object:
        client, marks = (
            aws("cloudwatch"),
            [{"Key": key, "Value": value} for key, value in tags(kind.kind, name).items()],
        )
        client.delete_alarms(AlarmNames=[name])
        if kind is MetricAlarm:
            return client.put_composite_alarm(AlarmName=name, AlarmRule="FALSE", Tags=marks)
        return client.put_metric_alarm(
            AlarmName=name, MetricName="Errors", Namespace="Shop", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold", Tags=marks,
        )  # fmt: skip

    return drift


METRIC_ALARM = Example(
    ALARM,
    {
        "type": Other(
            "CompositeAlarm",
            _other_type(MetricAlarm, ALARM.name),
            "DeleteAlarms PutMetricAlarm",
            why="another kind of ours",
            planned_only=True,
        ),
        "description": _alarm("Errors", AlarmDescription="Errors"),
        "actions_enabled": Other(
            False, lambda aws: aws("cloudwatch").disable_alarm_actions(AlarmNames=[ALARM.name]), "PutMetricAlarm"
        ),
        "alarm_actions": _alarm([], AlarmActions=[]),
        "ok_actions": _alarm([TOPIC_ARN], OKActions=[TOPIC_ARN]),
        "insufficient_data_actions": _alarm([TOPIC_ARN], InsufficientDataActions=[TOPIC_ARN]),
        "namespace": _alarm("Other", Namespace="Other"),
        "metric": _alarm("Failures", MetricName="Failures"),
        "dimensions": _alarm({"Service": "bills"}, Dimensions=[{"Name": "Service", "Value": "bills"}]),
        "statistic": _alarm("p99", Statistic=None, ExtendedStatistic="p99"),
        "period_seconds": _alarm(300, Period=300),
        "unit": _alarm("Count", Unit="Count"),
        "metrics": replace(_alarm(math(20), Metrics=math(20)), on=MATH),
        "comparison": _alarm("LessThanThreshold", ComparisonOperator="LessThanThreshold"),
        "threshold": _alarm(0, Threshold=0.0),
        "evaluation_periods": _alarm(5, EvaluationPeriods=5),
        "datapoints_to_alarm": _alarm(3, DatapointsToAlarm=None),
        "missing_data": _alarm("breaching", TreatMissingData="breaching"),
        "low_samples": replace(_alarm("ignore", EvaluateLowSampleCountPercentile="ignore"), on=PERCENTILE),
        "threshold_metric": replace(_alarm("other", ThresholdMetricId="other"), on=BAND),
        "evaluation_window": _alarm(NEW_YORK, EvaluationWindow=NEW_YORK),
        "warm_up": _alarm(WARM_UP, WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 10}),
        "criteria": replace(_alarm(promql("up == 1"), **promql("up == 1")), on=PROMQL),
        "action_configuration": _alarm(TELLING_TAGS, ActionConfiguration=TELLING_TAGS),
        "tags": Other(
            {**ALARM.tags, "Team": "billing"}, _tag(arn("cloudwatch", f"alarm:{ALARM.name}")), "UntagResource"
        ),
    },
)

COMPOSITE = CompositeAlarm(
    name="shop-dev",
    rule='ALARM("errors-dev") OR ALARM("slow-dev")',
    alarm_actions=[TOPIC_ARN],
    tags=tags("composite_alarm", "shop-dev"),
    depends_on=(ALARM.address, SECOND_ALARM.address),
)
SUPPRESSOR = {"alarm": "slow-dev", "wait_seconds": 60, "extension_seconds": 120}


def _composite(value: Any, **changes: Any) -> Other:
    whole = {
        "AlarmName": COMPOSITE.name,
        "AlarmRule": COMPOSITE.rule,
        "AlarmDescription": "",
        "AlarmActions": [TOPIC_ARN],
        **changes,
    }
    return Other(value, lambda aws: aws("cloudwatch").put_composite_alarm(**whole), "PutCompositeAlarm")


COMPOSITE_ALARM = Example(
    COMPOSITE,
    {
        "type": Other(
            "MetricAlarm",
            _other_type(CompositeAlarm, COMPOSITE.name),
            "DeleteAlarms PutCompositeAlarm",
            why="another kind of ours",
            planned_only=True,
        ),
        "rule": _composite('ALARM("errors-dev")', AlarmRule="ALARM(errors-dev)"),
        "description": _composite("Anything", AlarmDescription="Anything"),
        "actions_enabled": _composite(False, ActionsEnabled=False),
        "alarm_actions": _composite([], AlarmActions=[]),
        "ok_actions": _composite([TOPIC_ARN], OKActions=[TOPIC_ARN]),
        "insufficient_data_actions": _composite([TOPIC_ARN], InsufficientDataActions=[TOPIC_ARN]),
        "suppressor": _composite(
            SUPPRESSOR,
            ActionsSuppressor="slow-dev",
            ActionsSuppressorWaitPeriod=60,
            ActionsSuppressorExtensionPeriod=120,
        ),
        "action_configuration": _composite(TELLING_TAGS, ActionConfiguration=TELLING_TAGS),
        "tags": Other(
            {**COMPOSITE.tags, "Team": "billing"}, _tag(arn("cloudwatch", f"alarm:{COMPOSITE.name}")), "UntagResource"
        ),
    },
)


def board(title: str) -> dict[str, Any]:
    """A dashboard of one metric under ``title``."""
    properties = {"metrics": [["Shop", "Errors"]], "region": "us-east-1", "title": title}
    return {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}]}


DASHBOARD = Dashboard(name="shop-dev", body=board("Errors"), tags=tags("dashboard", "shop-dev"))

DASHBOARD_EXAMPLE = Example(
    DASHBOARD,
    {
        "body": Other(
            board("Renamed"),
            lambda aws: aws("cloudwatch").put_dashboard(
                DashboardName=DASHBOARD.name, DashboardBody=json.dumps(board("Renamed"))
            ),
            "PutDashboard",
        ),
        "tags": Other(
            {**DASHBOARD.tags, "Team": "billing"}, _tag(arn("cloudwatch", "dashboard/shop-dev", "")), "UntagResource"
        ),
    },
)
