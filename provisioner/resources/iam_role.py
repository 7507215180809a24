"""An IAM role with what is attached to it and written into it.

IAM is global and its changes spread slowly: a call that uses a new role is retried. A role that is deleted and created
again is another role with another id, and whatever trusted the old one must be told. IAM ignores case in tag keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from provisioner.aws.arns import arn, last_part, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_policy, parse_json, to_json
from provisioner.aws.tags import bears, tag_list, tag_map
from provisioner.engine.model import Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought, changed_tags
from provisioner.engine.steps import Call, Remember, Steps
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_iam.type_defs import (
        AttachedPolicyTypeDef,
        GetRolePolicyResponseTypeDef,
        GetRoleResponseTypeDef,
        InstanceProfileTypeDef,
    )
    from types_boto3_lambda.type_defs import FunctionConfigurationTypeDef


def _inline(policies: Mapping[str, Document]) -> dict[str, Document]:
    return {name: canonical_policy(document) for name, document in policies.items()}


@dataclass(frozen=True, kw_only=True)
class IamRole(Resource):
    """A role with its attached (ARNs) and inline (name -> document) policies."""

    kind: ClassVar[str] = "iam_role"
    identity = ("id",)
    naming = Naming("role", r"[A-Za-z0-9_+=,.@-]+", "letters, digits and _ + = , . @ -", 64)
    arn = Output()
    id = Output()
    path: str = attr("/", immutable=True)
    trust: Document = attr(normal=canonical_policy, grants=True)
    description: str = attr("")
    max_session_seconds: int = attr(3600)
    boundary: str = attr("", grants=True)
    attached: list[str] = attr([], normal=sorted, grants=True)
    inline: Mapping[str, Document] = attr({}, normal=_inline, grants=True)
    tags: dict[str, str] = attr({})


_MEMBERS = Members(
    "iam",
    "Role",
    read="Arn RoleId Path AssumeRolePolicyDocument Description MaxSessionDuration Tags "
    "PermissionsBoundary.PermissionsBoundaryArn",
    idle="RoleName CreateDate RoleLastUsed PermissionsBoundary.PermissionsBoundaryType",  # there is one type
)


class IamRoleReconciler(Reconciler[IamRole]):
    resource = IamRole
    service = "iam"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[IamRole]], memo: Memo) -> dict[Address, Live[IamRole]]:
        lives = self.world.each(lambda item: self._read_one(item.address.name), sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, name: str) -> Live[IamRole] | None:
        answer: GetRoleResponseTypeDef | None = self.world.find("iam", "GetRole", RoleName=name)
        if answer is None:
            return None
        role = answer["Role"]
        attached: list[AttachedPolicyTypeDef] = self.world.pages(
            "iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name
        )
        inline: list[str] = self.world.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=name)
        resource = IamRole(
            name=name,
            path=role.get("Path", "/"),
            trust=parse_json(role.get("AssumeRolePolicyDocument")),
            description=role.get("Description", ""),
            max_session_seconds=role.get("MaxSessionDuration", 3600),
            boundary=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
            attached=[policy["PolicyArn"] for policy in attached if "PolicyArn" in policy],
            inline={policy: self._document(name, policy) for policy in inline},
            tags=tag_map(role.get("Tags", ())),
        )
        return Live(resource, {"arn": role["Arn"], "id": role["RoleId"]}, unread=_MEMBERS.unread(role))

    def _document(self, role: str, policy: str) -> Document:
        answer: GetRolePolicyResponseTypeDef | None = self.world.find(
            "iam", "GetRolePolicy", RoleName=role, PolicyName=policy
        )
        return parse_json(answer["PolicyDocument"]) if answer else {}

    def obstacles(self, going: Sequence[Live[IamRole]], memo: Memo) -> dict[Address, str]:
        users = self.world.each(lambda live: [*self._profiles(live, memo), *self._functions(live, memo)], going)
        return {
            live.resource.address: f"it is used by {', '.join(names)}"
            for live, names in zip(going, users, strict=True)
            if names
        }

    def _profiles(self, live: Live[IamRole], memo: Memo) -> list[str]:
        """The instance profiles that it is in: IAM does not delete a role that is in one."""

        def ask() -> list[InstanceProfileTypeDef]:
            return self.world.pages(
                "iam", "ListInstanceProfilesForRole", "InstanceProfiles", RoleName=live.resource.name
            )

        profiles = allowed(memo, "instance profiles", ask) or []
        return [f"instance profile {profile['InstanceProfileName']}" for profile in profiles]

    def _functions(self, live: Live[IamRole], memo: Memo) -> list[str]:
        """The functions of others in this Region that run as it; IAM would delete it, and they would fail."""
        listed = memo.once("functions", lambda: allowed(memo, "functions", self._all_functions)) or []
        ours = memo.ours("lambda_function")
        names = [function.get("FunctionName", "") for function in listed if function.get("Role") == live.outputs["arn"]]
        return [f"Lambda function {name}" for name in names if name not in ours]

    def _all_functions(self) -> list[FunctionConfigurationTypeDef]:
        return self.world.pages("lambda", "ListFunctions", "Functions")

    def effect(self, call: Call) -> Callable[[], Any] | None:
        if call.operation != "CreateRole":
            return None
        name, tags = call.params["RoleName"], tag_map(call.params["Tags"])
        return lambda: self._made(name, tags)

    def _made(self, name: str, tags: Mapping[str, str]) -> GetRoleResponseTypeDef | None:
        answer: GetRoleResponseTypeDef | None = self.world.find("iam", "GetRole", RoleName=name)
        return answer if answer and bears(tag_map(answer["Role"].get("Tags", ())), tags) else None

    def create(self, want: IamRole) -> Steps:
        answer = yield self.call(
            "CreateRole",
            RoleName=want.name,
            Path=want.path,
            AssumeRolePolicyDocument=to_json(want.trust),
            Description=want.description or None,
            MaxSessionDuration=want.max_session_seconds,
            PermissionsBoundary=want.boundary or None,
            Tags=tag_list(want.tags),
        )
        yield Remember({"arn": answer["Role"]["Arn"], "id": answer["Role"]["RoleId"]})
        for policy, document in want.inline.items():
            yield self.call("PutRolePolicy", RoleName=want.name, PolicyName=policy, PolicyDocument=to_json(document))
        for policy_arn in want.attached:
            yield self.call("AttachRolePolicy", RoleName=want.name, PolicyArn=policy_arn)

    def update(self, want: IamRole, live: Live[IamRole], changed: frozenset[str]) -> Steps:
        role, there = want.name, live.resource
        if "trust" in changed:
            yield self.call("UpdateAssumeRolePolicy", RoleName=role, PolicyDocument=to_json(want.trust))
        if changed & {"description", "max_session_seconds"}:  # both, for what is left out may be reset
            yield self.call(
                "UpdateRole", RoleName=role, Description=want.description, MaxSessionDuration=want.max_session_seconds
            )
        if "boundary" in changed and want.boundary:
            yield self.call("PutRolePermissionsBoundary", RoleName=role, PermissionsBoundary=want.boundary)
        if "boundary" in changed and not want.boundary:
            yield self.call("DeleteRolePermissionsBoundary", RoleName=role)
        for policy_arn in sorted(set(there.attached) - set(want.attached)):
            yield self.call("DetachRolePolicy", RoleName=role, PolicyArn=policy_arn)
        for policy_arn in sorted(set(want.attached) - set(there.attached)):
            yield self.call("AttachRolePolicy", RoleName=role, PolicyArn=policy_arn)
        for policy in sorted(set(there.inline) - set(want.inline)):
            yield self.call("DeleteRolePolicy", RoleName=role, PolicyName=policy)
        for policy, document in want.inline.items():
            if there.inline.get(policy) != document:
                yield self.call("PutRolePolicy", RoleName=role, PolicyName=policy, PolicyDocument=to_json(document))
        if "tags" in changed:
            put, drop = changed_tags(want.tags, there.tags)
            kept = {key.lower() for key in want.tags}
            if gone := [key for key in drop if key.lower() not in kept]:
                yield self.call("UntagRole", RoleName=role, TagKeys=gone)
            if put:
                yield self.call("TagRole", RoleName=role, Tags=tag_list(put))

    def delete(self, live: Live[IamRole]) -> Steps:
        role = live.resource.name
        for policy_arn in live.resource.attached:
            yield self.call("DetachRolePolicy", RoleName=role, PolicyArn=policy_arn)
        for policy in live.resource.inline:
            yield self.call("DeleteRolePolicy", RoleName=role, PolicyName=policy)
        # The boundary goes with the role; to take it off first fails where boundaries are guarded.
        yield self.call("DeleteRole", RoleName=role)

    def name_of(self, arn: str) -> str | None:
        named = name_in(self.scope, arn, "iam", "role/", region="")
        return last_part(named) if named else None  # what stands before it is the path

    def predict(self, want: IamRole) -> dict[str, str]:
        return {"name": want.name, "arn": arn(self.scope, "iam", f"role{want.path}{want.name}", region="")}
