"""Functions that Lambda would refuse, or that have no code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from provisioner.blueprint.file.fields import show
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import Config, Function
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.compute import insights_layer
from provisioner.engine.model import Hidden

_ENVIRONMENT_BYTES = 4096
_LAYERS = 5
"""Limits of the Lambda API reference, as published in 2026."""

_OURS = {"ENVIRONMENT": "the platform sets it", "LOG_LEVEL": "set log_level instead"}
_LAMBDAS = re.compile(
    r"AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_\w+|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY"
    r"|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR"
)
"""Variables that Lambda sets itself and refuses to take. AWS_LAMBDA_EXEC_WRAPPER is the exception."""


def functions(subject: Subject) -> Iterator[Flaw]:
    """Sources, environment variables and layers of every function."""
    config = subject.config
    for owner, function in config.functions.items():
        path = ("functions", owner)
        yield from _source(config, owner, function)
        yield from _environment(path, function)
        total = len(function.layers) + (function.insights_layer is not False)
        if total > _LAYERS:
            yield Flaw((*path, "layers"), f"{total} layers, that of Lambda Insights among them; at most {_LAYERS}")


def _source(config: Config, owner: str, function: Function) -> Iterator[Flaw]:
    if function.source is None:
        return
    path = ("functions", owner)
    module = f"{function.handler.split('.')[0]}.py"
    try:
        folder = config.fence(owner).inside(config.root / function.source)
    except OSError as error:
        yield Flaw(
            (*path, "source"),
            f"{show(function.source)} is not packed: {error.strerror}",
            fix="Move the code beside the file, or name where it lies in allow_outside of the function.",
        )
        return
    if not folder.is_dir():
        yield Flaw((*path, "source"), f"there is no folder {show(function.source)} beside the file")
    elif not (folder / module).is_file():
        yield Flaw((*path, "handler"), f"{show(function.handler)} needs a file {module} in {function.source}")
    if function.insights_layer is True:
        lacking = [r for r in config.platform.regions if insights_layer("aws", r, function.architecture) is None]
        if lacking:
            where = f"{function.architecture} in {', '.join(lacking)}"
            what = f"no Lambda Insights layer is known for {where}; set false, or the ARN of one"
            yield Flaw((*path, "insights_layer"), what)


def _environment(path: KeyPath, function: Function) -> Iterator[Flaw]:
    for key, value in function.environment.items():
        here = (*path, "environment", key)
        if key in _OURS:
            yield Flaw(here, f"not to be set here; {_OURS[key]}")
        elif _LAMBDAS.fullmatch(key) and key != "AWS_LAMBDA_EXEC_WRAPPER":
            yield Flaw(here, "Lambda sets this variable itself and refuses to take it")
        elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", key):
            yield Flaw(here, "not a variable's name; two or more letters, digits and _, a letter first")
        elif key == "SIMULATED_FAILURE_RATE" and isinstance(value, str) and not _is_rate(value):
            said = "what it refers to" if isinstance(value, Hidden) else show(value)
            yield Flaw(here, f"{said} is not allowed; 0 to 1, or on for the function's usual rate")
    known = {key: value if isinstance(value, str) else "" for key, value in function.environment.items()}
    size = len(json.dumps(known, separators=(",", ":")).encode())
    # ENVIRONMENT and LOG_LEVEL take at most 60 of them.
    if size + 60 > _ENVIRONMENT_BYTES:
        yield Flaw((*path, "environment"), f"{size} bytes as JSON; at most {_ENVIRONMENT_BYTES - 60}")


def _is_rate(text: str) -> bool:
    try:
        return text == "on" or 0 <= float(text) <= 1
    except ValueError:
        return False
