"""S3 where it keeps a state: writes on a condition, owners, keys, and who keeps the public out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.conftest import ACCOUNT

OTHER = "210987654321"


@pytest.fixture
def s3(client: Any) -> Any:
    client("s3").create_bucket(Bucket="state")
    return client("s3")


def test_a_write_over_another_version_is_refused(s3: Any, refused: Any) -> None:
    one = s3.put_object(Bucket="state", Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket="state", Key="k", Body=b"two", IfNoneMatch="*")
    two = s3.put_object(Bucket="state", Key="k", Body=b"two", IfMatch=one)["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket="state", Key="k", Body=b"three", IfMatch=one)
    with refused("PreconditionFailed", status=412):
        s3.delete_object(Bucket="state", Key="k", IfMatch=one)
    assert s3.get_object(Bucket="state", Key="k")["Body"].read() == b"two"
    s3.delete_object(Bucket="state", Key="k", IfMatch=two)
    with refused("NoSuchKey", status=404):
        s3.put_object(Bucket="state", Key="k", Body=b"three", IfMatch=two)
    assert "Contents" not in s3.list_objects_v2(Bucket="state")


def test_a_conflict_is_told_in_s3s_words(s3: Any, control: Any, refused: Any) -> None:
    control("POST", "faults", service="s3", operation="PutObject", code="ConditionalRequestConflict", status=409)
    with refused("ConditionalRequestConflict", status=409):
        s3.put_object(Bucket="state", Key="k", Body=b"one", IfNoneMatch="*")


@pytest.mark.parametrize(
    "ask",
    [
        lambda s3, **owner: s3.put_object(Bucket="state", Key="k", Body=b"", **owner),
        lambda s3, **owner: s3.get_object(Bucket="state", Key="there", **owner),
        lambda s3, **owner: s3.list_objects_v2(Bucket="state", **owner),
        lambda s3, **owner: s3.get_bucket_versioning(Bucket="state", **owner),
        lambda s3, **owner: s3.get_public_access_block(Bucket="state", **owner),
        lambda s3, **owner: s3.delete_object(Bucket="state", Key="there", **owner),
    ],
)
def test_a_bucket_of_another_account_than_expected_is_refused(s3: Any, refused: Any, ask: Any) -> None:
    s3.put_object(Bucket="state", Key="there", Body=b"")
    with refused("AccessDenied", "Access Denied", status=403):
        ask(s3, ExpectedBucketOwner=OTHER)
    ask(s3, ExpectedBucketOwner=ACCOUNT)


def test_a_bucket_that_is_not_there_has_no_owner(s3: Any, refused: Any) -> None:
    with refused("NoSuchBucket", status=404):
        s3.get_object(Bucket="none", Key="k", ExpectedBucketOwner=OTHER)


def test_a_new_bucket_keeps_the_public_out(s3: Any, refused: Any) -> None:
    block = s3.get_public_access_block(Bucket="state")["PublicAccessBlockConfiguration"]
    assert block == dict.fromkeys(block, True)
    assert len(block) == 4
    s3.delete_public_access_block(Bucket="state")
    with refused("NoSuchPublicAccessBlockConfiguration", status=404):
        s3.get_public_access_block(Bucket="state")
    s3.create_bucket(Bucket="state")  # in us-east-1 that is no error, and changes nothing
    with refused("NoSuchPublicAccessBlockConfiguration", status=404):
        s3.get_public_access_block(Bucket="state")


def test_what_is_encrypted_needs_a_key_that_works(s3: Any, client: Any, refused: Any) -> None:
    key = client("kms").create_key()["KeyMetadata"]
    client("kms").create_alias(AliasName="alias/state", TargetKeyId=key["KeyId"])

    def put(key_id: str) -> Any:
        encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_id, "BucketKeyEnabled": True}
        return s3.put_object(Bucket="state", Key="k", Body=b"", **encryption)

    for key_id in (key["KeyId"], key["Arn"], "alias/state"):
        assert put(key_id)["ServerSideEncryption"] == "aws:kms"
    assert s3.head_object(Bucket="state", Key="k")["BucketKeyEnabled"] is True
    with refused("KMS.NotFoundException", status=400):
        put("alias/none")
    client("kms").disable_key(KeyId=key["KeyId"])
    with refused("KMS.DisabledException", status=400):
        put(key["KeyId"])
