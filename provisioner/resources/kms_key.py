"""A customer managed KMS key with its alias: one resource, not two.

A key without its alias cannot be found again, and deleting a key leaves its alias behind. A key is never deleted at
once but scheduled for deletion, its data unreadable meanwhile, and comes back *disabled* when that is cancelled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.codes import is_denied
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_policy, parse_json, to_json
from provisioner.aws.tags import bears, retag, tag_list, tag_map
from provisioner.engine.errors import AwsError
from provisioner.engine.model import Address, Naming, Output, Resource, attr, unseen
from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Call, Remember, Steps
from provisioner.resources.shared.key_users import key_users
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_kms.type_defs import (
        AliasListEntryTypeDef,
        DescribeKeyResponseTypeDef,
        GetKeyPolicyResponseTypeDef,
        GetKeyRotationStatusResponseTypeDef,
        KeyListEntryTypeDef,
        KeyMetadataTypeDef,
        TagTypeDef,
    )


@dataclass(frozen=True, kw_only=True)
class KmsKey(Resource):
    """A symmetric key under ``alias``; its address bears the alias without ``alias/``."""

    kind: ClassVar[str] = "kms_key"
    identity = ("id",)
    # The alias without alias/, which the limit of 256 characters includes.
    naming = Naming("key", r"(?!aws/)[A-Za-z0-9/_-]+", "letters, digits and / _ -, not aws/ first", 250)
    id = Output()
    arn = Output()
    enabled: bool = attr(True)
    alias: str = attr()
    description: str = attr()
    policy: Document = attr(normal=canonical_policy, grants=True)
    rotation_days: int = attr(0)
    deletion_window_days: int = attr(7, write_only=True)
    tags: dict[str, str] = attr({})


_KEY = Members(
    "kms",
    "KeyMetadata",
    read="KeyId Arn KeyState Description",
    idle="AWSAccountId CreationDate Enabled DeletionDate PendingDeletionWindowInDays CurrentKeyMaterialId "
    "CustomerMasterKeySpec EncryptionAlgorithms",  # KeySpec says both
    usual={
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
    },
)
_ROTATION = Members(
    "kms",
    "GetKeyRotationStatusResponse",
    read="KeyRotationEnabled RotationPeriodInDays",
    idle="KeyId NextRotationDate OnDemandRotationStartDate",
)


class KmsKeyReconciler(Reconciler[KmsKey]):
    resource = KmsKey
    service = "kms"
    answers = (_KEY, _ROTATION)
    lingers = True
    precious = True
    seals = True
    once = frozenset({"CreateKey"})

    def read(self, sought: Sequence[Sought[KmsKey]], memo: Memo) -> dict[Address, Live[KmsKey]]:
        found = {}
        for item in sought:
            if live := self._removed(item) if item.removed else self._read_one(item, memo):
                found[item.address] = live
        return found

    def _removed(self, item: Sought[KmsKey]) -> Live[KmsKey] | None:
        """What is left of a key that this run has scheduled for deletion."""
        key = self._describe(item.record.outputs["id"]) if item.record else None
        resource = KmsKey(name=item.address.name, **unseen(KmsKey))
        return Live(resource, gone=_state(key) == "PendingDeletion") if key else None

    def _read_one(self, item: Sought[KmsKey], memo: Memo) -> Live[KmsKey] | None:
        alias = f"alias/{item.address.name}"
        holder = self._describe(alias)
        key = self._ours(item, holder, memo)
        return self._live(item, key, alias, holder, memo) if key else None

    def _ours(self, item: Sought[KmsKey], holder: KeyMetadataTypeDef | None, memo: Memo) -> KeyMetadataTypeDef | None:
        """Our key: by the alias, or by the id on record, or by its tags where a crash left it without an alias."""
        recorded = item.record.outputs.get("id") if item.record else None
        if holder and holder["KeyId"] == recorded:
            return holder
        others = [recorded] if recorded else self._tagged(item, memo)
        if holder and (not others or holder["KeyId"] in others):
            return holder
        keys = [key for other in others if (key := self._describe(other))]
        return min(keys, key=lambda key: _STATES.index(_state(key)), default=holder)

    def _tagged(self, item: Sought[KmsKey], memo: Memo) -> list[str]:
        """Ids of the keys that may be ``item``: those whose tags say so, or the one that is looked for by its id."""
        listed = [key for key_arn in memo.listed(item.address) if (key := self._id_in(key_arn))]
        if item.unheard:  # the index behind that listing is behind by a minute
            ours = {STACK_TAG: self.scope.stack, ADDRESS_TAG: str(item.address)}
            listed += self.world.eventually(lambda: self._bearing(ours)) or []
        return [*listed, item.address.name] if _ID.fullmatch(item.address.name) else listed

    def _bearing(self, tags: Mapping[str, str]) -> list[str] | None:
        """Ids of the keys that bear ``tags`` and are not on their way out, by asking each; ``None``: no such key.

        It takes a call a key, so it is for a creation of which nobody knows whether it took place.
        """
        keys: list[KeyListEntryTypeDef] = self.world.pages("kms", "ListKeys", "Keys")
        ids = [key_id for key in keys if (key_id := key.get("KeyId"))]
        bearing = [
            key_id for key_id, found in zip(ids, self.world.each(self._seen, ids), strict=True) if bears(found, tags)
        ]
        there = [key for key_id in bearing if (key := self._describe(key_id))]
        return [key["KeyId"] for key in there if _state(key) != "PendingDeletion"] or None

    def _seen(self, key_id: str) -> dict[str, str]:
        """The tags of a key, which may be anybody's: none where its owner lets nobody see them."""
        try:
            return self._tags(key_id)
        except AwsError as error:
            if not is_denied(error):
                raise
            return {}

    def _id_in(self, key_arn: str) -> str | None:
        return name_in(self.scope, key_arn, "kms", "key/")

    def _describe(self, key: str) -> KeyMetadataTypeDef | None:
        answer: DescribeKeyResponseTypeDef | None = self.world.find("kms", "DescribeKey", KeyId=key)
        return answer["KeyMetadata"] if answer and _state(answer["KeyMetadata"]) in _STATES else None

    def _live(
        self, item: Sought[KmsKey], key: KeyMetadataTypeDef, alias: str, holder: KeyMetadataTypeDef | None, memo: Memo
    ) -> Live[KmsKey]:
        key_id = key["KeyId"]
        key_arn = key.get("Arn") or arn(self.scope, "kms", f"key/{key_id}")
        rotation = self._rotation(key_id)
        led = holder is not None and holder["KeyId"] == key_id
        resource = KmsKey(
            name=item.address.name,
            enabled=_state(key) == "Enabled",
            alias=alias if led else "",
            description=key.get("Description", ""),
            policy=self._policy(key_id),
            rotation_days=rotation.get("RotationPeriodInDays", 365) if rotation.get("KeyRotationEnabled") else 0,
            deletion_window_days=item.intended("deletion_window_days", 7),
            tags=memo.tags(key_arn, item, lambda: self._tags(key_id)),
        )
        facts = {"alias_state": _state(holder) if holder else None}
        notes = (f"{alias} leads to the key {holder['KeyId']}, and ours is {key_id}",) if holder and not led else ()
        unread = {**_KEY.unread(key), **_ROTATION.unread(rotation)}
        gone = _state(key) == "PendingDeletion"
        return Live(resource, {"id": key_id, "arn": key_arn}, facts, gone=gone, notes=notes, unread=unread)

    def _policy(self, key_id: str) -> Document:
        answer: GetKeyPolicyResponseTypeDef | None = self.world.find(
            "kms", "GetKeyPolicy", KeyId=key_id, PolicyName="default"
        )
        return parse_json(answer.get("Policy")) if answer else {}

    def _rotation(self, key_id: str) -> Mapping[str, Any]:
        answer: GetKeyRotationStatusResponseTypeDef | None = self.world.find(
            "kms", "GetKeyRotationStatus", KeyId=key_id
        )
        return answer or {}

    def _tags(self, key_id: str) -> dict[str, str]:
        tags: list[TagTypeDef] = self.world.pages("kms", "ListResourceTags", "Tags", KeyId=key_id)
        return tag_map(tags, *_TAG)

    def losses(self, going: Sequence[Live[KmsKey]], memo: Memo) -> dict[Address, str]:
        seen = "other users were sought among log groups, queues and topics of this account and Region only"
        return {
            live.resource.address: f"after {live.resource.deletion_window_days} days nobody can read what is encrypted "
            f"with it; {seen}"
            for live in going
        }

    def obstacles(self, going: Sequence[Live[KmsKey]], memo: Memo) -> dict[Address, str]:
        users = key_users(self.world, memo)
        return {
            live.resource.address: f"encrypted with it are {', '.join(found)}"
            for live in going
            if (found := users.of(self._names(live, memo)))
        }

    def _names(self, live: Live[KmsKey], memo: Memo) -> list[str]:
        """Everything by which others may have named the key."""
        key_id = live.outputs["id"]
        entries = allowed(memo, "aliases of keys", lambda: self._aliases(key_id))
        others = [alias for entry in entries or () if (alias := entry.get("AliasName"))]
        aliases = {live.resource.alias, *others} - {""}
        return [key_id, live.outputs["arn"], *aliases, *(arn(self.scope, "kms", alias) for alias in aliases)]

    def _aliases(self, key_id: str) -> list[AliasListEntryTypeDef]:
        return self.world.pages("kms", "ListAliases", "Aliases", KeyId=key_id)

    def name_of(self, arn: str) -> str | None:
        key = self._id_in(arn)
        if key is None:
            return None
        aliases = self._aliases(key)
        return next((name.removeprefix("alias/") for alias in aliases if (name := alias.get("AliasName"))), key)

    def effect(self, call: Call) -> Callable[[], Any] | None:
        match call.operation:
            case "CreateKey":
                return lambda: self._made(tag_map(call.params["Tags"], *_TAG))
            case "CreateAlias":
                return lambda: self._bound(call.params["AliasName"], call.params["TargetKeyId"])
            case "CancelKeyDeletion":  # AWS refuses it for a key that is there to stay
                return lambda: self._back(call.params["KeyId"])
        return None

    def _made(self, tags: Mapping[str, str]) -> dict[str, Any] | None:
        found = self._bearing(tags)
        return {"KeyMetadata": self._describe(found[0])} if found else None

    def _bound(self, alias: str, key_id: str) -> dict[str, Any] | None:
        holder = self._describe(alias)
        return {} if holder and holder["KeyId"] == key_id else None

    def _back(self, key_id: str) -> dict[str, Any] | None:
        key = self._describe(key_id)
        return {} if key and _state(key) != "PendingDeletion" else None

    def create(self, want: KmsKey) -> Steps:
        key = yield self.call(
            "CreateKey",
            Description=want.description,
            Policy=to_json(want.policy),
            Tags=tag_list(want.tags, *_TAG),
        )
        key_id = key["KeyMetadata"]["KeyId"]
        yield Remember({"id": key_id, "arn": key["KeyMetadata"]["Arn"]})  # CreateKey again would make a second one
        yield self.call("CreateAlias", AliasName=want.alias, TargetKeyId=key_id)
        if want.rotation_days:
            yield self.call("EnableKeyRotation", KeyId=key_id, RotationPeriodInDays=want.rotation_days)
        if not want.enabled:
            yield self.call("DisableKey", KeyId=key_id)

    def update(self, want: KmsKey, live: Live[KmsKey], changed: frozenset[str]) -> Steps:
        key_id = live.outputs["id"]
        if "enabled" in changed and want.enabled:  # first, for KMS changes nothing else on a disabled key
            yield self.call("EnableKey", KeyId=key_id)
        if "alias" in changed:
            yield from self._take_alias(want, live)
        if "rotation_days" in changed:
            days = want.rotation_days
            rotation = {"RotationPeriodInDays": days} if days else {}
            yield self.call("EnableKeyRotation" if days else "DisableKeyRotation", KeyId=key_id, **rotation)
        if "description" in changed:
            yield self.call("UpdateKeyDescription", KeyId=key_id, Description=want.description)
        if "policy" in changed:
            yield self.call("PutKeyPolicy", KeyId=key_id, PolicyName="default", Policy=to_json(want.policy))
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", KeyId=key_id, TagKeys=keys),
                lambda tags: self.call("TagResource", KeyId=key_id, Tags=tag_list(tags, *_TAG)),
            )
        if "enabled" in changed and not want.enabled:
            yield self.call("DisableKey", KeyId=key_id)

    def _take_alias(self, want: KmsKey, live: Live[KmsKey]) -> Steps:
        held = live.facts["alias_state"]
        if held in ("Enabled", "Disabled"):
            yield self.call("UpdateAlias", AliasName=want.alias, TargetKeyId=live.outputs["id"])
            return
        if held:  # an alias stays bound to a key pending deletion, and cannot be moved from there
            yield self.call("DeleteAlias", AliasName=want.alias)
        yield self.call("CreateAlias", AliasName=want.alias, TargetKeyId=live.outputs["id"])

    def delete(self, live: Live[KmsKey]) -> Steps:
        if live.resource.alias:
            yield self.call("DeleteAlias", AliasName=live.resource.alias)
        days = live.resource.deletion_window_days
        yield self.call("ScheduleKeyDeletion", KeyId=live.outputs["id"], PendingWindowInDays=days)

    def revive(self, want: KmsKey, live: Live[KmsKey], changed: frozenset[str]) -> Steps:
        yield self.call("CancelKeyDeletion", KeyId=live.outputs["id"])
        yield from self.update(want, live, changed)


def _state(key: KeyMetadataTypeDef) -> str:
    return key.get("KeyState", "")


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_STATES = ("Enabled", "Disabled", "PendingDeletion")
_TAG = ("TagKey", "TagValue")
