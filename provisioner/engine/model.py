"""The vocabulary: addresses, references, and the resources that stand on both sides of a diff.

What we want and what is there are instances of the same class. Every value is brought into one normal form when
an instance is made, so comparing two of them is plain ``!=`` over the declared attributes.

A value may hold a :class:`Ref` at any depth. A ``Ref`` that nothing has resolved yet *is* the "known after apply"
value: it names the resource and the output that are waited for.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, Self, TypeAlias, TypeVar, overload

T = TypeVar("T")

Outputs: TypeAlias = "Mapping[Address, Mapping[str, object]]"


@dataclass(frozen=True, order=True)
class Address:
    """``kind.name``, the one name of a resource in plan, state, log and error: ``log_group./ecs/shop-dev``."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that ``text`` spells; ``ValueError`` without a dot."""
        kind, dot, name = text.partition(".")
        if not (kind and dot and name):
            raise ValueError(f"{text!r} is not an address: kind.name is expected, as in log_group./ecs/shop-dev")
        return cls(kind, name)


@dataclass(frozen=True)
class Ref:
    """The output ``output`` of the resource at ``address``, whatever it will turn out to be."""

    address: Address
    output: str

    def __getitem__(self, key: str | int) -> Ref:
        """A part of it: the answer of a call that is only previewed may be indexed like the real one."""
        return Ref(self.address, f"{self.output}.{key}")

    def __str__(self) -> str:
        return f"(known after apply: {self.address} {self.output})"


@dataclass(frozen=True)
class Join:
    """Text of which some parts are references."""

    parts: tuple[str | Ref, ...]

    def __str__(self) -> str:
        return "".join(str(part) for part in self.parts)


Value: TypeAlias = T | Ref | Join
"""``Value[str]``: a text, or one that is known only after something else is applied."""


