"""The example of a KMS key; many others stand on it."""

from __future__ import annotations

import json
from dataclasses import replace

from provisioner.resources.kms_key import KmsKey
from tests.resources.naming import ACCOUNT, REGION, allow, policy, tags
from tests.resources.shapes import Client, Example, Other

_USE = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
_OWNER = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*", Sid="Owner")
_LOGS = allow({"Service": f"logs.{REGION}.amazonaws.com"}, _USE, Sid="Logs")
_EVENTS = allow({"Service": "events.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey*"], Sid="Events")
WIDER = policy(_OWNER, _LOGS, _EVENTS)

ALIAS = "alias/logs-dev"
KEY = KmsKey(
    name="logs-dev",
    alias=ALIAS,
    description="Logs",
    policy=policy(_OWNER, _LOGS),
    rotation_days=365,
    tags=tags("kms_key", "logs-dev"),
)
RENAMED = replace(KEY, name="audit-dev", alias="alias/audit-dev", tags=tags("kms_key", "audit-dev"))


def key_id(aws: Client) -> str:
    return str(aws("kms").describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"])


def key_arn(aws: Client) -> str:
    return str(aws("kms").describe_key(KeyId=ALIAS)["KeyMetadata"]["Arn"])


KMS_KEY = Example(
    KEY,
    {
        "enabled": Other(False, lambda aws: aws("kms").disable_key(KeyId=key_id(aws)), "EnableKey"),
        "alias": Other("", lambda aws: aws("kms").delete_alias(AliasName=ALIAS), "CreateAlias", renamed=RENAMED),
        "description": Other(
            "Changed",
            lambda aws: aws("kms").update_key_description(KeyId=key_id(aws), Description="Changed"),
            "UpdateKeyDescription",
        ),
        "policy": Other(
            WIDER,
            lambda aws: aws("kms").put_key_policy(KeyId=key_id(aws), PolicyName="default", Policy=json.dumps(WIDER)),
            "PutKeyPolicy",
        ),
        "rotation_days": Other(0, lambda aws: aws("kms").disable_key_rotation(KeyId=key_id(aws)), "EnableKeyRotation"),
        "deletion_window_days": Other(30, why="AWS shows it only of a key that is on its way out"),
        "tags": Other(
            {**KEY.tags, "Team": "billing"},
            lambda aws: aws("kms").tag_resource(KeyId=key_id(aws), Tags=[{"TagKey": "Team", "TagValue": "billing"}]),
            "UntagResource",
        ),
    },
    count=lambda aws: len(aws("kms").list_keys()["Keys"]),
)
