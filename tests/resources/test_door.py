"""The door to AWS: what is waited for, what is reported at once and in which words, and that listings come whole."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from provisioner.aws.connection import Connection
from provisioner.aws.door import Aws, sign_in
from provisioner.aws.failures import in_our_words
from provisioner.aws.patience import pause_before_another
from provisioner.engine.errors import AwsError, NoCredentialsError
from provisioner.engine.steps import Call, Remember, Tries, Wait
from tests.resources.driver import Diary, Platform, performed
from tests.resources.naming import ENVIRONMENT, PLATFORM, REGION


class Told(Diary):
    """A diary that keeps AWS's remarks, too."""

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[tuple[str, str]] = []

    def warned(self, what: str, message: str) -> None:
        self.remarks.append((what, message))

    @property
    def retried(self) -> list[str]:
        """What was made again, and why; spacing calls by their published rate is not that."""
        return [wait for wait in self.waits if not wait.endswith("published rate")]


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def aws(platform: Platform, told: Told) -> Aws:
    return sign_in(platform.connection, PLATFORM, ENVIRONMENT, (), told)


def fault(platform: Platform, service: str, operation: str, code: str = "", **what: Any) -> None:
    """The next call of ``operation`` meets this."""
    platform.control("POST", "faults", service=service, operation=operation, code=code, **what)


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("ServiceUnavailableException", 503), ("Strange", 502)]
)
def test_what_passes_by_itself_is_waited_for(aws: Aws, told: Told, platform: Platform, code: str, status: int) -> None:
    fault(platform, "logs", "DescribeLogGroups", code, status=status, times=2)
    assert aws.world.ask("logs", "DescribeLogGroups")["logGroups"] == []
    assert told.retried == [f"logs:DescribeLogGroups: {code}"] * 2


def test_a_call_without_an_answer_is_made_again(aws: Aws, told: Told, platform: Platform) -> None:
    fault(platform, "logs", "DescribeLogGroups", drop_connection=True)
    assert aws.world.ask("logs", "DescribeLogGroups")["logGroups"] == []
    assert told.retried == ["logs:DescribeLogGroups: no answer"]


ACTION = "User: arn:aws:iam::1:user/me is not authorized to perform: {} on resource: {} because no policy allows it"
ROLE = "arn:aws:iam::123456789012:role/lambda-execution-role-dev"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
SCP = f"{ACTION.format('logs:DescribeLogGroups', '*')} with an explicit deny in a service control policy"


@pytest.mark.parametrize(
    ("service", "code", "said", "advice"),
    [
        (
            "lambda",
            "AccessDeniedException",
            ACTION.format("iam:PassRole", ROLE),
            f"permission for iam:PassRole on {ROLE}",
        ),
        (
            "logs",
            "AccessDeniedException",
            ACTION.format("kms:Decrypt", KEY),
            f"kms:Decrypt on {KEY}, and let the policy",
        ),
        (
            "logs",
            "AccessDeniedException",
            "The specified KMS key does not exist or is not allowed to be used",
            "KMS key",
        ),
        ("logs", "AccessDeniedException", SCP, "An explicit deny in a service control policy"),
        ("sns", "KMSAccessDenied", "The ciphertext refers to a key that you may not use", "KMS key"),
        ("sns", "AuthorizationError", ACTION.format("iam:PassRole", ROLE), "permission for iam:PassRole"),
        ("sqs", "KmsAccessDenied", "denied", "kms:GenerateDataKey"),
        ("sqs", "AWS.SimpleQueueService.KMS.AccessDeniedException", "denied", "KMS key"),
        ("lambda", "KMSDisabledException", "Lambda was unable to decrypt the environment variables", "KMS key"),
        (
            "kms",
            "AccessDeniedException",
            ACTION.format("kms:CreateAlias", KEY),
            f"permission for kms:CreateAlias on {KEY},",
        ),
        ("sts", "InvalidClientTokenId", "The security token included in the request is invalid", "not enabled"),
        ("logs", "UnrecognizedClientException", "The security token is invalid", "not enabled"),
        ("sts", "SignatureDoesNotMatch", "Signature expired: 2026 is now earlier than 2026", "clock"),
        ("logs", "ExpiredTokenException", "expired", "aws sso login"),
    ],
)
def test_a_remedy_names_what_is_missing(
    aws: Aws, platform: Platform, service: str, code: str, said: str, advice: str
) -> None:
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "lambda": ("GetFunction", {"FunctionName": "f"}),
        "logs": ("DescribeLogGroups", {}),
        "sns": ("GetTopicAttributes", {"TopicArn": "t"}),
        "sqs": ("GetQueueUrl", {"QueueName": "q"}),
        "kms": ("DescribeKey", {"KeyId": "k"}),
        "sts": ("GetCallerIdentity", {}),
    }
    operation, params = calls[service]
    fault(platform, service, operation, code, message=said, times=None)
    with pytest.raises(AwsError) as caught:
        aws.world.ask(service, operation, **params)
    assert advice in caught.value.remedy
    assert f"{service}:{operation}" not in caught.value.remedy


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDeniedException", "Give this identity permission for logs:DescribeLogGroups"),
        ("LimitExceededException", "A quota of the account is reached"),
        ("ExpiredTokenException", "aws sso login"),
        ("Strange", ""),
    ],
)
def test_what_stays_is_reported_at_once(aws: Aws, told: Told, platform: Platform, code: str, advice: str) -> None:
    fault(platform, "logs", "DescribeLogGroups", code, message="in AWS's words", times=None)
    with pytest.raises(AwsError) as caught:
        aws.world.ask("logs", "DescribeLogGroups")
    assert caught.value.message == f"logs DescribeLogGroups failed: {code}: in AWS's words"
    assert advice in caught.value.remedy
    assert bool(advice) == bool(caught.value.remedy)
    assert told.retried == []


