r"""AWS's subset of regular expressions, ``%...%``, matched in time linear in the text.

"Supported regular expressions (regex) syntax" (AWS, Filter pattern syntax): letters, digits, the symbols
``: _ # = @ / ; , -``, the operators ``^ $ ? [] {m,n} | \ * + .`` and the escapes ``\d \D \s \S \w \W \xhh``. No
parentheses, no multi-byte characters. The text is searched, not matched as a whole.

Without parentheses an expression is a row of alternatives, each a row of characters that may repeat. That is a
nondeterministic automaton in a straight line: one bit for each place in it, all places advanced together by a few
operations on one integer (Shift-And, after Baeza-Yates, Gonnet and Navarro). Nothing backtracks.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass, field

from provisioner.patterns.cursor import Cursor
from provisioner.patterns.errors import PatternError
from provisioner.patterns.numbers import Scalar

MAX_REPEAT = 1000
MAX_CELLS = 10_000
"""AWS publishes no bound for either; these keep the work for one character of a log line small."""

# A set of characters is a bitmap over ASCII and one more bit for every character beyond it: a pattern cannot name one
# of those, so they all behave alike.
_OTHER = 128
_ALL = (1 << _OTHER + 1) - 1


def _bitmap(chars: Iterable[str]) -> int:
    return sum(1 << ord(char) for char in set(chars))


_DIGIT = _bitmap(string.digits)
_WORD = _bitmap(string.ascii_letters + string.digits + "_")
_SPACE = _bitmap(" \t\n\r\f")
_DOT = _ALL ^ _bitmap("\n")
_CLASSES = {"d": _DIGIT, "D": _ALL ^ _DIGIT, "s": _SPACE, "S": _ALL ^ _SPACE, "w": _WORD, "W": _ALL ^ _WORD}

_OPERATORS = "^$?[]{}|\\*+."
# AWS's list has no space, one of its examples has: %^starting|^initializing|^shutting down%
_LITERALS = frozenset(string.ascii_letters + string.digits + ":_#=@/;,- ")
_ESCAPABLE = frozenset(_OPERATORS + ":_#=@/;,-")
_LITERAL_IN_CLASS = _LITERALS | frozenset("^$?{}|*+.")
_BOUNDS = re.compile(r"\{([0-9]*)(,?)([0-9]*)\}")


@dataclass(frozen=True)
class Cell:
    """One place in an alternative: a character out of ``chars``, or an anchor.

    ``skip``: it may be left out; ``loop``: it may repeat; ``begin``, ``end``: it takes no character and holds only at
    the beginning or the end of the text.
    """

    chars: int = 0
    skip: bool = False
    loop: bool = False
    begin: bool = False
    end: bool = False


class Program:
    """The alternatives of one expression, laid out one after the other on the bits of an integer."""

    def __init__(self, alternatives: list[list[Cell]]) -> None:
        self.size = 0
        self._starts = self._accepts = self._skips = self._loops = self._begins = self._ends = 0
        places: dict[int, int] = {}
        for cells in alternatives:
            self._starts |= 1 << self.size
            for cell in cells:
                bit = 1 << self.size
                places[cell.chars] = places.get(cell.chars, 0) | bit
                self._skips |= bit * cell.skip
                self._loops |= bit * cell.loop
                self._begins |= bit * cell.begin
                self._ends |= bit * cell.end
                self.size += 1
            self._accepts |= 1 << self.size
            self.size += 1
        self._table = {chr(code): _places(places, code) for code in range(_OTHER)}
        self._other = _places(places, _OTHER)

    def search(self, text: str) -> bool:
        """Whether the expression matches anywhere in ``text``: one step for each of its characters."""
        table, other, loops, accepts, skips = self._table, self._other, self._loops, self._accepts, self._skips
        start = _reach(self._starts, skips)
        state = _reach(self._starts, skips | self._begins)
        for char in text:
            if state & accepts:
                return True
            hit = state & table.get(char, other)
            state = _reach(hit << 1 | hit & loops, skips) | start if hit else start
        passable = skips | self._ends | (0 if text else self._begins)
        return bool(_reach(state, passable) & accepts)


def _places(places: dict[int, int], code: int) -> int:
    """The bits of all cells whose set has the character ``code``."""
    return sum(bits for chars, bits in places.items() if chars >> code & 1)


def _reach(state: int, passable: int) -> int:
    """``state`` and all bits that follow it without a gap in ``passable``.

    Adding a bit to a run of ones carries to the first zero above the run; what changed is what was passed.
    """
    return state | (passable + (state & passable)) ^ passable


@dataclass(frozen=True)
class Regex:
    """A regular expression of AWS's subset; ``source`` is the text between the percent signs."""

    source: str
    program: Program = field(compare=False, repr=False)

    def search(self, text: str) -> bool:
        return self.program.search(text)

    def equals(self, scalar: Scalar) -> bool:
        return self.search(scalar.text)


