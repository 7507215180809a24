"""KMS keys: states and what each forbids, policies, rotation, deletion. moto keeps the keys themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from moto.kms.models import Key

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import BadPolicy, allows, principals, statements
from provisioner.emulator.iam.identities import Policy, unknown_principal
from provisioner.emulator.kms.model import CRYPTOGRAPHY, KEY_ID, ROTATION_DAYS, TAGGING, backend, facts, find

if TYPE_CHECKING:
    from types_boto3_kms import type_defs as aws

api = Api()

_malformed = refusing("MalformedPolicyDocumentException")
_DAY = 86_400
_POLICY_BYTES = 32_768


def _check_policy(text: str, place: Place, *, bypass: bool) -> None:
    """Refuse a key policy as KMS does (KMS Developer Guide, "Default key policy", "Changing a key policy")."""
    if len(text.encode()) > _POLICY_BYTES:
        raise ApiRefusal("LimitExceededException", f"The key policy is larger than {_POLICY_BYTES} bytes.")
    try:
        found = statements(text)
    except BadPolicy as problem:
        raise _malformed(str(problem)) from problem
    if unknown_principal(found, place.account) is not None:
        raise _malformed("Policy contains a statement with one or more invalid principals.")
    owners = {"*", place.account, f"arn:{place.partition}:iam::{place.account}:root"}
    if not bypass and not any(
        allows(item, "kms:PutKeyPolicy") and "Condition" not in item and owners & set(principals(item, "AWS"))
        for item in found
    ):
        raise _malformed("The new key policy will not allow you to update the key policy in the future.")


@api.operation("CreateKey")
def create_key(call: ApiCall[aws.CreateKeyRequestTypeDef]) -> Answer:
    params = call.params
    tags = TAGGING.merged({}, params.get("Tags"))
    if "Policy" in params:
        _check_policy(params["Policy"], call.place, bypass=params.get("BypassPolicyLockoutSafetyCheck", False))
    spec = params.get("KeySpec") or params.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    symmetric = spec == "SYMMETRIC_DEFAULT" or spec.startswith("HMAC")
    key: Key = backend(call.place).create_key(
        policy=params.get("Policy"),
        key_usage=params.get("KeyUsage", "ENCRYPT_DECRYPT"),
        # moto generates an RSA pair even for a symmetric key, in up to 200 ms; a pair on a curve takes 1 ms.
        key_spec="ECC_NIST_P256" if symmetric else spec,
        description=params.get("Description", ""),
        tags=[],
        multi_region=params.get("MultiRegion", False),
        origin=params.get("Origin", "AWS_KMS"),
    )
    key.key_spec = spec
    facts(call, key).tags = tags
    return _metadata(key)


def _metadata(key: Key) -> dict[str, object]:
    """``KeyMetadata`` as CreateKey and DescribeKey show it."""
    shown: dict[str, object] = key.to_dict()
    return shown


@api.operation("DescribeKey")
def describe_key(call: ApiCall[aws.DescribeKeyRequestTypeDef]) -> Answer:
    return _metadata(find(call, call.params["KeyId"], alias=True))


@api.operation("UpdateKeyDescription")
def update_key_description(call: ApiCall[aws.UpdateKeyDescriptionRequestTypeDef]) -> Answer:
    find(call, call.params["KeyId"]).description = call.params["Description"]
    return {}


@api.operation("EnableKey")
def enable_key(call: ApiCall[aws.EnableKeyRequestTypeDef]) -> Answer:
    backend(call.place).enable_key(find(call, call.params["KeyId"]).id)
    return {}


@api.operation("DisableKey")
def disable_key(call: ApiCall[aws.DisableKeyRequestTypeDef]) -> Answer:
    backend(call.place).disable_key(find(call, call.params["KeyId"]).id)
    return {}


@api.operation("ScheduleKeyDeletion")
def schedule_key_deletion(call: ApiCall[aws.ScheduleKeyDeletionRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    days = call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        # The model admits 1 to 365; the service does not (AWS API reference, ScheduleKeyDeletion).
        raise ApiRefusal("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive).")
    date = backend(call.place).schedule_key_deletion(key.id, days)
    return {"KeyId": key.arn, "DeletionDate": date, "KeyState": key.key_state, "PendingWindowInDays": days}


@api.operation("CancelKeyDeletion")
def cancel_key_deletion(call: ApiCall[aws.CancelKeyDeletionRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    if key.key_state != "PendingDeletion":
        raise ApiRefusal("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
    backend(call.place).cancel_key_deletion(key.id)
    return {"KeyId": key.arn}


@api.operation("EnableKeyRotation")
def enable_key_rotation(call: ApiCall[aws.EnableKeyRotationRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_rotates(key)
    known = facts(call, key)
    known.rotation_days = call.params.get("RotationPeriodInDays", ROTATION_DAYS)
    known.rotation_since = call.world.now()
    key.key_rotation_status = True
    return {}


def _check_rotates(key: Key) -> None:
    if key.key_spec != "SYMMETRIC_DEFAULT" or key.origin != "AWS_KMS":
        raise ApiRefusal("UnsupportedOperationException", f"{key.arn} does not support rotation.")


@api.operation("DisableKeyRotation")
def disable_key_rotation(call: ApiCall[aws.DisableKeyRotationRequestTypeDef]) -> Answer:
    find(call, call.params["KeyId"]).key_rotation_status = False
    return {}


@api.operation("GetKeyRotationStatus")
def get_key_rotation_status(call: ApiCall[aws.GetKeyRotationStatusRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_rotates(key)
    # While a key is pending deletion its rotation reads as off; it is on again once the deletion is cancelled.
    if not key.key_rotation_status or key.key_state == "PendingDeletion":
        return {"KeyId": key.id, "KeyRotationEnabled": False}
    known = facts(call, key)
    return {
        "KeyId": key.id,
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": known.rotation_days,
        "NextRotationDate": known.rotation_since + known.rotation_days * _DAY,
    }


@api.operation("GetKeyPolicy")
def get_key_policy(call: ApiCall[aws.GetKeyPolicyRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_policy_name(call.params.get("PolicyName", "default"))
    return {"Policy": facts(call, key).policy.shown(), "PolicyName": "default"}


@api.operation("PutKeyPolicy")
def put_key_policy(call: ApiCall[aws.PutKeyPolicyRequestTypeDef]) -> Answer:
    key = find(call, call.params["KeyId"])
    _check_policy_name(call.params.get("PolicyName", "default"))
    text = call.params["Policy"]
    _check_policy(text, call.place, bypass=call.params.get("BypassPolicyLockoutSafetyCheck", False))
    key.policy = text
    facts(call, key).policy = Policy(text)
    return {}


@api.operation("ListKeyPolicies")
def list_key_policies(call: ApiCall[aws.ListKeyPoliciesRequestTypeDef]) -> Answer:
    find(call, call.params["KeyId"])
    return {"PolicyNames": ["default"], "Truncated": False}


def _check_policy_name(name: str) -> None:
    if name != "default":
        raise ApiRefusal("NotFoundException", "No such policy exists")


class _NamesKeys(TypedDict, total=False):
    """What the operations of cryptography have in common."""

    KeyId: str
    DestinationKeyId: str
    CiphertextBlob: bytes


@api.operation(*CRYPTOGRAPHY)
def use_key(call: ApiCall[_NamesKeys]) -> Answer:
    for given in (call.params.get("KeyId"), call.params.get("DestinationKeyId")):
        if given is not None:
            find(call, given, alias=call.operation != "ReplicateKey")
    if call.operation == "Decrypt" and "KeyId" not in call.params:
        # The ciphertext names its key: moto puts the key id, 36 characters, in front.
        named = call.params["CiphertextBlob"][:36].decode(errors="replace")
        if KEY_ID.fullmatch(named):
            find(call, named)
    return call.relay()
