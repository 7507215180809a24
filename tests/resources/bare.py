"""The least that AWS takes of each kind: as somebody else makes it with plain boto3, and as our class says it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from provisioner.engine.model import Resource
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.metric_filter import MetricFilter
from provisioner.resources.sampling_rule import SamplingRule
from provisioner.resources.sns_subscription import SnsSubscription
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue
from tests.resources.compute import FUNCTION, GROUP, PACKAGES, ROLE, TRUST
from tests.resources.messaging import QUEUE, TOPIC, TOPIC_ARN
from tests.resources.naming import arn
from tests.resources.shapes import Client, Drift
from tests.resources.watching import ALARM, board


@dataclass(frozen=True)
class Bare:
    """``resource`` says what the class requires, and what is in ``needed``; ``make`` gives AWS the least it takes."""

    resource: Resource
    make: Drift
    needed: tuple[str, ...] = ()
    """Attributes with a default that AWS needs all the same."""


_RULE: dict[str, Any] = {
    "RuleName": "bare", "Priority": 1, "FixedRate": 0.1, "ReservoirSize": 1, "ServiceName": "*", "ServiceType": "*",
    "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*", "Version": 1,
}  # fmt: skip


def _key(aws: Client) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    aws("kms").create_alias(AliasName="alias/bare", TargetKeyId=key)


def _function(aws: Client) -> None:
    aws("lambda").create_function(
        FunctionName="bare",
        Role=arn("iam", f"role/{ROLE.name}", ""),
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": PACKAGES["first.zip"]},
    )


def _alarm(aws: Client) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName="bare",
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=2,
        Threshold=1,
    )


_METRIC = {"metricNamespace": "Shop", "metricName": "Errors", "metricValue": "1"}

BARE: dict[str, Bare] = {
    bare.resource.kind: bare
    for bare in (
        Bare(KmsKey(name="bare", alias="alias/bare", description="", policy={}), _key),
        Bare(SqsQueue(name="bare"), lambda aws: aws("sqs").create_queue(QueueName="bare")),
        Bare(SnsTopic(name="bare", policy={}), lambda aws: aws("sns").create_topic(Name="bare")),
        Bare(
            SnsSubscription(name="alerts/sqs/orders", topic=TOPIC.arn, protocol="sqs", endpoint=QUEUE.arn),
            lambda aws: aws("sns").subscribe(TopicArn=TOPIC_ARN, Protocol="sqs", Endpoint=arn("sqs", QUEUE.name)),
        ),
        Bare(LogGroup(name="bare"), lambda aws: aws("logs").create_log_group(logGroupName="bare")),
        Bare(EcsCluster(name="bare"), lambda aws: aws("ecs").create_cluster(clusterName="bare")),
        Bare(
            IamRole(name="bare", trust=TRUST),
            lambda aws: aws("iam").create_role(RoleName="bare", AssumeRolePolicyDocument=json.dumps(TRUST)),
        ),
        Bare(
            LambdaFunction(
                name="bare",
                role=ROLE.arn,
                role_id=ROLE.id,
                runtime="python3.12",
                handler="index.handler",
                code_sha256=FUNCTION.code_sha256,
                log_group="/aws/lambda/bare",
            ),
            _function,
        ),
        Bare(
            SamplingRule(name="bare", priority=1, fixed_rate=0.1, reservoir=1),
            lambda aws: aws("xray").create_sampling_rule(SamplingRule=_RULE),
        ),
        Bare(
            MetricFilter(name="bare", log_group=GROUP.group, pattern="ERROR", namespace="Shop", metric="Errors"),
            lambda aws: aws("logs").put_metric_filter(
                logGroupName=GROUP.name, filterName="bare", filterPattern="ERROR", metricTransformations=[_METRIC]
            ),
        ),
        Bare(
            MetricAlarm(
                name="bare",
                namespace="Shop",
                metric="Errors",
                statistic="Sum",
                period_seconds=60,
                threshold=1,
                evaluation_periods=2,
                datapoints_to_alarm=2,
            ),
            _alarm,
            needed=("namespace", "metric", "statistic", "period_seconds"),
        ),
        Bare(
            CompositeAlarm(name="bare", rule=f'ALARM("{ALARM.name}")', depends_on=(ALARM.address,)),
            lambda aws: aws("cloudwatch").put_composite_alarm(AlarmName="bare", AlarmRule=f"ALARM({ALARM.name})"),
        ),
        Bare(
            Dashboard(name="bare", body=board("Errors")),
            lambda aws: aws("cloudwatch").put_dashboard(
                DashboardName="bare", DashboardBody=json.dumps(board("Errors"))
            ),
        ),
    )
}