def test_permissions_are_named_as_iam_names_them(aws: Aws, platform: Platform) -> None:
    fault(platform, "resourcegroupstaggingapi", "GetResources", "AccessDeniedException")
    with pytest.raises(AwsError, match=r"permission for tag:GetResources"):
        aws.world.tagged()


def test_an_error_is_a_lag_only_after_a_write_of_our_own(aws: Aws, told: Told, platform: Platform) -> None:
    """A topic that nobody has just made is not going to appear."""
    topic = platform.client("sns").create_topic(Name="orders")["TopicArn"]
    aws.world.ask("sns", "ListTopics")  # looking is no write
    fault(platform, "sns", "GetTopicAttributes", "NotFound", times=2)
    with pytest.raises(AwsError, match="NotFound"):
        aws.world.ask("sns", "GetTopicAttributes", TopicArn=topic)
    assert told.retried == []
    performed(aws, Call("sns", "CreateTopic", {"Name": "orders"}))
    assert aws.world.ask("sns", "GetTopicAttributes", TopicArn=topic)["Attributes"]["TopicArn"] == topic
    assert told.retried == ["sns:GetTopicAttributes: NotFound"]


def test_what_is_not_there_is_an_answer_to_who_looks_for_it(aws: Aws) -> None:
    assert aws.world.find("iam", "GetRole", RoleName="nobody") is None
    assert aws.world.pages("iam", "ListRolePolicies", "PolicyNames", RoleName="nobody") == []
    with pytest.raises(AwsError, match="NoSuchEntity"):
        aws.world.ask("iam", "GetRole", RoleName="nobody")


def test_what_is_gone_already_counts_as_removed(aws: Aws) -> None:
    assert performed(aws, Call("logs", "DeleteLogGroup", {"logGroupName": "none"})) == {}
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        performed(aws, Call("logs", "PutRetentionPolicy", {"logGroupName": "none", "retentionInDays": 7}))


def test_a_removal_that_fails_otherwise_has_failed(aws: Aws, platform: Platform) -> None:
    fault(platform, "logs", "DeleteLogGroup", "AccessDeniedException")
    with pytest.raises(AwsError, match="AccessDeniedException"):
        performed(aws, Call("logs", "DeleteLogGroup", {"logGroupName": "none"}))


def test_a_remark_of_aws_is_passed_on(aws: Aws, told: Told) -> None:
    body = {"widgets": [{"type": "text", "properties": {"markdown": "x"}, "x": 0, "y": 0, "width": 3, "height": 3}]}
    performed(aws, Call("cloudwatch", "PutDashboard", {"DashboardName": "plain", "DashboardBody": json.dumps(body)}))
    assert told.remarks == []
    body["widgets"][0]["colour"] = "red"
    performed(aws, Call("cloudwatch", "PutDashboard", {"DashboardName": "odd", "DashboardBody": json.dumps(body)}))
    (remark,) = told.remarks
    assert remark[0] == "cloudwatch:PutDashboard"
    assert "colour" in remark[1]


