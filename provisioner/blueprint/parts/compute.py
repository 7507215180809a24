"""What the platform watches and deploys: the ECS cluster, the functions' role, the functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.file.schema import Function
from provisioner.blueprint.parts.context import Context
from provisioner.bundle import Bundle
from provisioner.engine.errors import ConfigError
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup

_ROLE_POLICIES = (
    "service-role/AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
)
_LAYER_NAMES = {"x86_64": "LambdaInsightsExtension", "arm64": "LambdaInsightsExtension-Arm64"}


def cluster(context: Context) -> EcsCluster:
    """The cluster in which the ECS services run that others deploy."""
    settings, name = context.config.cluster, context.names.cluster
    return EcsCluster(
        name=name,
        insights=settings.container_insights,
        capacity_providers=settings.capacity_providers,
        tags=context.tags(EcsCluster, name),
    )


def role(context: Context) -> IamRole:
    """The one role of all functions that we deploy."""
    settings, name = context.config.role, context.names.role
    managed = [f"arn:{context.scope.partition}:iam::aws:policy/{policy}" for policy in _ROLE_POLICIES]
    trust = allow("Lambda", "lambda.amazonaws.com", ["sts:AssumeRole"], None, {})
    del trust["Resource"]  # a trust policy has none
    return IamRole(
        name=name,
        trust={"Version": VERSION, "Statement": [trust]},
        description=f"The functions of {context.config.platform.name} ({context.config.environment})",
        boundary=settings.permissions_boundary or "",
        attached=[*managed, *settings.extra_policies],
        tags=context.tags(IamRole, name),
    )


def functions(
    context: Context, role: IamRole, log_groups: Mapping[str, LogGroup], bundles: Mapping[str, Bundle] | None
) -> list[LambdaFunction]:
    """The functions whose code is ours. Without ``bundles`` they are good for finding them, not for deploying."""
    return [
        _function(context, owner, settings, role, log_groups[owner], bundles)
        for owner, settings in context.config.deployed.items()
    ]


def _function(
    context: Context,
    owner: str,
    settings: Function,
    role: IamRole,
    log_group: LogGroup,
    bundles: Mapping[str, Bundle] | None,
) -> LambdaFunction:
    name = context.names.function(owner)
    return LambdaFunction(
        name=name,
        description=f"{owner} of {context.config.platform.name} ({context.config.environment})",
        role=role.arn,
        role_id=role.id,
        runtime=settings.runtime,
        handler=settings.handler,
        architecture=settings.architecture,
        timeout_seconds=settings.timeout_seconds,
        memory_mb=settings.memory_mb,
        tracing="Active",
        layers=_layers(context, owner, settings),
        environment={
            "ENVIRONMENT": context.config.environment,
            "LOG_LEVEL": settings.log_level,
            **settings.environment,
        },
        log_group=log_group.group,
        tags=context.tags(LambdaFunction, name, owner),
        **_logging(settings),
        **_code(bundles[owner] if bundles is not None else None),
    )


def _logging(settings: Function) -> dict[str, Any]:
    if settings.log_format == "text":
        return {"log_format": "Text"}  # AWS takes levels for JSON only
    return {"log_format": "JSON", "application_log_level": settings.log_level, "system_log_level": "INFO"}


def _code(bundle: Bundle | None) -> dict[str, Any]:
    # None is never compared: without a bundle nothing can be said about the code.
    return {"package": str(bundle.path), "code_sha256": bundle.code_sha256} if bundle else {"code_sha256": None}


def _layers(context: Context, owner: str, settings: Function) -> list[str]:
    if isinstance(settings.insights_layer, str):
        return [settings.insights_layer, *settings.layers]
    if not settings.insights_layer:
        return settings.layers
    scope = context.scope
    layer = insights_layer(scope.partition, scope.region, settings.architecture)
    if layer is None:
        raise ConfigError(
            f"functions.{owner}: no Lambda Insights layer is known for {settings.architecture} in {scope.region}",
            remedy="Set insights_layer to false, or to the ARN of a layer.",
        )
    return [layer, *settings.layers]


def insights_layer(partition: str, region: str, architecture: str) -> str | None:
    """The ARN of the Lambda Insights layer, or ``None`` where no table that AWS published has one."""
    entry = _published_layers().get(region, {}).get(architecture)
    if entry is None:
        return None
    layer = f"{_LAYER_NAMES[architecture]}:{entry['version']}"
    return f"arn:{partition}:lambda:{region}:{entry['account']}:layer:{layer}"


@cache
def _published_layers() -> dict[str, dict[str, dict[str, Any]]]:
    text = resources.files(__package__).joinpath("lambda_insights_layers.json").read_text("utf-8")
    return dict(json.loads(text)["layers"])
