"""Lambda functions: created, updated, read, deleted, tagged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.lambda_ import packages
from provisioner.emulator.lambda_.config import changed, defaults
from provisioner.emulator.lambda_.model import (
    NAME,
    TAGGING,
    FunctionFacts,
    Functions,
    FunctionSettings,
    check_revision,
    invalid,
)

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws
    from types_boto3_lambda.literals import ArchitectureType

api = Api()

_NAME_LENGTH = 64
_PAGE = 50
# Documented: ListFunctions leaves these to GetFunction.
_NOT_LISTED = (
    "State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
)  # fmt: skip


@api.operation("CreateFunction")
def create_function(call: ApiCall[aws.CreateFunctionRequestTypeDef]) -> Answer:
    functions, params = call.store(Functions), call.params
    found = NAME.fullmatch(params["FunctionName"])
    name = found.group(1) if found else params["FunctionName"]
    if len(name) > _NAME_LENGTH:
        raise ApiRefusal(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_NAME_LENGTH}",
        )
    if params.get("PackageType", "Zip") != "Zip" or params.get("Publish"):
        raise NotImplementedError("The emulator has neither container images nor versions of functions.")
    if "Runtime" not in params or "Handler" not in params:
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    tags = TAGGING.merged({}, params.get("Tags"))
    config = changed(defaults(call.place, name), params, call.place)
    _set_code(config, packages.keep(call, params["Code"]), params.get("Architectures", config["Architectures"]))
    if name in functions.by_name:
        raise ApiRefusal("ResourceConflictException", f"Function already exist: {name}")
    now = call.world.now()
    function = FunctionFacts(config, now + call.world.settings(FunctionSettings).lambda_create_delay, tags)
    function.source_key = params["Code"].get("SourceKMSKeyArn")
    function.touch(now)
    functions.by_name[name] = function
    return function.shown(now, pending=True)


@api.operation("UpdateFunctionConfiguration")
def update_function_configuration(call: ApiCall[aws.UpdateFunctionConfigurationRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"])
    function.check_idle(call.world.now())
    check_revision(call.params.get("RevisionId"), function.config["RevisionId"])
    function.config = changed(function.config, call.params, call.place)
    return _updated(call, function)


@api.operation("UpdateFunctionCode")
def update_function_code(call: ApiCall[aws.UpdateFunctionCodeRequestTypeDef]) -> Answer:
    params = call.params
    function = call.store(Functions).find(params["FunctionName"])
    function.check_idle(call.world.now())
    check_revision(params.get("RevisionId"), function.config["RevisionId"])
    if params.get("Publish"):
        raise NotImplementedError("The emulator has no versions of functions.")
    wanted = function.config.copy()
    _set_code(wanted, packages.keep(call, params), params.get("Architectures", wanted["Architectures"]))
    if params.get("DryRun"):
        return replace(function, config=wanted).shown(call.world.now())
    function.config, function.source_key = wanted, params.get("SourceKMSKeyArn")
    return _updated(call, function)


def _set_code(
    config: aws.FunctionConfigurationTypeDef, package: packages.Package, architectures: Sequence[ArchitectureType]
) -> None:
    config["CodeSize"], config["CodeSha256"] = package.size, package.sha256
    config["Architectures"] = list(architectures)


def _updated(call: AnyCall, function: FunctionFacts) -> Answer:
    now = call.world.now()
    function.touch(now)
    function.updated_at = now + call.world.settings(FunctionSettings).lambda_update_delay
    return function.shown(now, updating=True)


@api.operation("GetFunction")
def get_function(call: ApiCall[aws.GetFunctionRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier"))
    limited = function.reserved is not None and "Qualifier" not in call.params
    return {
        "Configuration": function.shown(call.world.now()),
        "Code": {
            "RepositoryType": "S3",
            "Location": f"https://awslambda-{call.region}-tasks.s3.{call.place.suffix}/snapshots",
            "SourceKMSKeyArn": function.source_key,
        },
        "Tags": function.tags or None,
        "Concurrency": {"ReservedConcurrentExecutions": function.reserved} if limited else None,
    }


@api.operation("GetFunctionConfiguration")
def get_function_configuration(call: ApiCall[aws.GetFunctionConfigurationRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier"))
    return function.shown(call.world.now())


@api.operation("ListFunctions")
def list_functions(call: ApiCall[aws.ListFunctionsRequestTypeDef]) -> Answer:
    shown, more = page(
        call.store(Functions).by_name.values(),
        lambda function: function.config["FunctionName"],
        token=call.params.get("Marker"),
        size=min(call.params.get("MaxItems", _PAGE), _PAGE),
        bad_token=invalid("Invalid marker."),
    )
    now = call.world.now()
    listed = [{key: value for key, value in item.shown(now).items() if key not in _NOT_LISTED} for item in shown]
    return {"Functions": listed, "NextMarker": more}


@api.operation("ListVersionsByFunction")
def list_versions_by_function(call: ApiCall[aws.ListVersionsByFunctionRequestTypeDef]) -> Answer:
    # Nothing here publishes a version, so there is the one that changes and no other.
    function = call.store(Functions).find(call.params["FunctionName"], None)
    shown = function.shown(call.world.now())
    latest = {**shown, "Version": "$LATEST", "FunctionArn": f"{shown['FunctionArn']}:$LATEST"}
    return {"Versions": [{key: value for key, value in latest.items() if key not in _NOT_LISTED}]}


@api.operation("GetFunctionCodeSigningConfig")
def get_function_code_signing_config(call: ApiCall[aws.GetFunctionCodeSigningConfigRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"], None)
    return {"FunctionName": function.config["FunctionName"], "CodeSigningConfigArn": ""}


@api.operation("DeleteFunction")
def delete_function(call: ApiCall[aws.DeleteFunctionRequestTypeDef]) -> Answer:
    functions = call.store(Functions)
    function = functions.find(call.params["FunctionName"], call.params.get("Qualifier"))
    # The function's log group stays: Lambda never deletes one.
    del functions.by_name[function.config["FunctionName"]]
    return {}


def _tagged(call: AnyCall, arn: str) -> FunctionFacts:
    return call.store(Functions).by_arn(arn)


TAGGING.register(api, "Resource", _tagged, listing="ListTags")
