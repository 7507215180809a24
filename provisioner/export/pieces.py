"""A thing in another tool's words. One thing here may be several there: a role and each of its policies.

Names there are made of our addresses. What nobody may see is a :class:`Secret`, for which each tool has its own kind of
variable, and never the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from provisioner.engine.adoption import others
from provisioner.engine.graph import Edges
from provisioner.engine.model import UNSEEN, Address, Resource
from provisioner.engine.reconciler import Live
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.lambda_function import LambdaFunction, conceal_environment
from provisioner.resources.metric_alarm import MetricAlarm


@dataclass(frozen=True)
class Secret:
    """Stands for a value that must not stand in a file: ``of`` says whose it is, ``what`` which of its values."""

    of: Address
    what: str


@dataclass(frozen=True)
class Code:
    """Stands for where the code of the function ``of`` will be found: ``what`` of its place nobody here knows."""

    of: Address
    what: str


@dataclass(frozen=True)
class Piece:
    """One resource of another tool: its ``type``, by what the tool finds it in AWS, and its settings.

    Of one thing's pieces ``part`` tells the second and further ones from the first, which they stand on. ``unmanaged``
    names settings whose value the tool is not to compare.
    """

    type: str
    identity: Mapping[str, str]
    values: Mapping[str, object]
    part: str = ""
    unmanaged: tuple[str, ...] = ()


Words: TypeAlias = Callable[[Any], Iterator[Piece]]
"""Says one kind, from its :class:`~provisioner.engine.reconciler.Live`."""


@dataclass(frozen=True)
class Ours:
    """What is ours and there, in the order of creation, and what each of it stands on."""

    lives: Sequence[Live[Resource]]
    stands_on: Edges


@dataclass(frozen=True)
class Export:
    """The files, name -> text, and what a person must know of what they do not say."""

    files: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """A piece with its name there, and the names of those that it stands on."""

    name: str
    piece: Piece
    of: Address
    needs: tuple[str, ...]


def named(ours: Ours, words: Mapping[str, Words], spell: Callable[[Address, Piece], str]) -> list[Named]:
    """Every piece of ``ours`` under a name of its own, made by ``spell``."""
    taken: set[str] = set()
    first: dict[Address, str] = {}
    found: list[Named] = []
    there = [live for live in ours.lives if not left_out(live)]
    pieces = [(live.resource.address, piece) for live in there for piece in words[live.resource.kind](live)]
    for address, piece in pieces:
        name = _free(spell(address, piece), taken)
        main = first.setdefault(address, name)
        found.append(Named(name, piece, address, (main,) if main != name else ()))
    return [
        item if item.needs else Named(item.name, item.piece, item.of, _needs(ours.stands_on, item.of, first))
        for item in found
    ]


def _needs(stands_on: Edges, address: Address, first: Mapping[Address, str]) -> tuple[str, ...]:
    return tuple(sorted(first[below] for below in stands_on.get(address, ()) if below in first))


def _free(name: str, taken: set[str]) -> str:
    """``name``, or with a number where two things would be spelled alike."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}{number}"
    taken.add(free)
    return free


def given(values: Mapping[str, object]) -> dict[str, object]:
    """``values`` without those that AWS does not show and those that are not set."""
    return {
        key: value
        for key, value in values.items()
        if value is not UNSEEN and (value not in _UNSET or (key in _REQUIRED and value is not None))
    }


_UNSET: tuple[object, ...] = ("", None, {}, [])
_REQUIRED = ("pattern", "FilterPattern")
"""Settings that must be there, be they empty."""


def variables(there: LambdaFunction, table: str) -> object:
    """The environment of a function, in the ``table`` where a tool wants it; secrets stand for themselves."""
    if there.environment is UNSEEN:
        return UNSEEN
    shown = conceal_environment(there.environment)
    said = {
        name: value if shown[name] == value else Secret(there.address, name)
        for name, value in there.environment.items()
    }
    return {table: said} if said else None


def kept_tags(live: Live[Resource]) -> dict[str, str]:
    """The tags that stay when we let go of it: all but those of this tool itself."""
    return others(live.resource.tags_if_any or {})


def notes(ours: Ours, items: Iterable[Named]) -> Iterator[str]:
    """What is missing in the files of either tool."""
    for live in ours.lives:
        if why := left_out(live):
            yield f"{live.resource.address} is left out: {why}"
        for member in live.unread:
            yield f"{live.resource.address}: AWS also says {member}, which stands in no file"
    for item in items:
        for key in unseen(item.piece):
            yield f"{item.of}: {key} is left out, for AWS does not show it"


def left_out(live: Live[Resource]) -> str:
    """Why a thing cannot be said in another tool's words; empty where it can."""
    if live.outputs.get("confirmed") is False:
        return "it has no ARN before its receiver confirms it"
    there = live.resource
    if isinstance(there, MetricAlarm | CompositeAlarm) and there.type != type(there).type:
        return f"it is a {there.type}, and not what is declared"
    return ""


def unseen(piece: Piece) -> list[str]:
    """The settings of which AWS does not show the value."""
    return [key for key, value in piece.values.items() if value is UNSEEN]
