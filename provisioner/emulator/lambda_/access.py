"""Who may invoke a Lambda function, and how often at once: resource policies and reserved concurrency."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.lambda_.config import invalid
from provisioner.emulator.lambda_.functions import Functions, check_revision

api = Api()

_CONCURRENCY = 1000
_UNRESERVED = 100
_PRINCIPAL = re.compile(r"[\w.-]+\.amazonaws\.com|\d{12}|\*|arn:aws:iam::\d{12}:(root|role/.+|user/.+)")


@api.operation("AddPermission")
def add_permission(call: ApiCall) -> Answer:
    function, params = call.store(Functions).find(call.params), call.params
    check_revision(params, function.policy_revision)
    name = params["StatementId"]
    if name in function.statements:
        raise Refusal(
            "ResourceConflictException",
            f"The statement id ({name}) provided already exists. "
            "Please provide a new statement id, or remove the existing statement.",
        )
    function.statements[name] = {
        "Sid": name,
        "Effect": "Allow",
        "Principal": _principal(params["Principal"]),
        "Action": params["Action"],
        "Resource": function.arn,
        **_conditions(params),
    }
    function.policy_revision = str(uuid.uuid4())
    return {"Statement": json.dumps(function.statements[name], separators=(",", ":"))}


def _principal(given: str) -> Any:
    if not _PRINCIPAL.fullmatch(given):
        raise invalid("The provided principal was invalid. Please check the principal and try again.")
    if given == "*":
        return "*"
    if given.endswith(".amazonaws.com"):
        return {"Service": given}
    return {"AWS": f"arn:aws:iam::{given}:root" if given.isdigit() else given}


def _conditions(params: Params) -> dict[str, Any]:
    equals = {
        condition: params[member]
        for member, condition in (
            ("SourceAccount", "AWS:SourceAccount"),
            ("PrincipalOrgID", "aws:PrincipalOrgID"),
            ("FunctionUrlAuthType", "lambda:FunctionUrlAuthType"),
            ("EventSourceToken", "lambda:EventSourceToken"),
        )
        if member in params
    }
    found: dict[str, Any] = {"StringEquals": equals} if equals else {}
    if "SourceArn" in params:
        found["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    return {"Condition": found} if found else {}


@api.operation("RemovePermission")
def remove_permission(call: ApiCall) -> Answer:
    function, name = call.store(Functions).find(call.params), call.params["StatementId"]
    if name not in function.statements:
        raise Refusal("ResourceNotFoundException", f"Statement {name} is not found in resource policy.")
    check_revision(call.params, function.policy_revision)
    del function.statements[name]
    function.policy_revision = str(uuid.uuid4())
    return {}


@api.operation("GetPolicy")
def get_policy(call: ApiCall) -> Answer:
    function = call.store(Functions).find(call.params)
    if not function.statements:
        raise Refusal("ResourceNotFoundException", "The resource you requested does not exist.")
    document = {"Version": "2012-10-17", "Id": "default", "Statement": list(function.statements.values())}
    return {"Policy": json.dumps(document, separators=(",", ":")), "RevisionId": function.policy_revision}


@api.operation("PutFunctionConcurrency")
def put_function_concurrency(call: ApiCall) -> Answer:
    functions = call.store(Functions)
    function, wanted = functions.find(call.params), call.params["ReservedConcurrentExecutions"]
    others = sum(other.reserved or 0 for other in functions.by_name.values() if other is not function)
    if _CONCURRENCY - others - wanted < _UNRESERVED:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{_UNRESERVED}]."
        )
    function.reserved = wanted
    return {"ReservedConcurrentExecutions": wanted}


@api.operation("GetFunctionConcurrency")
def get_function_concurrency(call: ApiCall) -> Answer:
    return {"ReservedConcurrentExecutions": call.store(Functions).find(call.params).reserved}


@api.operation("DeleteFunctionConcurrency")
def delete_function_concurrency(call: ApiCall) -> Answer:
    call.store(Functions).find(call.params).reserved = None
    return {}
