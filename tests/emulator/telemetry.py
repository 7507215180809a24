"""A platform in small, made with plain boto3: a log group with a filter, an alarm, a topic, a queue, dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.emulator.conftest import ACCOUNT, REGION, Client

GROUP, STREAM, SPACE = "/ecs/pay", "task-1", "Shop"
PATTERN = '[time, level = "ERROR", ...]'
FAILURE, SUCCESS = "09:00 ERROR no money", "09:00 INFO paid"
ALARM, COMPOSITE = "pay-errors", "pay-critical"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
EVENTS, DEAD = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("events", "dead"))
ANY_ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def grant(service: str, actions: Any, resource: str = "*", **condition: dict[str, str]) -> dict[str, Any]:
    who = {"Principal": {"Service": f"{service}.amazonaws.com"}, "Action": actions, "Resource": resource}
    return {"Effect": "Allow", **who, "Condition": condition}


ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
BY_CLOUDWATCH = grant("cloudwatch", ["kms:Decrypt", "kms:GenerateDataKey*"])
BY_SNS = grant("sns", ["kms:Decrypt", "kms:GenerateDataKey*"])
FROM_ALARMS = grant("cloudwatch", "SNS:Publish", TOPIC, ArnLike={"aws:SourceArn": ANY_ALARM})


class Telemetry:
    """The small platform; each link can be left out or replaced before or after it is built."""

    def __init__(self, client: Client, control: Callable[..., Any]) -> None:
        self.logs, self.cloudwatch = client("logs"), client("cloudwatch")
        self.sns, self.sqs, self.kms = client("sns"), client("sqs"), client("kms")
        self.control = control
        self.pass_time(
            70 - self.now() % 60
        )  # ten seconds past a minute: no test is long enough to see it end by itself
        self.key = self.kms.create_key(Policy=document(ROOT, BY_CLOUDWATCH, BY_SNS))["KeyMetadata"]["KeyId"]
        self.queues = {arn: self._queue(arn) for arn in (DEAD, EVENTS)}
        self.sns.create_topic(Name="alarms")
        self.set_topic("Policy", document(FROM_ALARMS))
        self.set_topic("KmsMasterKeyId", self.key)
        self.subscription = self.sns.subscribe(
            TopicArn=TOPIC,
            Protocol="sqs",
            Endpoint=EVENTS,
            Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD})},
        )["SubscriptionArn"]
        self.logs.create_log_group(logGroupName=GROUP)
        self.logs.create_log_stream(logGroupName=GROUP, logStreamName=STREAM)

    def _queue(self, arn: str) -> str:
        admit = document(grant("sns", "sqs:SendMessage", arn, ArnEquals={"aws:SourceArn": TOPIC}))
        attributes = {"Policy": admit, "KmsMasterKeyId": self.key}
        url: str = self.sqs.create_queue(QueueName=arn.split(":")[-1], Attributes=attributes)["QueueUrl"]
        return url

    def set_topic(self, name: str, value: str) -> None:
        self.sns.set_topic_attributes(TopicArn=TOPIC, AttributeName=name, AttributeValue=value)

    def filter(self, pattern: str = PATTERN, value: str = "1", **transformation: Any) -> None:
        made = {"metricNamespace": SPACE, "metricName": "errors", "metricValue": value, **transformation}
        self.logs.put_metric_filter(
            logGroupName=GROUP, filterName="errors", filterPattern=pattern, metricTransformations=[made]
        )

    def alarm(self, name: str = ALARM, **changed: Any) -> None:
        """More than one error in each of two minutes."""
        measured = {"Namespace": SPACE, "MetricName": "errors", "Statistic": "Sum", "Period": 60}
        if "Metrics" in changed:
            measured = {}
        if "ExtendedStatistic" in changed:
            del measured["Statistic"]
        rule = {"Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 2}
        missing = {"TreatMissingData": "notBreaching", "AlarmActions": [TOPIC]}
        self.cloudwatch.put_metric_alarm(AlarmName=name, **{**measured, **rule, **missing, **changed})

    def now(self) -> float:
        return float(self.control("GET", "time")["now"])

    def pass_time(self, seconds: float) -> None:
        self.control("POST", "time", advance_seconds=seconds)

    def log(self, *lines: str, ago: float = 0) -> None:
        at = int((self.now() - ago) * 1000)
        events = [{"timestamp": at, "message": line} for line in lines]
        answer = self.logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=events)
        assert "rejectedLogEventsInfo" not in answer

    def burst(self) -> None:
        """Two failures in each of two minutes, and time for an alarm to look at them."""
        self.log(FAILURE, SUCCESS, FAILURE)
        self.pass_time(60)
        self.log(FAILURE, SUCCESS, FAILURE)
        self.pass_time(60)

    def state(self, name: str = ALARM) -> str:
        return str(self.described(name)["StateValue"])

    def described(self, name: str = ALARM) -> dict[str, Any]:
        types = ["MetricAlarm", "CompositeAlarm"]
        answer = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=types)
        found: list[dict[str, Any]] = answer["MetricAlarms"] + answer["CompositeAlarms"]
        assert len(found) == 1
        return found[0]

    def received(self, arn: str = EVENTS) -> list[dict[str, Any]]:
        """The alarm messages that a queue holds, taken out of it."""
        answer = self.sqs.receive_message(QueueUrl=self.queues[arn], MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.queues[arn], ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in messages]

    def history(self, kind: str, name: str = ALARM, types: Sequence[str] = ("MetricAlarm",)) -> list[str]:
        """Summaries, oldest first."""
        answer = self.cloudwatch.describe_alarm_history(
            AlarmName=name, HistoryItemType=kind, ScanBy="TimestampAscending", AlarmTypes=list(types)
        )
        return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]

    def publish(self, value: float, *, ago: float = 0, name: str = "errors", namespace: str = SPACE) -> None:
        """Straight into a metric, as the service whose metric it is."""
        self.control("POST", "metrics", namespace=namespace, name=name, value=value, timestamp=self.now() - ago)
