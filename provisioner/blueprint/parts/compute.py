"""What the platform watches and deploys: the ECS cluster, the functions' role, the functions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Required, TypedDict

from provisioner.aws.arns import last_part
from provisioner.aws.policies import VERSION, allow
from provisioner.blueprint.file.references import Reference
from provisioner.blueprint.file.schema import CLUSTER, Function
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared, Theirs
from provisioner.bundle import Bundle
from provisioner.engine.errors import ConfigError
from provisioner.engine.model import Hidden
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


def cluster(context: Context, _: Blueprint) -> Iterator[Declared[EcsCluster]]:
    """The cluster in which the ECS services run that others deploy."""
    settings, name = context.config.cluster, context.names.cluster
    made = EcsCluster(
        name=name,
        insights=settings.container_insights,
        capacity_providers=settings.capacity_providers,
        tags=context.tags(EcsCluster, name),
    )
    yield Declared(made, (CLUSTER,), named_at=(CLUSTER, "name"), owner=CLUSTER, outputs={"ecs_cluster_name": made.name})


def role(context: Context, _: Blueprint) -> Iterator[Declared[IamRole]]:
    """The one role of all functions that we deploy."""
    if not context.config.deployed:
        return
    settings, name = context.config.role, context.names.role
    managed = [f"arn:{context.scope.partition}:iam::aws:policy/{policy}" for policy in _ROLE_POLICIES]
    this_account = {"StringEquals": {"aws:SourceAccount": context.scope.account}}  # no function of another account
    trust = allow("Lambda", "lambda.amazonaws.com", ["sts:AssumeRole"], None, this_account)
    del trust["Resource"]  # a trust policy has none
    made = IamRole(
        name=name,
        trust={"Version": VERSION, "Statement": [trust]},
        description=f"The functions of {context.config.platform.name} ({context.config.environment})",
        boundary=settings.permissions_boundary or "",
        attached=[*managed, *settings.extra_policies],
        tags=context.tags(IamRole, name),
    )
    wide = [f"{made.name}: {arn} grants more than functions need." for arn in settings.extra_policies if is_wide(arn)]
    yield Declared(made, ("role",), notes=tuple(wide))


def is_wide(policy_arn: str) -> bool:
    """Whether a managed policy grants very much, by its name."""
    return bool(re.search(r"admin|poweruser|fullaccess", last_part(policy_arn), re.IGNORECASE))


def functions(context: Context, blueprint: Blueprint) -> Iterator[Declared[LambdaFunction] | Theirs]:
    """The functions: those whose code is ours, and those that others deploy."""
    for owner, settings in context.config.functions.items():
        name, place = context.names.function(owner), ("functions", owner)
        named_at = (*place, "names", "function")
        outputs = {"lambda_function_names": {owner: name}}
        if settings.source is None:
            yield Theirs(LambdaFunction, name, place, named_at, owner, outputs)
        else:
            yield Declared(
                _function(context, blueprint, owner, settings),
                place,
                named_at=named_at,
                owner=owner,
                outputs=outputs,
                notes=tuple(_notes(context, owner, settings)),
                impossible=_no_layer(context, owner, settings),
            )


def _function(context: Context, blueprint: Blueprint, owner: str, settings: Function) -> LambdaFunction:
    name, role = context.names.function(owner), blueprint.one(IamRole)
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
        layers=_layers(context, settings),
        environment={
            "ENVIRONMENT": context.config.environment,
            "LOG_LEVEL": settings.log_level,
            **{name: _value(value) for name, value in settings.environment.items()},
        },
        log_group=blueprint.one(LogGroup, owner).group,
        tags=context.tags(LambdaFunction, name, owner),
        **_logging(settings),
        **_code(context.bundles[owner] if context.bundles is not None else None),
    )


def _value(value: str | Reference) -> str:
    """A variable's value; of a reference that nobody has followed, the reference: then no value is compared."""
    return value if isinstance(value, str) else Hidden(value)


class _Logging(TypedDict, total=False):
    log_format: Required[str]
    application_log_level: str
    system_log_level: str


class _Code(TypedDict, total=False):
    package: str
    code_sha256: Required[str | None]


def _logging(settings: Function) -> _Logging:
    if settings.log_format == "text":
        return {"log_format": "Text"}  # AWS takes levels for JSON only
    return {"log_format": "JSON", "application_log_level": settings.log_level, "system_log_level": "INFO"}


def _code(bundle: Bundle | None) -> _Code:
    # None is never compared: without a bundle nothing can be said about the code.
    return {"package": str(bundle.path), "code_sha256": bundle.code_sha256} if bundle else {"code_sha256": None}


def _notes(context: Context, owner: str, settings: Function) -> Iterator[str]:
    if settings.log_level == "FATAL":
        yield f"{owner}: at log level FATAL no error is logged, so its error alarm never fires."
    elif settings.log_level in ("WARN", "ERROR") and settings.log_format == "json":
        yield f"{owner}: at log level {settings.log_level} its latency metric sees refusals and failures only."
    if settings.allow_outside:
        yield f"{owner}: its zip may hold what lies in {', '.join(settings.allow_outside)}, outside the file's folder."
    if not settings.require_hashes:
        yield f"{owner}: require_hashes is false, so packages without a hash are whatever the index gives."
    if context.bundles is not None and (left_out := context.bundles[owner].left_out):
        yield f"{owner}: left out of its zip, for their names begin with a dot: {', '.join(left_out)}."


def _layers(context: Context, settings: Function) -> list[str]:
    wanted, scope = settings.insights_layer, context.scope
    known = insights_layer(scope.partition, scope.region, settings.architecture) if wanted is True else None
    layer = wanted if isinstance(wanted, str) else known
    return [layer, *settings.layers] if layer else settings.layers


def _no_layer(context: Context, owner: str, settings: Function) -> ConfigError | None:
    """That the Region has no Lambda Insights layer, and the function wants it."""
    scope = context.scope
    if settings.insights_layer is not True or insights_layer(scope.partition, scope.region, settings.architecture):
        return None
    return ConfigError(
        f"functions.{owner}: no Lambda Insights layer is known for {settings.architecture} in {scope.region}",
        remedy="Set insights_layer to false, or to the ARN of a layer.",
    )


class _Layer(TypedDict):
    account: str
    version: int


def insights_layer(partition: str, region: str, architecture: str) -> str | None:
    """The ARN of the Lambda Insights layer, or ``None`` where no table that AWS published has one."""
    entry = _published_layers().get(region, {}).get(architecture)
    if entry is None:
        return None
    layer = f"{_LAYER_NAMES[architecture]}:{entry['version']}"
    return f"arn:{partition}:lambda:{region}:{entry['account']}:layer:{layer}"


@cache
def _published_layers() -> dict[str, dict[str, _Layer]]:
    text = resources.files(__package__).joinpath("lambda_insights_layers.json").read_text("utf-8")
    layers: dict[str, dict[str, _Layer]] = json.loads(text)["layers"]
    return layers
