"""Who may invoke a Lambda function, and how often at once: resource policies and reserved concurrency."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.policy import Texts
from provisioner.emulator.lambda_.model import Functions, check_revision, invalid

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

api = Api()

_CONCURRENCY = 1000
_UNRESERVED = 100
_PRINCIPAL = re.compile(
    r"[\w.-]+\.amazonaws\.(com(\.cn)?|eu)|\d{12}|\*|arn:aws[a-z-]*:iam::\d{12}:(root|role/.+|user/.+)"
)


@api.operation("AddPermission")
def add_permission(call: ApiCall[aws.AddPermissionRequestTypeDef]) -> Answer:
    params = call.params
    function = call.store(Functions).find(params["FunctionName"], params.get("Qualifier"))
    check_revision(params.get("RevisionId"), function.policy_revision)
    name = params["StatementId"]
    if name in function.statements:
        raise ApiRefusal(
            "ResourceConflictException",
            f"The statement id ({name}) provided already exists. "
            "Please provide a new statement id, or remove the existing statement.",
        )
    function.statements[name] = {
        "Sid": name,
        "Effect": "Allow",
        "Principal": _principal(params["Principal"], call.place.partition),
        "Action": params["Action"],
        "Resource": function.arn,
    }
    if condition := _condition(params):
        function.statements[name]["Condition"] = condition
    function.policy_revision = str(uuid.uuid4())
    return {"Statement": json.dumps(function.statements[name], separators=(",", ":"))}


def _principal(given: str, partition: str) -> str | dict[str, Texts]:
    if not _PRINCIPAL.fullmatch(given):
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    if given == "*":
        return "*"
    if ".amazonaws." in given:
        return {"Service": given}
    return {"AWS": f"arn:{partition}:iam::{given}:root" if given.isdigit() else given}


def _condition(params: aws.AddPermissionRequestTypeDef) -> dict[str, dict[str, Texts]]:
    given = {
        "AWS:SourceAccount": params.get("SourceAccount"),
        "aws:PrincipalOrgID": params.get("PrincipalOrgID"),
        "lambda:FunctionUrlAuthType": params.get("FunctionUrlAuthType"),
        "lambda:EventSourceToken": params.get("EventSourceToken"),
    }
    found: dict[str, dict[str, Texts]] = {}
    if equals := {name: value for name, value in given.items() if value is not None}:
        found["StringEquals"] = {**equals}
    if "SourceArn" in params:
        found["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    return found


@api.operation("RemovePermission")
def remove_permission(call: ApiCall[aws.RemovePermissionRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier"))
    name = call.params["StatementId"]
    if name not in function.statements:
        raise ApiRefusal("ResourceNotFoundException", f"Statement {name} is not found in resource policy.")
    check_revision(call.params.get("RevisionId"), function.policy_revision)
    del function.statements[name]
    function.policy_revision = str(uuid.uuid4())
    return {}


@api.operation("GetPolicy")
def get_policy(call: ApiCall[aws.GetPolicyRequestTypeDef]) -> Answer:
    function = call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier"))
    if not function.statements:
        raise ApiRefusal("ResourceNotFoundException", "The resource you requested does not exist.")
    document = {"Version": "2012-10-17", "Id": "default", "Statement": list(function.statements.values())}
    return {"Policy": json.dumps(document, separators=(",", ":")), "RevisionId": function.policy_revision}


@api.operation("PutFunctionConcurrency")
def put_function_concurrency(call: ApiCall[aws.PutFunctionConcurrencyRequestTypeDef]) -> Answer:
    functions = call.store(Functions)
    function, wanted = functions.find(call.params["FunctionName"]), call.params["ReservedConcurrentExecutions"]
    others = sum(other.reserved or 0 for other in functions.by_name.values() if other is not function)
    if _CONCURRENCY - others - wanted < _UNRESERVED:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{_UNRESERVED}]."
        )
    function.reserved = wanted
    return {"ReservedConcurrentExecutions": wanted}


@api.operation("GetFunctionConcurrency")
def get_function_concurrency(call: ApiCall[aws.GetFunctionConcurrencyRequestTypeDef]) -> Answer:
    return {"ReservedConcurrentExecutions": call.store(Functions).find(call.params["FunctionName"]).reserved}


@api.operation("DeleteFunctionConcurrency")
def delete_function_concurrency(call: ApiCall[aws.DeleteFunctionConcurrencyRequestTypeDef]) -> Answer:
    call.store(Functions).find(call.params["FunctionName"]).reserved = None
    return {}
