"""Somebody breaks one link on the way of an alarm, behind our back: status names that link and says nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from provisioner.emulator import Emulator
from tests.cli.inventory import client, keys
from tests.cli.running import ACCOUNT, REGION, Cli, Control, Run

Aws = Callable[[str], Any]
Break = Callable[[Aws], object]

KEY = "kms_key.logs-dev"
TOPIC = "sns_topic.observability-alarms-dev"
EVENTS, DLQ = "sqs_queue.alarm-events-dev", "sqs_queue.alarm-dlq-dev"
SUBSCRIPTION = "sns_subscription.observability-alarms-dev/sqs/alarm-events-dev"
FILTER, ALARM = "metric_filter.order-service-errors-dev", "metric_alarm.order-service-high-error-rate-dev"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:observability-alarms-dev"
LOGS = f"logs.{REGION}.amazonaws.com"


@pytest.fixture(scope="module")
def aws(server: Emulator) -> Aws:
    server.reset()
    made: dict[str, Any] = {}

    def of(service: str) -> Any:
        return made.setdefault(service, made.get(service) or client(Control(server.url), service))

    return of


@pytest.fixture(scope="module")
def platform(server: Emulator, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The sample, applied once for all tests here."""
    home = tmp_path_factory.mktemp("home")
    cli = Cli(Control(server.url), home, str(home / "state"))
    cli.ok("apply", "--yes")
    return cli


def key_of(aws: Aws) -> str:
    (key,) = keys(aws("kms"))
    return key


def url_of(aws: Aws, queue: str) -> str:
    return str(aws("sqs").get_queue_url(QueueName=queue)["QueueUrl"])


def key_policy(change: Callable[[list[Any]], list[Any]]) -> Break:
    """Put the statements of the key's policy through ``change``."""

    def put(aws: Aws) -> None:
        kms, key = aws("kms"), key_of(aws)
        document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
        document["Statement"] = change(document["Statement"])
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))

    return put


def without(service: str) -> Callable[[list[Any]], list[Any]]:
    return lambda statements: [item for item in statements if not admits(item, service)]


def admits(statement: Any, service: str) -> bool:
    return service in statement["Principal"].get("Service", ())


def decrypting_only(statements: list[Any]) -> list[Any]:
    return [{**item, "Action": "kms:Decrypt"} if admits(item, "sns.amazonaws.com") else item for item in statements]


def for_one_group(statements: list[Any]) -> list[Any]:
    only = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/order-service-dev"
    condition = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": only}}
    return [{**item, "Condition": condition} if admits(item, LOGS) else item for item in statements]


def shut(statements: list[Any]) -> list[Any]:
    principal = {"Service": "cloudwatch.amazonaws.com"}
    return [*statements, {"Effect": "Deny", "Principal": principal, "Action": "kms:*", "Resource": "*"}]


def topic_policy(change: Callable[[list[Any]], list[Any]]) -> Break:
    def put(aws: Aws) -> None:
        document = json.loads(aws("sns").get_topic_attributes(TopicArn=TOPIC_ARN)["Attributes"]["Policy"])
        document["Statement"] = change(document["Statement"])
        topic_attribute("Policy", json.dumps(document))(aws)

    return put


def of_another_account(statements: list[Any]) -> list[Any]:
    return json.loads(json.dumps(statements).replace(f'"{ACCOUNT}"', '"210987654321"'))  # type: ignore[no-any-return]  # a list, as it was


def topic_attribute(name: str, value: str) -> Break:
    return lambda aws: aws("sns").set_topic_attributes(TopicArn=TOPIC_ARN, AttributeName=name, AttributeValue=value)


def queue_attribute(queue: str, name: str, value: str = "") -> Break:
    return lambda aws: aws("sqs").set_queue_attributes(QueueUrl=url_of(aws, queue), Attributes={name: value})


def subscription_arn(aws: Aws) -> str:
    (entry,) = aws("sns").list_subscriptions_by_topic(TopicArn=TOPIC_ARN)["Subscriptions"]
    return str(entry["SubscriptionArn"])


def subscription_attribute(name: str, **value: str) -> Break:
    return lambda aws: aws("sns").set_subscription_attributes(
        SubscriptionArn=subscription_arn(aws), AttributeName=name, **value
    )


def put_filter(pattern: str = '{ $.level = "OOPS" }', metric: str = "order-service-errors-dev") -> Break:
    made = {"metricNamespace": "PaymentPlatform/dev", "metricName": metric, "metricValue": "1", "defaultValue": 0.0}
    return lambda aws: aws("logs").put_metric_filter(
        logGroupName="/ecs/order-service-dev",
        filterName="order-service-errors-dev",
        filterPattern=pattern,
        metricTransformations=[{**made, "unit": "Count"}],
    )


