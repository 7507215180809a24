"""What others change or delete is shown as theirs, and put back alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.running import ACCOUNT, REGION, Cli

Aws = Callable[[str], Any]

ALARM = "order-service-high-error-rate-dev"
GROUP = "/ecs/order-service-dev"
ROLE = "lambda-execution-role-dev"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:observability-alarms-dev"

KEPT_OF_AN_ALARM = [
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "AlarmActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "EvaluationPeriods",
    "ComparisonOperator",
    "TreatMissingData",
]


def test_a_changed_threshold(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    kept = {name: alarm[name] for name in KEPT_OF_AN_ALARM if name in alarm}
    aws("cloudwatch").put_metric_alarm(**kept, Threshold=99.0)

    (change,) = cli.plan()["changes"]
    assert (change["address"], change["action"], change["origin"]) == (f"metric_alarm.{ALARM}", "update", "drift")
    assert [(field["field"], field["before"], field["after"]) for field in change["fields"]] == [("threshold", 99, 10)]
    assert change["calls"] == ["cloudwatch:PutMetricAlarm"]

    shown = cli("drift", "--json")
    assert shown.code == 2
    assert [found["address"] for found in shown.json()["changes"]] == [f"metric_alarm.{ALARM}"]
    assert cli.apply() == ["cloudwatch:PutMetricAlarm"]
    assert cli.pending() == {}
    assert cli("drift").code == 0


def test_a_changed_retention_and_a_changed_tag(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    aws("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=1)
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"

    (change,) = cli.plan()["changes"]
    assert change["origin"] == "drift"
    assert [(field["field"], field["before"], field["after"]) for field in change["fields"]] == [
        ("retention_days", 1, 30)
    ]
    assert cli.apply() == ["logs:PutRetentionPolicy"]

    aws("logs").tag_resource(resourceArn=group, tags={"Service": "somebody-else"})
    (change,) = cli.plan()["changes"]
    assert (change["address"], change["origin"]) == (f"log_group.{GROUP}", "drift")
    assert [field["field"].split(".")[0] for field in change["fields"]] == ["tags"]
    assert cli.apply() == ["logs:TagResource"]

    aws("logs").tag_resource(resourceArn=group, tags={"Added": "by others"})
    assert cli("drift").code == 2
    assert cli.apply() == ["logs:UntagResource"]
    assert cli.pending() == {}


def test_a_deleted_log_group_and_a_deleted_alarm(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    aws("logs").delete_log_group(logGroupName=GROUP)
    aws("cloudwatch").delete_alarms(AlarmNames=["order-processor-high-latency-dev"])
    assert cli.pending() == {
        f"log_group.{GROUP}": "create",
        "metric_filter.order-service-errors-dev": "create",
        "metric_alarm.order-processor-high-latency-dev": "create",
    }
    assert set(cli.apply()) <= {
        "logs:CreateLogGroup",
        "logs:PutRetentionPolicy",
        "logs:PutMetricFilter",
        "cloudwatch:PutMetricAlarm",
    }
    assert cli.pending() == {}


def test_a_deleted_topic(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    aws("sns").delete_topic(TopicArn=TOPIC)
    assert cli.pending() == {
        "sns_topic.observability-alarms-dev": "create",
        "sns_subscription.observability-alarms-dev/sqs/alarm-events-dev": "create",
    }
    assert {call.split(":")[0] for call in cli.apply()} == {"sns"}
    (subscribed,) = aws("sns").list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert subscribed["Endpoint"].endswith(":alarm-events-dev")
    assert cli.pending() == {}


def test_a_deleted_role(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    for policy in aws("iam").list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]:
        aws("iam").detach_role_policy(RoleName=ROLE, PolicyArn=policy["PolicyArn"])
    aws("iam").delete_role(RoleName=ROLE)
    assert cli.pending() == {
        f"iam_role.{ROLE}": "create",
        "lambda_function.payment-handler-dev": "update",
        "lambda_function.order-processor-dev": "update",
    }
    assert {call.split(":")[0] for call in cli.apply()} == {"iam", "lambda"}
    assert cli.pending() == {}