def join(*parts: Value[str]) -> str | Join:
    """``parts`` put together: text where all are text, else a :class:`Join`."""
    flat: list[str | Ref] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Join) else (part,))
    texts = [part for part in flat if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(flat) else Join(tuple(flat))


class Hidden(str):
    """A text that nobody may see, wherever it stands."""

    __slots__ = ()


class _Unseen(enum.Enum):
    UNSEEN = "unseen"


UNSEEN: Final[Any] = _Unseen.UNSEEN
"""A live value that AWS does not show: equal to anything, and allowed in an attribute of any type."""


class Output:
    """A class attribute whose value on an instance is the :class:`Ref` to that output of it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, resource: None, owner: type[Resource]) -> Output: ...

    @overload
    def __get__(self, resource: Resource, owner: type[Resource]) -> Ref: ...

    def __get__(self, resource: Resource | None, owner: type[Resource]) -> Output | Ref:
        return self if resource is None else Ref(resource.address, self._name)


@dataclass(frozen=True)
class Attribute:
    """How one declared attribute is compared and shown."""

    immutable: bool
    """A change of it is a replacement."""
    write_only: bool
    """AWS never shows it, so it is not compared; ``read`` copies it from what was wanted."""
    normal: Callable[[Any], object] | None
    """Brings either side into one form. It meets unresolved references and must let them pass."""
    conceal: Callable[[Any], object] | None
    """What of a secret value a person may see."""
    grants: bool
    """It says who may do something or hears of something, or whose code runs: every plan shows it, and in full."""


def attr(
    default: Any = dataclasses.MISSING,
    *,
    immutable: bool = False,
    write_only: bool = False,
    normal: Callable[[Any], object] | None = None,
    conceal: Callable[[Any], object] | None = None,
    grants: bool = False,
) -> Any:
    """Declare an attribute of a resource; the options are those of :class:`Attribute`.

    ``None`` is never compared: it stands for what AWS itself decides. AWS's own default is the ``default``.
    """
    metadata = {"attribute": Attribute(immutable, write_only, normal, conceal, grants)}
    if isinstance(default, dict | list):
        empty = type(default)
        return dataclasses.field(default_factory=lambda: empty(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Parent:
    """What a thing without tags belongs to: the ``kind`` whose ``output`` stands in the child's ``attribute``."""

    kind: str
    attribute: str
    output: str
    name: Callable[[str], str] = str
    """From the attribute's value to the parent's name, where the two differ: for example, a topic's name in its ARN."""
    goes_along: bool = False
    """AWS removes the child with its parent, so that it needs no call of its own."""

    def address(self, value: object) -> Address | None:
        """Where the parent is looked for; ``None`` while ``value`` is not known."""
        return Address(self.kind, self.name(value)) if isinstance(value, str) else None


@dataclass(frozen=True)
class Naming:
    """What AWS takes as the name of a kind of thing.

    Two things of one ``noun`` cannot have the same name. The whole name matches ``pattern``, which ``allowed`` says in
    words, and has at most ``longest`` characters. ``dimensions`` are those of AWS's own metrics that hold such a name.
    """

    noun: str
    pattern: str
    allowed: str
    longest: int
    dimensions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A thing that should exist, or does. Subclasses add attributes with :func:`attr` and :class:`Output`.

    A class declares how to tell whose a thing is: by an attribute ``tags``, by a ``parent``, or else by ``identity``.
    """

    kind: ClassVar[str]
    parent: ClassVar[Parent | None] = None
    """Whose child it is. It goes with its parent, and is ours exactly where its parent is."""
    identity: ClassVar[tuple[str, ...]] = ()
    """The outputs that tell this very object from another of the same name: an id or a time of creation."""
    stands_on: ClassVar[tuple[str, ...]] = ()
    """Its attributes that name what it stands on, by one of that thing's outputs: it is removed before them."""
    naming: ClassVar[Naming | None] = None
    """``None`` where the name is ours alone, and AWS never sees it."""
    name: str
    depends_on: tuple[Address, ...] = ()
    """Only for edges that no value carries."""

    def __post_init__(self) -> None:
        for name, attribute in self.attributes().items():
            value = getattr(self, name)
            if attribute.normal and value is not None and value is not UNSEEN and not isinstance(value, Ref | Join):
                object.__setattr__(self, name, attribute.normal(value))

    @property
    def address(self) -> Address:
        return Address(self.kind, self.name)

    @classmethod
    @cache
    def attributes(cls) -> Mapping[str, Attribute]:
        """The declared attributes in the order of their declaration."""
        return {f.name: f.metadata["attribute"] for f in dataclasses.fields(cls) if "attribute" in f.metadata}

    def values(self) -> dict[str, Any]:
        """The declared attributes with their values."""
        return {name: getattr(self, name) for name in self.attributes()}

    @property
    def tags_if_any(self) -> Mapping[str, str] | None:
        """Its tags; ``None`` where the kind has none."""
        tags: Mapping[str, str] | None = self.values().get("tags")
        return tags

    def mentions(self) -> Iterator[str]:
        """Every text in the attributes of ``stands_on``."""
        return (text for name in self.stands_on for text in texts(self.values()[name]))

    def parent_address(self) -> Address | None:
        """Where its parent is looked for; ``None`` without a parent, or while nobody can know."""
        return self.parent.address(self.values()[self.parent.attribute]) if self.parent else None

    def is_child_of(self, outputs: Mapping[str, Any]) -> bool:
        """Whether a thing with these ``outputs`` is its parent, and no namesake of it in another place."""
        if self.parent is None:
            return False
        return bool(self.values()[self.parent.attribute] == outputs.get(self.parent.output))

    def needs(self) -> frozenset[Address]:
        """What must exist first: every address that a value refers to, and ``depends_on``."""
        found = {ref.address for value in self.values().values() for ref in references(value)}
        return frozenset(found | set(self.depends_on))

    def resolve(self, outputs: Outputs) -> Self:
        """A copy in which every reference that ``outputs`` knows is replaced by its value."""
        found = {name: substitute(v, outputs) for name, v in self.values().items() if not is_known(v)}
        return dataclasses.replace(self, **found) if found else self


R = TypeVar("R", bound=Resource)


def unseen(kind: type[Resource]) -> dict[str, Any]:
    """The attributes of a thing of which nothing has been seen but that it is there."""
    return {**dict.fromkeys(kind.attributes(), UNSEEN), **({"tags": {}} if "tags" in kind.attributes() else {})}


def tagged(resource: R, tags: Mapping[str, str]) -> R:
    """``resource`` with these ``tags``."""
    changes: dict[str, Any] = {"tags": dict(tags)}
    return dataclasses.replace(resource, **changes)


def texts(value: object) -> Iterator[str]:
    """Every text in ``value``, at any depth; keys are none."""
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from texts(item)
        case list() | tuple():
            for item in value:
                yield from texts(item)


def references(value: object) -> Iterator[Ref]:
    """Every unresolved reference in ``value``, at any depth."""
    match value:
        case Ref():
            yield value
        case Join(parts=parts):
            yield from (part for part in parts if isinstance(part, Ref))
        case dict():
            for item in value.values():
                yield from references(item)
        case list() | tuple():
            for item in value:
                yield from references(item)


def is_known(value: object) -> bool:
    """Whether nothing in ``value`` waits for an apply."""
    return next(references(value), None) is None


def substitute(value: Any, outputs: Outputs) -> Any:
    """``value`` with each reference replaced that ``outputs`` knows."""
    match value:
        case Ref(address=address, output=output):
            return outputs.get(address, {}).get(output, value)
        case Join(parts=parts):
            return join(*(substitute(part, outputs) for part in parts))
        case dict():
            return {key: substitute(item, outputs) for key, item in value.items()}
        case list():
            return [substitute(item, outputs) for item in value]
        case tuple():
            return tuple(substitute(item, outputs) for item in value)
        case _:
            return value