def parse_regex(cursor: Cursor) -> Regex:
    """The expression that starts at the cursor's percent sign. Raises :class:`PatternError`."""
    opening = cursor.position
    cursor.regexes.append(opening)
    closing = cursor.source.find("%", opening + 1, cursor.end)
    if closing < 0:
        raise cursor.error("a regular expression starts with % and must end with %", "add the closing %", at=opening)
    if closing == opening + 1:
        raise cursor.error("this regular expression is empty", "write what to look for between %%", at=opening)
    source = cursor.source[opening + 1 : closing]
    if " " in source:
        cursor.ambiguities.append(
            "AWS's list of characters for regular expressions has no space, one of its examples has: "
            f"to be sure, write \\s in %{source}%."
        )
    program = Program(_alternatives(Cursor(cursor.source, opening + 1, closing)))
    cursor.position = closing + 1
    return Regex(source, program)


def _alternatives(cursor: Cursor) -> list[list[Cell]]:
    opening = cursor.position
    alternatives: list[list[Cell]] = [[]]
    total = 0
    while not cursor.done:
        if cursor.take("|"):
            alternatives.append([])
            continue
        cells = _item(cursor)
        total += len(cells)
        if total > MAX_CELLS:
            raise cursor.error(
                f"this expression unfolds to more than {MAX_CELLS} characters",
                "use + or * instead of counts",
                at=opening,
            )
        alternatives[-1].extend(cells)
    return alternatives


def _item(cursor: Cursor) -> list[Cell]:
    """The next anchor, or the next character with its quantifier."""
    if cursor.take("^"):
        return [Cell(begin=True)]
    if cursor.take("$"):
        return [Cell(end=True)]
    chars = _atom(cursor)
    low, high = _quantifier(cursor)
    if high is None:
        return [*[Cell(chars)] * (low - 1), Cell(chars, skip=low == 0, loop=True)]
    return [*[Cell(chars)] * low, *[Cell(chars, skip=True)] * (high - low)]


def _atom(cursor: Cursor) -> int:
    char = cursor.peek()
    if char == "[":
        return _character_class(cursor)
    if char == "\\":
        return _escape(cursor)
    if char in "?*+":
        raise cursor.error(f"there is nothing that {char} could repeat", f"write \\{char} for the character itself")
    if char in "{}]":
        raise cursor.error(f"{char} stands here without its partner", f"write \\{char} for the character itself")
    if char != "." and char not in _LITERALS:
        raise _unsupported(cursor, char)
    cursor.position += 1
    return _DOT if char == "." else _bitmap(char)


def _unsupported(cursor: Cursor, char: str) -> PatternError:
    if not char.isascii():
        return cursor.error(
            f"invalid character {char!r}: a regular expression can only have ASCII characters",
            "write . for any character",
        )
    groups = "there are no groups; " if char in "()" else ""
    return cursor.error(
        f"invalid character {char!r} in a regular expression", f"{groups}write \\x{ord(char):02X} for the character"
    )


