"""KMS: key states, policies, rotation, aliases and tags."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

ROOT = "arn:aws:iam::123456789012:root"


@pytest.fixture
def kms(client: Any) -> Any:
    return client("kms")


@pytest.fixture
def key(kms: Any) -> Any:
    return kms.create_key(Description="d")["KeyMetadata"]


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: Any = "kms:*") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}


def test_the_rotation_period_is_kept_and_shown(kms: Any, key: Any) -> None:
    assert not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=180)
    shown = kms.get_key_rotation_status(KeyId=key["Arn"])
    assert (shown["KeyRotationEnabled"], shown["RotationPeriodInDays"]) == (True, 180)
    assert abs(shown["NextRotationDate"] - datetime.now(UTC) - timedelta(days=180)) < timedelta(minutes=5)
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["RotationPeriodInDays"] == 365
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key["KeyId"])


def test_an_asymmetric_key_does_not_rotate(kms: Any, refused: Any) -> None:
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert "EncryptionAlgorithms" not in key
    for call in (kms.enable_key_rotation, kms.get_key_rotation_status):
        with refused("UnsupportedOperationException"):
            call(KeyId=key["KeyId"])


@pytest.mark.parametrize(
    "operation",
    [
        lambda kms, key: kms.enable_key(KeyId=key),
        lambda kms, key: kms.disable_key(KeyId=key),
        lambda kms, key: kms.enable_key_rotation(KeyId=key),
        lambda kms, key: kms.disable_key_rotation(KeyId=key),
        lambda kms, key: kms.schedule_key_deletion(KeyId=key),
        lambda kms, key: kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}]),
        lambda kms, key: kms.untag_resource(KeyId=key, TagKeys=["a"]),
        lambda kms, key: kms.update_key_description(KeyId=key, Description="x"),
        lambda kms, key: kms.create_alias(AliasName="alias/new", TargetKeyId=key),
        lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x"),
        lambda kms, key: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    ],
)
def test_a_key_pending_deletion_is_left_alone(kms: Any, key: Any, refused: Any, operation: Any) -> None:
    kms.schedule_key_deletion(KeyId=key["Arn"], PendingWindowInDays=7)
    with refused("KMSInvalidStateException", f"{key['Arn']} is pending deletion."):
        operation(kms, key["KeyId"])


def test_a_key_pending_deletion_can_be_read_and_its_policy_put(kms: Any, key: Any) -> None:
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert not kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow({"AWS": ROOT})))
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == []


@pytest.mark.parametrize(
    "operation",
    [
        lambda kms, key: kms.enable_key_rotation(KeyId=key),
        lambda kms, key: kms.disable_key_rotation(KeyId=key),
        lambda kms, key: kms.encrypt(KeyId=key, Plaintext=b"x"),
    ],
)
def test_a_disabled_key_refuses_use_and_rotation(kms: Any, key: Any, refused: Any, operation: Any) -> None:
    kms.disable_key(KeyId=key["Arn"])
    with refused("DisabledException", "is disabled"):
        operation(kms, key["KeyId"])
    kms.update_key_description(KeyId=key["KeyId"], Description="still possible")
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "a", "TagValue": "b"}])
    kms.enable_key(KeyId=key["Arn"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Enabled"]


def test_what_was_encrypted_cannot_be_read_while_the_key_is_disabled(kms: Any, key: Any, refused: Any) -> None:
    secret = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"x"
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException"):
        kms.decrypt(CiphertextBlob=secret)


def test_a_deletion_is_scheduled_by_arn_and_its_cancelling_leaves_the_key_disabled(
    kms: Any, key: Any, refused: Any
) -> None:
    scheduled = kms.schedule_key_deletion(KeyId=key["Arn"], PendingWindowInDays=9)
    assert scheduled["KeyId"] == key["Arn"]
    assert (scheduled["KeyState"], scheduled["PendingWindowInDays"]) == ("PendingDeletion", 9)
    shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert abs(shown["DeletionDate"] - datetime.now(UTC) - timedelta(days=9)) < timedelta(minutes=5)
    assert kms.cancel_key_deletion(KeyId=key["Arn"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    with refused("KMSInvalidStateException", "not pending deletion"):
        kms.cancel_key_deletion(KeyId=key["KeyId"])


@pytest.mark.parametrize("days", [6, 31])
def test_the_waiting_period_is_7_to_30_days(kms: Any, key: Any, refused: Any, days: int) -> None:
    with refused("ValidationException"):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_describe_key_takes_an_alias_and_its_arn_and_get_key_policy_does_not(kms: Any, key: Any, refused: Any) -> None:
    kms.create_alias(AliasName="alias/logs", TargetKeyId=key["Arn"])
    for name in ("alias/logs", "arn:aws:kms:us-east-1:123456789012:alias/logs"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key["KeyId"]
    with refused("NotFoundException", "Invalid keyId"):
        kms.get_key_policy(KeyId="alias/logs", PolicyName="default")
    with refused("NotFoundException", "Alias arn:aws:kms:us-east-1:123456789012:alias/none is not found"):
        kms.describe_key(KeyId="alias/none")


def test_the_policy_name_is_optional_and_can_only_be_default(kms: Any, key: Any, refused: Any) -> None:
    text = policy(allow({"AWS": ROOT}))
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text)
    found = kms.get_key_policy(KeyId=key["Arn"])
    assert (found["PolicyName"], json.loads(found["Policy"])) == ("default", json.loads(text))
    with refused("NotFoundException"):
        kms.get_key_policy(KeyId=key["KeyId"], PolicyName="other")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "invalid json"),
        ("[]", "object"),
        (policy(), "Statement"),
        (policy({**allow({"AWS": ROOT}), "Effect": "allow"}), "Effect"),
        (policy(allow({"AWS": ROOT}), {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}), "Principal"),
        (policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*"}), "Resource"),
        ('{"Version": "2013-01-01", "Statement": []}', "version"),
        ('{"Statement": [], "Statement": []}', "Duplicate"),
        ('{"Statements": []}', "Unknown field"),
        (policy(allow({"AWS": ROOT}, "kms:Encrypt")), "will not allow you to update the key policy"),
        (policy(allow({"Service": "logs.us-east-1.amazonaws.com"})), "will not allow you to update the key policy"),
        (policy(allow({"AWS": ROOT}), allow({"AWS": "arn:aws:iam::123456789012:role/none"})), "invalid principals"),
        (policy(allow({"AWS": ROOT}), allow({"Service": "nobody"})), "invalid principals"),
        (policy(allow({"AWS": ROOT}), allow({"AWS": "me"})), "invalid principals"),
    ],
)
def test_a_malformed_policy_is_refused(kms: Any, key: Any, refused: Any, text: str, words: str) -> None:
    with refused("MalformedPolicyDocumentException", words):
        kms.create_key(Policy=text)
    with refused("MalformedPolicyDocumentException", words):
        kms.put_key_policy(KeyId=key["KeyId"], Policy=text)


def test_the_lockout_check_can_be_bypassed(kms: Any) -> None:
    assert kms.create_key(Policy=policy(allow({"AWS": ROOT}, "kms:Encrypt")), BypassPolicyLockoutSafetyCheck=True)


def test_a_policy_is_at_most_32_kilobytes(kms: Any, refused: Any) -> None:
    with refused("LimitExceededException"):
        kms.create_key(Policy=policy({**allow({"AWS": ROOT}), "Sid": "x" * 33_000}))


def test_a_policy_shows_the_id_of_a_deleted_role_even_when_one_of_its_name_returns(
    kms: Any, client: Any, role: Any, key: Any
) -> None:
    arn = role("user")
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(allow({"AWS": ROOT}), allow({"AWS": arn})))
    assert arn in kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    before = client("iam").get_role(RoleName="user")["Role"]["RoleId"]
    client("iam").delete_role(RoleName="user")
    assert before in kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    role("user")
    shown = kms.get_key_policy(KeyId=key["KeyId"])["Policy"]
    assert before in shown
    assert arn not in shown


def test_an_alias_stays_bound_to_a_key_pending_deletion(kms: Any, key: Any, refused: Any) -> None:
    kms.create_alias(AliasName="alias/logs", TargetKeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    with refused("AlreadyExistsException", "alias/logs already exists"):
        kms.create_alias(AliasName="alias/logs", TargetKeyId=other)
    kms.update_alias(AliasName="alias/logs", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/logs")["KeyMetadata"]["KeyId"] == other
    kms.delete_alias(AliasName="alias/logs")
    with refused("NotFoundException"):
        kms.delete_alias(AliasName="alias/logs")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("logs", "ValidationException"),
        ("alias/aws/mine", "NotAuthorizedException"),
        ("alias/a b", "ValidationException"),
    ],
)
def test_alias_names(kms: Any, key: Any, refused: Any, name: str, code: str) -> None:
    with refused(code):
        kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])


def test_aliases_have_dates_and_the_list_goes_in_pages(kms: Any, key: Any, refused: Any) -> None:
    for number in range(3):
        kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key["KeyId"])
    first = kms.list_aliases(KeyId=key["KeyId"], Limit=2)
    assert first["Truncated"]
    rest = kms.list_aliases(KeyId=key["KeyId"], Limit=2, Marker=first["NextMarker"])
    assert not rest["Truncated"]
    names = [alias["AliasName"] for alias in first["Aliases"] + rest["Aliases"]]
    assert names == ["alias/0", "alias/1", "alias/2"]
    assert first["Aliases"][0]["CreationDate"] <= datetime.now(UTC)
    with refused("InvalidMarkerException"):
        kms.list_aliases(Marker="é")


def test_keys_and_tags_are_listed_in_pages(kms: Any) -> None:
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)}
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert len(pages) == 2
    assert {key["KeyId"] for page in pages for key in page["Keys"]} == made
    key = made.pop()
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": str(number), "TagValue": ""} for number in range(5)])
    pages = list(kms.get_paginator("list_resource_tags").paginate(KeyId=key, PaginationConfig={"PageSize": 2}))
    assert [len(page["Tags"]) for page in pages] == [2, 2, 1]


def test_tags_are_limited_and_aws_keeps_its_prefix(kms: Any, key: Any, refused: Any) -> None:
    tags = [{"TagKey": str(number), "TagValue": "v"} for number in range(51)]
    with refused("TagException"):
        kms.create_key(Tags=tags)
    kms.tag_resource(KeyId=key["Arn"], Tags=tags[:50])
    with refused("TagException"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=tags[50:])
    with refused("TagException"):
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "aws:x", "TagValue": "v"}])
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["0", "not there"])
    assert len(kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]) == 49


def test_a_key_that_is_not_there(kms: Any, refused: Any) -> None:
    arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    with refused("NotFoundException", f"Key '{arn}' does not exist", status=400):
        kms.describe_key(KeyId=arn)
    with refused("NotFoundException", "Invalid keyId 'nonsense'"):
        kms.describe_key(KeyId="nonsense")
