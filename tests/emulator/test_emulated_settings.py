"""What an account, a log group, an alarm or a function may be given beside its own configuration."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

DAY = 86_400
MASK = {"Statement": [{"Operation": {"Audit": {}}}, {"Operation": {"Deidentify": {"MaskConfig": {}}}}]}


@pytest.fixture
def logs(client: Any) -> Any:
    found = client("logs")
    found.create_log_group(logGroupName="/ecs/orders")
    return found


def put_retention(logs: Any, days: int | str, name: str = "central", mode: str = "RETROACTIVE", **more: str) -> None:
    document = {"retentionInDays": days, "enforcementMode": mode}
    logs.put_account_policy(policyName=name, policyType="RETENTION_POLICY", policyDocument=json.dumps(document), **more)


def shown(logs: Any, name: str = "/ecs/orders") -> tuple[object, object]:
    (group,) = logs.describe_log_groups(logGroupIdentifiers=[name])["logGroups"]
    return group.get("retentionInDays"), group.get("retentionPolicyName")


def test_a_policy_of_retention_counts_a_day_later_and_what_a_group_was_given_is_kept(logs: Any, control: Any) -> None:
    put_retention(logs, 90)
    logs.put_retention_policy(logGroupName="/ecs/orders", retentionInDays=7)
    assert shown(logs) == (7, None)
    control("POST", "time", advance_seconds=DAY + 1)
    assert shown(logs) == (90, "central")
    logs.put_retention_policy(logGroupName="/ecs/orders", retentionInDays=3)
    put_retention(logs, 365)
    assert shown(logs) == (90, "central"), "an update, too, counts a day later"
    control("POST", "time", advance_seconds=DAY + 1)
    assert shown(logs) == (365, "central")
    logs.delete_account_policy(policyName="central", policyType="RETENTION_POLICY")
    assert shown(logs) == (3, None)


def test_the_longest_retention_counts_where_several_apply(logs: Any, control: Any) -> None:
    logs.create_log_group(logGroupName="/other")
    put_retention(logs, 60, "all")
    put_retention(logs, "NEVER_EXPIRE", "ecs", selectionCriteria='LogGroupNamePrefix IN ["/ecs/"]')
    put_retention(logs, 30, "new", mode="NEW_ONLY")
    control("POST", "time", advance_seconds=DAY + 1)
    assert shown(logs) == (None, "ecs")
    assert shown(logs, "/other") == (60, "all")


@pytest.mark.parametrize("document", ["no json", "{}", '{"retentionInDays": 7, "enforcementMode": "NEW_ONLY"}'])
def test_what_is_no_policy_of_retention_is_refused(logs: Any, refused: Any, document: str) -> None:
    with refused("InvalidParameterException"):
        logs.put_account_policy(policyName="p", policyType="RETENTION_POLICY", policyDocument=document)
    with refused("InvalidParameterException", "LogGroupNamePrefix"):
        put_retention(logs, 30, selectionCriteria='LogGroupName NOT IN ["/a"]')


def test_account_policies_are_listed_by_type_and_some_are_alone(logs: Any, refused: Any) -> None:
    put_retention(logs, 30)
    for name in ("a", "b"):
        logs.put_account_policy(policyName=name, policyType="FIELD_INDEX_POLICY", policyDocument="{}")
    listed = logs.describe_account_policies(policyType="FIELD_INDEX_POLICY")["accountPolicies"]
    assert [policy["policyName"] for policy in listed] == ["a", "b"]
    logs.put_account_policy(policyName="a", policyType="SUBSCRIPTION_FILTER_POLICY", policyDocument="{}")
    with refused("LimitExceededException"):
        logs.put_account_policy(policyName="b", policyType="SUBSCRIPTION_FILTER_POLICY", policyDocument="{}")
    with refused("ResourceNotFoundException"):
        logs.delete_account_policy(policyName="c", policyType="FIELD_INDEX_POLICY")


def test_settings_of_a_log_group(logs: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException"):
        logs.get_transformer(logGroupIdentifier="/ecs/orders")
    with refused("InvalidParameterException", "parser"):
        logs.put_transformer(logGroupIdentifier="/ecs/orders", transformerConfig=[{"deleteKeys": {"withKeys": ["a"]}}])
    logs.put_transformer(logGroupIdentifier="/ecs/orders", transformerConfig=[{"parseJSON": {}}])
    assert logs.get_transformer(logGroupIdentifier="/ecs/orders")["transformerConfig"] == [{"parseJSON": {}}]
    logs.create_log_group(logGroupName="/rare", logGroupClass="INFREQUENT_ACCESS")
    with refused("InvalidOperationException"):
        logs.put_transformer(logGroupIdentifier="/rare", transformerConfig=[{"parseJSON": {}}])
    logs.put_data_protection_policy(logGroupIdentifier="/ecs/orders", policyDocument=json.dumps(MASK))
    logs.put_bearer_token_authentication(logGroupIdentifier="/ecs/orders", bearerTokenAuthenticationEnabled=True)
    (group,) = logs.describe_log_groups(logGroupIdentifiers=["/ecs/orders"])["logGroups"]
    assert (group["dataProtectionStatus"], group["bearerTokenAuthenticationEnabled"]) == ("ACTIVATED", True)


def test_mute_rules(client: Any, refused: Any) -> None:
    cloudwatch = client("cloudwatch")
    schedule = {"Expression": "cron(0 22 * * *)", "Duration": "PT8H"}
    with refused("ValidationError", "do not exist"):
        cloudwatch.put_alarm_mute_rule(Name="n", Rule={"Schedule": schedule}, MuteTargets={"AlarmNames": ["a"]})
    with refused("ValidationError", "not valid"):
        cloudwatch.put_alarm_mute_rule(Name="n", Rule={"Schedule": {**schedule, "Duration": "8 hours"}})
    cloudwatch.put_alarm_mute_rule(Name="n", Rule={"Schedule": schedule}, ExpireDate=1_000_000_000)
    (rule,) = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert (rule["Status"], rule["MuteType"]) == ("EXPIRED", "RECURRING")
    assert rule["AlarmMuteRuleArn"].endswith(":alarm-mute-rule:n")
    assert cloudwatch.list_alarm_mute_rules(Statuses=["ACTIVE"])["AlarmMuteRuleSummaries"] == []
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="n")["Rule"] == {"Schedule": schedule}
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="n")
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="n")
    with refused("ResourceNotFoundException"):
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="n")


@pytest.fixture
def functions(client: Any, role: Any) -> Any:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", "")
    found = client("lambda")
    found.create_function(
        FunctionName="f",
        Role=role(),
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
    )
    return found


def test_a_runtime_is_pinned_by_its_version(functions: Any, refused: Any) -> None:
    assert functions.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "Auto"
    with refused("InvalidParameterValueException"):
        functions.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="Manual")
    version = "arn:aws:lambda:us-east-1::runtime:0123456789abcdef"
    functions.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="Manual", RuntimeVersionArn=version)
    assert functions.get_runtime_management_config(FunctionName="f")["RuntimeVersionArn"] == version


def test_what_becomes_of_the_events_of_a_function(functions: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException"):
        functions.get_function_event_invoke_config(FunctionName="f")
    functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    functions.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    found = functions.get_function_event_invoke_config(FunctionName="f")
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    functions.delete_function_event_invoke_config(FunctionName="f")
    with refused("ResourceNotFoundException"):
        functions.delete_function_event_invoke_config(FunctionName="f")