def put_alarm(**changed: Any) -> Break:
    """Put the alarm of order-service again, with ``changed`` parameters."""

    def put(aws: Aws) -> None:
        cloudwatch = aws("cloudwatch")
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=["order-service-high-error-rate-dev"])["MetricAlarms"]
        kept = ("AlarmName", "ComparisonOperator", "Threshold", "EvaluationPeriods", "AlarmActions", "Namespace")
        same = {name: alarm[name] for name in (*kept, "MetricName", "Statistic", "Period", "TreatMissingData")}
        cloudwatch.put_metric_alarm(**{**same, **changed})

    return put


def detach(aws: Aws) -> None:
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    aws("iam").detach_role_policy(RoleName="lambda-execution-role-dev", PolicyArn=policy)


def log_elsewhere(aws: Aws) -> None:
    aws("logs").create_log_group(logGroupName="/elsewhere")
    aws("lambda").update_function_configuration(
        FunctionName="order-processor-dev", LoggingConfig={"LogFormat": "JSON", "LogGroup": "/elsewhere"}
    )


def another_rule(aws: Aws) -> None:
    rule = 'ALARM("ecs-high-cpu-dev")'
    aws("cloudwatch").put_composite_alarm(
        AlarmName="ecs-resource-exhaustion-dev", AlarmRule=rule, AlarmActions=[TOPIC_ARN]
    )


