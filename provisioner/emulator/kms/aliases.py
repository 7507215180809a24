"""KMS aliases, key tags and the listings, which moto neither pages nor guards."""

from __future__ import annotations

from moto.kms.utils import RESERVED_ALIASES

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, Call, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.kms import keys as kms

api = Api("kms")

_ALIASES_PER_KEY = 50


class Aliases:
    """When each alias was made and last pointed elsewhere, in epoch seconds, by its name."""

    def __init__(self, _: Place) -> None:
        self.dates: dict[str, tuple[float, float]] = {}


def _check_name(name: str) -> None:
    if not name.startswith("alias/"):
        raise Refusal("ValidationException", "Invalid identifier")
    if name.startswith("alias/aws/"):
        raise Refusal("NotAuthorizedException", "", status=400)
    if ":" in name:
        raise Refusal("ValidationException", f"{name} contains invalid characters for an alias")


@api.operation("CreateAlias")
def create_alias(call: Call) -> Answer:
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
def update_alias(call: Call) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    key = kms.find(call, call.params["TargetKeyId"])
    kms.backend(call.place).update_alias(key.id, name)
    now, dates = call.world.now(), call.store(Aliases).dates
    dates[name] = (dates.get(name, (now, now))[0], now)
    return {}


@api.operation("DeleteAlias")
def delete_alias(call: Call) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    kms.backend(call.place).delete_alias(name)
    call.store(Aliases).dates.pop(name, None)
    return {}


def _check_exists(call: Call, name: str) -> None:
    if not kms.backend(call.place).alias_exists(name):
        raise Refusal("NotFoundException", f"Alias {call.place.arn('kms', name)} is not found.")


@api.operation("ListAliases")
def list_aliases(call: Call) -> Answer:
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
def list_keys(call: Call) -> Answer:
    keys = kms.backend(call.place).keys
    size, marker = call.params.get("Limit", 100), call.params.get("Marker")
    shown, more = page(keys, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Keys": [{"KeyId": key_id, "KeyArn": keys[key_id].arn} for key_id in shown],
        "Truncated": more is not None,
        "NextMarker": more,
    }


@api.operation("TagResource")
def tag_resource(call: Call) -> Answer:
    key = kms.find(call, call.params["KeyId"])
    new = tags.from_list(call.params["Tags"], "TagKey", "TagValue")
    _set_tags(call, key.id, tags.merged(_tags(call, key.id), new, reserved="TagException", too_many="TagException"))
    return {}


@api.operation("UntagResource")
def untag_resource(call: Call) -> Answer:
    key = kms.find(call, call.params["KeyId"])
    _set_tags(call, key.id, tags.without(_tags(call, key.id), call.params["TagKeys"]))
    return {}


@api.operation("ListResourceTags")
def list_resource_tags(call: Call) -> Answer:
    key = kms.find(call, call.params["KeyId"])
    found = _tags(call, key.id)
    size, marker = call.params.get("Limit", 50), call.params.get("Marker")
    shown, more = page(found, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Tags": [{"TagKey": name, "TagValue": found[name]} for name in shown],
        "Truncated": more is not None,
        "NextMarker": more,
    }


def _tags(call: Call, key_id: str) -> dict[str, str]:
    found: dict[str, str] = kms.backend(call.place).tagger.get_tag_dict_for_resource(key_id)
    return found


def _set_tags(call: Call, key_id: str, new: dict[str, str]) -> None:
    tagger = kms.backend(call.place).tagger
    tagger.delete_all_tags_for_resource(key_id)
    tagger.tag_resource(key_id, tags.to_list(new, "TagKey", "TagValue"))


def resources(place: Place) -> dict[str, dict[str, str]]:
    """Every key's tags by its ARN, keys pending deletion included: what GetResources indexes."""
    keys = kms.backend(place)
    return {
        key.arn: keys.tagger.get_tag_dict_for_resource(key.id)
        for key in keys.keys.values()
        if keys.tagger.has_tags(key.id)
    }


_BAD_MARKER = Refusal("InvalidMarkerException", "The marker is not valid.")