def _escape(cursor: Cursor) -> int:
    start = cursor.position
    cursor.take("\\")
    char = cursor.peek()
    cursor.position += 1
    if char in _CLASSES:
        return _CLASSES[char]
    if char == "x":
        return _bitmap(_hexadecimal(cursor, start))
    if not char or char not in _ESCAPABLE:
        raise cursor.error(
            f"\\{char} is not an escape that AWS supports",
            r"supported: \d \D \s \S \w \W \xhh, and \ before an operator",
            at=start,
        )
    return _bitmap(char)


def _hexadecimal(cursor: Cursor, start: int) -> str:
    digits = cursor.source[cursor.position : min(cursor.position + 2, cursor.end)]
    if not re.fullmatch("[0-7][0-9A-Fa-f]", digits):
        raise cursor.error(
            r"\x needs two hexadecimal digits of an ASCII character", r"for example \x28 for (", at=start
        )
    cursor.position += 2
    return chr(int(digits, 16))


def _character_class(cursor: Cursor) -> int:
    opening = cursor.position
    cursor.take("[")
    negated = cursor.take("^")
    chars = 0
    while not cursor.take("]"):
        if cursor.done:
            raise cursor.error("this character class is never closed", "end it with ]", at=opening)
        chars |= _class_member(cursor)
    if not chars:
        raise cursor.error("this character class is empty", r"write \] for a closing bracket in a class", at=opening)
    return _ALL ^ chars if negated else chars


def _class_member(cursor: Cursor) -> int:
    """One character of a class, one escape, or a range of characters."""
    start = cursor.position
    low = _class_character(cursor)
    if cursor.peek() != "-" or cursor.source[cursor.position + 1] == "]":
        return low
    cursor.take("-")
    high = _class_character(cursor)
    if low.bit_count() != 1 or high.bit_count() != 1 or low > high:
        raise cursor.error("this range has no beginning and end in that order", "for example [a-z]", at=start)
    return (high << 1) - low


def _class_character(cursor: Cursor) -> int:
    char = cursor.peek()
    if char == "\\":
        return _escape(cursor)
    if not char:
        raise cursor.error("this character class is never closed", "end it with ]")
    if char == "[":
        raise cursor.error("a bracket in a character class has to be escaped", r"write \[")
    if char not in _LITERAL_IN_CLASS:
        raise _unsupported(cursor, char)
    cursor.position += 1
    return _bitmap(char)


def _quantifier(cursor: Cursor) -> tuple[int, int | None]:
    """How often the item before may repeat: at least, at most (``None``: any number of times)."""
    start = cursor.position
    bounds: tuple[int, int | None] = (1, 1)
    if cursor.take("?"):
        bounds = (0, 1)
    elif cursor.take("*"):
        bounds = (0, None)
    elif cursor.take("+"):
        bounds = (1, None)
    elif cursor.peek() == "{":
        bounds = _bounds(cursor)
    if cursor.position > start:
        # "a+?" asks for the shortest match; whether there is a match is the same question.
        cursor.take("?")
    return bounds


def _bounds(cursor: Cursor) -> tuple[int, int | None]:
    found = _BOUNDS.match(cursor.source, cursor.position, cursor.end)
    if not found or not (found[1] or found[3]):
        raise cursor.error("a repetition is {m}, {m,}, {,n} or {m,n}", r"write \{ for the character itself")
    low = int(found[1] or 0)
    high = (int(found[3]) if found[3] else None) if found[2] else low
    if max(low, high or 0) > MAX_REPEAT:
        raise cursor.error(f"a repetition of more than {MAX_REPEAT}", "use + or *")
    if high is not None and low > high:
        raise cursor.error("the least number of repetitions is above the greatest", "write the smaller number first")
    cursor.position = found.end()
    return low, high
