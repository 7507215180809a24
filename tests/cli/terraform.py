"""A stack of 34 resources as Terraform's AWS provider makes it: the same calls, its defaults, and the tags of CDKTF.

The names are those of the sample, as its authors chose them before they knew of this tool. The functions are deployed
by somebody else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.cli.inventory import Aws
from tests.cli.running import ACCOUNT, REGION

TAGS = {"Environment": "dev", "ManagedBy": "terraform", "cdktf": "true", "Team": "payments"}

SERVICES = ("payment-processor", "order-service", "inventory-service", "notification-service")
GROUPS = (
    *(f"/ecs/{name}-dev" for name in SERVICES),
    *(f"/aws/lambda/{name}-dev" for name in ("payment-handler", "order-processor")),
)
FILTERS = {
    "ecs-error-rate-dev": (GROUPS[0], "ECSErrors-dev"),
    "order-service-errors-dev": (GROUPS[1], "OrderErrors"),
    "inventory-service-errors-dev": (GROUPS[2], "InventoryErrors"),
    "notification-service-errors-dev": (GROUPS[3], "NotificationErrors"),
    "lambda-error-rate-dev": (GROUPS[4], "LambdaErrors-dev"),
    "lambda-latency-dev": (GROUPS[4], "LambdaLatency-dev"),
}
ALARMS = {
    "ecs-high-error-rate-dev": "ECSErrors-dev",
    "order-service-high-error-rate-dev": "OrderErrors",
    "inventory-service-high-error-rate-dev": "InventoryErrors",
    "notification-service-high-error-rate-dev": "NotificationErrors",
    "lambda-high-error-rate-dev": "LambdaErrors-dev",
    "lambda-high-latency-dev": "LambdaLatency-dev",
    "lambda-high-concurrent-executions-dev": "ConcurrentExecutions",
    "ecs-high-cpu-dev": "CPUUtilization",
    "ecs-high-memory-dev": "MemoryUtilization",
    "order-processor-high-error-rate-dev": "OrderProcessorErrors",
    "order-processor-high-latency-dev": "OrderProcessorLatency",
    "order-processor-high-concurrent-executions-dev": "ConcurrentExecutions",
}
ALARMED = "ecs-high-cpu-dev"


def build(aws: Aws) -> None:
    """The stack, with an event in each log group, and an alarm that rings."""
    key = _key(aws)
    queue, topic = _messages(aws, key)
    for group in GROUPS:
        aws("logs").create_log_group(logGroupName=group, logGroupClass="STANDARD", kmsKeyId=key, tags=TAGS)
        aws("logs").put_retention_policy(logGroupName=group, retentionInDays=14)
        _event(aws, group)
    for name, (group, metric) in FILTERS.items():
        transformation = {"metricName": metric, "metricNamespace": "Payments", "metricValue": "1", "unit": "None"}
        aws("logs").put_metric_filter(
            logGroupName=group, filterName=name, filterPattern="ERROR", metricTransformations=[transformation]
        )
    for name, metric in ALARMS.items():
        _alarm(aws, name, metric, topic)
    settings = [{"name": "containerInsights", "value": "enabled"}]
    aws("ecs").create_cluster(clusterName="payment-platform-dev", settings=settings, tags=_tags("key", "value"))
    for name, service in (
        ("ecs-sampling-dev", "AWS::ECS::Container"),
        ("lambda-sampling-dev", "AWS::Lambda::Function"),
    ):
        _rule(aws, name, service)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)
    widget = {"type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": {"markdown": "theirs"}}
    aws("cloudwatch").put_dashboard(
        DashboardName="observability-platform-dev", DashboardBody=json.dumps({"widgets": [widget]})
    )
    reason = {"StateValue": "ALARM", "StateReason": "it rings"}
    aws("cloudwatch").set_alarm_state(AlarmName=ALARMED, **reason)


def _tags(key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in TAGS.items()]


def _key(aws: Aws) -> str:
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}
    services = [f"logs.{REGION}.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"]
    users = {
        "Effect": "Allow", "Principal": {"Service": services},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [{**item, "Resource": "*"} for item in (owner, users)]}
    made = aws("kms").create_key(
        Description="Logs", Policy=json.dumps(policy), Tags=_tags("TagKey", "TagValue"), KeyUsage="ENCRYPT_DECRYPT"
    )["KeyMetadata"]
    aws("kms").enable_key_rotation(KeyId=made["KeyId"])
    aws("kms").create_alias(AliasName="alias/logs-dev", TargetKeyId=made["KeyId"])
    return str(made["Arn"])


def _messages(aws: Aws, key: str) -> tuple[str, str]:
    """The ARNs of queue and topic."""
    sqs, sns = aws("sqs"), aws("sns")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
    sqs.create_queue(QueueName="alarm-dlq-dev", Attributes={"MessageRetentionPeriod": "1209600"}, tags=TAGS)
    redrive = {"deadLetterTargetArn": f"{arn}alarm-dlq-dev", "maxReceiveCount": 5}
    attributes = {"VisibilityTimeout": "30", "RedrivePolicy": json.dumps(redrive)}
    sqs.create_queue(QueueName="alarm-events-dev", Attributes=attributes, tags=TAGS)
    topic = str(sns.create_topic(Name="observability-alarms-dev", Tags=_tags())["TopicArn"])
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Alarms")
    return f"{arn}alarm-events-dev", topic


def _event(aws: Aws, group: str) -> None:
    aws("logs").create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "an event that nobody can bring back"}
    aws("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])


def _alarm(aws: Aws, name: str, metric: str, topic: str) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name, MetricName=metric, Namespace="Payments", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=3.0, ComparisonOperator="GreaterThanThreshold", TreatMissingData="missing", ActionsEnabled=True,
        AlarmActions=[topic], OKActions=[], InsufficientDataActions=[], Tags=_tags(),
    )  # fmt: skip


def _rule(aws: Aws, name: str, service: str) -> None:
    rule = {
        "RuleName": name, "ResourceARN": "*", "Priority": 1000, "FixedRate": 0.05, "ReservoirSize": 1,
        "ServiceName": "*", "ServiceType": service, "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    }  # fmt: skip
    aws("xray").create_sampling_rule(SamplingRule=rule, Tags=_tags())


def identities(told: dict[str, dict[str, Any]]) -> dict[str, dict[str, list[Any]]]:
    """What would be another if a thing had been made anew: its ids and times of creation; and the events in it."""
    return {
        kind: {name: sorted(_born(item), key=repr) for name, item in things.items()} for kind, things in told.items()
    }


_BIRTH = (
    "KeyId",
    "CreationDate",
    "CreatedTimestamp",
    "creationTime",
    "SubscriptionArn",
    "CreatedAt",
    "message",
    "eventId",
)


def _born(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _BIRTH:
                yield key, str(item)
            yield from _born(item)
    elif isinstance(value, list):
        for item in value:
            yield from _born(item)
