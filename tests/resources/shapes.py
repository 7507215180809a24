"""The shape of the table of examples: one row for each declared attribute of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from provisioner.engine.model import Resource

Client = Callable[[str], Any]
"""boto3's clients by service, as anybody has them."""

Drift = Callable[[Client], object]


@dataclass(frozen=True)
class Other:
    """Another value of one attribute, and how somebody else would set it.

    ``drift`` calls AWS directly so that the base bears ``value``; ``heal`` are the operations, no more, that put it
    right again. ``drift`` is ``None`` where no one can set it, and then ``why`` says so.
    """

    value: Any
    drift: Drift | None = None
    heal: str = ""
    on: Resource | None = None
    """A base other than the kind's, where the attribute means something only together with others."""
    also: tuple[Resource, ...] = ()
    """What must exist for the value to be accepted."""
    why: str = ""
    renamed: Resource | None = None
    """The attribute follows from the name: with another value it is another resource, this one."""
    along: Mapping[str, Any] = field(default_factory=dict)
    """What is declared together with it, and is not compared."""
    confirm: str = ""
    """An endpoint that must have confirmed its subscription before anything of it shows."""
    planned_only: bool = False
    """AWS, or the emulator, has no second value yet; the plan can be looked at all the same."""


@dataclass(frozen=True)
class Example:
    """A kind's base and its rows. What the base stands on follows from its references."""

    base: Resource
    others: Mapping[str, Other] = field(default_factory=dict)
    together: tuple[str, ...] | None = None
    """The attributes whose other values go together in one creation; ``None`` means all that can."""
    count: Callable[[Client], int] | None = None
    """How many there are, for a kind of which AWS would make a second under the same name."""
