"""Examples of log groups, clusters, roles and functions."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup
from tests.resources.keys import KEY, key_arn
from tests.resources.messaging import DEAD
from tests.resources.naming import allow, arn, policy, tags
from tests.resources.shapes import Client, Drift, Example, Other

GROUP = LogGroup(name="/aws/lambda/handler-dev", retention_days=30, tags=tags("log_group", "/aws/lambda/handler-dev"))
GROUP_ARN = arn("logs", f"log-group:{GROUP.name}")
SECOND_GROUP = LogGroup(name="/other/dev", tags=tags("log_group", "/other/dev"))


def _infrequent(aws: Client) -> None:
    aws("logs").delete_log_group(logGroupName=GROUP.name)
    aws("logs").create_log_group(logGroupName=GROUP.name, logGroupClass="INFREQUENT_ACCESS", tags=GROUP.tags)
    aws("logs").put_retention_policy(logGroupName=GROUP.name, retentionInDays=30)


LOG_GROUP = Example(
    GROUP,
    {
        "kms_key": Other(
            KEY.arn,
            lambda aws: aws("logs").associate_kms_key(logGroupName=GROUP.name, kmsKeyId=key_arn(aws)),
            "DisassociateKmsKey",
            also=(KEY,),
        ),
        "retention_days": Other(
            0, lambda aws: aws("logs").delete_retention_policy(logGroupName=GROUP.name), "PutRetentionPolicy"
        ),
        "log_class": Other("INFREQUENT_ACCESS", _infrequent, "DeleteLogGroup CreateLogGroup PutRetentionPolicy"),
        "deletion_protection": Other(
            True,
            lambda aws: aws("logs").put_log_group_deletion_protection(
                logGroupIdentifier=GROUP.name, deletionProtectionEnabled=True
            ),
            "PutLogGroupDeletionProtection",
        ),
        "tags": Other(
            {**GROUP.tags, "Team": "billing"},
            lambda aws: aws("logs").tag_resource(resourceArn=GROUP_ARN, tags={"Team": "billing"}),
            "UntagResource",
        ),
    },
)

CLUSTER = EcsCluster(name="shop-dev", insights="enabled", tags=tags("ecs_cluster", "shop-dev"))
CLUSTER_ARN = arn("ecs", "cluster/shop-dev")
EXEC = {"executeCommandConfiguration": {"logging": "NONE"}}
STRATEGY = [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
ON_FARGATE = replace(CLUSTER, capacity_providers=["FARGATE"])


def _cluster(**changes: Any) -> Drift:
    return lambda aws: aws("ecs").update_cluster(cluster=CLUSTER.name, **changes)


def _providers(*names: str, strategy: Any = ()) -> Drift:
    return lambda aws: aws("ecs").put_cluster_capacity_providers(
        cluster=CLUSTER.name, capacityProviders=list(names), defaultCapacityProviderStrategy=list(strategy)
    )


ECS_CLUSTER = Example(
    CLUSTER,
    {
        "insights": Other(
            "enhanced", _cluster(settings=[{"name": "containerInsights", "value": "enhanced"}]), "UpdateCluster"
        ),
        "configuration": Other(EXEC, _cluster(configuration=EXEC), "UpdateCluster"),
        "service_connect": Other(
            arn("servicediscovery", "namespace/ns-1"),
            _cluster(serviceConnectDefaults={"namespace": arn("servicediscovery", "namespace/ns-1")}),
            "UpdateCluster",
        ),
        "capacity_providers": Other(["FARGATE"], _providers("FARGATE"), "PutClusterCapacityProviders"),
        "default_strategy": Other(
            STRATEGY, _providers("FARGATE", strategy=STRATEGY), "PutClusterCapacityProviders", on=ON_FARGATE
        ),
        "tags": Other(
            {**CLUSTER.tags, "Team": "billing"},
            lambda aws: aws("ecs").tag_resource(resourceArn=CLUSTER_ARN, tags=[{"key": "Team", "value": "billing"}]),
            "UntagResource",
        ),
    },
)

XRAY = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRUST = policy(allow({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole", None))
WIDER_TRUST = policy(allow({"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]}, "sts:AssumeRole", None))
WRITE = policy({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"})
ROLE = IamRole(
    name="runner-dev", trust=TRUST, attached=[BASIC], inline={"write": WRITE}, tags=tags("iam_role", "runner-dev")
)


def remake_role(aws: Client, **changes: Any) -> None:
    """Somebody deletes the role, and makes one of the same name."""
    aws("iam").detach_role_policy(RoleName=ROLE.name, PolicyArn=BASIC)
    aws("iam").delete_role_policy(RoleName=ROLE.name, PolicyName="write")
    aws("iam").delete_role(RoleName=ROLE.name)
    marks = [{"Key": key, "Value": value} for key, value in ROLE.tags.items()]
    aws("iam").create_role(RoleName=ROLE.name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=marks, **changes)
    aws("iam").attach_role_policy(RoleName=ROLE.name, PolicyArn=BASIC)
    aws("iam").put_role_policy(RoleName=ROLE.name, PolicyName="write", PolicyDocument=json.dumps(WRITE))


def _role(operation: str, **params: Any) -> Drift:
    return lambda aws: getattr(aws("iam"), operation)(RoleName=ROLE.name, **params)


IAM_ROLE = Example(
    ROLE,
    {
        "path": Other(
            "/team/",
            lambda aws: remake_role(aws, Path="/team/"),
            "DetachRolePolicy DeleteRolePolicy DeleteRole CreateRole PutRolePolicy AttachRolePolicy",
        ),
        "trust": Other(
            WIDER_TRUST,
            _role("update_assume_role_policy", PolicyDocument=json.dumps(WIDER_TRUST)),
            "UpdateAssumeRolePolicy",
        ),
        "description": Other("Runs", _role("update_role", Description="Runs"), "UpdateRole"),
        "max_session_seconds": Other(7200, _role("update_role", Description="", MaxSessionDuration=7200), "UpdateRole"),
        "boundary": Other(
            XRAY,
            _role("put_role_permissions_boundary", PermissionsBoundary=XRAY),
            "DeleteRolePermissionsBoundary",
        ),
        "attached": Other([BASIC, XRAY], _role("attach_role_policy", PolicyArn=XRAY), "DetachRolePolicy"),
        "inline": Other(
            {"write": WRITE, "more": WRITE},
            _role("put_role_policy", PolicyName="more", PolicyDocument=json.dumps(WRITE)),
            "DeleteRolePolicy",
        ),
        "tags": Other(
            {**ROLE.tags, "Team": "billing"},
            _role("tag_role", Tags=[{"Key": "Team", "Value": "billing"}]),
            "UntagRole",
        ),
    },
)


def _package(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py"), text)
    return content.getvalue()


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


PACKAGES = {"first.zip": _package("first"), "second.zip": _package("second")}
"""By path, relative to where each test runs."""

SECOND_ROLE = replace(ROLE, name="other-dev", tags=tags("iam_role", "other-dev"))
FUNCTION = LambdaFunction(
    name="handler-dev",
    role=ROLE.arn,
    role_id=ROLE.id,
    runtime="python3.12",
    handler="index.handler",
    code_sha256=_digest(PACKAGES["first.zip"]),
    package="first.zip",
    log_group=GROUP.group,
    environment={"LOG_LEVEL": "INFO", "API_TOKEN": "swordfish"},
    tags=tags("lambda_function", "handler-dev"),
)
JSON_LOGS = replace(FUNCTION, log_format="JSON")
INSIGHTS = "arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:38"
FUNCTION_ARN = arn("lambda", "function:handler-dev")
FILES = [{"Arn": arn("elasticfilesystem", "access-point/fsap-00000000000000001"), "LocalMountPath": "/mnt/data"}]
SECOND = {"package": "second.zip"}
VPC = {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}


def _function(**params: Any) -> Drift:
    def drift(aws: Client) -> object:
        values = {key: value(aws) if callable(value) else value for key, value in params.items()}
        return aws("lambda").update_function_configuration(FunctionName=FUNCTION.name, **values)

    return drift


def _code(name: str, architecture: str = "x86_64") -> Drift:
    return lambda aws: aws("lambda").update_function_code(
        FunctionName=FUNCTION.name, ZipFile=PACKAGES[name], Architectures=[architecture]
    )


def _setting(value: Any, /, **params: Any) -> Other:
    return Other(value, _function(**params), "UpdateFunctionConfiguration")


LAMBDA_FUNCTION = Example(
    FUNCTION,
    {
        "role": replace(_setting(SECOND_ROLE.arn, Role=arn("iam", "role/other-dev", "")), also=(SECOND_ROLE,)),
        "role_id": Other("AROAOTHER", why="AWS never shows which role of this name the function was given"),
        "runtime": _setting("python3.13", Runtime="python3.13"),
        "handler": _setting("index.other", Handler="index.other"),
        "architecture": Other("arm64", _code("first.zip", "arm64"), "UpdateFunctionCode"),
        "code_sha256": Other(_digest(PACKAGES["second.zip"]), _code("second.zip"), "UpdateFunctionCode", along=SECOND),
        "package": Other("second.zip", why="a path on this machine; the digest tells whether the code differs"),
        "package_type": Other("Image", why="the emulator has no images", planned_only=True),
        "description": _setting("Handles", Description="Handles"),
        "timeout_seconds": _setting(30, Timeout=30),
        "memory_mb": _setting(256, MemorySize=256),
        "ephemeral_mb": _setting(1024, EphemeralStorage={"Size": 1024}),
        "tracing": _setting("Active", TracingConfig={"Mode": "Active"}),
        "layers": _setting([INSIGHTS], Layers=[INSIGHTS]),
        "environment": _setting({"LOG_LEVEL": "DEBUG"}, Environment={"Variables": {"LOG_LEVEL": "DEBUG"}}),
        "environment_key": replace(_setting(KEY.arn, KMSKeyArn=key_arn), also=(KEY,)),
        "log_group": replace(_setting("/other/dev", LoggingConfig={"LogGroup": "/other/dev"}), also=(SECOND_GROUP,)),
        "log_format": _setting("JSON", LoggingConfig={"LogFormat": "JSON"}),
        "application_log_level": replace(
            _setting("DEBUG", LoggingConfig={"ApplicationLogLevel": "DEBUG"}), on=JSON_LOGS
        ),
        "system_log_level": replace(_setting("WARN", LoggingConfig={"SystemLogLevel": "WARN"}), on=JSON_LOGS),
        "dead_letter": replace(
            _setting(DEAD.arn, DeadLetterConfig={"TargetArn": arn("sqs", "orders-dead")}), also=(DEAD,)
        ),
        "reserved_concurrency": Other(
            0,
            lambda aws: aws("lambda").put_function_concurrency(
                FunctionName=FUNCTION.name, ReservedConcurrentExecutions=0
            ),
            "DeleteFunctionConcurrency",
        ),
        "snap_start": _setting("PublishedVersions", SnapStart={"ApplyOn": "PublishedVersions"}),
        "vpc": _setting(VPC, VpcConfig=VPC),
        "file_systems": _setting(FILES, FileSystemConfigs=FILES),
        "tags": Other(
            {**FUNCTION.tags, "Team": "billing"},
            lambda aws: aws("lambda").tag_resource(Resource=FUNCTION_ARN, Tags={"Team": "billing"}),
            "UntagResource",
        ),
    },
)
