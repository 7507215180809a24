"""The configuration of a Lambda function in our words and in Lambda's, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.engine.model import UNSEEN


def conceal_environment(environment: Any) -> Any:
    """Values are hidden but for the variables that the platform itself sets."""
    return {key: value if key in _SHOWN else "(secret)" for key, value in environment.items()}


_SHOWN = ("ENVIRONMENT", "LOG_LEVEL", "SIMULATED_FAILURE_RATE")


def _variables(environment: Any) -> Any:
    # KMS may deny the variables to whoever reads them.
    return UNSEEN if environment.get("Error") else environment.get("Variables") or {}


def vpc_ids(value: Any) -> dict[str, Any]:
    """The subnets and security groups of a VPC configuration, sorted; ``{}`` outside any VPC."""
    ids = {key: sorted(value.get(key) or []) for key in ("SubnetIds", "SecurityGroupIds")}
    return ids if any(ids.values()) else {}


def described(config: Mapping[str, Any]) -> dict[str, Any]:
    """Our attributes of a ``Configuration`` as GetFunction shows it, with Lambda's defaults where it omits a key."""
    environment, logging = config.get("Environment") or {}, config.get("LoggingConfig") or {}
    return {
        "role": config["Role"],
        "runtime": config.get("Runtime", ""),
        "handler": config.get("Handler", ""),
        "architecture": (config.get("Architectures") or ["x86_64"])[0],
        "code_sha256": config["CodeSha256"],
        "package_type": config.get("PackageType", "Zip"),
        "description": config.get("Description", ""),
        "timeout_seconds": config.get("Timeout", 3),
        "memory_mb": config.get("MemorySize", 128),
        "ephemeral_mb": (config.get("EphemeralStorage") or {}).get("Size", 512),
        "tracing": (config.get("TracingConfig") or {}).get("Mode", "PassThrough"),
        "layers": [layer["Arn"] for layer in config.get("Layers") or ()],
        "environment": _variables(environment),
        "environment_key": config.get("KMSKeyArn") or "",
        "log_group": logging.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}",
        "log_format": logging.get("LogFormat", "Text"),
        "application_log_level": logging.get("ApplicationLogLevel", "INFO"),
        "system_log_level": logging.get("SystemLogLevel", "INFO"),
        "dead_letter": (config.get("DeadLetterConfig") or {}).get("TargetArn", ""),
        "snap_start": (config.get("SnapStart") or {}).get("ApplyOn", "None"),
        "vpc": config.get("VpcConfig") or {},
        "file_systems": config.get("FileSystemConfigs") or [],
    }


def creation(want: Any) -> dict[str, Any]:
    """The parameters of CreateFunction: everything that is not empty."""
    return {
        key: value for key, value in configuration(want, frozenset(want.attributes())).items() if value not in _EMPTY
    }


_EMPTY: tuple[Any, ...] = (
    "",
    {},
    [],
    {"TargetArn": ""},
    {"ApplyOn": "None"},
    {"SubnetIds": [], "SecurityGroupIds": []},
)
"""What clears a setting, and has no place in a creation."""

_TOGETHER = (
    {"role", "role_id", "environment", "environment_key"},  # variables are encrypted anew for a new role or key
    {"log_group", "log_format", "application_log_level", "system_log_level"},
)


def configuration(want: Any, changed: frozenset[str]) -> dict[str, Any]:
    """The parameters of UpdateFunctionConfiguration that carry the attributes ``changed``; empty ones clear."""
    names = changed.union(*(group for group in _TOGETHER if group & changed))
    logging = {"LogFormat": want.log_format, "LogGroup": want.log_group}
    if want.log_format == "JSON":  # AWS refuses levels for text
        logging |= {"ApplicationLogLevel": want.application_log_level, "SystemLogLevel": want.system_log_level}
    values = {
        "role": ("Role", want.role),
        "runtime": ("Runtime", want.runtime),
        "handler": ("Handler", want.handler),
        "description": ("Description", want.description),
        "timeout_seconds": ("Timeout", want.timeout_seconds),
        "memory_mb": ("MemorySize", want.memory_mb),
        "ephemeral_mb": ("EphemeralStorage", {"Size": want.ephemeral_mb}),
        "tracing": ("TracingConfig", {"Mode": want.tracing}),
        "layers": ("Layers", want.layers),
        "environment": ("Environment", {"Variables": want.environment}),
        "environment_key": ("KMSKeyArn", want.environment_key),
        "log_group": ("LoggingConfig", logging),
        "dead_letter": ("DeadLetterConfig", {"TargetArn": want.dead_letter}),
        "snap_start": ("SnapStart", {"ApplyOn": want.snap_start}),
        "vpc": ("VpcConfig", want.vpc or {"SubnetIds": [], "SecurityGroupIds": []}),
        "file_systems": ("FileSystemConfigs", want.file_systems),
    }
    return dict(pair for name, pair in values.items() if name in names)
