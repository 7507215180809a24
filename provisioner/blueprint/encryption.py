"""The key that encrypts logs and notifications."""

from __future__ import annotations

from provisioner.aws.arns import arn
from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.config import Config
from provisioner.blueprint.names import Names
from provisioner.engine.reconciler import Scope
from provisioner.resources.kms_key import KmsKey


def key(config: Config, names: Names, scope: Scope) -> KmsKey:
    """The customer managed key with the services it must admit.

    Without CloudWatch in its policy no alarm can publish to the encrypted topic, and without SNS nothing reaches the
    encrypted queues; both fail without any visible error.
    """
    log_groups = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn(scope, "logs", "log-group:*")}}
    this_account = {"StringEquals": {"aws:SourceAccount": scope.account}}
    root = f"arn:{scope.partition}:iam::{scope.account}:root"
    owner = {"Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    encrypting = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    publishing = ["kms:Decrypt", "kms:GenerateDataKey*"]
    statements = [
        owner,
        allow("Logs", f"logs.{scope.region}.amazonaws.com", encrypting, "*", log_groups),
        allow("Alarms", "cloudwatch.amazonaws.com", publishing, "*", this_account),
        allow("Notifications", "sns.amazonaws.com", publishing, "*", this_account),
    ]
    return KmsKey(
        name=names.key,
        alias=f"alias/{names.key}",
        description=f"Encrypts logs and notifications of {config.platform.name} ({names.env})",
        policy={"Version": VERSION, "Statement": statements},
        rotation_days=config.encryption.rotation_days,
        deletion_window_days=config.encryption.deletion_window_days,
        tags=names.tags("kms_key", names.key),
    )