LINKS: dict[str, tuple[Break, list[str], list[str]]] = {
    "the event queue shuts the topic out": (
        queue_attribute("alarm-events-dev", "Policy"),
        [EVENTS],
        ["does not admit sns.amazonaws.com for sqs:SendMessage", "alarms do not arrive in it"],
    ),
    "the dead-letter queue shuts the topic out": (
        queue_attribute("alarm-dlq-dev", "Policy"),
        [DLQ],
        ["does not admit sns.amazonaws.com for sqs:SendMessage", "what the topic cannot deliver is lost"],
    ),
    "the event queue lost its redrive": (
        queue_attribute("alarm-events-dev", "RedrivePolicy"),
        [EVENTS],
        ["does not redrive to its dead-letter queue"],
    ),
    "the event queue has a key of AWS": (
        queue_attribute("alarm-events-dev", "KmsMasterKeyId", "alias/aws/sqs"),
        [EVENTS],
        ["is encrypted with alias/aws/sqs, which admits no other service", "cannot deliver to the queue"],
    ),
    "the topic has a key of AWS": (
        topic_attribute("KmsMasterKeyId", "alias/aws/sns"),
        ["sns_topic.observability-alarms-dev"],
        ["is encrypted with alias/aws/sns, which admits no other service", "alarms cannot publish"],
    ),
    "an alarm fires otherwise": (
        put_alarm(ComparisonOperator="LessThanThreshold"),
        [ALARM],
        ["fires when LessThanThreshold in 2 of 2 periods, missing data notBreaching where GreaterThanThreshold"],
    ),
    "the key shuts CloudWatch out": (
        key_policy(without("cloudwatch.amazonaws.com")),
        [KEY],
        ["cloudwatch.amazonaws.com for kms:Decrypt and kms:GenerateDataKey", "cannot publish", "AWS shows no error"],
    ),
    "the key denies CloudWatch": (key_policy(shut), [KEY], ["does not admit cloudwatch.amazonaws.com"]),
    "the key shuts SNS out": (
        key_policy(without("sns.amazonaws.com")),
        [KEY],
        ["sns.amazonaws.com for kms:Decrypt and kms:GenerateDataKey", "cannot deliver to the encrypted queues"],
    ),
    "the key lets SNS decrypt only": (
        key_policy(decrypting_only),
        [KEY],
        ["does not admit sns.amazonaws.com for kms:GenerateDataKey:"],
    ),
    "the key shuts CloudWatch Logs out": (
        key_policy(without(LOGS)),
        [KEY],
        [f"does not admit {LOGS}", "and 3 more can neither take nor show events"],
    ),
    "the key admits one log group only": (
        key_policy(for_one_group),
        [KEY],
        [f"does not admit {LOGS}", "/aws/lambda/payment-handler-dev", "and 2 more"],
    ),
    "the key is disabled": (lambda aws: aws("kms").disable_key(KeyId=key_of(aws)), [KEY], ["is disabled", "publish"]),
    "the key is pending deletion": (
        lambda aws: aws("kms").schedule_key_deletion(KeyId=key_of(aws), PendingWindowInDays=7),
        [KEY],
        ["is pending deletion"],
    ),
    "the topic shuts CloudWatch out": (
        topic_policy(without("cloudwatch.amazonaws.com")),
        [TOPIC],
        [
            "does not admit cloudwatch.amazonaws.com for sns:Publish",
            "alarms cannot publish to the topic: nobody is told",
        ],
    ),
    "the topic admits another account's alarms": (
        topic_policy(of_another_account),
        [TOPIC],
        ["does not admit cloudwatch.amazonaws.com for sns:Publish"],
    ),
    "a filter is gone": (
        lambda aws: aws("logs").delete_metric_filter(
            logGroupName="/ecs/order-service-dev", filterName="order-service-errors-dev"
        ),
        [FILTER],
        ["does not exist", "the alarm on it stays OK"],
    ),
    "a filter looks for something else": (put_filter(), [FILTER], ["OOPS", 'level = "ERROR"', "is declared"]),
    "a filter feeds another metric": (
        put_filter('[time, level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]', "Stray"),
        [FILTER],
        ["has the metric 'Stray' where 'order-service-errors-dev' is declared"],
    ),
    "an alarm is gone": (
        lambda aws: aws("cloudwatch").delete_alarms(AlarmNames=["order-service-high-error-rate-dev"]),
        [ALARM],
        ["does not exist"],
    ),
    "an alarm's actions are disabled": (
        lambda aws: aws("cloudwatch").disable_alarm_actions(AlarmNames=["order-service-high-error-rate-dev"]),
        [ALARM],
        ["has its actions disabled", "nobody is told"],
    ),
    "an alarm lost its action": (put_alarm(AlarmActions=[]), [ALARM], [f"lacks the action {TOPIC_ARN}"]),
    "an alarm looks at another metric": (
        put_alarm(MetricName="Stray"),
        [ALARM],
        ["looks at Sum PaymentPlatform/dev Stray where Sum PaymentPlatform/dev order-service-errors-dev is declared"],
    ),
    "a composite has another rule": (
        another_rule,
        ["composite_alarm.ecs-resource-exhaustion-dev"],
        ['looks at ALARM("ecs-high-cpu-dev") where ALARM("ecs-high-cpu-dev") AND ALARM("ecs-high-memory-dev")'],
    ),
    "the queue is not subscribed": (
        lambda aws: aws("sns").unsubscribe(SubscriptionArn=subscription_arn(aws)),
        [SUBSCRIPTION, TOPIC],
        ["does not exist", "has no confirmed subscription", "alarms reach nobody"],
    ),
    "the subscription lost its dead-letter queue": (
        subscription_attribute("RedrivePolicy"),
        [SUBSCRIPTION],
        ["has no RedrivePolicy"],
    ),
    "the subscription filters": (
        subscription_attribute("FilterPolicy", AttributeValue='{"team": ["a"]}'),
        [SUBSCRIPTION],
        ["has a filter policy"],
    ),
    "a function logs elsewhere": (
        log_elsewhere,
        ["lambda_function.order-processor-dev"],
        ["writes to the log group /elsewhere instead of /aws/lambda/order-processor-dev", "its filters see nothing"],
    ),
    "the role may not log": (detach, ["iam_role.lambda-execution-role-dev"], ["AWSLambdaBasicExecutionRole"]),
    "Container Insights is off": (
        lambda aws: aws("ecs").update_cluster_settings(
            cluster="payment-platform-dev", settings=[{"name": "containerInsights", "value": "disabled"}]
        ),
        ["ecs_cluster.payment-platform-dev"],
        ["has Container Insights disabled"],
    ),
}


def status(cli: Cli) -> list[str]:
    run: Run = cli.ok("status", "--json")
    return list(run.json()["problems"])


@pytest.mark.parametrize("link", LINKS)
def test_a_broken_link_is_named_alone_until_apply_mends_it(platform: Cli, aws: Aws, link: str) -> None:
    break_, addresses, words = LINKS[link]
    break_(aws)
    problems = status(platform)
    platform.ok("apply", "--yes")
    assert [problem.split()[0] for problem in problems] == addresses, "and nothing of what the tests before this broke"
    assert all(word in " ".join(problems) for word in words), problems
    assert all("Run apply" in problem for problem in problems)


def test_what_breaks_no_link_is_drift_and_no_problem(platform: Cli, aws: Aws) -> None:
    topic_attribute("KmsMasterKeyId", "")(aws)
    queue_attribute("alarm-events-dev", "KmsMasterKeyId")(aws)
    queue_attribute("alarm-dlq-dev", "MessageRetentionPeriod", "60")(aws)
    aws("logs").put_retention_policy(logGroupName="/ecs/order-service-dev", retentionInDays=1)
    put_alarm(Threshold=99.0)(aws)
    problems, drifted = status(platform), platform("drift")
    platform.ok("apply", "--yes")
    assert problems == []
    assert "Drifted: 5 of the resources" in drifted.out
