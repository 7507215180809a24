"""What space-delimited and JSON patterns share: ``= != < > <= >=`` on one value; ``&&``, ``||`` and ``()``."""

from __future__ import annotations

import operator
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from provisioner.patterns.cursor import Cursor
from provisioner.patterns.numbers import NUMBER, Scalar
from provisioner.patterns.regex import Regex, parse_regex
from provisioner.patterns.wildcard import Wildcard

_ORDERS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_BARE = frozenset(string.ascii_letters + string.digits + "_.*+-")
_MAX_EXPONENT = 2**31 - 1

S_contra = TypeVar("S_contra", contravariant=True)
S = TypeVar("S")


class Question(Protocol[S_contra]):
    """A yes-or-no question about a subject: a JSON document, or one field of a line."""

    def test(self, subject: S_contra) -> bool: ...


@dataclass(frozen=True)
class AllOf(Generic[S]):
    """``a && b``"""

    parts: tuple[Question[S], ...]

    def test(self, subject: S) -> bool:
        return all(part.test(subject) for part in self.parts)


@dataclass(frozen=True)
class AnyOf(Generic[S]):
    """``a || b``"""

    parts: tuple[Question[S], ...]

    def test(self, subject: S) -> bool:
        return any(part.test(subject) for part in self.parts)


@dataclass(frozen=True)
class NumberLiteral:
    """A number written without quotes.

    It equals a number of the same value (``1`` equals ``1.0``), and a text only if that is written the same
    (``1`` equals ``"1"``, not ``"01"``): so TestMetricFilter was seen to answer.
    """

    source: str

    @cached_property
    def number(self) -> Decimal:
        return Decimal(self.source)

    def equals(self, scalar: Scalar) -> bool:
        return scalar.text == self.source if scalar.number is None else scalar.number == self.number


Operand = NumberLiteral | Wildcard | Regex


@dataclass(frozen=True)
class Equality:
    """``= operand``, or ``!= operand`` if ``negated``."""

    operand: Operand
    negated: bool = False

    def test(self, subject: Scalar) -> bool:
        if isinstance(self.operand, NumberLiteral) and not subject.comparable:
            return False
        return self.operand.equals(subject) != self.negated


@dataclass(frozen=True)
class Order:
    """``> number`` and its kind: false for everything that is not a number."""

    sign: str
    limit: NumberLiteral

    def test(self, subject: Scalar) -> bool:
        return subject.number is not None and _ORDERS[self.sign](subject.number, self.limit.number)


Condition = Equality | Order


def parse_condition(cursor: Cursor) -> Condition:
    """An operator and what stands after it. Raises :class:`PatternError`."""
    start = cursor.position
    sign = next((sign for sign in ("!=", "=", *_ORDERS) if cursor.take(sign)), "")
    if not sign:
        raise cursor.unexpected("an operator", "operators: = != < > <= >=")
    if cursor.peek() in ("=", ">", "<"):
        raise cursor.error(f"{sign}{cursor.peek()} is not an operator", "operators: = != < > <= >=", at=start)
    cursor.skip_spaces()
    place = cursor.position
    operand = _operand(cursor)
    if sign not in _ORDERS:
        return Equality(operand, negated=sign == "!=")
    if not isinstance(operand, NumberLiteral):
        raise cursor.error(f"{sign} compares numbers only", "write a number without quotes after it", at=place)
    return Order(sign, operand)


def _operand(cursor: Cursor) -> Operand:
    if cursor.peek() == "%":
        return parse_regex(cursor)
    operand = Wildcard(cursor.take_phrase()) if cursor.peek() == '"' else _bare(cursor)
    if isinstance(operand, Wildcard) and operand.inner:
        cursor.ambiguities.append(
            f"AWS's editions disagree about the * inside {operand.source}: in older ones it stands for itself, newer "
            "ones say only that * matches text. Here it is a wildcard."
        )
    return operand


def _bare(cursor: Cursor) -> NumberLiteral | Wildcard:
    """A value without quotes: a number, or letters, digits, underscores, dots and wildcards.

    "Strings that contain types other than alphanumeric characters and the underscore symbol must be placed in double
    quotation marks" (AWS, Filter pattern syntax) - and the same page has ``123.123.*`` without them.
    """
    start = cursor.position
    word = cursor.take_while(lambda char: char in _BARE)
    if not NUMBER.fullmatch(word):
        # A sign can only be part of a number: the value ends before it, and nothing can follow without a space.
        word = re.split("[+-]", word, maxsplit=1)[0]
        cursor.position = start + len(word)
    if not word or not (cursor.done or cursor.peek().isspace() or cursor.peek() in ")&|,"):
        raise cursor.unexpected(
            "a value", 'put a text with other characters than letters, digits and _ in double quotes ""'
        )
    if word.lower() == "null":
        raise cursor.error("null is not a value", 'write IS NULL, or "null" for the text', at=start)
    if not NUMBER.fullmatch(word):
        return Wildcard(word)
    exponent = word.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > _MAX_EXPONENT:
        raise cursor.error("this exponent is too large", "a number is at most some 1.8e308", at=start)
    return NumberLiteral(word)


def parse_expression(cursor: Cursor, atom: Callable[[Cursor], Question[S]]) -> Question[S]:
    """Questions read by ``atom``, joined by ``&&`` and ``||``, with parentheses. Raises :class:`PatternError`.

    "Standard order of operations: () > && > ||" (AWS, Filter pattern syntax). The open parentheses are kept in a list:
    a pattern of a thousand of them costs no stack.
    """
    groups: list[list[list[Question[S]]]] = [[[]]]
    opened: list[int] = []
    while True:
        cursor.skip_spaces()
        if cursor.peek() == "(":
            opened.append(cursor.position)
            cursor.take("(")
            groups.append([[]])
            continue
        groups[-1][-1].append(atom(cursor))
        cursor.skip_spaces()
        while opened and cursor.take(")"):
            opened.pop()
            group = _joined(groups.pop())
            groups[-1][-1].append(group)
            cursor.skip_spaces()
        if cursor.take("||"):
            groups[-1].append([])
        elif not cursor.take("&&"):
            break
    if opened:
        raise cursor.error("this parenthesis is never closed", "add the closing )", at=opened[-1])
    return _joined(groups.pop())


def _joined(alternatives: list[list[Question[S]]]) -> Question[S]:
    parts = [AllOf(tuple(tests)) if len(tests) > 1 else tests[0] for tests in alternatives]
    return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]
