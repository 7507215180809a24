"""What a plan takes away from things that stay: what somebody put there and nobody declares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from provisioner.engine.compare import FieldChange, Plain, plain
from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Change

_CHANGING = (Action.UPDATE, Action.ADOPT, Action.REPLACE, Action.REVIVE)


@dataclass(frozen=True)
class Taken:
    """The ``items`` of one attribute that are there and will not be: keys, list entries, or the value itself."""

    address: Address
    field: str
    items: tuple[str, ...]


def taken_away(changes: Iterable[Change]) -> Iterator[Taken]:
    """What ``changes`` take from what stays, in their order."""
    for change in changes:
        if change.action in _CHANGING and change.live is not None:
            for field in change.fields:
                items = tuple(_items(field)) if field.known else ()
                spoiled = (change.spoils[field.field],) if field.field in change.spoils else ()
                if items or spoiled:
                    yield Taken(change.address, field.field, items or spoiled)


def _items(field: FieldChange) -> Iterator[str]:
    before, after = plain(field.before), plain(field.after)
    if isinstance(before, dict):
        yield from _entries(before, after if isinstance(after, dict) else {})
    elif isinstance(before, list):
        yield from _members(before, after if isinstance(after, list) else [])


def _entries(before: Mapping[str, Plain], after: Mapping[str, Plain]) -> Iterator[str]:
    statements, wanted = before.get("Statement"), after.get("Statement")
    if isinstance(statements, list):  # a policy: what counts are its statements
        yield from _members(statements, wanted if isinstance(wanted, list) else [])
        return
    for key, value in before.items():
        if key not in after:
            yield f"{key} = {value}" if isinstance(value, str) else key


def _members(before: list[Plain], after: list[Plain]) -> Iterator[str]:
    for item in before:
        if item not in after:
            yield _named(item) if isinstance(item, dict) else str(item)


def _named(item: Mapping[str, Plain]) -> str:
    """A statement or a query by its name, and what has none in full."""
    return str(item.get("Sid") or item.get("Id") or json.dumps(item, sort_keys=True))
