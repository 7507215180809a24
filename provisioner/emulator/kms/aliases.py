"""KMS aliases, key tags and the listings, which moto neither pages nor guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.kms.utils import RESERVED_ALIASES

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.emulator.kms.model import TAGGING, KeyFacts, backend, facts, find

if TYPE_CHECKING:
    from types_boto3_kms import type_defs as aws

api = Api()

_ALIASES_PER_KEY = 50
_invalid = refusing("ValidationException")


class Aliases(Memory):
    """When each alias was made and last pointed elsewhere, in epoch seconds, by its name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.dates: dict[str, tuple[float, float]] = {}


def _check_name(name: str) -> None:
    if not name.startswith("alias/"):
        raise _invalid("Invalid identifier")
    if name.startswith("alias/aws/"):
        raise ApiRefusal("NotAuthorizedException", "", status=400)
    if ":" in name:
        raise _invalid(f"{name} contains invalid characters for an alias")


@api.operation("CreateAlias")
def create_alias(call: ApiCall[aws.CreateAliasRequestTypeDef]) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    key = find(call, call.params["TargetKeyId"])
    live = backend(call.place)
    if live.alias_exists(name):
        # An alias stays bound to its key while that key is pending deletion.
        arn = call.place.arn("kms", name)
        raise ApiRefusal("AlreadyExistsException", f"An alias with the name {arn} already exists")
    if len(key.aliases) >= _ALIASES_PER_KEY:
        raise ApiRefusal("LimitExceededException", f"A key can have at most {_ALIASES_PER_KEY} aliases.")
    live.create_alias(key.id, name)
    now = call.world.now()
    call.store(Aliases).dates[name] = (now, now)
    return {}


@api.operation("UpdateAlias")
def update_alias(call: ApiCall[aws.UpdateAliasRequestTypeDef]) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    key = find(call, call.params["TargetKeyId"])
    backend(call.place).update_alias(key.id, name)
    now, dates = call.world.now(), call.store(Aliases).dates
    dates[name] = (dates.get(name, (now, now))[0], now)
    return {}


@api.operation("DeleteAlias")
def delete_alias(call: ApiCall[aws.DeleteAliasRequestTypeDef]) -> Answer:
    name = call.params["AliasName"]
    _check_name(name)
    _check_exists(call, name)
    backend(call.place).delete_alias(name)
    call.store(Aliases).dates.pop(name, None)
    return {}


def _check_exists(call: AnyCall, name: str) -> None:
    if not backend(call.place).alias_exists(name):
        raise ApiRefusal("NotFoundException", f"Alias {call.place.arn('kms', name)} is not found.")


@api.operation("ListAliases")
def list_aliases(call: ApiCall[aws.ListAliasesRequestTypeDef]) -> Answer:
    live = backend(call.place)
    only = find(call, call.params["KeyId"]).id if "KeyId" in call.params else None
    targets: dict[str, str | None] = {alias.alias_name: alias.target_key_id for alias in live.list_aliases(key_id=only)}
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
def list_keys(call: ApiCall[aws.ListKeysRequestTypeDef]) -> Answer:
    live = backend(call.place).keys
    size, marker = call.params.get("Limit", 100), call.params.get("Marker")
    shown, more = page(live, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Keys": [{"KeyId": key_id, "KeyArn": live[key_id].arn} for key_id in shown],
        "Truncated": more is not None,
        "NextMarker": more,
    }


def _tagged(call: AnyCall, key_id: str) -> KeyFacts:
    return facts(call, find(call, key_id))


TAGGING.register(api, "KeyId", _tagged, listing=None)


@api.operation("ListResourceTags")
def list_resource_tags(call: ApiCall[aws.ListResourceTagsRequestTypeDef]) -> Answer:
    found = _tagged(call, call.params["KeyId"]).tags
    size, marker = call.params.get("Limit", 50), call.params.get("Marker")
    shown, more = page(found, str, token=marker, size=size, bad_token=_BAD_MARKER)
    return {
        "Tags": TAGGING.shown({name: found[name] for name in shown}),
        "Truncated": more is not None,
        "NextMarker": more,
    }


_BAD_MARKER = ApiRefusal("InvalidMarkerException", "The marker is not valid.")
