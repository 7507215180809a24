"""Paths into a JSON line: ``$.user.id``, ``$.users[0].email``, ``$.['key.with.dots']``, ``$.items[*].id``, ``$.*``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from provisioner.patterns.cursor import Cursor

MISSING = object()

Step = str | int


@dataclass(frozen=True)
class Selector:
    """One path. ``source`` is how it is written; with ``wild``, a wildcard stands between ``head`` and ``tail``.

    "You can only use up to one wildcard selector in a property selector" (AWS, Filter pattern syntax). ``[*]`` and
    ``.*`` were seen to be the same: the elements of an array, or the values of an object.
    """

    source: str
    head: tuple[Step, ...]
    tail: tuple[Step, ...] = ()
    wild: bool = False

    def values(self, document: object) -> list[object]:
        """Everything the path leads to: at most one node, unless it is ``wild``."""
        node = self.node(document)
        nodes = _children(node) if self.wild else [node]
        return [value for node in nodes if (value := _walk(node, self.tail)) is not MISSING]

    def node(self, document: object) -> object:
        """What the path leads to, up to its wildcard if it has one; ``MISSING`` where it leads to nothing."""
        return _walk(document, self.head)


def _walk(node: object, steps: tuple[Step, ...]) -> object:
    for step in steps:
        if isinstance(step, str):
            node = node.get(step, MISSING) if isinstance(node, dict) else MISSING
        else:
            node = node[step] if isinstance(node, list) and step < len(node) else MISSING
    return node


def _children(node: object) -> Collection[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


@lru_cache(maxsize=512)
def selector(expression: str) -> Selector:
    """The path that ``expression`` is, as a whole. Raises :class:`PatternError`."""
    cursor = Cursor(expression)
    path = parse_selector(cursor)
    if not cursor.done:
        raise cursor.unexpected("the end of the selector", "a selector is only a path, for example $.user.id")
    return path


def parse_selector(cursor: Cursor) -> Selector:
    """The path that starts here. Raises :class:`PatternError`."""
    start = cursor.position
    if not cursor.take("$."):
        hint = "write $.['name']" if cursor.take("$[") else "a selector starts with $. and a property's name"
        raise cursor.error("this is not a selector", hint, at=start)
    sides: list[list[Step]] = [[]]
    _property(cursor, sides)
    while True:
        if cursor.take("."):
            _property(cursor, sides)
        elif cursor.take("["):
            _element(cursor, sides)
        else:
            break
    head, *tails = sides
    if len(tails) > 1:
        raise cursor.error(
            "a selector can have one wildcard only", "name the elements of the others, as in [0]", at=start
        )
    if tails:
        cursor.wildcards.append(start)
    return Selector(cursor.source[start : cursor.position], tuple(head), tuple(*tails), wild=bool(tails))


def _property(cursor: Cursor, sides: list[list[Step]]) -> None:
    """A name, a wildcard, or a name in brackets; the last is for names with a period (AWS, Filter pattern syntax)."""
    place = cursor.position
    if cursor.take("*"):
        sides.append([])
    elif cursor.take("['"):
        name = cursor.take_while(lambda char: char != "'")
        if not name or not cursor.take("']"):
            raise cursor.error("this name in brackets does not end", "write ['name']", at=place)
        sides[-1].append(name)
    else:
        name = cursor.take_while(lambda char: char.isalnum() or char in "-_")
        if not name:
            raise cursor.unexpected(
                "a property's name", "other characters than letters, digits, - and _ go into ['name']"
            )
        sides[-1].append(name)


def _element(cursor: Cursor, sides: list[list[Step]]) -> None:
    index = cursor.take_while(lambda char: char in "0123456789")
    if index:
        sides[-1].append(int(index))
    elif cursor.take("*"):
        sides.append([])
    else:
        raise cursor.unexpected("an element's number or *", "the first element is [0]")
    if not cursor.take("]"):
        raise cursor.unexpected("]", "an element is [0] or [*]")
