"""What KMS remembers: moto's keys and their states, and beside each its policy, rotation and tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from moto.backends import get_backend
from moto.kms.models import Key, KmsBackend

from provisioner.emulator.core.call import AnyCall, ApiRefusal, refusing
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.times import epoch
from provisioner.emulator.core.world import EmulatedWorld, Memory
from provisioner.emulator.iam.identities import Policy

TAGGING = Tagging(reserved="TagException", too_many="TagException", members=("TagKey", "TagValue"))
ROTATION_DAYS = 365
KEY_ID = re.compile(r"(mrk-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")

_not_found = refusing("NotFoundException")

# KMS Developer Guide, "Key states of KMS keys": what fails on a disabled key, and on one pending deletion.
CRYPTOGRAPHY = (
    "Encrypt", "Decrypt", "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "Sign", "Verify", "GetPublicKey", "CreateGrant",
    "ReplicateKey", "RotateKeyOnDemand",
)  # fmt: skip
_NOT_WHEN_DISABLED = {*CRYPTOGRAPHY, "EnableKeyRotation", "DisableKeyRotation"}
_NOT_WHEN_PENDING = {
    *_NOT_WHEN_DISABLED, "CreateAlias", "UpdateAlias", "DisableKey", "EnableKey", "ScheduleKeyDeletion", "TagResource",
    "UntagResource", "UpdateKeyDescription",
}  # fmt: skip


@dataclass
class KeyFacts:
    """What moto does not keep of a key. Times are epoch seconds."""

    policy: Policy
    rotation_days: int = ROTATION_DAYS
    rotation_since: float = 0.0
    tags: dict[str, str] = field(default_factory=dict)


def key_usable_by(place: Place, key_id: str, service: str, context: Mapping[str, str]) -> bool:
    """Whether a key (by id, ARN or alias) exists, is enabled, and lets an AWS service encrypt and decrypt."""
    keys = backend(place)
    alias = key_id.rpartition(":")[2]
    if alias.startswith("alias/aws/"):
        return False  # AWS's own keys, such as alias/aws/sns, admit their own service only
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


def delete_due(world: EmulatedWorld) -> None:
    """Delete keys whose waiting period is over, and their aliases with them (API reference, ScheduleKeyDeletion)."""
    for memory in world.stores(Keys):
        live = backend(memory.place)
        for key in list(live.keys.values()):
            if key.deletion_date is not None and epoch(key.deletion_date) <= world.now():
                live.delete_key(key.id)
                memory.facts.pop(key.id, None)


def backend(place: Place) -> KmsBackend:
    """moto's keys of a place."""
    found: KmsBackend = get_backend("kms")[place.account][place.region]
    return found


def find(call: AnyCall, given: str, *, alias: bool = False) -> Key:
    """The key of an id or ARN (and of an alias or its ARN, where the operation takes one), in a fit state.

    Raises NotFoundException, DisabledException or KMSInvalidStateException.
    """
    keys = backend(call.place)
    if ":alias/" in given or given.startswith("alias/"):
        name = keys.get_alias_name(given)
        key_id = keys.get_key_id_from_alias(name) if alias else None
        if not alias:
            raise _not_found(f"Invalid keyId '{given}'")
        if key_id is None:
            raise _not_found(f"Alias {call.place.arn('kms', name)} is not found.")
    else:
        key_id = keys.get_key_id(given)
        if not KEY_ID.fullmatch(key_id):
            raise _not_found(f"Invalid keyId '{given}'")
    key: Key | None = keys.keys.get(key_id)
    if key is None or (given.startswith("arn:") and "alias/" not in given and given != key.arn):
        arn = given if given.startswith("arn:") else call.place.arn("kms", f"key/{key_id}")
        raise _not_found(f"Key '{arn}' does not exist")
    _check_state(call.operation, key)
    return key


def _check_state(operation: str, key: Key) -> None:
    if key.key_state == "PendingDeletion" and operation in _NOT_WHEN_PENDING:
        raise ApiRefusal("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and operation in _NOT_WHEN_DISABLED:
        raise ApiRefusal("DisabledException", f"{key.arn} is disabled.")


def facts(call: AnyCall, key: Key) -> KeyFacts:
    """What we keep of a key; a key that moto itself made (an AWS managed one) starts with defaults."""
    known = call.store(Keys).facts
    if key.id not in known:
        known[key.id] = KeyFacts(Policy(key.policy))
    return known[key.id]


def key_by_arn(place: Place, arn: str) -> Key | None:
    """The key that a service means by an ARN it was given; None when it is no ARN of a key of this Region."""
    prefix, _, key_id = arn.partition(":key/")
    if not prefix.startswith(f"arn:{place.partition}:kms:{place.region}:"):
        return None
    key: Key | None = backend(Place(prefix.rpartition(":")[2], place.region)).keys.get(key_id)
    return key
