"""What Lambda keeps beside a function's configuration: how its runtime is updated, and what becomes of its events.

Both are shown and have no effect here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.lambda_.model import FunctionFacts, Functions, invalid

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

api = Api()

_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


@api.operation("PutRuntimeManagementConfig")
def put_runtime_management_config(call: ApiCall[aws.PutRuntimeManagementConfigRequestTypeDef]) -> Answer:
    params = call.params
    function = call.store(Functions).find(params["FunctionName"], params.get("Qualifier"))
    manual = params["UpdateRuntimeOn"] == "Manual"
    if manual != ("RuntimeVersionArn" in params):
        raise invalid("RuntimeVersionArn must be given with the mode Manual, and with no other.")
    function.runtime_update = (params["UpdateRuntimeOn"], params.get("RuntimeVersionArn"))
    return _runtime(function)


@api.operation("GetRuntimeManagementConfig")
def get_runtime_management_config(call: ApiCall[aws.GetRuntimeManagementConfigRequestTypeDef]) -> Answer:
    return _runtime(call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier")))


def _runtime(function: FunctionFacts) -> dict[str, object]:
    mode, version = function.runtime_update
    return {"UpdateRuntimeOn": mode, "FunctionArn": function.arn, "RuntimeVersionArn": version}


@api.operation("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig")
def put_function_event_invoke_config(call: ApiCall[aws.PutFunctionEventInvokeConfigRequestTypeDef]) -> Answer:
    function = _function(call, call.params["FunctionName"], call.params.get("Qualifier"))
    before = function.invoke_config or {} if call.operation.startswith("Update") else {}
    given = {name: value for name, value in call.params.items() if name in _SETTINGS}
    if not {**before, **given}:
        raise invalid("You must specify at least one of error handling or destination setting.")
    # Believed: what was never given has the default of Lambda.
    defaults = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 21_600, "DestinationConfig": {}}
    function.invoke_config = {**defaults, **before, **given, "LastModified": call.world.now()}
    return _invoke_config(function)


@api.operation("GetFunctionEventInvokeConfig")
def get_function_event_invoke_config(call: ApiCall[aws.GetFunctionEventInvokeConfigRequestTypeDef]) -> Answer:
    return _invoke_config(_function(call, call.params["FunctionName"], call.params.get("Qualifier")))


@api.operation("DeleteFunctionEventInvokeConfig")
def delete_function_event_invoke_config(call: ApiCall[aws.DeleteFunctionEventInvokeConfigRequestTypeDef]) -> Answer:
    function = _function(call, call.params["FunctionName"], call.params.get("Qualifier"))
    _invoke_config(function)
    function.invoke_config = None
    return {}


def _function(call: AnyCall, name: str, qualifier: str | None) -> FunctionFacts:
    return call.store(Functions).find(name, qualifier)


def _invoke_config(function: FunctionFacts) -> dict[str, object]:
    if function.invoke_config is None:
        words = f"The function {function.arn} doesn't have an EventInvokeConfig"
        raise ApiRefusal("ResourceNotFoundException", words)
    return {"FunctionArn": f"{function.arn}:$LATEST", **function.invoke_config}
