"""A Lambda function's configuration: what AWS refuses, and how it shows what it has stored."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.backends import get_backend
from moto.core.utils import get_service_model

from provisioner.emulator.core.call import Params, Refusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import BadPolicy, allows, principals, statements

# Creation is blocked for these (Lambda Developer Guide, "Runtimes", edition believed: the list grows every year).
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
_LAYER = re.compile(r"arn:aws:lambda:([\w-]+):(\d{12}):layer:([\w-]+):\d+")
_LAYER_SIZE = 4_194_304
"""The size shown of layers of other accounts, whose content nobody here knows."""

# The model's ranges include Lambda Managed Instances; for an ordinary function these hold.
_MOST = {"Timeout": 900, "MemorySize": 10_240}

# Members that UpdateFunctionConfiguration takes as they are.
_PLAIN = ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "FileSystemConfigs")


def invalid(message: str) -> Refusal:
    """Lambda's own refusal of a value."""
    return Refusal("InvalidParameterValueException", message)


def defaults(place: Place, name: str) -> dict[str, Any]:
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


def changed(config: dict[str, Any], params: Params, place: Place) -> dict[str, Any]:
    """The configuration after a create or an update: a member that is absent is left as it was, and an
    empty one clears it. Raises Refusal, mostly ``InvalidParameterValueException``."""
    _check(params, place)
    result = {**config, **{name: params[name] for name in _PLAIN if name in params}}
    if "Environment" in params:
        variables = params["Environment"].get("Variables") or {}
        _check_environment(variables)
        result["Environment"] = {"Variables": variables} if variables else None
    if "Layers" in params:
        result["Layers"] = [{"Arn": arn, "CodeSize": _LAYER_SIZE} for arn in params["Layers"]] or None
    if "DeadLetterConfig" in params:
        result["DeadLetterConfig"] = params["DeadLetterConfig"] if params["DeadLetterConfig"].get("TargetArn") else None
    if "KMSKeyArn" in params:
        result["KMSKeyArn"] = params["KMSKeyArn"] or None
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
    return result


def _vpc(given: Params) -> dict[str, Any]:
    subnets = given.get("SubnetIds") or []
    return {
        "SubnetIds": subnets,
        "SecurityGroupIds": given.get("SecurityGroupIds") or [],
        "VpcId": "vpc-00000000" if subnets else "",
        "Ipv6AllowedForDualStack": given.get("Ipv6AllowedForDualStack", False),
    }


def _snap_start(given: Params) -> dict[str, Any]:
    return {"ApplyOn": given.get("ApplyOn", "None"), "OptimizationStatus": "Off"}


def _logging(before: dict[str, Any], given: Params) -> dict[str, Any]:
    merged = {**before, **given}
    if merged["LogFormat"] == "Text":
        if {"ApplicationLogLevel", "SystemLogLevel"} & set(given):
            raise invalid("To use ApplicationLogLevel or SystemLogLevel, you must set LogFormat to JSON.")
        return {name: merged[name] for name in ("LogFormat", "LogGroup")}
    return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **merged}


def _check(params: Params, place: Place) -> None:
    for name, most in _MOST.items():
        if params.get(name, 0) > most:
            member = name[0].lower() + name[1:]
            raise Refusal(
                "ValidationException",
                f"1 validation error detected: Value '{params[name]}' at '{member}' failed to satisfy constraint: "
                f"Member must have value less than or equal to {most}",
            )
    if "Runtime" in params:
        _check_runtime(params["Runtime"])
    if "Role" in params:
        _check_role(params["Role"])
    if "Layers" in params:
        _check_layers(params["Layers"], place)


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


def _check_role(arn: str) -> None:
    account = arn.split(":")[4]
    known = get_backend("iam")
    roles = known[account]["aws"].roles.values() if account in known else ()
    role = next((role for role in roles if role.arn == arn), None)
    try:
        trusts = role is not None and any(
            allows(item, "sts:AssumeRole") and "lambda.amazonaws.com" in principals(item, "Service")
            for item in statements(role.assume_role_policy_document, resource=False)
        )
    except BadPolicy:
        trusts = False
    if not trusts:
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def _check_layers(layers: list[str], place: Place) -> None:
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
            # Layers cannot be published here, so one's own account has none.
            raise invalid(f"Layer version {arn} does not exist.")
        if (account, name) in seen:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function."
            )
        seen.add((account, name))


def _check_environment(variables: dict[str, str]) -> None:
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
