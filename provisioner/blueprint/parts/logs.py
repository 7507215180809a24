"""The log groups of all functions and services, ours and those that others deploy."""

from __future__ import annotations

from provisioner.blueprint.parts.context import Context
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.log_group import LogGroup


def log_groups(context: Context, key: KmsKey) -> dict[str, LogGroup]:
    """One log group for each declared function and service, by its declared name."""
    config, names = context.config, context.names
    return {
        owner: LogGroup(
            name=names.log_group(owner),
            kms_key=key.arn,
            retention_days=config.logs.retention_days if workload.retention_days is None else workload.retention_days,
            tags=context.tags(LogGroup, names.log_group(owner), owner),
        )
        for owner, workload in config.workloads.items()
    }
