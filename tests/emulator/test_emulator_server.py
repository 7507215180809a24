"""The server: protocols, accounts, threads, errors, and its own life."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest

from provisioner.emulator import Emulator
from provisioner.engine.errors import ProvisionerError


def post(url: str, service: str, body: str, **headers: str) -> tuple[int, str]:
    """One request as a client of another time or kind would send it."""
    scope = f"AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/{service}/aws4_request, Signature=x"
    request = urllib.request.Request(
        url, data=body.encode(), headers={"Authorization": scope, **headers} if service else headers
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, problem.read().decode()


def query(url: str, service: str, **form: str) -> tuple[int, ElementTree.Element]:
    """A call in the query protocol, which older clients speak; the answer without its namespace."""
    status, text = post(
        url, service, urllib.parse.urlencode(form), **{"Content-Type": "application/x-www-form-urlencoded"}
    )
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return status, root


class TestOlderClients:
    def test_alarms_in_the_query_protocol(self, emulator: Emulator) -> None:
        alarm = {
            "AlarmName": "a", "Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": "60",
            "EvaluationPeriods": "1", "Threshold": "1.5", "ComparisonOperator": "GreaterThanThreshold",
            "Tags.member.1.Key": "k", "Tags.member.1.Value": "v", "Dimensions.member.1.Name": "d",
            "Dimensions.member.1.Value": "1",
        }  # fmt: skip
        assert query(emulator.url, "monitoring", Action="PutMetricAlarm", **alarm)[0] == 200
        status, root = query(emulator.url, "monitoring", Action="DescribeAlarms")
        assert (status, root.findtext(".//AlarmName"), root.findtext(".//Threshold")) == (200, "a", "1.5")
        assert root.findtext(".//StateValue") == "INSUFFICIENT_DATA"
        arn = str(root.findtext(".//AlarmArn"))
        _, root = query(emulator.url, "monitoring", Action="ListTagsForResource", ResourceARN=arn)
        assert root.findtext(".//Key") == "k"

    def test_queues_in_the_query_protocol(self, emulator: Emulator) -> None:
        given = {"QueueName": "q", "Attribute.1.Name": "DelaySeconds", "Attribute.1.Value": "5"}
        status, root = query(emulator.url, "sqs", Action="CreateQueue", **given)
        url = str(root.findtext(".//QueueUrl"))
        assert (status, url) == (200, f"{emulator.url}/123456789012/q")
        asked = {"QueueUrl": url, "AttributeName.1": "DelaySeconds"}
        _, root = query(url, "sqs", Action="GetQueueAttributes", **asked)
        assert (root.findtext(".//Name"), root.findtext(".//Value")) == ("DelaySeconds", "5")

    def test_errors_in_the_query_protocol(self, emulator: Emulator) -> None:
        status, root = query(emulator.url, "sqs", Action="GetQueueUrl", QueueName="none")
        assert (status, root.findtext(".//Code")) == (400, "AWS.SimpleQueueService.NonExistentQueue")
        status, root = query(emulator.url, "monitoring", Action="GetDashboard", DashboardName="none")
        assert (status, root.findtext(".//Code")) == (404, "ResourceNotFound")


class TestWhatIsNotThere:
    def test_an_operation_that_moto_lacks(self, client: Any, refused: Any) -> None:
        with refused("NotImplemented", status=501):
            client("iam").simulate_principal_policy(
                PolicySourceArn="arn:aws:iam::123456789012:role/some-role", ActionNames=["a:b"]
            )
        with refused("NotImplemented", status=501):
            client("logs").list_anomalies()

    def test_an_operation_that_nobody_has(self, emulator: Emulator) -> None:
        status, text = post(
            emulator.url,
            "kms",
            "{}",
            **{"X-Amz-Target": "TrentService.Dance", "Content-Type": "application/x-amz-json-1.1"},
        )
        assert (status, json.loads(text)["__type"]) == (501, "NotImplemented")
        status, root = query(emulator.url, "sns", Action="Dance")
        assert (status, root.findtext(".//Code")) == (501, "NotImplemented")

    def test_a_service_that_nobody_has(self, emulator: Emulator) -> None:
        assert post(emulator.url, "teleport", "{}")[0] == 501

    def test_a_request_without_a_signature(self, emulator: Emulator) -> None:
        status, text = post(emulator.url, "", "Action=ListTopics")
        assert status == 403
        assert "MissingAuthenticationToken" in text

    def test_a_body_that_is_no_json(self, emulator: Emulator) -> None:
        status, text = post(
            emulator.url,
            "kms",
            "{",
            **{"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"},
        )
        assert (status, json.loads(text)["__type"]) == (400, "SerializationException")

    def test_a_defect_of_moto_is_an_internal_failure(self, client: Any, refused: Any) -> None:
        # moto looks a query up that nobody started.
        with refused("InternalFailure", status=500):
            client("logs").get_query_results(queryId="never-started")


def test_every_operation_that_is_answered_is_one_of_aws(server: Emulator) -> None:
    from moto.core.utils import get_service_model

    from provisioner.emulator.door.services import HANDLERS

    unknown = {(service, name) for service, name in HANDLERS if name not in get_service_model(service).operation_names}
    assert unknown == set()


def test_every_function_that_answers_is_reached_through_a_service(server: Emulator) -> None:
    from provisioner.emulator.core.call import Api
    from provisioner.emulator.door.services import HANDLERS, SERVICES

    loaded = [module for name, module in sys.modules.items() if name.startswith("provisioner.emulator.")]
    written = {id(api): api for module in loaded if isinstance(api := getattr(module, "api", None), Api)}
    declared = {id(api) for service in SERVICES.values() for api in service.apis}
    assert set(written) == declared
    assert sum(len(api.handlers) for api in written.values()) == len(HANDLERS)


def test_accounts_are_apart(client: Any) -> None:
    other = "210987654321"
    client("logs", account=other).create_log_group(logGroupName="/a")
    client("s3", account=other)
    key = client("kms", account=other).create_key()["KeyMetadata"]["Arn"]
    assert key.split(":")[4] == other
    assert client("sts", account=other).get_caller_identity()["Account"] == other
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    assert client("logs").describe_log_groups()["logGroups"] == []
    assert client("kms").list_keys()["Keys"] == []


def test_regions_are_apart(client: Any) -> None:
    client("logs", "eu-west-1").create_log_group(logGroupName="/a")
    assert client("logs").describe_log_groups()["logGroups"] == []


def test_buckets_can_be_locked_by_conditional_writes(client: Any, refused: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="state")
    tag = s3.put_object(Bucket="state", Key="a/lock", Body=b"me", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket="state", Key="a/lock", Body=b"you", IfNoneMatch="*")
    s3.put_object(Bucket="state", Key="a/lock", Body=b"again", IfMatch=tag)
    assert s3.get_object(Bucket="state", Key="a/lock")["Body"].read() == b"again"
    assert s3.head_object(Bucket="state", Key="a/lock")["ContentLength"] == 5
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket="state", Key="none")


def test_sixteen_threads_lose_nothing(client: Any, control: Any) -> None:
    logs, sqs, iam = client("logs"), client("sqs"), client("iam")
    logs.create_log_group(logGroupName="/shared")
    url = sqs.create_queue(QueueName="shared")["QueueUrl"]
    trust = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}
    )
    iam.create_role(RoleName="shared", AssumeRolePolicyDocument=trust)
    transformation = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]

    def work(number: int) -> None:
        logs.put_metric_filter(
            logGroupName="/shared", filterName=f"f{number}", filterPattern="", metricTransformations=transformation
        )
        sqs.tag_queue(QueueUrl=url, Tags={f"t{number}": ""})
        iam.tag_role(RoleName="shared", Tags=[{"Key": f"t{number}", "Value": ""}])
        logs.describe_metric_filters()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(48)))
    assert len(logs.describe_metric_filters()["metricFilters"]) == 48
    assert len(sqs.list_queue_tags(QueueUrl=url)["Tags"]) == 48
    assert len(iam.list_role_tags(RoleName="shared", MaxItems=100)["Tags"]) == 48
    assert len(control("GET", "calls")) == 48 * 4 + 3 + 3


def test_a_long_poll_does_not_stop_others(client: Any) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=10)
        sqs.send_message(QueueUrl=url, MessageBody="hello")
        assert waiting.result(timeout=5)["Messages"][0]["Body"] == "hello"


class TestLife:
    def test_it_can_be_stopped_twice_and_has_no_address_then(self, server: Emulator) -> None:
        emulator = Emulator()
        with pytest.raises(ProvisionerError, match="not running"):
            _ = emulator.url
        emulator.start()
        assert emulator.url.startswith("http://127.0.0.1:")
        emulator.stop()
        emulator.stop()
        with pytest.raises(ProvisionerError):
            _ = emulator.url

    def test_a_second_one_is_another_door_to_the_same_aws(self, server: Emulator, client: Any) -> None:
        client("logs").create_log_group(logGroupName="/a")
        with Emulator(account="210987654321") as other:
            elsewhere, here = (
                boto3.client(
                    "logs",
                    endpoint_url=other.url,
                    region_name="us-east-1",
                    aws_access_key_id=key,
                    aws_secret_access_key="s",
                )
                for key in ("AKIA", "123456789012")
            )
            assert elsewhere.describe_log_groups()["logGroups"] == []
            assert len(here.describe_log_groups()["logGroups"]) == 1
        assert len(client("logs").describe_log_groups()["logGroups"]) == 1

    def test_a_port_that_is_taken(self, server: Emulator) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(ProvisionerError, match=f"Cannot listen on 127.0.0.1:{port}"):
                Emulator(port=port).start()

    def test_without_moto_it_says_what_to_install(self) -> None:
        program = (
            "import sys; sys.modules['moto'] = None\n"
            "from provisioner.emulator import Emulator\n"
            "try: Emulator().start()\n"
            "except Exception as problem: print(type(problem).__name__, problem)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("ProvisionerError")
        assert "pip install 'observability-provisioner[emulator]'" in done.stdout

    def test_it_prints_nothing(self) -> None:
        program = (
            "import sys, boto3\n"
            "from provisioner.emulator import Emulator\n"
            "assert 'moto' not in sys.modules\n"
            "with Emulator() as aws:\n"
            "    sts = boto3.client('sts', endpoint_url=aws.url, region_name='us-east-1',"
            " aws_access_key_id='AKIA', aws_secret_access_key='s')\n"
            "    assert sts.get_caller_identity()['Account'] == '123456789012'\n"
        )
        done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
