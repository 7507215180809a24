"""IAM roles: trust policies that are checked, tag keys without case, managed policies when named. Else moto."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.backends import get_backend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Refusal
from provisioner.emulator.core.policy import BadPolicy, statements
from provisioner.emulator.iam.identities import unknown_principal

api = Api()

_TRUST_POLICY_BYTES = 2048
_AWS_POLICY = "arn:aws:iam::aws:policy/"


def _backend(call: ApiCall) -> IAMBackend:
    found: IAMBackend = get_backend("iam")[call.account]["aws"]
    return found


@cache
def managed_policies() -> dict[str, dict[str, Any]]:
    """moto's copy of AWS's managed policies, by ARN."""
    parsed = json.loads(aws_managed_policies_data)
    return {
        f"{_AWS_POLICY}{data['Path'].removeprefix('/')}{name}": {"name": name, **data} for name, data in parsed.items()
    }


def _load(call: ApiCall, arn: str) -> None:
    # All 1,582 of them take moto most of a second in every fresh account: each is made when it is first named.
    backend, data = _backend(call), managed_policies().get(arn)
    if data is not None and arn not in backend.managed_policies:
        policy = AWSManagedPolicy.from_data(data["name"], call.account, backend.region_name, data)
        backend.managed_policies[arn] = policy
        backend.aws_managed_policies.append(policy)


@api.operation("AttachRolePolicy")
def attach_role_policy(call: ApiCall) -> Answer:
    arn = call.params["PolicyArn"]
    _load(call, arn)
    # Attaching again is no error, and moto would count the policy as attached twice.
    return None if arn in _role(call).managed_policies else call.relay()


@api.operation(
    "DetachRolePolicy", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions",
    "ListEntitiesForPolicy", "AttachUserPolicy", "AttachGroupPolicy", "PutRolePermissionsBoundary",
)  # fmt: skip
def name_policy(call: ApiCall) -> Answer:
    _load(call, call.params.get("PolicyArn") or call.params["PermissionsBoundary"])
    return call.relay()


@api.operation("ListPolicies")
def list_policies(call: ApiCall) -> Answer:
    if call.params.get("Scope", "All") != "Local":
        for arn in managed_policies():
            _load(call, arn)
    return call.relay()


def _check_trust(text: str, account: str) -> None:
    if len("".join(text.split())) > _TRUST_POLICY_BYTES:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {_TRUST_POLICY_BYTES}")
    try:
        found = statements(text, resource=False)
    except BadPolicy as problem:
        raise Refusal("MalformedPolicyDocument", f"{problem}.") from problem
    actions = [item.get("Action", "sts:AssumeRole") for item in found]
    if any(not str(name).lower().startswith("sts:") for action in actions for name in _names(action)):
        raise Refusal("MalformedPolicyDocument", "AssumeRole policy may only specify STS AssumeRole actions.")
    if (name := unknown_principal(found, account)) is not None:
        raise Refusal("MalformedPolicyDocument", f'Invalid principal in policy: "{name}"')


def _names(action: Any) -> list[Any]:
    return action if isinstance(action, list) else [action]


def _check_keys(keys: list[str]) -> None:
    if len({key.lower() for key in keys}) != len(keys):
        raise Refusal("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


@api.operation("CreateRole")
def create_role(call: ApiCall) -> Answer:
    _check_trust(call.params["AssumeRolePolicyDocument"], call.account)
    given = tags.from_list(call.params.get("Tags"))
    _check_keys([tag["Key"] for tag in call.params.get("Tags", ())])
    tags.merged({}, given, reserved="InvalidInput", too_many="LimitExceeded")
    if "PermissionsBoundary" in call.params:
        _load(call, call.params["PermissionsBoundary"])
    return call.relay()


@api.operation("UpdateAssumeRolePolicy")
def update_assume_role_policy(call: ApiCall) -> Answer:
    _role(call)
    _check_trust(call.params["PolicyDocument"], call.account)
    _role(call).assume_role_policy_document = call.params["PolicyDocument"]
    return None


def _role(call: ApiCall) -> Role:
    name = call.params["RoleName"]
    for role in _backend(call).roles.values():
        if role.name == name:
            return role
    raise Refusal("NoSuchEntity", f"The role with name {name} cannot be found.")


@api.operation("TagRole")
def tag_role(call: ApiCall) -> Answer:
    role, new = _role(call), tags.from_list(call.params["Tags"])
    _check_keys(list(new))
    # Keys keep their case and differ only by more than case: the new spelling takes the old one's place.
    lowered = {key.lower() for key in new}
    kept = {key: value for key, value in tags.from_list(role.tags).items() if key.lower() not in lowered}
    role.tags = tags.to_list(tags.merged(kept, new, reserved="InvalidInput", too_many="LimitExceeded"))
    return None


@api.operation("UntagRole")
def untag_role(call: ApiCall) -> Answer:
    role = _role(call)
    removed = {key.lower() for key in call.params["TagKeys"]}
    role.tags = [tag for tag in role.tags if tag["Key"].lower() not in removed]
    return None
