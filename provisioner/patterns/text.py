"""Terms of unstructured lines: ``ERROR -timeout``, ``?"[ERROR]" ?"[CRITICAL]"``, ``%ERROR|WARN%``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from provisioner.patterns.cursor import Cursor
from provisioner.patterns.errors import PatternError
from provisioner.patterns.pattern import Match, Pattern
from provisioner.patterns.regex import Regex, parse_regex

_QUOTE_IT = 'put a term with other characters than letters, digits and _ in double quotes ""'
_ALONE = "a regular expression in a pattern of terms has to be the whole pattern"


@dataclass(frozen=True, kw_only=True)
class TextPattern(Pattern):
    """Terms that a line has to contain, or must not contain; or one regular expression.

    Terms are case-sensitive and match anywhere, inside of words too: ``ERROR`` matches ``Exiting with ERRORCODE: -1``
    (AWS, Filter pattern syntax, older editions). A pattern without terms matches every line.

    "If you combine ? with other filter patterns, all question mark terms will be ignored" (the same, current edition).
    """

    kind = "text"
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    regex: Regex | None = None

    def match(self, line: str) -> Match | None:
        return Match() if self._matches(line) else None

    def _matches(self, line: str) -> bool:
        if self.regex:
            return self.regex.search(line)
        if self.required or self.excluded or not self.optional:
            return all(term in line for term in self.required) and not any(term in line for term in self.excluded)
        return any(term in line for term in self.optional)

    def check(self, expression: str) -> NoReturn:
        raise PatternError(
            "a pattern of terms extracts no fields",
            source=expression,
            position=0,
            hint="fields exist in JSON patterns { $.field = * } and space-delimited patterns [field, ...]",
        )

    def extract(self, expression: str, match: Match) -> NoReturn:
        self.check(expression)


def read_text(cursor: Cursor) -> TextPattern:
    """The pattern of terms that the cursor's source is. Raises :class:`PatternError`."""
    if cursor.peek() == "%":
        return _read_regex(cursor)
    terms: dict[str, list[str]] = {"": [], "?": [], "-": []}
    cursor.skip_spaces()
    while not cursor.done:
        start = cursor.position
        sign = cursor.peek() if cursor.peek() in "?-" else ""
        cursor.take(sign)
        if sign == "-":
            # Older editions of AWS's guide have the example: "ERROR" - "Exiting".
            cursor.skip_spaces()
        term = _term(cursor)
        terms[sign].append(term)
        cursor.ambiguities += _traps(sign, term, glued=start > 0 and not cursor.source[start - 1].isspace())
        cursor.skip_spaces()
    if terms["?"] and (terms[""] or terms["-"]):
        ignored = ", ".join(f"?{term}" for term in terms["?"])
        cursor.ambiguities.append(f"AWS ignores {ignored} beside terms without a question mark.")
    return TextPattern(
        source=cursor.source,
        required=tuple(terms[""]),
        optional=tuple(terms["?"]),
        excluded=tuple(terms["-"]),
        ambiguities=tuple(cursor.ambiguities),
    )


def _traps(sign: str, term: str, *, glued: bool) -> list[str]:
    """What a reader may take otherwise: ``glued`` is a term that follows another without a space."""
    traps = []
    if sign and glued:
        kind = "an excluded" if sign == "-" else "an optional"
        traps.append(
            f"{sign}{term} follows the term before it without a space: AWS reads it as {kind} term. "
            "Quote the whole if it is one text."
        )
    if not term.strip():
        traps.append(
            'AWS\'s guide says that " " matches every line; the service was seen to match lines with a space only. '
            "Leave the pattern empty to match every line."
        )
    return traps


def _term(cursor: Cursor) -> str:
    """A quoted phrase, or a word of letters, digits, underscores and dots (the dot is not in AWS's guide)."""
    start = cursor.position
    if cursor.peek() == '"':
        phrase = cursor.take_phrase()
        if not phrase:
            raise cursor.error("this phrase is empty", "leave the whole pattern empty to match every line", at=start)
        if not (cursor.done or cursor.peek().isspace()):
            raise cursor.unexpected("a space", "separate terms by spaces")
        return phrase
    word = cursor.take_while(lambda char: char.isalnum() or char in "_.")
    if not word:
        raise cursor.unexpected("a term", _hint(cursor))
    if not (cursor.done or cursor.peek().isspace() or cursor.peek() in "?-"):
        raise cursor.unexpected("a space", _QUOTE_IT)
    return word


def _hint(cursor: Cursor) -> str:
    if cursor.peek() == "%":
        return _ALONE
    if cursor.peek() in ("{", "[") and not cursor.source[: cursor.position].strip():
        return f"a pattern that starts with {cursor.peek()} can have no space before it"
    return _QUOTE_IT


def _read_regex(cursor: Cursor) -> TextPattern:
    regex = parse_regex(cursor)
    if not cursor.done:
        raise cursor.unexpected("the end of the pattern", _ALONE)
    return TextPattern(source=cursor.source, regex=regex, ambiguities=tuple(cursor.ambiguities))
