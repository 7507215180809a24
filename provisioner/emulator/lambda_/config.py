"""A Lambda function's configuration: what AWS refuses, and how it shows what it has stored."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

from moto.core.utils import get_service_model

from provisioner.emulator.core.call import ApiRefusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.iam.roles import trusts
from provisioner.emulator.lambda_.model import invalid

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

Wanted: TypeAlias = "aws.CreateFunctionRequestTypeDef | aws.UpdateFunctionConfigurationRequestTypeDef"

# Creation is blocked for these (Lambda Developer Guide, "Runtimes"; the list grows every year, this one is believed).
_BLOCKED_RUNTIMES = {
    "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
    "python2.7", "python3.6", "python3.7", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1",
    "ruby2.5", "java8", "go1.x", "provided",
}  # fmt: skip
_RESERVED_VARIABLES = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
}  # fmt: skip
_ENVIRONMENT_BYTES = 4096
_LAYERS = 5
_LAYER = re.compile(r"arn:aws[a-z-]*:lambda:([\w-]+):(\d{12}):layer:([\w-]+):\d+")
_LAYER_SIZE = 4_194_304
"""The size shown of layers of other accounts, whose content nobody here knows."""

# The model's ranges include Lambda Managed Instances; for an ordinary function these hold.
_MOST_SECONDS, _MOST_MEMORY = 900, 10_240

# Members that are kept as they are given.
_PLAIN = (
    "Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "FileSystemConfigs", "TenancyConfig",
    "DurableConfig",
)  # fmt: skip
_UNKNOWN = ("ImageConfig", "CapacityProviderConfig", "RuntimeConfig", "AcceleratorConfig", "CodeSigningConfigArn")


def defaults(place: Place, name: str) -> aws.FunctionConfigurationTypeDef:
    """What a function has that was asked for nothing (Lambda API reference, CreateFunction)."""
    return {
        "FunctionName": name,
        "FunctionArn": place.arn("lambda", f"function:{name}"),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "Version": "$LATEST",
        "VpcConfig": _vpc({}),
        "TracingConfig": {"Mode": "PassThrough"},
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": _snap_start({}),
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }


def changed(config: aws.FunctionConfigurationTypeDef, params: Wanted, place: Place) -> aws.FunctionConfigurationTypeDef:
    """The configuration after a create or an update: a member that is absent is left as it was, and an
    empty one clears it. Raises ApiRefusal, mostly ``InvalidParameterValueException``."""
    _check(params, place)
    if "DurableConfig" in params and "CodeSha256" in config and "DurableConfig" not in config:
        raise invalid("Durable execution can only be enabled when the function is created.")  # wording believed
    plain = {name: value for name, value in params.items() if name in _PLAIN}
    result = cast("aws.FunctionConfigurationTypeDef", {**config, **plain})
    if "Environment" in params:
        variables = params["Environment"].get("Variables") or {}
        _check_environment(variables)
        result["Environment"] = {"Variables": dict(variables)}
    if "Layers" in params:
        result["Layers"] = [{"Arn": arn, "CodeSize": _LAYER_SIZE} for arn in params["Layers"]]
    if "DeadLetterConfig" in params:
        result["DeadLetterConfig"] = params["DeadLetterConfig"]
    if "KMSKeyArn" in params:
        result["KMSKeyArn"] = params["KMSKeyArn"]
    if "TracingConfig" in params:
        result["TracingConfig"] = {"Mode": params["TracingConfig"].get("Mode", "PassThrough")}
    if "VpcConfig" in params:
        result["VpcConfig"] = _vpc(params["VpcConfig"])
    if "EphemeralStorage" in params:
        result["EphemeralStorage"] = params["EphemeralStorage"]
    if "SnapStart" in params:
        result["SnapStart"] = _snap_start(params["SnapStart"])
    if "LoggingConfig" in params:
        result["LoggingConfig"] = _logging(config["LoggingConfig"], params["LoggingConfig"])
    return _without_empty(result)


def _without_empty(config: aws.FunctionConfigurationTypeDef) -> aws.FunctionConfigurationTypeDef:
    """Without the members that an empty value clears."""
    if not config.get("Environment", {}).get("Variables"):
        config.pop("Environment", None)
    if not config.get("Layers"):
        config.pop("Layers", None)
    if not config.get("DeadLetterConfig", {}).get("TargetArn"):
        config.pop("DeadLetterConfig", None)
    if not config.get("KMSKeyArn"):
        config.pop("KMSKeyArn", None)
    return config


def _vpc(given: aws.VpcConfigTypeDef) -> aws.VpcConfigResponseTypeDef:
    subnets = list(given.get("SubnetIds") or ())
    return {
        "SubnetIds": subnets,
        "SecurityGroupIds": list(given.get("SecurityGroupIds") or ()),
        "VpcId": "vpc-00000000" if subnets else "",
        "Ipv6AllowedForDualStack": given.get("Ipv6AllowedForDualStack", False),
    }


def _snap_start(given: aws.SnapStartTypeDef) -> aws.SnapStartResponseTypeDef:
    return {"ApplyOn": given.get("ApplyOn", "None"), "OptimizationStatus": "Off"}


def _logging(before: aws.LoggingConfigTypeDef, given: aws.LoggingConfigTypeDef) -> aws.LoggingConfigTypeDef:
    merged: aws.LoggingConfigTypeDef = {**before, **given}
    if merged["LogFormat"] == "Text":
        if {"ApplicationLogLevel", "SystemLogLevel"} & set(given):
            raise invalid("To use ApplicationLogLevel or SystemLogLevel, you must set LogFormat to JSON.")
        return {"LogFormat": "Text", "LogGroup": merged["LogGroup"]}
    return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **merged}


def _check(params: Wanted, place: Place) -> None:
    if unknown := [name for name in _UNKNOWN if params.get(name)]:
        raise NotImplementedError(f"The emulator does not know {', '.join(unknown)}.")
    _check_most("timeout", params.get("Timeout", 0), _MOST_SECONDS)
    _check_most("memorySize", params.get("MemorySize", 0), _MOST_MEMORY)
    if "Runtime" in params:
        _check_runtime(params["Runtime"])
    if "Role" in params and not trusts(params["Role"], "lambda.amazonaws.com"):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")
    if "Layers" in params:
        _check_layers(params["Layers"], place)


def _check_most(member: str, value: int, most: int) -> None:
    if value > most:
        raise ApiRefusal(
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}",
        )


def _check_runtime(runtime: str) -> None:
    known = get_service_model("lambda").shape_for("Runtime").metadata["enum"]
    if runtime not in known:
        raise invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(known)}] or be a valid ARN"
        )
    if runtime in _BLOCKED_RUNTIMES:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )


def _check_layers(layers: Sequence[str], place: Place) -> None:
    if len(layers) > _LAYERS:
        raise invalid(f"Cannot reference more than {_LAYERS} layers.")
    seen = set()
    for arn in layers:
        found = _LAYER.fullmatch(arn)
        if found is None:
            raise invalid(f"Invalid layer version arn {arn}.")
        region, account, name = found.groups()
        if region != place.region:
            raise invalid(f"Layer version {arn} must be in the same region as the function.")
        if account == place.account:
            # Nobody can publish layers here, so the function's own account has none.
            raise invalid(f"Layer version {arn} does not exist.")
        if (account, name) in seen:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function."
            )
        seen.add((account, name))


def _check_environment(variables: Mapping[str, str]) -> None:
    prefix = (
        "Lambda was unable to configure your environment variables because the environment variables you have provided"
    )
    if reserved := sorted(_RESERVED_VARIABLES & set(variables)):
        raise invalid(
            f"{prefix} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = json.dumps(variables, separators=(",", ":"))
    if len(text.encode()) > _ENVIRONMENT_BYTES:
        raise invalid(f"{prefix} exceeded the 4KB limit. String measured: {text}")
