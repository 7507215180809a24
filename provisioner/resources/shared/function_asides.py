"""What Lambda says of a function by calls of their own: how its runtime is updated, and what becomes of its events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from provisioner.aws.members import Members
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Live

if TYPE_CHECKING:
    from types_boto3_lambda.type_defs import (
        FunctionEventInvokeConfigResponseTypeDef,
        GetRuntimeManagementConfigResponseTypeDef,
    )

RUNTIME = Members(
    "lambda", "GetRuntimeManagementConfigResponse", read="", idle="FunctionArn", usual={"UpdateRuntimeOn": "Auto"}
)
INVOKED = Members(
    "lambda",
    "FunctionEventInvokeConfig",
    read="",
    idle="FunctionArn LastModified",
    usual={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21_600},
)


def function_asides(questions: Questions, lives: Sequence[Live[Any]]) -> Iterator[Aside]:
    """A runtime that is pinned or follows updates of the function, and how events are tried again and where they go."""
    for live in questions.some(lives, "lambda:GetRuntimeManagementConfig"):
        name, address = live.resource.name, str(live.resource.address)
        runtime: GetRuntimeManagementConfigResponseTypeDef | None = questions.ask(
            "lambda", "GetRuntimeManagementConfig", FunctionName=name
        )
        invoked: FunctionEventInvokeConfigResponseTypeDef | None = questions.ask(
            "lambda", "GetFunctionEventInvokeConfig", FunctionName=name
        )
        said = {**RUNTIME.unread(dict(runtime or {})), **INVOKED.unread(dict(invoked or {}))}
        yield from (Aside(address, member, value) for member, value in said.items())
