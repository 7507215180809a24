"""KMS keys: states and what each forbids, policies, rotation, deletion. moto keeps the keys themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.backends import get_backend
from moto.kms.models import Key, KmsBackend

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Refusal
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import BadPolicy, admits, allows, listed, principals, statements
from provisioner.emulator.core.world import Memory
from provisioner.emulator.iam.identities import Policy, unknown_principal

api = Api()

DAY = 86_400
_ROTATION_DAYS = 365
_POLICY_BYTES = 32_768
_KEY_ID = re.compile(r"(mrk-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")

# KMS Developer Guide, "Key states of KMS keys": what fails on a disabled key, and on one pending deletion.
_CRYPTOGRAPHY = (
    "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "Sign", "Verify", "GetPublicKey", "CreateGrant",
    "ReplicateKey", "RotateKeyOnDemand",
)  # fmt: skip
_NOT_WHEN_DISABLED = {*_CRYPTOGRAPHY, "EnableKeyRotation", "DisableKeyRotation"}
_NOT_WHEN_PENDING = {
    *_NOT_WHEN_DISABLED, "CreateAlias", "UpdateAlias", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "TagResource",
    "UntagResource", "UpdateKeyDescription",
}  # fmt: skip


@dataclass
class KeyFacts:
    """What moto does not keep of a key. Times are epoch seconds."""

    policy: Policy
    rotation_days: int = _ROTATION_DAYS
    rotation_since: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)


def usable_by(place: Place, key_id: str, service: str, context: Mapping[str, str]) -> bool:
    """Whether a key (by id, ARN or alias) exists, is enabled, and lets an AWS service encrypt and decrypt."""
    keys = backend(place)
    alias = key_id.rpartition(":")[2]
    if alias.startswith("alias/aws/"):
        return False  # nobody can have AWS's own keys, as alias/aws/sns, admit another service
    known = keys.get_key_id_from_alias(alias) if alias.startswith("alias/") else keys.any_id_to_key_id(key_id)
    key = keys.keys.get(known or "")
    return (
        key is not None
        and key.key_state == "Enabled"
        and all(admits(key.policy, service, action, context) for action in ("kms:GenerateDataKey", "kms:Decrypt"))
    )


class Keys(Memory):
    """The facts of a place's keys, by key id."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.facts: dict[str, KeyFacts] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {self.place.arn("kms", f"key/{key_id}"): facts.tags for key_id, facts in self.facts.items()}


def backend(place: Place) -> KmsBackend:
    """moto's keys of a place."""
    found: KmsBackend = get_backend("kms")[place.account][place.region]
    return found


def find(call: ApiCall, given: str, *, alias: bool = False) -> Key:
    """The key of an id or ARN (and of an alias or its ARN, where the operation takes one), in a fit state.

    Raises NotFoundException, DisabledException or KMSInvalidStateException.
    """
    keys = backend(call.place)
    if ":alias/" in given or given.startswith("alias/"):
        name = keys.get_alias_name(given)
        key_id = keys.get_key_id_from_alias(name) if alias else None
        if not alias:
            raise Refusal("NotFoundException", f"Invalid keyId '{given}'")
        if key_id is None:
            raise Refusal("NotFoundException", f"Alias {call.place.arn('kms', name)} is not found.")
    else:
        key_id = keys.get_key_id(given)
        if not _KEY_ID.fullmatch(key_id):
            raise Refusal("NotFoundException", f"Invalid keyId '{given}'")
    key: Key | None = keys.keys.get(key_id)
    if key is None or (given.startswith("arn:") and "alias/" not in given and given != key.arn):
        arn = given if given.startswith("arn:") else call.place.arn("kms", f"key/{key_id}")
        raise Refusal("NotFoundException", f"Key '{arn}' does not exist")
    _check_state(call.operation, key)
    return key


