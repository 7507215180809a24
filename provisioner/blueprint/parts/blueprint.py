"""Everything that the parts declare, to be asked by kind, by owner, by address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias, cast

from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared, Theirs
from provisioner.engine.graph import in_order
from provisioner.engine.model import Address, R, Resource

_Asked: TypeAlias = tuple[type[Resource], str, str]


class Blueprint:
    """What should exist in one environment and one Region; each thing comes after what it needs.

    While it grows, a part asks it for what the parts before it declared.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.items: list[Declared[Resource] | Theirs] = []
        self._by_kind: dict[type[Resource], list[Declared[Resource]]] = defaultdict(list)
        self._by_purpose: dict[_Asked, list[Declared[Resource]]] = defaultdict(list)
        self._by_address: dict[Address, Declared[Resource]] = {}

    def add(self, items: Iterable[Declared[Resource] | Theirs]) -> None:
        for item in items:
            self.items.append(item)
            if isinstance(item, Declared):
                self._by_kind[item.kind].append(item)
                self._by_purpose[item.kind, item.owner, item.purpose].append(item)
                self._by_address[item.resource.address] = item

    @property
    def declared(self) -> list[Declared[Resource]]:
        """Everything that is ours to make."""
        return [item for item in self.items if isinstance(item, Declared)]

    @property
    def resources(self) -> list[Resource]:
        return [item.resource for item in self.declared]

    @property
    def notes(self) -> list[str]:
        """What a person should know and no plan would show, in the order in which things are made."""
        return [note for resource in in_order(self.resources) for note in self._by_address[resource.address].notes]

    @property
    def unheard(self) -> dict[Address, str]:
        """Notes that hold as long as nobody else has added a receiver to this thing."""
        return {item.resource.address: item.unheard for item in self.declared if item.unheard}

    def all(self, kind: type[R]) -> list[Declared[R]]:
        """Everything of ``kind``, in the order of declaration."""
        return cast("list[Declared[R]]", self._by_kind.get(kind, []))

    def find(self, kind: type[R], owner: str = "", purpose: str = "") -> Declared[R] | None:
        """The only one of ``kind`` that ``owner`` has for ``purpose``, if there is one."""
        found = cast("list[Declared[R]]", self._by_purpose.get((kind, owner, purpose), []))
        return found[0] if len(found) == 1 else None

    def one(self, kind: type[R], owner: str = "", purpose: str = "") -> R:
        """The resource that :meth:`find` finds, for a part that needs it. Raises ``LookupError`` without it."""
        found = self.find(kind, owner, purpose)
        if found is None:
            asked = " ".join(word for word in (owner, purpose) if word)
            raise LookupError(f"no part before this one declares one {kind.kind} {asked}".rstrip())
        return found.resource

    def place(self, address: Address) -> KeyPath:
        """Where in the file the thing at ``address`` stands; ``()`` for what no table leads to."""
        found = self._by_address.get(address)
        return found.place if found else ()
