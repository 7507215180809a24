"""Space-delimited patterns: ``[ip, user, ..., status = 4*, bytes > 1000]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from provisioner.patterns.conditions import Question, parse_condition, parse_expression
from provisioner.patterns.cursor import Cursor
from provisioner.patterns.errors import PatternError
from provisioner.patterns.numbers import Scalar, field_scalar
from provisioner.patterns.pattern import Match, Pattern

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ELLIPSIS = "..."
_PLAIN = re.compile(r"\S+", re.ASCII)
_QUOTED = re.compile(r'"([^"]*)"|(\S+)', re.ASCII)
_BRACKETED = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)', re.ASCII)


@dataclass(frozen=True)
class Field:
    """One field of a pattern: its name (empty: unnamed) and the condition on it."""

    name: str = ""
    test: Question[Scalar] | None = None

    def accepts(self, text: str) -> bool:
        return self.test is None or self.test.test(field_scalar(text))


@dataclass(frozen=True, kw_only=True)
class SpacePattern(Pattern):
    """Names and conditions for the fields of a line; ``after`` are those behind an ellipsis (``None``: there is none).

    Fields are delimited by spaces or tabs; "characters between brackets and double quotation marks are considered
    single fields" (AWS, Filter pattern syntax). An ellipsis stands for any number of fields, or none. An unnamed field
    is extracted under its number in the line: ``$1`` is the first.

    **A line with more fields than a pattern without an ellipsis** can be read in two ways.

    1. The last field takes the rest of the line. So the examples of newer editions have it (``[w1=ERROR, w2]`` for
       ``ERROR 09/25/2014 12:00:02 Failed to process request``), so says the README of AWS's own CloudWatch Logs
       Subscription Consumer ("the last field in a subscription filter pattern is always greedy"), and so
       TestMetricFilter was seen to answer. :meth:`match` reads it this way.
    2. The line does not match. So say older editions (``[w1=ERROR, w2]`` matches ``ERROR message`` and not
       ``ERROR WARN message``), and "the pattern needs to match with the entire log event message" (Example: Count HTTP
       404 codes). :meth:`match_exactly` reads it this way.
    """

    kind = "space"
    before: tuple[Field, ...]
    after: tuple[Field, ...] | None

    def match(self, line: str) -> Match | None:
        texts = _words(line)
        after = self.after or ()
        if len(texts) < len(self.before) + len(after):
            return None
        if self.after is None and len(texts) > len(self.before):
            texts = [*texts[: len(self.before) - 1], _rest(line, len(self.before) - 1)]
        resume = len(texts) - len(after)
        holds = _hold(self.before, texts) and _hold(after, texts[resume:])
        return Match(self._extracted(texts, resume)) if holds else None

    def match_exactly(self, line: str) -> Match | None:
        return None if self.after is None and len(_words(line)) > len(self.before) else self.match(line)

    def _extracted(self, texts: Sequence[str], resume: int) -> dict[str, str]:
        """Every field of the line by its name or number; those behind the ellipsis start at ``resume``."""
        named = dict(enumerate(self.before)) | dict(enumerate(self.after or (), resume))
        names = {place: field.name for place, field in named.items()}
        return {f"${names.get(place) or place + 1}": text for place, text in enumerate(texts)}

    def view(self, line: str) -> dict[str, str]:
        texts = _words(line)
        after = self.after or ()
        behind = texts[max(len(self.before), len(texts) - len(after)) :]
        named = [*zip(self.before, texts, strict=False), *zip(after, behind, strict=False)]
        return {f"${field.name}": text for field, text in named if field.name}

    def check(self, expression: str) -> None:
        if expression in self.fields or self._numbers(expression):
            return
        raise PatternError(
            f"the pattern has no field {expression}",
            source=expression,
            position=0,
            hint=f"its fields: {', '.join(self.fields) or 'unnamed only, $1 is the first'}",
        )

    def _numbers(self, expression: str) -> bool:
        """Whether ``expression`` is the number of a field that can be unnamed."""
        number = int(expression[1:]) if re.fullmatch(r"\$[1-9][0-9]{0,5}", expression) else 0
        if number > len(self.before):
            return self.after is not None
        return number > 0 and not self.before[number - 1].name

    def extract(self, expression: str, match: Match) -> str | None:
        self.check(expression)
        return match.fields.get(expression)


def _hold(fields: Sequence[Field], texts: Sequence[str]) -> bool:
    return all(field.accepts(text) for field, text in zip(fields, texts, strict=False))


def _words(line: str) -> list[str]:
    """The fields of a line, without the quotes or brackets around them."""
    if '"' not in line and "[" not in line:
        return _PLAIN.findall(line)
    return [found[found.lastindex or 0] for found in _found(line)]


def _rest(line: str, number: int) -> str:
    """The line from its field ``number``, counted from 0, to its end, as it is written."""
    return line[next(islice(_found(line), number, None)).start() :]


def _found(line: str) -> Iterator[re.Match[str]]:
    """A match for each field, in one pass.

    A quote or bracket that is never closed belongs to its word; a field may follow a closing one without a space.
    Behind the last closing bracket none is looked for: every open one would be a search to the end of the line.
    """
    last, position = line.rfind("]"), 0
    for found in _BRACKETED.finditer(line) if last >= 0 else ():
        if found.start() > last:
            break
        yield found
        position = found.end()
    yield from _QUOTED.finditer(line, position)


def read_space(cursor: Cursor) -> SpacePattern:
    """The space-delimited pattern that the cursor's source is. Raises :class:`PatternError`."""
    if not cursor.source.endswith("]") or len(cursor.source) < 2:
        raise cursor.error(
            "a pattern that starts with [ must end with ]",
            "nothing can follow the closing ], no space or line end either",
        )
    cursor.take("[")
    cursor.end -= 1
    cursor.skip_spaces()
    if cursor.done:
        # [] was seen to match every line and to number its fields, as [...] does.
        return SpacePattern(source=cursor.source, before=(), after=())
    sides: list[list[Field]] = [[]]
    names: set[str] = set()
    while True:
        _read_field(cursor, sides, names)
        if cursor.done:
            break
        if not cursor.take(","):
            raise cursor.unexpected("a comma or the closing ]", "fields are separated by commas")
    before, *after = [tuple(side) for side in sides]
    if not after:
        cursor.ambiguities.append(
            f"AWS's editions disagree about lines of more than {len(before)} fields: newer ones give the last one the "
            "rest of the line, by older ones such a line does not match. With ... at the end there is no such question."
        )
    return SpacePattern(
        source=cursor.source,
        before=before,
        after=after[0] if after else None,
        fields=tuple(f"${field.name}" for side in sides for field in side if field.name),
        ambiguities=tuple(cursor.ambiguities),
    )