def test_a_wait_that_ends_badly_says_what_for(aws: Aws) -> None:
    with pytest.raises(AwsError, match="lambda GetFunction failed: ResourceNotFoundException"):
        performed(aws, Wait("lambda", "function_active_v2", {"FunctionName": "none"}))


def test_what_is_to_be_remembered_is_not_for_aws(aws: Aws) -> None:
    with pytest.raises(TypeError, match="Remember"):
        performed(aws, Remember({"id": "1"}))


@pytest.mark.parametrize(
    ("service", "operation", "key", "size"),
    [
        ("logs", "DescribeLogGroups", "logGroups", {"limit": 2}),
        ("kms", "ListKeys", "Keys", {"Limit": 2}),
        ("iam", "ListRoles", "Roles", {"MaxItems": 2}),
        ("cloudwatch", "DescribeAlarms", "MetricAlarms", {"MaxRecords": 2}),
    ],
)
def test_a_listing_is_whole(
    aws: Aws, platform: Platform, service: str, operation: str, key: str, size: dict[str, int]
) -> None:
    """Each service has its own words for the token of the next page."""
    for number in range(5):
        name = f"one-{number}"
        platform.client("logs").create_log_group(logGroupName=name)
        platform.client("kms").create_key()
        platform.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        platform.client("cloudwatch").put_metric_alarm(
            AlarmName=name, Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
    assert len(aws.world.pages(service, operation, key, **size)) == 5


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def test_only_what_bears_our_tag_is_ours(aws: Aws, platform: Platform) -> None:
    stack = aws.scope.stack
    for name, value in (("ours", stack), ("theirs", f"{stack}-2")):
        platform.client("sqs").create_queue(QueueName=name, tags={"provisioner:stack": value, "Team": "a"})
    ((arn, tags),) = aws.world.tagged().items()
    assert arn.endswith(":ours")
    assert tags == {"provisioner:stack": stack, "Team": "a"}


def test_a_quota_that_nobody_may_read_is_as_published(aws: Aws, platform: Platform) -> None:
    assert aws.world.quota("xray", "L-8C0C998A", 7) == 25
    assert aws.world.quota("xray", "L-NONE", 7) == 7
    fault(platform, "service-quotas", "GetServiceQuota", "AccessDeniedException")
    assert aws.world.quota("xray", "L-8C0C998A", 7) == 7


@pytest.mark.parametrize(("operation", "asked"), [("cloudwatch:PutMetricAlarm", 1), ("kms:CreateKey", 0), ("a:B", 0)])
def test_a_rate_is_learned_where_service_quotas_keeps_one(
    aws: Aws, platform: Platform, operation: str, asked: int
) -> None:
    platform.clear_calls()
    aws.learn_rate(operation)
    assert len(platform.control("GET", "calls")) == asked


def test_where_nobody_listens_the_endpoint_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(AwsError) as caught:
        sign_in(Connection(region=REGION), PLATFORM, ENVIRONMENT, ())
    assert caught.value.remedy == f"AWS_ENDPOINT_URL is {url}: is anything listening there?"


def test_without_credentials_it_is_said_how_to_get_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(NoCredentialsError, match="aws sso login"):
        sign_in(Connection(region=REGION), PLATFORM, ENVIRONMENT, ())


def test_what_was_throttled_for_long_is_as_patient_with_a_lost_answer() -> None:
    """Each sort of failure has its own time."""
    throttled = ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "PutObject")
    lost = ConnectionClosedError(endpoint_url="http://x")
    tries, none = Tries(), frozenset[str]()
    assert pause_before_another(in_our_words("s3", "", throttled), throttled, tries, none)
    tries.since = {worth: since - 100 for worth, since in tries.since.items()}
    assert pause_before_another(in_our_words("s3", "", lost), lost, tries, none)
    tries.since = {worth: since - 100 for worth, since in tries.since.items()}
    assert pause_before_another(in_our_words("s3", "", throttled), throttled, tries, none)
    assert pause_before_another(in_our_words("s3", "", lost), lost, tries, none) is None
