"""JSON patterns: ``{ $.level = "ERROR" && ($.status >= 500 || $.user IS NULL) }``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.patterns.conditions import Condition, Equality, Question, parse_condition, parse_expression
from provisioner.patterns.cursor import Cursor
from provisioner.patterns.numbers import JsonNumber, json_scalar
from provisioner.patterns.pattern import Match, Pattern
from provisioner.patterns.selector import MISSING, Selector, parse_selector, selector

Document = Mapping[str, object]

_CONSTANTS = {"null": None, "true": True, "false": False}


def _no_json(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_int=JsonNumber, parse_float=JsonNumber, parse_constant=_no_json)


@dataclass(frozen=True)
class Comparison:
    """``$.path = value`` and its kind.

    No condition holds for an array or an object, ``!=`` included ("if a property selector points to an array or object,
    the filter pattern won't match the log format", AWS, Filter pattern syntax), and none was seen to hold for null, a
    boolean or a path that leads to nothing. With a wildcard, one value that the condition holds for is enough, except
    that ``!=`` was seen to mean: no value equals, and the path exists up to its wildcard.
    """

    path: Selector
    condition: Condition

    def test(self, subject: Document) -> bool:
        if not self.path.wild:
            scalar = json_scalar(self.path.node(subject))
            return scalar is not None and self.condition.test(scalar)
        scalars = [scalar for value in self.path.values(subject) if (scalar := json_scalar(value))]
        if isinstance(self.condition, Equality) and self.condition.negated:
            return self.path.node(subject) is not MISSING and all(self.condition.test(scalar) for scalar in scalars)
        return any(self.condition.test(scalar) for scalar in scalars)


@dataclass(frozen=True)
class IsConstant:
    """``$.path IS NULL``, ``IS TRUE`` or ``IS FALSE``.

    ``IS NULL`` was seen to hold for an array as well, if one of its elements is null.
    """

    path: Selector
    constant: bool | None

    def test(self, subject: Document) -> bool:
        values = self.path.values(subject)
        if self.constant is None and not self.path.wild and values and isinstance(values[0], list):
            values = values[0]
        return any(value is self.constant for value in values)


@dataclass(frozen=True)
class NotExists:
    """``$.path NOT EXISTS``: the path leads to nothing, not even to null."""

    path: Selector

    def test(self, subject: Document) -> bool:
        return not self.path.values(subject)


@dataclass(frozen=True, kw_only=True)
class JsonPattern(Pattern):
    """Conditions on the properties of lines that are JSON objects; no other line matches."""

    kind = "json"
    expression: Question[Document]

    def match(self, line: str) -> Match | None:
        document = _document(line)
        if document is None or not self.expression.test(document):
            return None
        return Match(document=document)

    def view(self, line: str) -> dict[str, str]:
        return self.extracted(Match(document=_document(line) or {}))

    def check(self, expression: str) -> None:
        _single(expression)

    def extract(self, expression: str, match: Match) -> str | None:
        """As in :class:`Pattern`; ``expression`` is any selector without a wildcard, used in the pattern or not."""
        values = _single(expression).values(match.document)
        if not values:
            return None
        if isinstance(values[0], bool):
            return str(values[0]).lower()
        scalar = json_scalar(values[0])
        return scalar.text if scalar else None


def _single(expression: str) -> Selector:
    path = selector(expression)
    if path.wild:
        raise Cursor(expression).error("a selector with a wildcard has no single value", "name one element, as in [0]")
    return path


def _document(line: str) -> Document | None:
    """The line as a JSON object, or ``None``; the last of several properties with one name counts.

    A line that is nested too deeply for Python is not an object either: AWS's parser has a limit, too, which it does
    not publish.
    """
    try:
        document = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def read_json(cursor: Cursor) -> JsonPattern:
    """The JSON pattern that the cursor's source is. Raises :class:`PatternError`."""
    if not cursor.source.endswith("}") or len(cursor.source) < 2:
        raise cursor.error(
            "a pattern that starts with { must end with }",
            "nothing can follow the closing }, no space or line end either",
        )
    cursor.take("{")
    cursor.end -= 1
    paths: list[Selector] = []

    def question(cursor: Cursor) -> Question[Document]:
        path = parse_selector(cursor)
        paths.append(path)
        cursor.skip_spaces()
        if cursor.peek().isalpha():
            return _keywords(cursor, path)
        return Comparison(path, parse_condition(cursor))

    expression = parse_expression(cursor, question)
    if not cursor.done:
        raise cursor.unexpected("&&, || or the closing }", "conditions are joined by && and ||")
    return JsonPattern(
        source=cursor.source,
        expression=expression,
        fields=tuple(dict.fromkeys(path.source for path in paths if not path.wild)),
        ambiguities=tuple(cursor.ambiguities),
    )


def _keywords(cursor: Cursor, path: Selector) -> Question[Document]:
    """``IS NULL``, ``IS TRUE``, ``IS FALSE`` or ``NOT EXISTS``, in upper or lower case."""
    start = cursor.position
    first = cursor.take_while(str.isalpha).lower()
    cursor.skip_spaces()
    second = cursor.take_while(str.isalpha).lower()
    if first == "is" and second in _CONSTANTS:
        return IsConstant(path, _CONSTANTS[second])
    if (first, second) == ("not", "exists"):
        return NotExists(path)
    raise cursor.error(
        "this is not a condition",
        "IS NULL, IS TRUE, IS FALSE and NOT EXISTS are all there is; IS NOT and EXISTS are not supported",
        at=start,
    )
