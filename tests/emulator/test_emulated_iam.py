"""IAM roles: trust policies, tags and managed policies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def iam(client: Any) -> Any:
    return client("iam")


def trust(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    statement = {name: value for name, value in {**statement, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "text",
    [
        "junk",
        "[]",
        trust(Principal=None),
        trust(Effect=None),
        trust(Action=None),
        trust(Resource="*"),
        trust(Action="s3:GetObject"),
        trust(Principal={"AWS": "arn:aws:iam::123456789012:role/none"}),
        trust(Principal={"Service": "lambda"}),
    ],
)
def test_a_malformed_trust_policy_is_refused(iam: Any, role: Any, refused: Any, text: str) -> None:
    with refused("MalformedPolicyDocument"):
        iam.create_role(RoleName="new", AssumeRolePolicyDocument=text)
    role()
    before = iam.get_role(RoleName="runner")["Role"]["AssumeRolePolicyDocument"]
    with refused("MalformedPolicyDocument"):
        iam.update_assume_role_policy(RoleName="runner", PolicyDocument=text)
    assert iam.get_role(RoleName="runner")["Role"]["AssumeRolePolicyDocument"] == before


def test_a_trust_policy_is_short(iam: Any, refused: Any) -> None:
    with refused("LimitExceeded", "ACLSizePerRole"):
        iam.create_role(RoleName="new", AssumeRolePolicyDocument=trust(Sid="x" * 2048))


def test_a_trust_policy_is_updated(iam: Any, role: Any, refused: Any) -> None:
    role()
    iam.update_assume_role_policy(RoleName="runner", PolicyDocument=trust(Principal={"AWS": "123456789012"}))
    found = iam.get_role(RoleName="runner")["Role"]["AssumeRolePolicyDocument"]
    assert found["Statement"][0]["Principal"] == {"AWS": "123456789012"}
    with refused("NoSuchEntity", status=404):
        iam.update_assume_role_policy(RoleName="none", PolicyDocument=trust())


@pytest.mark.parametrize(
    "name",
    [
        "service-role/AWSLambdaBasicExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
    ],
)
def test_aws_has_its_managed_policies(iam: Any, role: Any, name: str) -> None:
    role()
    arn = f"arn:aws:iam::aws:policy/{name}"
    iam.attach_role_policy(RoleName="runner", PolicyArn=arn)
    iam.attach_role_policy(RoleName="runner", PolicyArn=arn)
    (attached,) = iam.list_attached_role_policies(RoleName="runner")["AttachedPolicies"]
    assert attached == {"PolicyName": name.rpartition("/")[2], "PolicyArn": arn}
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1


def test_all_managed_policies_are_listed(iam: Any) -> None:
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 1000})
    found = [policy["Arn"] for page in pages for policy in page["Policies"]]
    assert len(found) > 1000
    assert BASIC in found


def test_a_policy_that_aws_does_not_have(iam: Any, role: Any, refused: Any) -> None:
    role()
    with refused("NoSuchEntity", status=404):
        iam.attach_role_policy(RoleName="runner", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole")
    with refused("NoSuchEntity"):
        iam.detach_role_policy(RoleName="runner", PolicyArn=BASIC)


def test_a_role_with_policies_cannot_be_deleted(iam: Any, role: Any, refused: Any) -> None:
    role()
    iam.attach_role_policy(RoleName="runner", PolicyArn=BASIC)
    with refused("DeleteConflict", "detach", status=409):
        iam.delete_role(RoleName="runner")
    iam.detach_role_policy(RoleName="runner", PolicyArn=BASIC)
    iam.delete_role(RoleName="runner")
    with refused("NoSuchEntity", status=404):
        iam.get_role(RoleName="runner")


def test_a_role_made_again_is_another(iam: Any, role: Any, refused: Any) -> None:
    role()
    before = iam.get_role(RoleName="runner")["Role"]["RoleId"]
    with refused("EntityAlreadyExists", status=409):
        role()
    iam.delete_role(RoleName="runner")
    role()
    after = iam.get_role(RoleName="runner")["Role"]["RoleId"]
    assert before != after
    assert after.startswith("AROA")


def test_tag_keys_have_no_case(iam: Any, role: Any, refused: Any) -> None:
    role()
    twice = [{"Key": "Env", "Value": "1"}, {"Key": "env", "Value": "2"}]
    calls: list[Callable[[], Any]] = [
        lambda: iam.create_role(RoleName="new", AssumeRolePolicyDocument=trust(), Tags=twice),
        lambda: iam.tag_role(RoleName="runner", Tags=twice),
    ]
    for call in calls:
        with refused("InvalidInput", "case insensitive"):
            call()
    iam.tag_role(RoleName="runner", Tags=[twice[0], {"Key": "b", "Value": ""}])
    iam.tag_role(RoleName="runner", Tags=[twice[1]])
    assert iam.get_role(RoleName="runner")["Role"]["Tags"] == [{"Key": "b", "Value": ""}, twice[1]]
    iam.untag_role(RoleName="runner", TagKeys=["ENV", "none"])
    assert iam.list_role_tags(RoleName="runner")["Tags"] == [{"Key": "b", "Value": ""}]


def test_tags_are_limited(iam: Any, role: Any, refused: Any) -> None:
    role()
    iam.tag_role(RoleName="runner", Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    with refused("LimitExceeded"):
        iam.tag_role(RoleName="runner", Tags=[{"Key": "one more", "Value": ""}])
    with refused("InvalidInput"):
        iam.tag_role(RoleName="runner", Tags=[{"Key": "aws:x", "Value": ""}])
    with refused("NoSuchEntity", status=404):
        iam.tag_role(RoleName="none", Tags=[{"Key": "a", "Value": ""}])
