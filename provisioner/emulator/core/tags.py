"""Tags: how each service spells them, what it refuses, and the calls that set, remove and list them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal

LIMIT = 50

GivenTags = Mapping[str, str] | Iterable[Mapping[str, object]]
"""Tags as a request has them: a mapping, or a list of items with a key and perhaps a value."""


class Tagged(Protocol):
    """What bears tags."""

    tags: dict[str, str]


@dataclass(frozen=True)
class Tagging:
    """The tags of one service. ``reserved`` and ``too_many`` are its codes for a key that begins with ``aws:`` and for
    more than 50 tags; ``members`` are the two of an item where its tags are a list, None where they are a mapping.
    """

    reserved: str
    too_many: str
    members: tuple[str, str] | None = ("Key", "Value")

    def read(self, given: GivenTags | None) -> dict[str, str]:
        """The tags of a request as a mapping; a missing value is empty."""
        if isinstance(given, Mapping):
            return {str(name): str(text) for name, text in given.items()}
        key, value = self.members or ("Key", "Value")
        return {str(tag[key]): str(tag.get(value, "")) for tag in given or ()}

    def shown(self, tags: Mapping[str, str]) -> dict[str, str] | list[dict[str, str]]:
        """Tags as the service's answers have them."""
        if self.members is None:
            return dict(tags)
        key, value = self.members
        return [{key: name, value: text} for name, text in tags.items()]

    def merged(self, existing: Mapping[str, str], given: GivenTags | None) -> dict[str, str]:
        """The tags of a resource after tagging it. Raises ApiRefusal."""
        new = self.read(given)
        if any(name.lower().startswith("aws:") for name in new):
            words = "System tags cannot be added/updated by requester: aws: prefixed tag key names."
            raise ApiRefusal(self.reserved, words)
        result = {**existing, **new}
        if len(result) > LIMIT:
            raise ApiRefusal(self.too_many, f"A resource can have at most {LIMIT} tags.")
        return result

    def register(
        self,
        api: Api,
        resource: str,
        find: Callable[[AnyCall, str], Tagged],
        *,
        tag: str = "TagResource",
        untag: str = "UntagResource",
        listing: str | None = "ListTagsForResource",
    ) -> None:
        """Let ``api`` answer the calls that tag, untag and list what ``find`` finds by the parameter ``resource``.

        The three are named here where a service has names of its own; ``listing`` None leaves that one to the service.
        """
        tags_member, keys_member = ("tags", "tagKeys") if resource[0].islower() else ("Tags", "TagKeys")

        @api.operation(tag)
        def tag_resource(call: ApiCall[dict[str, GivenTags]]) -> Answer:
            found = find(call, str(call.params[resource]))
            found.tags = self.merged(found.tags, call.params[tags_member])
            return {}

        @api.operation(untag)
        def untag_resource(call: ApiCall[dict[str, Iterable[str]]]) -> Answer:
            found = find(call, str(call.params[resource]))
            found.tags = without(found.tags, call.params[keys_member])
            return {}

        if listing is not None:

            @api.operation(listing)
            def list_tags(call: ApiCall[dict[str, str]]) -> Answer:
                return {tags_member: self.shown(find(call, call.params[resource]).tags)}


def without(existing: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The tags that remain; a key that is not there is no error in any service."""
    removed = set(keys)
    return {name: text for name, text in existing.items() if name not in removed}
