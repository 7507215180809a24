"""IAM roles: checked trust policies, tag keys without case, managed policies by name. The rest is moto's."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, TypedDict

from moto.backends import get_backend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.policy import BadPolicy, allows, context_matches, listed, principals, statements
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.iam.identities import unknown_principal

if TYPE_CHECKING:
    from types_boto3_iam import type_defs as aws

api = Api()

_TRUST_POLICY_BYTES = 2048
_TAGGING = Tagging(reserved="InvalidInput", too_many="LimitExceeded")
_AWS_POLICY = "arn:aws:iam::aws:policy/"


def _backend(call: AnyCall) -> IAMBackend:
    found: IAMBackend = get_backend("iam")[call.account][call.place.partition]
    return found


@cache
def managed_policies() -> dict[str, dict[str, object]]:
    """moto's copy of AWS's managed policies, by ARN."""
    parsed = json.loads(aws_managed_policies_data)
    return {
        f"{_AWS_POLICY}{data['Path'].removeprefix('/')}{name}": {"name": name, **data} for name, data in parsed.items()
    }


def _load(call: AnyCall, arn: str) -> None:
    # moto needs most of a second to make all 1,582 of them, in every fresh account: so each is made when it is named.
    backend, data = _backend(call), managed_policies().get(re.sub(r"^arn:aws[a-z-]*:", "arn:aws:", arn))
    if data is not None and arn not in backend.managed_policies:
        policy = AWSManagedPolicy.from_data(str(data["name"]), call.account, backend.region_name, data)
        backend.managed_policies[arn] = policy
        backend.aws_managed_policies.append(policy)


@api.operation("AttachRolePolicy")
def attach_role_policy(call: ApiCall[aws.AttachRolePolicyRequestTypeDef]) -> Answer:
    arn = call.params["PolicyArn"]
    _load(call, arn)
    # Attaching again is no error, and moto would count the policy as attached twice.
    return None if arn in _role(call, call.params["RoleName"]).managed_policies else call.relay()


class _NamesPolicy(TypedDict, total=False):
    """What the operations that name a policy have in common."""

    PolicyArn: str
    PermissionsBoundary: str


@api.operation(
    "DetachRolePolicy", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions",
    "ListEntitiesForPolicy", "AttachUserPolicy", "AttachGroupPolicy", "PutRolePermissionsBoundary",
)  # fmt: skip
def name_policy(call: ApiCall[_NamesPolicy]) -> Answer:
    _load(call, call.params.get("PolicyArn") or call.params["PermissionsBoundary"])
    return call.relay()


@api.operation("ListPolicies")
def list_policies(call: ApiCall[aws.ListPoliciesRequestTypeDef]) -> Answer:
    if call.params.get("Scope", "All") != "Local":
        for arn in managed_policies():
            _load(call, arn)
    return call.relay()


def _check_trust(text: str, account: str) -> None:
    if len("".join(text.split())) > _TRUST_POLICY_BYTES:
        raise ApiRefusal("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {_TRUST_POLICY_BYTES}")
    try:
        found = statements(text, resource=False)
    except BadPolicy as problem:
        raise ApiRefusal("MalformedPolicyDocument", f"{problem}.") from problem
    actions = [name for item in found for name in listed(item.get("Action"))]
    if any(not name.lower().startswith("sts:") for name in actions):
        raise ApiRefusal("MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.")
    if (name := unknown_principal(found, account)) is not None:
        raise ApiRefusal("MalformedPolicyDocument", f'Invalid principal in policy: "{name}"')


def _check_keys(keys: list[str]) -> None:
    if len({key.lower() for key in keys}) != len(keys):
        raise ApiRefusal("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


@api.operation("CreateRole")
def create_role(call: ApiCall[aws.CreateRoleRequestTypeDef]) -> Answer:
    _check_trust(call.params["AssumeRolePolicyDocument"], call.account)
    given = call.params.get("Tags", ())
    _check_keys([tag["Key"] for tag in given])
    _TAGGING.merged({}, given)
    if "PermissionsBoundary" in call.params:
        _load(call, call.params["PermissionsBoundary"])
    return call.relay()


@api.operation("UpdateAssumeRolePolicy")
def update_assume_role_policy(call: ApiCall[aws.UpdateAssumeRolePolicyRequestTypeDef]) -> Answer:
    role = _role(call, call.params["RoleName"])
    _check_trust(call.params["PolicyDocument"], call.account)
    role.assume_role_policy_document = call.params["PolicyDocument"]
    return None


def _role(call: AnyCall, name: str) -> Role:
    for role in _backend(call).roles.values():
        if role.name == name:
            return role
    raise ApiRefusal("NoSuchEntity", f"The role with name {name} cannot be found.")


@api.operation("TagRole")
def tag_role(call: ApiCall[aws.TagRoleRequestTypeDef]) -> Answer:
    role, new = _role(call, call.params["RoleName"]), _TAGGING.read(call.params["Tags"])
    _check_keys(list(new))
    # Keys that differ only in case are the same key: the new spelling replaces the old one.
    lowered = {key.lower() for key in new}
    kept = {key: value for key, value in _TAGGING.read(role.tags).items() if key.lower() not in lowered}
    role.tags = [{"Key": key, "Value": value} for key, value in _TAGGING.merged(kept, new).items()]
    return None


@api.operation("UntagRole")
def untag_role(call: ApiCall[aws.UntagRoleRequestTypeDef]) -> Answer:
    role = _role(call, call.params["RoleName"])
    removed = {key.lower() for key in call.params["TagKeys"]}
    role.tags = [tag for tag in role.tags if tag["Key"].lower() not in removed]
    return None


def trusts(arn: str, service: str) -> bool:
    """Whether the role of an ARN exists, and lets an AWS service assume it for its own account."""
    account, known = arn.split(":")[4], get_backend("iam")
    roles = known[account][arn.split(":")[1]].roles.values() if account in known else ()
    role = next((role for role in roles if role.arn == arn), None)
    if role is None:
        return False
    try:
        found = statements(role.assume_role_policy_document, resource=False)
    except BadPolicy:
        return False
    context = {"aws:SourceAccount": account}
    return any(
        allows(item, "sts:AssumeRole") and service in principals(item, "Service") and context_matches(item, context)
        for item in found
    )
