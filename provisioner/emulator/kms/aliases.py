"""KMS aliases, key tags and the listings, which moto neither pages nor guards."""

from __future__ import annotations

from moto.kms.utils import RESERVED_ALIASES

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.emulator.kms import keys as kms

api = Api()

_ALIASES_PER_KEY = 50


class Aliases(Memory):
    """When each alias was made and last pointed elsewhere, in epoch seconds, by its name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.dates: dict[str, tuple[float, float]] = {}


def _check_name(name: str) -> None:
    if not name.startswith("alias/"):
        raise Refusal("ValidationException", "Invalid identifier")
    if name.startswith("alias/aws/"):
        raise Refusal("NotAuthorizedException", "", status=400)
    if ":" in name:
        raise Refusal("ValidationException", f"{name} contains invalid characters for an alias")


@api.operation("CreateAlias")
def create_alias(call: ApiCall) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    key = kms.find(call, call.params["TargetKeyId"])
    keys = kms.backend(call.place)
    if keys.alias_exists(name):
        # An alias stays bound to its key while that key is pending deletion.
        arn = call.place.arn("kms", name)
        raise Refusal("AlreadyExistsException", f"An alias with the name {arn} already exists")
    if len(key.aliases) >= _ALIASES_PER_KEY:
        raise Refusal("LimitExceededException", f"A key can have at most {_ALIASES_PER_KEY} aliases.")
    keys.create_alias(key.id, name)
    now = call.world.now()
    call.store(Aliases).dates[name] = (now, now)
    return {}


@api.operation("UpdateAlias")
def update_alias(call: ApiCall) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    key = kms.find(call, call.params["TargetKeyId"])
    kms.backend(call.place).update_alias(key.id, name)
    now, dates = call.world.now(), call.store(Aliases).dates
    dates[name] = (dates.get(name, (now, now))[0], now)
    return {}


@api.operation("DeleteAlias")
def delete_alias(call: ApiCall) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    kms.backend(call.place).delete_alias(name)
    call.store(Aliases).dates.pop(name, None)
    return {}


def _check_exists(call: ApiCall, name: str) -> None:
    if not kms.backend(call.place).alias_exists(name):
        raise Refusal("NotFoundException", f"Alias {call.place.arn('kms', name)} is not found.")


@api.operation("ListAliases")
def list_aliases(call: ApiCall) -> Answer:
    keys = kms.backend(call.place)
    only = kms.find(call, call.params["KeyId"]).id if "KeyId" in call.params else None
    targets: dict[str, str | None] = {alias.alias_name: alias.target_key_id for alias in keys.list_aliases(key_id=only)}
    if only is None:
        # AWS lists the aliases of its own services too, without a key until the service made one.
        targets = {**dict.fromkeys(RESERVED_ALIASES), **targets}
    size, marker = call.params.get("Limit", 50), call.params.get("Marker")
    shown, more = page(targets, str, token=marker, size=size, bad_token=_BAD_MARKER)
    dates = call.store(Aliases).dates
    return {
        "Aliases": [
            {
                "AliasName": name,
                "AliasArn": call.place.arn("kms", name),
                "TargetKeyId": targets[name],
                "CreationDate": dates.get(name, (None, None))[0],
                "LastUpdatedDate": dates.get(name, (None, None))[1],
            }
            for name in shown
        ],
        "Truncated": more is not None,
        "NextMarker": more,
    }


@api.operation("ListKeys")
def list_keys(call: ApiCall) -> Answer:
    keys = kms.backend(call.place).keys
    size, marker = call.params.get("Limit", 100), call.params.get("Marker")
    shown, more = page(keys, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Keys": [{"KeyId": key_id, "KeyArn": keys[key_id].arn} for key_id in shown],
        "Truncated": more is not None,
        "NextMarker": more,
    }


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    facts = kms.facts(call, kms.find(call, call.params["KeyId"]))
    new = tags.from_list(call.params["Tags"], "TagKey", "TagValue")
    facts.tags = tags.merged(facts.tags, new, reserved="TagException", too_many="TagException")
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    facts = kms.facts(call, kms.find(call, call.params["KeyId"]))
    facts.tags = tags.without(facts.tags, call.params["TagKeys"])
    return {}


@api.operation("ListResourceTags")
def list_resource_tags(call: ApiCall) -> Answer:
    found = kms.facts(call, kms.find(call, call.params["KeyId"])).tags
    size, marker = call.params.get("Limit", 50), call.params.get("Marker")
    shown, more = page(found, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Tags": [{"TagKey": name, "TagValue": found[name]} for name in shown],
        "Truncated": more is not None,
        "NextMarker": more,
    }


_BAD_MARKER = Refusal("InvalidMarkerException", "The marker is not valid.")
