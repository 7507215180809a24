"""The control API: the record of calls, faults, throttling, reset."""

from __future__ import annotations

import threading
import time
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError


def seen(control: Any) -> list[tuple[str, str, int]]:
    return [(call["service"], call["operation"], call["status"]) for call in control("GET", "calls")]


def test_every_call_is_recorded_in_order(client: Any, control: Any, refused: Any) -> None:
    client("logs", "eu-west-1").create_log_group(logGroupName="/a")
    with refused("NoSuchEntity"):
        client("iam").get_role(RoleName="none")
    client("service-quotas").list_service_quotas(ServiceCode="xray")
    client("s3").list_buckets()
    client("resourcegroupstaggingapi").get_resources()
    client("cloudwatch").describe_alarms()
    with refused("NotImplemented"):
        client("xray").get_groups()
    fields = ("service", "operation", "status", "region", "write")
    assert [tuple(call[name] for name in fields) for call in control("GET", "calls")] == [
        ("logs", "CreateLogGroup", 200, "eu-west-1", True),
        ("iam", "GetRole", 404, "us-east-1", False),
        ("service-quotas", "ListServiceQuotas", 200, "us-east-1", False),
        ("s3", "ListBuckets", 200, "us-east-1", False),
        ("resourcegroupstaggingapi", "GetResources", 200, "us-east-1", False),
        ("cloudwatch", "DescribeAlarms", 200, "us-east-1", False),
        ("xray", "GetGroups", 501, "us-east-1", False),
    ]
    control("DELETE", "calls")
    assert control("GET", "calls") == []


@pytest.mark.parametrize(
    ("service", "operation", "call"),
    [
        ("logs", "CreateLogGroup", lambda client: client.create_log_group(logGroupName="/a")),
        ("iam", "ListRoles", lambda client: client.list_roles()),
        ("sns", "CreateTopic", lambda client: client.create_topic(Name="t")),
        ("lambda", "ListFunctions", lambda client: client.list_functions()),
        ("sqs", "ListQueues", lambda client: client.list_queues()),
        ("s3", "CreateBucket", lambda client: client.create_bucket(Bucket="bucket")),
        ("cloudwatch", "DescribeAlarms", lambda client: client.describe_alarms()),
    ],
)
def test_a_fault_fails_the_next_call_in_every_protocol(
    client: Any, control: Any, refused: Any, service: str, operation: str, call: Any
) -> None:
    control("POST", "faults", service=service, operation=operation, code="Teapot", message="short & stout", status=418)
    with refused("Teapot", "short & stout", status=418):
        call(client(service))
    assert seen(control) == [(service, operation, 418)]
    call(client(service))


def test_a_fault_comes_before_any_effect(client: Any, control: Any, refused: Any) -> None:
    control(
        "POST", "faults", service="logs", operation="CreateLogGroup", code="ServiceUnavailableException", status=503
    )
    with refused("ServiceUnavailableException"):
        client("logs").create_log_group(logGroupName="/a")
    assert client("logs").describe_log_groups()["logGroups"] == []


def test_faults_are_counted_and_chosen(client: Any, control: Any, refused: Any) -> None:
    kms, logs = client("kms"), client("logs")
    control("POST", "faults", service="kms", operation="*", code="Any", times=2, skip=1)
    control("POST", "faults", service="logs", operation="DescribeLogGroups", code="Always", times=None)
    kms.list_keys()
    for call in (kms.list_keys, kms.list_aliases):
        with refused("Any"):
            call()
    kms.list_keys()
    for _ in range(3):
        with refused("Always"):
            logs.describe_log_groups()
    logs.create_log_group(logGroupName="/a")
    control("DELETE", "faults")
    assert len(logs.describe_log_groups()["logGroups"]) == 1


def test_a_delay(client: Any, control: Any) -> None:
    control("POST", "faults", service="kms", operation="ListKeys", delay_seconds=0.2)
    before = time.monotonic()
    client("kms").list_keys()
    assert time.monotonic() - before >= 0.2


def test_a_delay_ends_with_the_faults(client: Any, control: Any) -> None:
    control("POST", "faults", service="kms", operation="ListKeys", delay_seconds=600)
    end = threading.Timer(0.1, control, ["DELETE", "faults"])
    end.start()
    client("kms").list_keys()
    end.join()


def test_an_answer_is_lost_after_the_call_took_effect(client: Any, control: Any) -> None:
    control("POST", "faults", service="logs", operation="CreateLogGroup", drop_connection=True)
    with pytest.raises(ConnectionClosedError):
        client("logs").create_log_group(logGroupName="/a")
    assert len(client("logs").describe_log_groups()["logGroups"]) == 1
    assert seen(control)[0] == ("logs", "CreateLogGroup", 200)


