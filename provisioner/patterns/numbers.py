"""Numbers as CloudWatch Logs reads, compares and prints them.

AWS's guide says only that numbers may be integers, decimals or in scientific notation ("Filter pattern syntax", numeric
values). The rest is how TestMetricFilter was seen to answer: integers compare exactly at any length, anything with a
point or an exponent is a double, and a number that is compared with a quoted text is the text Java prints for it
(``12.0`` is ``12.0``, ``1e0`` is ``1.0``).
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")


class JsonNumber(str):
    """A number of a JSON line, kept as it is written: turning it into a float would lose digits nobody asks for."""

    __slots__ = ()


class Scalar(NamedTuple):
    """One value that a condition looks at: its text and, where it is one, its number.

    ``comparable`` is false for a JSON number beyond the range of a double: no numeric condition holds for it, ``!=``
    included.
    """

    text: str
    number: Decimal | None = None
    comparable: bool = True


def json_scalar(value: object) -> Scalar | None:
    """A JSON node as a condition sees it; ``None`` for what is neither a string nor a number.

    "Value nodes can be strings or numbers" (AWS, Filter pattern syntax): booleans, null, arrays and objects compare
    with nothing. The text ``"1"`` is not the number 1.
    """
    if isinstance(value, JsonNumber):
        number = _decimal(value)
        return Scalar(_java_text(value), number, comparable=number is not None)
    return Scalar(value) if isinstance(value, str) else None


def field_scalar(text: str) -> Scalar:
    """A field of a space-delimited line: always a text, and a number as well where it is written like one."""
    return Scalar(text, _decimal(text) if NUMBER.fullmatch(text) else None)


def measurement(text: str) -> float | None:
    """The number that ``text`` publishes as a metric value; ``None`` where it is not a finite number."""
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def _decimal(text: str) -> Decimal | None:
    if _INTEGER.fullmatch(text):
        return Decimal(text)
    double = float(text)
    return Decimal(repr(double)) if math.isfinite(double) else None


def _java_text(text: str) -> str:
    """What Java's ``Long.toString`` or ``Double.toString`` prints for the JSON number ``text``."""
    if _INTEGER.fullmatch(text):
        return "0" if text == "-0" else str(text)
    double = float(text)
    if not math.isfinite(double):
        return "Infinity" if double > 0 else "-Infinity"
    exact = Decimal(repr(double))
    if double == 0 or 1e-3 <= abs(double) < 1e7:
        plain = f"{exact:f}"
        return plain if "." in plain else f"{plain}.0"
    digits = "".join(map(str, exact.as_tuple().digits)).rstrip("0")
    return f"{'-' if double < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exact.adjusted()}"