def _read_field(cursor: Cursor, sides: list[list[Field]], names: set[str]) -> None:
    """The field up to the next comma: an ellipsis, nothing, a name, or conditions on a name."""
    cursor.skip_spaces()
    start = cursor.position
    if cursor.take(_ELLIPSIS):
        if len(sides) > 1:
            raise cursor.error(
                "a pattern can have one ellipsis only", "name the fields between, or leave them empty", at=start
            )
        sides.append([])
        cursor.skip_spaces()
        return
    if cursor.done or cursor.peek() == ",":
        sides[-1].append(Field())
        return
    field = _named_field(cursor)
    if field.name in names:
        raise cursor.error(f"there are two fields {field.name}", "give every field a name of its own", at=start)
    names.add(field.name)
    sides[-1].append(field)


def _named_field(cursor: Cursor) -> Field:
    start = cursor.position
    name = _name(cursor) if cursor.peek() != "(" else ""
    cursor.skip_spaces()
    if name and (cursor.done or cursor.peek() == ","):
        return Field(name)
    cursor.position = start
    used: list[str] = []

    def question(cursor: Cursor) -> Question[Scalar]:
        place = cursor.position
        used.append(_name(cursor))
        if used[-1] != used[0]:
            raise cursor.error(
                f"a condition on {used[-1]} stands in the field {used[0]}",
                "put it into its own field, after a comma",
                at=place,
            )
        cursor.skip_spaces()
        return parse_condition(cursor)

    test = parse_expression(cursor, question)
    return Field(used[0], test)


def _name(cursor: Cursor) -> str:
    found = _NAME.match(cursor.source, cursor.position, cursor.end)
    if not found:
        raise cursor.unexpected("a field's name", "a name has letters, digits, _ and -, and starts with a letter")
    cursor.position = found.end()
    return found[0]
