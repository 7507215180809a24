"""A state in a bucket: whose it is, what encrypts it, who may read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import ACCOUNT, REGION, Cli, Control, Sample

Aws = Callable[[str], Any]

BUCKET = "team-state"
KEY = f"platforms/{ACCOUNT}/{REGION}/payment-platform-dev.json"
OTHER = "210987654321"


@pytest.fixture
def s3(cli: Cli, aws: Aws) -> Any:
    aws("s3").create_bucket(Bucket=BUCKET)
    cli.state = f"s3://{BUCKET}/platforms"
    return aws("s3")


def forget(cli: Cli) -> Any:
    """The least that writes: it takes the lock, and finds nothing to do."""
    return cli("state", "forget", "log_group.none")


def test_the_bucket_must_be_of_the_account_of_the_credentials(cli: Cli, control: Control, s3: Any) -> None:
    asked = forget(cli)
    assert "is not on record" in asked.err
    denied = cli("apply", "--yes", AWS_ACCESS_KEY_ID=OTHER)
    assert denied.code == 1
    assert f"of account {OTHER}; bucket_owner under [state] in the file names another" in denied.err


def test_the_file_says_whose_the_bucket_is(cli: Cli, sample: Sample, s3: Any) -> None:
    sample.add(f'[state]\nbucket_owner = "{OTHER}"')
    denied = forget(cli)
    assert denied.code == 1
    assert f"The bucket must be of account {OTHER}" in denied.err
    sample.edit(f'"{OTHER}"', f'"{ACCOUNT}"')
    assert "is not on record" in forget(cli).err


def test_every_request_names_the_owner(cli: Cli, control: Control, s3: Any, sample: Sample) -> None:
    """Whatever is asked of somebody else's bucket is refused, the questions about the bucket itself among them."""
    sample.add(f'[state]\nbucket_owner = "{OTHER}"')
    control.clear()
    assert forget(cli).code == cli("plan").code == cli("state", "list").code == cli("state", "unlock").code == 1
    asked = [call for call in control.request("GET", "calls") if call["service"] == "s3"]
    assert {call["status"] for call in asked} == {403}
    assert "s3:GetBucketVersioning" in control.calls()


def test_the_state_is_encrypted_with_the_key_that_the_file_names(cli: Cli, sample: Sample, s3: Any, aws: Aws) -> None:
    key = aws("kms").create_key()["KeyMetadata"]["Arn"]
    sample.add(f'[state]\nkms_key = "{key}"')
    assert "is not on record" in forget(cli).err
    found = s3.head_object(Bucket=BUCKET, Key=KEY)
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"], found["BucketKeyEnabled"]) == ("aws:kms", key, True)
    aws("kms").disable_key(KeyId=key)
    refused = forget(cli)
    assert refused.code == 1
    assert "KMS.DisabledException" in refused.err


@pytest.mark.parametrize(
    ("setting", "words"),
    [('bucket_owner = "me"', "the 12 digits of an AWS account"), ('kms_key = "a key"', "ARN of a KMS key")],
)
def test_a_setting_that_is_none(cli: Cli, control: Control, sample: Sample, setting: str, words: str) -> None:
    sample.add(f"[state]\n{setting}")
    run = cli("validate")
    assert run.code == 1
    assert words in run.out
    assert control.calls() == []


UNVERSIONED = f"s3://{BUCKET} is not versioned"


def test_a_bucket_that_is_not_versioned_is_told(cli: Cli, s3: Any) -> None:
    said = forget(cli).err
    assert said.count("warning: ") == 1
    assert UNVERSIONED in said
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    assert "warning" not in forget(cli).err
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    assert UNVERSIONED in forget(cli).err


def test_a_bucket_that_may_be_public_is_told(cli: Cli, s3: Any) -> None:
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    assert "may be public: its public access block is not on" in forget(cli).err
    s3.delete_public_access_block(Bucket=BUCKET)
    assert "may be public: its public access block is not on" in forget(cli).err
    open_to_all = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [open_to_all]}))
    assert "is PUBLIC by its policy" in forget(cli).err


