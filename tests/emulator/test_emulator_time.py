"""One clock: when it is advanced, an hour has passed for everything, moto's part included.

The switches that delay something are tested with their services.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.emulator.conftest import ACCOUNT, REGION, Client

HOUR = 3600


@pytest.fixture
def advance(control: Any) -> Callable[[float], None]:
    return lambda seconds: control("POST", "time", advance_seconds=seconds)


@pytest.fixture
def function(client: Client, role: Any) -> Callable[[], Any]:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", "")
    code = {"ZipFile": content.getvalue()}
    return lambda: client("lambda").create_function(
        FunctionName="f", Role=role(), Runtime="python3.11", Handler="index.f", Code=code
    )


class TestWhatWaits:
    def test_the_name_of_a_deleted_queue(self, client: Client, control: Any, advance: Any, refused: Any) -> None:
        sqs = client("sqs")
        control("POST", "settings", queue_deleted_recently=True)
        sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="q")["QueueUrl"])
        advance(50)
        with refused("AWS.SimpleQueueService.QueueDeletedRecently"):
            sqs.create_queue(QueueName="q")
        advance(HOUR)
        sqs.create_queue(QueueName="q")

    def test_a_message_in_flight(self, client: Client, advance: Any) -> None:
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "1800"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="m")
        assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        advance(HOUR)
        assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1

    def test_the_deletion_of_a_key(self, client: Client, advance: Any, refused: Any) -> None:
        kms = client("kms")
        doomed, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
        kms.create_alias(AliasName="alias/a", TargetKeyId=doomed)
        kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
        advance(6 * 86_400)
        assert kms.describe_key(KeyId=doomed)["KeyMetadata"]["KeyState"] == "PendingDeletion"
        with refused("AlreadyExistsException"):
            kms.create_alias(AliasName="alias/a", TargetKeyId=other)
        advance(86_400)
        with refused("NotFoundException"):
            kms.describe_key(KeyId=doomed)
        assert [key["KeyId"] for key in kms.list_keys()["Keys"]] == [other]
        kms.create_alias(AliasName="alias/a", TargetKeyId=other)


def log_group(client: Client) -> float:
    client("logs").create_log_group(logGroupName="/g")
    return float(client("logs").describe_log_groups()["logGroups"][0]["creationTime"]) / 1000


def log_stream(client: Client) -> float:
    log_group(client)
    client("logs").create_log_stream(logGroupName="/g", logStreamName="s")
    streams = client("logs").describe_log_streams(logGroupName="/g")["logStreams"]
    return float(streams[0]["creationTime"]) / 1000


def metric_filter(client: Client) -> float:
    log_group(client)
    made = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    client("logs").put_metric_filter(logGroupName="/g", filterName="f", filterPattern="", metricTransformations=made)
    return float(client("logs").describe_metric_filters()["metricFilters"][0]["creationTime"]) / 1000


def key(client: Client) -> datetime:
    made = client("kms").create_key()["KeyMetadata"]
    assert client("kms").describe_key(KeyId=made["KeyId"])["KeyMetadata"]["CreationDate"] == made["CreationDate"]
    date: datetime = made["CreationDate"]
    return date


def deleted_key(client: Client) -> float:
    name = client("kms").create_key()["KeyMetadata"]["KeyId"]
    date = client("kms").schedule_key_deletion(KeyId=name, PendingWindowInDays=7)["DeletionDate"]
    assert client("kms").describe_key(KeyId=name)["KeyMetadata"]["DeletionDate"] == date
    return float(date.timestamp()) - 7 * 86_400


def rotated_key(client: Client) -> float:
    name = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").enable_key_rotation(KeyId=name, RotationPeriodInDays=90)
    return float(client("kms").get_key_rotation_status(KeyId=name)["NextRotationDate"].timestamp()) - 90 * 86_400


def alias(client: Client) -> datetime:
    name = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").create_alias(AliasName="alias/a", TargetKeyId=name)
    client("kms").update_alias(AliasName="alias/a", TargetKeyId=name)
    found = client("kms").list_aliases(KeyId=name)["Aliases"][0]
    date: datetime = found["CreationDate"]
    assert found["LastUpdatedDate"] >= date
    return date


def role_date(client: Client) -> datetime:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made: datetime = client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)["Role"]["CreateDate"]
    assert client("iam").get_role(RoleName="r")["Role"]["CreateDate"] == made
    return made


def queue(client: Client, member: str = "CreatedTimestamp") -> float:
    url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    return float(client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"][member])


def queue_change(client: Client) -> float:
    return queue(client, "LastModifiedTimestamp")


def message(client: Client) -> float:
    url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="m")
    found = client("sqs").receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"][0]
    return float(found["Attributes"]["SentTimestamp"]) / 1000


def notification(client: Client) -> datetime:
    arn = client("sns").create_topic(Name="t")["TopicArn"]
    admit = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [admit]})
    url = client("sqs").create_queue(QueueName="q", Attributes={"Policy": policy})["QueueUrl"]
    client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:q")
    client("sns").publish(TopicArn=arn, Message="m")
    return datetime.fromisoformat(
        json.loads(client("sqs").receive_message(QueueUrl=url)["Messages"][0]["Body"])["Timestamp"]
    )


def dashboard(client: Client) -> datetime:
    client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    date: datetime = client("cloudwatch").list_dashboards()["DashboardEntries"][0]["LastModified"]
    return date


def sampling_rule(client: Client) -> datetime:
    rule = {
        "RuleName": "r", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.1, "ReservoirSize": 1, "ServiceName": "*",
        "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1,
    }  # fmt: skip
    made = client("xray").create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]
    assert made["CreatedAt"] == made["ModifiedAt"]
    update = {"RuleName": "r", "Priority": 2}
    date: datetime = client("xray").update_sampling_rule(SamplingRuleUpdate=update)["SamplingRuleRecord"]["ModifiedAt"]
    return date


def bucket_object(client: Client) -> datetime:
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key="k", Body=b"")
    date: datetime = client("s3").head_object(Bucket="bucket", Key="k")["LastModified"]
    return date


def alarm(client: Client) -> datetime:
    client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="FALSE")
    found = client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    date: datetime = found["AlarmConfigurationUpdatedTimestamp"]
    return date


MAKERS = [
    alarm, alias, bucket_object, dashboard, deleted_key, key, log_group, log_stream, message, metric_filter,
    notification, queue, queue_change, role_date, rotated_key, sampling_rule,
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_made_bears_the_time_of_the_clock(client: Client, advance: Any, make: Any) -> None:
    advance(30 * 86_400)
    shown = make(client)
    seconds = shown.replace(tzinfo=UTC).timestamp() if isinstance(shown, datetime) else shown
    assert seconds == pytest.approx(time.time() + 30 * 86_400, abs=60)


def test_a_function_bears_the_time_of_the_clock(advance: Any, function: Any) -> None:
    advance(30 * 86_400)
    modified = datetime.strptime(function()["LastModified"], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
    assert modified == pytest.approx(time.time() + 30 * 86_400, abs=60)


def test_a_reset_sets_the_clock_back(client: Client, control: Any, advance: Any) -> None:
    advance(30 * 86_400)
    control("POST", "reset")
    assert control("GET", "time")["now"] == pytest.approx(time.time(), abs=60)
    assert log_group(client) == pytest.approx(time.time(), abs=60)
