"""The Resource Groups Tagging API: an index of tags over services, as late as one asks it to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.core.world import EmulatedWorld, Memory

if TYPE_CHECKING:
    from types_boto3_resourcegroupstaggingapi import type_defs as aws

api = Api()

_invalid = refusing("InvalidParameterException")
_PAGE = 100
_ALONE = ("TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage", "PaginationToken")


@dataclass
class IndexSettings:
    """The switches of the index."""

    tag_index_lag: float = 0.0
    """Seconds by which it may be old."""


TAGGING = EmulatedService(
    name="resourcegroupstaggingapi",
    apis=(api,),
    malformed="InvalidParameterException",
    settings=IndexSettings,
    warm_up=("GetResources", {}),
)


class Index(Memory):
    """What was last collected of a place, by ARN. AWS has no IAM roles in its index. Whether it has X-Ray's rules and
    dashboards is not documented, so they are not here either, and a client has to ask their services.
    """

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.seen: dict[str, Mapping[str, str]] = {}
        self.collected = float("-inf")

    def current(self, world: EmulatedWorld) -> dict[str, Mapping[str, str]]:
        """Every resource that bears a tag, as of at most ``tag_index_lag`` seconds ago."""
        if world.now() - self.collected >= world.settings(IndexSettings).tag_index_lag:
            self.seen = {arn: dict(tags) for arn, tags in world.tags_at(self.place).items()}
            self.collected = world.now()
        return self.seen


@api.operation("GetResources")
def get_resources(call: ApiCall[aws.GetResourcesInputTypeDef]) -> Answer:
    params, known = call.params, call.store(Index).current(call.world)
    if arns := params.get("ResourceARNList"):
        if any(value and name in _ALONE for name, value in params.items()):
            raise _invalid("ResourceARNList cannot be combined with any other parameter.")
        return {
            "PaginationToken": "",
            "ResourceTagMappingList": [_shown(arn, known[arn]) for arn in arns if arn in known],
        }
    size = params.get("ResourcesPerPage", _PAGE)
    if not 1 <= size <= _PAGE:
        raise _invalid(f"ResourcesPerPage must be between 1 and {_PAGE}.")
    found = {arn: tags for arn, tags in known.items() if _of_type(arn, params) and _tagged(tags, params)}
    shown, more = page(
        found,
        str,
        token=params.get("PaginationToken"),
        size=size,
        bad_token=ApiRefusal("PaginationTokenExpiredException", "The pagination token is not valid."),
    )
    return {"PaginationToken": more or "", "ResourceTagMappingList": [_shown(arn, found[arn]) for arn in shown]}


def _shown(arn: str, tags: Mapping[str, str]) -> dict[str, object]:
    return {"ResourceARN": arn, "Tags": [{"Key": name, "Value": text} for name, text in tags.items()]}


def _of_type(arn: str, params: aws.GetResourcesInputTypeDef) -> bool:
    """Whether a filter names the ARN's service, or its service and type (``logs:log-group``)."""
    filters = params.get("ResourceTypeFilters")
    if not filters:
        return True
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    type_ = resource.replace("/", ":").partition(":")[0]
    return service in filters or f"{service}:{type_}" in filters


def _tagged(tags: Mapping[str, str], params: aws.GetResourcesInputTypeDef) -> bool:
    return all(
        item["Key"] in tags and (not item.get("Values") or tags[item["Key"]] in item["Values"])
        for item in params.get("TagFilters", ())
    )