@pytest.mark.parametrize(
    ("operation", "what"),
    [("GetBucketVersioning", "versioning"), ("GetPublicAccessBlock", "public access block")],
)
def test_what_may_not_be_asked_is_told_and_stops_nothing(
    cli: Cli, control: Control, s3: Any, operation: str, what: str
) -> None:
    control.fault("s3", operation, code="AccessDenied", status=403)
    run = forget(cli)
    assert f"its {what} cannot be read (AccessDenied)" in run.err
    assert "is not on record" in run.err


def test_a_bucket_is_asked_about_once(cli: Cli, control: Control, s3: Any) -> None:
    control.clear()
    cli.ok("apply", "--yes")
    calls = control.calls()
    for operation in ("GetBucketVersioning", "GetPublicAccessBlock"):
        assert calls.count(f"s3:{operation}") == 1
    assert calls.count("s3:DeleteObject") == 1, "the lock, on the condition that it is ours"


def test_a_journal_of_a_former_version_is_taken_up(cli: Cli, s3: Any) -> None:
    """It had an object for each line."""
    lines = [
        {"op": "begun", "address": "log_group.x", "record": {"outputs": {}, "applied": {}, "needs": []}},
        {"op": "remember", "address": "log_group.x", "values": {"arn": "a"}},
    ]
    for number, line in enumerate(lines, start=1):
        s3.put_object(Bucket=BUCKET, Key=f"{KEY}.journal/{number:06}", Body=f"{json.dumps(line)}\n".encode())
    assert cli.ok("state", "list").out == "log_group.x\n"
    cli.ok("state", "forget", "log_group.x")
    assert cli.ok("state", "list").out == ""
    assert not [item for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if ".journal" in item["Key"]]


def test_a_request_that_fails_for_a_while_is_made_again(cli: Cli, control: Control, s3: Any) -> None:
    control.fault("s3", "PutObject", code="SlowDown", status=503, times=2)
    control.fault("s3", "PutObject", code="ConditionalRequestConflict", status=409, skip=1)
    control.fault("s3", "PutObject", drop_connection=True, skip=3, times=1)
    cli.ok("apply", "--yes")
    assert cli.pending() == {}


REQUESTS = (
    "GetObject", "PutObject", "DeleteObject", "ListObjectsV2", "GetBucketVersioning", "GetPublicAccessBlock",
    "GetBucketPolicyStatus",
)  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [
        {"code": "SlowDown", "status": 503, "times": 8},
        {"code": "InternalError", "status": 500, "after_effect": True},
        {"drop_connection": True},
    ],
    ids=["throttled", "500", "lost"],
)
def test_every_request_is_made_again(cli: Cli, control: Control, s3: Any, how: dict[str, Any]) -> None:
    for operation in REQUESTS:
        control.fault("s3", operation, **how)
    run = forget(cli)
    assert "is not on record" in run.err
    assert "cannot be read" not in run.err
    assert cli.ok("state", "unlock").err == cli.ok("state", "unlock").err, "the lock was given back"


def test_a_lock_is_taken_away_although_the_answer_is_lost(cli: Cli, control: Control, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{KEY}.lock", Body=b"torn")
    control.fault("s3", "DeleteObject", drop_connection=True)
    cli.ok("state", "unlock")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())] in ([], [KEY])


def test_a_bad_day_of_the_bucket(cli: Cli, control: Control, s3: Any) -> None:
    control.request("POST", "settings", throttled_share=0.3, lost_share=0.1, failed_share=0.05, fault_seed=2)
    cli.ok("apply", "--yes")
    cli.ok("teardown", "--yes")
    control.request("POST", "settings", throttled_share=0, lost_share=0, failed_share=0)
    assert cli.ok("state", "list").out.split() == ["kms_key.logs-dev"]


@pytest.mark.parametrize(
    ("operation", "what"),
    [
        ("GetObject", {"body": "<html>not found</html>", "status": 404}),
        ("GetObject", {"body": "", "status": 404}),
        ("GetObject", {"body": "{}"}),
        ("GetObject", {"body": "<Error/>", "status": 403}),
        ("PutObject", {"body": "<html/>"}),
    ],
)
def test_what_is_no_answer_of_s3_is_no_empty_state(
    cli: Cli, control: Control, s3: Any, operation: str, what: dict[str, Any]
) -> None:
    control.fault("s3", operation, **what, times=None)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert "no answer of AWS" in run.err
    assert [call for call in control.writes() if not call.startswith("s3:")] == []
