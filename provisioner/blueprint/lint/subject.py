"""What every rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeAlias, TypeVar

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.names import Names
from provisioner.blueprint.parts.places import Places, places
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Scope

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Subject:
    """One environment in one Region: what its file says, and the ``wanted`` resources that follow from it."""

    config: Config
    scope: Scope
    wanted: Sequence[Resource]
    today: date

    @cached_property
    def names(self) -> Names:
        return Names(self.config)

    @cached_property
    def _places(self) -> Places:
        return places(self.config)

    def all(self, kind: type[R]) -> list[R]:
        """The wanted resources of ``kind``."""
        return [resource for resource in self.wanted if isinstance(resource, kind)]

    def place(self, resource: Resource) -> KeyPath:
        """Where ``resource`` is declared; the file itself for what no table leads to."""
        return self._places.get(resource.address, ())


Rule: TypeAlias = Callable[[Subject], Iterator[Flaw]]
