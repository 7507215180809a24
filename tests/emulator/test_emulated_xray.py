"""X-Ray sampling rules."""

from __future__ import annotations

from typing import Any

import pytest

ARN = "arn:aws:xray:us-east-1:123456789012:sampling-rule/"


@pytest.fixture
def xray(client: Any) -> Any:
    return client("xray")


def rule(name: str = "ecs-dev", **changes: Any) -> dict[str, Any]:
    return {
        "RuleName": name,
        "ResourceARN": "*",
        "Priority": 1001,
        "FixedRate": 0.05,
        "ReservoirSize": 1,
        "ServiceName": "*-dev",
        "ServiceType": "AWS::ECS::Container",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "Version": 1,
        **changes,
    }


def rules(xray: Any) -> dict[str, Any]:
    pages = xray.get_paginator("get_sampling_rules").paginate()
    found = [record["SamplingRule"] for page in pages for record in page["SamplingRuleRecords"]]
    return {item["RuleName"]: item for item in found}


def test_the_default_rule_is_always_there(xray: Any, refused: Any) -> None:
    assert rules(xray)["Default"]["Priority"] == 10_000
    with refused("InvalidRequestException"):
        xray.delete_sampling_rule(RuleName="Default")
    with refused("InvalidRequestException", "already exists"):
        xray.create_sampling_rule(SamplingRule=rule("Default"))
    with refused("InvalidRequestException", "Invalid update request for default sampling rule"):
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "Priority": 5})
    xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 0.2, "ReservoirSize": 3})
    assert (rules(xray)["Default"]["FixedRate"], rules(xray)["Default"]["ReservoirSize"]) == (0.2, 3)


def test_a_rule_is_kept_as_given(xray: Any) -> None:
    boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 10}
    made = xray.create_sampling_rule(SamplingRule=rule(SamplingRateBoost=boost))["SamplingRuleRecord"]
    expected = {**rule(SamplingRateBoost=boost), "RuleARN": f"{ARN}ecs-dev", "Attributes": {}}
    assert made["SamplingRule"] == rules(xray)["ecs-dev"] == expected
    assert made["CreatedAt"] == made["ModifiedAt"]


def test_an_update_changes_what_it_names(xray: Any) -> None:
    xray.create_sampling_rule(SamplingRule=rule())
    xray.update_sampling_rule(
        SamplingRuleUpdate={"RuleARN": f"{ARN}ecs-dev", "FixedRate": 0.1, "Attributes": {"a": "b"}}
    )
    found = rules(xray)["ecs-dev"]
    assert (found["FixedRate"], found["Attributes"], found["Priority"]) == (0.1, {"a": "b"}, 1001)


@pytest.mark.parametrize(
    "changes",
    [
        {"Priority": 0},
        {"Priority": 10_000},
        {"FixedRate": 1.1},
        {"FixedRate": -0.1},
        {"ReservoirSize": -1},
        {"Version": 2},
        {"RuleName": "x" * 33},
        {"ServiceName": "x" * 65},
        {"HTTPMethod": "x" * 11},
        {"Attributes": {str(number): "x" for number in range(6)}},
    ],
)
def test_what_is_refused(xray: Any, refused: Any, changes: Any) -> None:
    # The client itself refuses what is below a least value: the rule goes past its checks.
    with refused("InvalidRequestException"):
        unchecked(xray).create_sampling_rule(SamplingRule=rule(**changes))
    assert list(rules(xray)) == ["Default"]


def unchecked(xray: Any) -> Any:
    """The same client without botocore's own checks of parameters."""
    import boto3
    from botocore.config import Config

    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(
        "xray",
        endpoint_url=xray.meta.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        config=config,
    )


def test_missing_and_doubled_rules(xray: Any, refused: Any) -> None:
    xray.create_sampling_rule(SamplingRule=rule())
    with refused("InvalidRequestException", "already exists"):
        xray.create_sampling_rule(SamplingRule=rule())
    xray.create_sampling_rule(SamplingRule=rule("same-priority"))
    with refused("InvalidRequestException", "Sampling rule does not exist."):
        xray.delete_sampling_rule(RuleName="none")
    with refused("InvalidRequestException", "Sampling rule does not exist."):
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": "none", "FixedRate": 1})
    with refused("InvalidRequestException"):
        xray.delete_sampling_rule(RuleName="ecs-dev", RuleARN=f"{ARN}ecs-dev")
    gone = xray.delete_sampling_rule(RuleARN=f"{ARN}ecs-dev")["SamplingRuleRecord"]["SamplingRule"]
    assert gone["RuleName"] == "ecs-dev"
    assert set(rules(xray)) == {"Default", "same-priority"}


def test_a_region_has_25_rules(xray: Any, client: Any, refused: Any) -> None:
    for number in range(25):
        xray.create_sampling_rule(SamplingRule=rule(f"r{number}"))
    with refused("RuleLimitExceededException"):
        xray.create_sampling_rule(SamplingRule=rule("one-more"))
    client("xray", "eu-west-1").create_sampling_rule(SamplingRule=rule("elsewhere"))


def test_tags(xray: Any, refused: Any) -> None:
    xray.create_sampling_rule(SamplingRule=rule(), Tags=[{"Key": "a", "Value": "1"}])
    arn = f"{ARN}ecs-dev"
    xray.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    xray.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with refused("ResourceNotFoundException", status=404):
        xray.list_tags_for_resource(ResourceARN=f"{ARN}none")
    with refused("TooManyTagsException"):
        xray.tag_resource(ResourceARN=arn, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    xray.delete_sampling_rule(RuleName="ecs-dev")
    xray.create_sampling_rule(SamplingRule=rule())
    assert xray.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
