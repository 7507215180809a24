"""What a part of the platform yields: a thing, and all that others may want to know of it.

Where in the file it stands, what is lost without it, what may be asked of it: said once, by the part that makes it.
Places of findings, checks of names, outputs, notes and the health of a platform follow from this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.engine.errors import ConfigError
from provisioner.engine.model import Ref, Resource

R_co = TypeVar("R_co", bound=Resource, covariant=True)

Shown: TypeAlias = str | Ref | Mapping[str, str]
"""An output of the platform: text, an output of the thing, or a table of which each part gives some entries."""


@dataclass(frozen=True)
class Publication:
    """A metric that a part publishes: with which ``dimensions`` (names), and where its name is chosen."""

    namespace: str
    name: str
    dimensions: frozenset[str]
    named_at: KeyPath


@dataclass(frozen=True)
class Watched:
    """A metric that an alarm looks at, and where the file says so.

    ``published_by`` is who publishes it, as the file says, where neither a part nor AWS does.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    at: KeyPath
    published_by: str = ""


@dataclass(frozen=True)
class Declared(Generic[R_co]):
    """A ``resource`` that should exist, and the table at ``place`` from which it follows; ``()``: the whole file."""

    resource: R_co
    place: KeyPath
    named_at: KeyPath = ()
    """The key that chooses its name; ``()`` where that is not one key."""
    owner: str = ""
    """The function or service that it belongs to, or the cluster; ``""`` for what all share."""
    purpose: str = ""
    """What tells it from its owner's others of this kind: the signal of a filter or alarm, ``events`` of a queue."""
    lost_without: str = "a part of the platform is missing"
    """What follows where it does not exist."""
    retained: bool = False
    """It stays when the platform is torn down; so that it also stays when it is no longer declared, it bears a tag."""
    publishes: tuple[Publication, ...] = ()
    watches: tuple[Watched, ...] = ()
    outputs: Mapping[str, Shown] = field(default_factory=dict)
    """What it gives to the platform's outputs, by their names."""
    notes: tuple[str, ...] = ()
    """What a person should know of it and no plan would show."""
    unheard: str = ""
    """A note that holds as long as nobody else has added a receiver to it."""
    impossible: ConfigError | None = None
    """Why it cannot be made in this Region."""

    @property
    def kind(self) -> type[Resource]:
        return type(self.resource)

    @property
    def name(self) -> str:
        return self.resource.name


@dataclass(frozen=True)
class Theirs:
    """A thing of this ``kind`` that somebody else makes: the platform looks at it and never changes it."""

    kind: type[Resource]
    name: str
    place: KeyPath
    named_at: KeyPath = ()
    owner: str = ""
    outputs: Mapping[str, Shown] = field(default_factory=dict)
    """Always given: whether the thing is there is not ours to know."""
