"""The key that encrypts logs, queues and the topic."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.aws.policies import VERSION, Document, allow
from provisioner.aws.regions import logs_principal
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.resources.kms_key import KmsKey

_LOGS_ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
_PUBLISHER_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey*"]


def key(context: Context, _: Blueprint) -> Iterator[Declared[KmsKey]]:
    """The platform's only key."""
    config, name = context.config, context.names.key
    made = KmsKey(
        name=name,
        alias=f"alias/{name}",
        description=f"Encrypts logs and notifications of {config.platform.name} ({config.environment})",
        policy=_policy(context),
        rotation_days=config.encryption.rotation_days,
        deletion_window_days=config.encryption.deletion_window_days,
        tags=context.tags(KmsKey, name),
    )
    yield Declared(
        made,
        ("encryption",),
        lost_without="log groups, topic and queues cannot be encrypted or read",
        outputs={"kms_key_id": made.id, "kms_key_arn": made.arn},
    )


def _policy(context: Context) -> Document:
    scope = context.scope
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": context.arn("logs", "log-group:*")}}
    this_account = {"StringEquals": {"aws:SourceAccount": scope.account}}
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "AccountRoot",
                "Effect": "Allow",
                "Principal": {"AWS": context.account_root},
                "Action": "kms:*",
                "Resource": "*",
            },
            allow("CloudWatchLogs", logs_principal(scope.region), _LOGS_ACTIONS, "*", log_groups),
            # Without these two an alarm cannot publish to the encrypted topic, and SNS cannot deliver to the encrypted
            # queues; neither failure shows anywhere.
            allow("CloudWatchAlarms", "cloudwatch.amazonaws.com", _PUBLISHER_ACTIONS, "*", this_account),
            allow("SnsDelivery", "sns.amazonaws.com", _PUBLISHER_ACTIONS, "*", this_account),
        ],
    }
