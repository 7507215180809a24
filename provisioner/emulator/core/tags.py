"""Tags, in the three spellings that AWS's services have for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from provisioner.emulator.core.call import Refusal

LIMIT = 50


def from_list(tags: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """``[{Key, Value}]`` as a mapping; a missing value is empty."""
    return {tag[key]: tag.get(value, "") for tag in tags or ()}


def to_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """The mapping as ``[{Key, Value}]``."""
    return [{key: name, value: text} for name, text in tags.items()]


def merged(
    existing: Mapping[str, str], new: Mapping[str, str], *, reserved: str, too_many: str, limit: int = LIMIT
) -> dict[str, str]:
    """The tags of a resource after tagging it.

    Raises Refusal ``reserved`` for a key that begins with ``aws:`` and ``too_many`` above the limit.
    """
    for name in new:
        if name.lower().startswith("aws:"):
            raise Refusal(reserved, "System tags cannot be added/updated by requester: aws: prefixed tag key names.")
    result = {**existing, **new}
    if len(result) > limit:
        raise Refusal(too_many, f"A resource can have at most {limit} tags.")
    return result


def without(existing: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """The tags that remain; a key that is not there is no error in any service."""
    removed = set(keys)
    return {name: text for name, text in existing.items() if name not in removed}
