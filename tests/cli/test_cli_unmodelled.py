"""What no kind compares is told where it is set, and an alarm of a form that we never make is put right or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import ACCOUNT, REGION, Cli, Control

Aws = Callable[[str], Any]

GROUP = "/ecs/order-service-dev"
ALARM = "order-service-high-error-rate-dev"
COMPOSITE = "ecs-resource-exhaustion-dev"
FUNCTION = "payment-handler-dev"
RUNTIME = f"arn:aws:lambda:{REGION}::runtime:0123456789abcdef"


@pytest.fixture
def platform(cli: Cli) -> Cli:
    """It stands, and there is nothing to do."""
    cli.ok("apply", "--yes")
    return cli


def also_says(document: dict[str, Any]) -> dict[str, Any]:
    return {f"{item['subject']} {item['member']}": item["value"] for item in document["aws_also_says"]}


def test_of_what_we_made_nothing_else_is_said(platform: Cli) -> None:
    for command in (["plan", "-v"], ["drift"], ["drift", "--deep"], ["status"]):
        said = platform.ok(*command).out
        assert "AWS also says" not in said
        assert "was not answered" not in said
        document = platform.ok(*command, "--json").json()
        assert (document["aws_also_says"], document["not_answered"]) == ([], {})


def test_what_is_set_and_not_compared_is_told_by_plan_drift_and_status(platform: Cli, aws: Aws) -> None:
    aws("logs").put_bearer_token_authentication(logGroupIdentifier=GROUP, bearerTokenAuthenticationEnabled=True)
    line = f"log_group.{GROUP}: AWS also says bearerTokenAuthenticationEnabled = true; not looked at"
    for command in (["plan", "-v"], ["drift"], ["status"]):
        run = platform.ok(*command)
        assert line in run.out.splitlines()
        said = also_says(platform.ok(*command, "--json").json())
        assert said == {f"log_group.{GROUP} bearerTokenAuthenticationEnabled": True}
    assert "AWS also says" not in platform.ok("plan").out
    assert "Nothing to do" in platform.ok("plan").out
    assert "No drift." in platform.ok("drift").out


def test_what_stands_on_a_strangers_thing_is_told_before_it_is_taken(cli: Cli, aws: Aws) -> None:
    aws("logs").create_log_group(logGroupName=GROUP, tags={"Owner": "others"})
    aws("logs").put_bearer_token_authentication(logGroupIdentifier=GROUP, bearerTokenAuthenticationEnabled=True)
    document = cli("plan", "--json").json()
    assert also_says(document) == {f"log_group.{GROUP} bearerTokenAuthenticationEnabled": True}


def test_strangers_words_are_one_short_line(platform: Cli, aws: Aws) -> None:
    text = "evil\x1b[2Jwords\n" * 30
    aws("logs").put_account_policy(
        policyName="index", policyType="FIELD_INDEX_POLICY", policyDocument=json.dumps({"Fields": [text]})
    )
    (line,) = [line for line in platform.ok("status").out.splitlines() if "AWS also says" in line]
    assert "\x1b" not in line
    assert len(line) < 250


def test_what_needs_calls_of_its_own_is_told_by_status_and_a_deep_drift(
    platform: Cli, control: Control, aws: Aws
) -> None:
    aws("logs").put_transformer(logGroupIdentifier=GROUP, transformerConfig=[{"parseJSON": {}}])
    aws("logs").put_account_policy(
        policyName="forward", policyType="SUBSCRIPTION_FILTER_POLICY", policyDocument=json.dumps({"FilterPattern": ""})
    )
    for name, prefix in (("ours", "/ecs/"), ("theirs", "/team-b/")):
        aws("logs").put_account_policy(
            policyName=name, policyType="FIELD_INDEX_POLICY", policyDocument=json.dumps({"Fields": [name]}),
            selectionCriteria=f'LogGroupNamePrefix IN ["{prefix}"]',
        )  # fmt: skip
    aws("cloudwatch").put_alarm_mute_rule(
        Name="nights",
        Rule={"Schedule": {"Expression": "cron(0 22 * * *)", "Duration": "PT8H"}},
        MuteTargets={"AlarmNames": [ALARM, COMPOSITE]},
    )
    aws("lambda").put_runtime_management_config(
        FunctionName=FUNCTION, UpdateRuntimeOn="Manual", RuntimeVersionArn=RUNTIME
    )
    aws("lambda").put_function_event_invoke_config(FunctionName=FUNCTION, MaximumRetryAttempts=0)
    account = f"account {ACCOUNT} in {REGION}"
    expected = {
        f"log_group.{GROUP} transformerConfig",
        f"{account} SUBSCRIPTION_FILTER_POLICY forward",
        f"{account} FIELD_INDEX_POLICY ours",
        f"metric_alarm.{ALARM} AlarmMuteRule nights",
        f"composite_alarm.{COMPOSITE} AlarmMuteRule nights",
        f"lambda_function.{FUNCTION} UpdateRuntimeOn",
        f"lambda_function.{FUNCTION} RuntimeVersionArn",
        f"lambda_function.{FUNCTION} MaximumRetryAttempts",
    }
    for command in (["status"], ["drift", "--deep"]):
        said = also_says(platform.ok(*command, "--json").json())
        assert set(said) == expected
        assert said[f"lambda_function.{FUNCTION} MaximumRetryAttempts"] == 0
        assert said[f"metric_alarm.{ALARM} AlarmMuteRule nights"]["Status"] == "SCHEDULED"
        told = platform.ok(*command).out
        assert f'lambda_function.{FUNCTION}: AWS also says UpdateRuntimeOn = "Manual"; not looked at' in told
    control.clear()
    for command in (["drift"], ["plan", "-v"]):
        assert "AWS also says" not in platform.ok(*command).out
    asked = {"DescribeAccountPolicies", "GetTransformer", "ListAlarmMuteRules", "GetRuntimeManagementConfig"}
    assert not asked & {call.split(":")[1] for call in control.calls()}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalFailure", "UnknownOperationException"])
def test_what_may_not_be_asked_or_is_unknown_there_is_told(platform: Cli, control: Control, code: str) -> None:
    for service, operation in (
        ("logs", "GetTransformer"),
        ("logs", "DescribeAccountPolicies"),
        ("cloudwatch", "ListAlarmMuteRules"),
        ("lambda", "GetRuntimeManagementConfig"),
        ("lambda", "GetFunctionEventInvokeConfig"),
    ):
        control.fault(service, operation, code=code, times=100)
    control.clear()
    run = platform.ok("status")
    assert f"logs:GetTransformer was not answered: {code}" in run.out
    document = platform.ok("drift", "--deep", "--json").json()
    assert document["not_answered"] == {
        "cloudwatch:ListAlarmMuteRules": code,
        "lambda:GetFunctionEventInvokeConfig": code,
        "lambda:GetRuntimeManagementConfig": code,
        "logs:DescribeAccountPolicies": code,
        "logs:GetTransformer": code,
    }
    assert control.calls().count("logs:GetTransformer") == 2, "once a command: nothing depends on it"


def test_a_filter_that_selects_other_events_is_drift_and_not_proved(platform: Cli, aws: Aws) -> None:
    (kept,) = aws("logs").describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    del kept["creationTime"]
    aws("logs").put_metric_filter(
        **kept, fieldSelectionCriteria='@aws.region = "eu-west-1"', emitSystemFieldDimensions=["@aws.account"]
    )
    drift = platform("drift", "--json")
    assert drift.code == 2
    (change,) = drift.json()["changes"]
    assert [field["field"] for field in change["fields"]] == ["selection", "system_dimensions"]
    assert any("has the selection" in problem for problem in platform.ok("status", "--json").json()["problems"])
    proof = platform("verify", "--live", "--json")
    assert proof.code == 2
    assert 'its selection in AWS is @aws.region = \\"eu-west-1\\", declared is none: run apply' in proof.out
    assert platform.apply() == ["logs:PutMetricFilter"]
    assert "No drift." in platform.ok("drift").out


def test_an_alarm_that_warms_up_or_looks_at_wall_clock_hours_is_drift(platform: Cli, aws: Aws) -> None:
    (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    members = aws("cloudwatch").meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    aws("cloudwatch").put_metric_alarm(
        **{name: value for name, value in alarm.items() if name in members},
        WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 2880},
        EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Berlin"}},
    )
    drift = platform("drift", "--json")
    assert [field["field"] for field in drift.json()["changes"][0]["fields"]] == ["evaluation_window", "warm_up"]
    assert platform.apply() == ["cloudwatch:PutMetricAlarm"]
    assert "No drift." in platform.ok("drift").out