def test_an_error_in_place_of_the_answer_to_a_call_that_took_effect(client: Any, control: Any, refused: Any) -> None:
    control("POST", "faults", service="logs", operation="CreateLogGroup", code="Any", status=500, after_effect=True)
    with refused("Any", status=500):
        client("logs").create_log_group(logGroupName="/a")
    assert len(client("logs").describe_log_groups()["logGroups"]) == 1


def test_faults_by_chance(client: Any, control: Any) -> None:
    """A share of the calls, drawn by the seed: the same each time."""

    def meeting(seed: int) -> list[str]:
        control("POST", "reset")
        control("POST", "settings", fault_seed=seed, throttled_share=0.3, lost_share=0.2, failed_share=0.2)
        return [met() for _ in range(60)]

    def met() -> str:
        try:
            client("kms").list_keys()
        except ConnectionClosedError:
            return "lost"
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    first = meeting(1)
    assert 12 <= first.count("ThrottlingException") <= 24
    assert all(6 <= first.count(what) <= 18 for what in ("lost", "InternalFailure"))
    assert meeting(1) == first != meeting(2)


def test_a_retry_after_a_lost_answer_meets_its_own_effect(client: Any, control: Any, refused: Any) -> None:
    url = client("logs").meta.endpoint_url
    retrying = boto3.client(
        "logs",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 2, "mode": "standard"}),
    )
    control("POST", "faults", service="logs", operation="CreateLogGroup", drop_connection=True)
    with refused("ResourceAlreadyExistsException"):
        retrying.create_log_group(logGroupName="/a")


def test_throttling_by_rates(client: Any, control: Any, refused: Any) -> None:
    control("POST", "settings", rates={"cloudwatch:DescribeAlarms": 0.01})
    client("cloudwatch").describe_alarms()
    with refused("ThrottlingException", "Rate exceeded", status=400):
        client("cloudwatch").describe_alarms()
    client("cloudwatch").list_dashboards()
    client("cloudwatch", "eu-west-1").describe_alarms()
    control("POST", "time", advance_seconds=100)
    client("cloudwatch").describe_alarms()
    control("POST", "settings", rates=None)
    for _ in range(5):
        client("cloudwatch").describe_alarms()


def test_a_reset_leaves_nothing(client: Any, control: Any) -> None:
    client("logs").create_log_group(logGroupName="/a")
    client("sqs").create_queue(QueueName="q")
    client("s3").create_bucket(Bucket="bucket")
    control("POST", "faults", service="logs", operation="*", code="X", times=None)
    control("POST", "settings", lambda_create_delay=60, rates={"logs:DescribeLogGroups": 0.001})
    control("POST", "reset")
    assert control("GET", "calls") == []
    for _ in range(2):
        assert client("logs").describe_log_groups()["logGroups"] == []
    assert "QueueUrls" not in client("sqs").list_queues()
    assert client("s3").list_buckets()["Buckets"] == []


def test_a_reset_is_quick(emulator: Any, client: Any) -> None:
    for number in range(20):
        client("kms", "us-east-1").create_key()
        client("iam").get_policy(PolicyArn="arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess")
        client("logs").create_log_group(logGroupName=f"/{number}")
    before = time.monotonic()
    emulator.reset()
    assert time.monotonic() - before < 0.1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", {}, 404),
        ("POST", "faults", {"colour": "red"}, 400),
        ("POST", "settings", {"colour": "red"}, 400),
        ("POST", "subscriptions", {"topic": "x"}, 400),
        (
            "POST",
            "subscriptions",
            {"topic": "arn:aws:sns:us-east-1:123456789012:t", "endpoint": "x", "action": "confirm"},
            400,
        ),
    ],
)
def test_a_control_request_that_makes_no_sense(control: Any, method: str, path: str, body: Any, status: int) -> None:
    assert control(method, path, **body) == status


def test_the_decision_about_a_subscription_is_one_of_two(client: Any, control: Any) -> None:
    arn = client("sns").create_topic(Name="t")["TopicArn"]
    client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="a@b.org")
    assert control("POST", "subscriptions", topic=arn, endpoint="a@b.org", action="ponder") == 400


@pytest.mark.parametrize("seconds", [0, -1, 1e12, "x", None])
def test_time_that_cannot_pass_is_refused_and_has_not_passed(control: Any, seconds: Any) -> None:
    before = control("GET", "time")["now"]
    assert control("POST", "time", advance_seconds=seconds) == 400
    assert control("GET", "time")["now"] - before < 60
