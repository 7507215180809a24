"""What the platform watches, and the functions it deploys: log groups, cluster, role, functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.config import Config, Function
from provisioner.blueprint.names import Names, Watch
from provisioner.bundle import Bundle
from provisioner.engine.errors import ConfigError
from provisioner.engine.reconciler import Scope
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup

_MANAGED = (
    "service-role/AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
)


def log_groups(config: Config, names: Names, key: KmsKey) -> dict[str, LogGroup]:
    """Declared name -> its log group, for everything declared, whoever deploys it."""
    return {
        watch.key: LogGroup(
            name=watch.log_group,
            kms_key=key.arn,
            retention_days=_retention(config, watch),
            tags=names.tags("log_group", watch.log_group, watch.key, watch.declared.tags),
        )
        for watch in [*names.services, *names.functions]
    }


def _retention(config: Config, watch: Watch) -> int:
    own = watch.declared.retention_days
    return config.logs.retention_days if own is None else own


def cluster(config: Config, names: Names) -> EcsCluster:
    return EcsCluster(
        name=names.cluster,
        insights=config.cluster.container_insights,
        capacity_providers=config.cluster.capacity_providers,
        tags=names.tags("ecs_cluster", names.cluster),
    )


def role(names: Names, scope: Scope) -> IamRole:
    """The functions' role, with AWS's policies for logs, traces and Lambda Insights."""
    trust = allow("Lambda", "lambda.amazonaws.com", ["sts:AssumeRole"], None, {})
    del trust["Resource"]
    return IamRole(
        name=names.role,
        trust={"Version": VERSION, "Statement": [trust]},
        attached=[f"arn:{scope.partition}:iam::aws:policy/{policy}" for policy in _MANAGED],
        tags=names.tags("iam_role", names.role),
    )


def functions(
    names: Names,
    scope: Scope,
    role: IamRole,
    groups: Mapping[str, LogGroup],
    bundles: Mapping[str, Bundle] | None,
) -> list[LambdaFunction]:
    """The functions with a source; a log group comes before the function, or Lambda would make its own."""
    return [
        _function(names, scope, role, groups[watch.key], watch, watch.declared, bundles)
        for watch in names.functions
        if isinstance(watch.declared, Function) and watch.declared.source
    ]


def _function(
    names: Names,
    scope: Scope,
    role: IamRole,
    group: LogGroup,
    watch: Watch,
    declared: Function,
    bundles: Mapping[str, Bundle] | None,
) -> LambdaFunction:
    bundle = bundles[watch.key] if bundles else None
    levels: dict[str, Any] = {}
    if declared.log_format == "json":
        levels = {"application_log_level": declared.log_level, "system_log_level": "INFO"}
    return LambdaFunction(
        name=watch.function,
        role=role.arn,
        role_id=role.id,
        runtime=declared.runtime,
        handler=declared.handler,
        architecture=declared.architecture,
        code_sha256=bundle.code_sha256 if bundle else None,  # type: ignore[arg-type]  # None is never compared
        package=str(bundle.path) if bundle else "",
        timeout_seconds=declared.timeout_seconds,
        memory_mb=declared.memory_mb,
        tracing="Active",
        layers=_layers(declared, scope),
        environment={"ENVIRONMENT": names.env, "LOG_LEVEL": declared.log_level, **declared.environment},
        log_group=group.group,
        log_format="JSON" if declared.log_format == "json" else "Text",
        tags=names.tags("lambda_function", watch.function, watch.key, declared.tags),
        **levels,
    )


def _layers(declared: Function, scope: Scope) -> list[str]:
    if isinstance(declared.insights_layer, str):
        return [declared.insights_layer]
    if not declared.insights_layer:
        return []
    layer = _insights().get(scope.region, {}).get(declared.architecture)
    if layer is None:
        raise ConfigError(
            f"no Lambda Insights layer is known for {declared.architecture} in {scope.region}",
            remedy="Set insights_layer of the function to the layer's ARN, or to false.",
        )
    name = f"LambdaInsightsExtension{'-Arm64' if declared.architecture == 'arm64' else ''}"
    return [f"arn:{scope.partition}:lambda:{scope.region}:{layer['account']}:layer:{name}:{layer['version']}"]


@cache
def _insights() -> dict[str, dict[str, dict[str, Any]]]:
    """Region -> architecture -> publishing account and version, of the published tables."""
    text = resources.files("provisioner.blueprint").joinpath("lambda_insights_layers.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, dict[str, Any]]] = json.loads(text)["layers"]
    return table