def _check_state(operation: str, key: Key) -> None:
    if key.key_state == "PendingDeletion" and operation in _NOT_WHEN_PENDING:
        raise Refusal("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and operation in _NOT_WHEN_DISABLED:
        raise Refusal("DisabledException", f"{key.arn} is disabled.")


def facts(call: ApiCall, key: Key) -> KeyFacts:
    """What we keep of a key; a key that moto itself made (an AWS managed one) starts with defaults."""
    known = call.store(Keys).facts
    if key.id not in known:
        known[key.id] = KeyFacts(Policy(key.policy))
    return known[key.id]


def by_arn(place: Place, arn: str) -> Key | None:
    """The key that a service means by an ARN it was given; None when it is no ARN of a key of this Region."""
    prefix, _, key_id = arn.partition(":key/")
    if not prefix.startswith(f"arn:aws:kms:{place.region}:"):
        return None
    key: Key | None = backend(Place(prefix.rpartition(":")[2], place.region)).keys.get(key_id)
    return key


def check_policy(text: str, account: str, *, bypass: bool) -> None:
    """Refuse a key policy as KMS does (KMS Developer Guide, "Default key policy", "Changing a key policy")."""
    if len(text.encode()) > _POLICY_BYTES:
        raise Refusal("LimitExceededException", f"The key policy is larger than {_POLICY_BYTES} bytes.")
    try:
        found = statements(text)
    except BadPolicy as problem:
        raise Refusal("MalformedPolicyDocumentException", str(problem)) from problem
    if unknown_principal(found, account) is not None:
        raise Refusal(
            "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
        )
    owners = {"*", account, f"arn:aws:iam::{account}:root"}
    if not bypass and not any(
        allows(item, "kms:PutKeyPolicy") and "Condition" not in item and owners & set(principals(item, "AWS"))
        for item in found
    ):
        raise Refusal(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


@api.operation("CreateKey")
def create_key(call: ApiCall) -> Answer:
    params = call.params
    given = tags.merged(
        {}, tags.from_list(params.get("Tags"), "TagKey", "TagValue"), reserved="TagException", too_many="TagException"
    )
    if "Policy" in params:
        check_policy(params["Policy"], call.account, bypass=params.get("BypassPolicyLockoutSafetyCheck", False))
    spec = params.get("KeySpec") or params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    symmetric = spec == "SYMMETRIC_DEFAULT" or spec.startswith("HMAC")
    key: Key = backend(call.place).create_key(
        policy=params.get("Policy"),
        key_usage=params.get("KeyUsage", "ENCRYPT_DECRYPT"),
        # moto draws an RSA pair even for a symmetric key, up to 200 ms, and the pair of a curve in one.
        key_spec="ECC_NIST_P256" if symmetric else spec,
        description=params.get("Description", ""),
        tags=[],
        multi_region=params.get("MultiRegion", False),
        origin=params.get("Origin", "AWS_KMS"),
    )
    key.key_spec = spec
    facts(call, key).tags = given
    return metadata(key)


def metadata(key: Key) -> dict[str, Any]:
    """``KeyMetadata`` as CreateKey and DescribeKey show it."""
    shown: dict[str, Any] = key.to_dict()
    return shown


@api.operation("DescribeKey")
def describe_key(call: ApiCall) -> Answer:
    return metadata(find(call, call.params["KeyId"], alias=True))


@api.operation("UpdateKeyDescription")
def update_key_description(call: ApiCall) -> Answer:
    find(call, call.params["KeyId"]).description = call.params["Description"]
    return {}


@api.operation("EnableKey")
def enable_key(call: ApiCall) -> Answer:
    backend(call.place).enable_key(find(call, call.params["KeyId"]).id)
    return {}


@api.operation("DisableKey")
def disable_key(call: ApiCall) -> Answer:
    backend(call.place).disable_key(find(call, call.params["KeyId"]).id)
    return {}


@api.operation("ScheduleKeyDeletion")
def schedule_key_deletion(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    days = call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        # The model admits 1 to 365; the service does not (AWS API reference, ScheduleKeyDeletion).
        raise Refusal("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive).")
    date = backend(call.place).schedule_key_deletion(key.id, days)
    return {"KeyId": key.arn, "DeletionDate": date, "KeyState": key.key_state, "PendingWindowInDays": days}


@api.operation("CancelKeyDeletion")
def cancel_key_deletion(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    if key.key_state != "PendingDeletion":
        raise Refusal("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    backend(call.place).cancel_key_deletion(key.id)
    return {"KeyId": key.arn}


@api.operation("EnableKeyRotation")
def enable_key_rotation(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_rotates(key)
    known = facts(call, key)
    known.rotation_days = call.params.get("RotationPeriodInDays", _ROTATION_DAYS)
    known.rotation_since = call.world.now()
    key.key_rotation_status = True
    return {}


def _check_rotates(key: Key) -> None:
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS":
        raise Refusal("UnsupportedOperationException", f"{key.arn} does not support rotation.")


@api.operation("DisableKeyRotation")
def disable_key_rotation(call: ApiCall) -> Answer:
    find(call, call.params["KeyId"]).key_rotation_status = False
    return {}


@api.operation("GetKeyRotationStatus")
def get_key_rotation_status(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_rotates(key)
    # While a key is pending deletion its rotation reads as off, and it returns with a cancelled deletion.
    if not key.key_rotation_status or key.key_state == "PendingDeletion":
        return {"KeyId": key.id, "KeyRotationEnabled": False}
    known = facts(call, key)
    return {
        "KeyId": key.id,
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": known.rotation_days,
        "NextRotationDate": known.rotation_since + known.rotation_days * DAY,
    }


@api.operation("GetKeyPolicy")
def get_key_policy(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_policy_name(call)
    return {"Policy": facts(call, key).policy.shown(), "PolicyName": "default"}


@api.operation("PutKeyPolicy")
def put_key_policy(call: ApiCall) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_policy_name(call)
    text = call.params["Policy"]
    check_policy(text, call.account, bypass=call.params.get("BypassPolicyLockoutSafetyCheck", False))
    key.policy = text
    facts(call, key).policy = Policy(text)
    return {}


@api.operation("ListKeyPolicies")
def list_key_policies(call: ApiCall) -> Answer:
    find(call, call.params["KeyId"])
    return {"PolicyNames": ["default"], "Truncated": False}


def _check_policy_name(call: ApiCall) -> None:
    if call.params.get("PolicyName", "default") != "default":
        raise Refusal("NotFoundException", "No such policy exists")


@api.operation(*_CRYPTOGRAPHY)
def use_key(call: ApiCall) -> Answer:
    for member in ("KeyId", "DestinationKeyId"):
        for given in listed(call.params.get(member)):
            find(call, given, alias=call.operation != "ReplicateKey")
    if call.operation == "Decrypt" and "KeyId" not in call.params:
        # The ciphertext names its key: moto puts the key id, 36 characters, in front.
        named = call.params["CiphertextBlob"][:36].decode(errors="replace")
        if _KEY_ID.fullmatch(named):
            find(call, named)
    return call.relay()
