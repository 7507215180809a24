"""The log groups of all functions and services, ours and those that others deploy."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.ownership import RETAIN_TAG
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.log_group import LogGroup


def log_groups(context: Context, blueprint: Blueprint) -> Iterator[Declared[LogGroup]]:
    """One log group for each declared function and service."""
    config, key = context.config, blueprint.one(KmsKey)
    for owner, workload in config.workloads.items():
        name, table = context.names.log_group(owner), config.table_of(owner)
        retain = config.logs.retain if workload.log_group.retain is None else workload.log_group.retain
        own, protection = workload.retention_days, workload.log_group.deletion_protection
        group = LogGroup(
            name=name,
            kms_key=key.arn,
            retention_days=config.logs.retention_days if own is None else own,
            deletion_protection=config.logs.deletion_protection if protection is None else protection,
            tags=context.tags(LogGroup, name, owner) | ({RETAIN_TAG: "true"} if retain else {}),
        )
        yield Declared(
            group,
            table,
            named_at=(*table, "names", "log_group"),
            owner=owner,
            retained=retain,
            lost_without="its events are not kept, and its filters see nothing",
        )
