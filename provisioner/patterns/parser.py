"""From the text of a pattern to the object that matches, whatever its kind."""

from __future__ import annotations

from functools import lru_cache

from provisioner.patterns.cursor import Cursor
from provisioner.patterns.errors import PatternError
from provisioner.patterns.json_ import read_json
from provisioner.patterns.pattern import Pattern
from provisioner.patterns.space import read_space
from provisioner.patterns.text import read_text

MAX_LENGTH = 1024
MAX_REGEXES = 2
MAX_WILDCARDS = 3


def parse(pattern: str) -> Pattern:
    """The pattern, ready to match lines. Raises :class:`PatternError` for what AWS refuses."""
    parsed, excess = read(pattern)
    if excess:
        raise excess[0]
    return parsed


@lru_cache(maxsize=256)  # most filters of a platform have one of a few patterns
def read(pattern: str) -> tuple[Pattern, tuple[PatternError, ...]]:
    """The pattern, and every quota that it exceeds as a whole.

    Raises :class:`PatternError` for what is not a pattern at all, and for one that is too long: nothing that this
    package does to a pattern has to be quick beyond 1,024 characters.
    """
    if len(pattern) > MAX_LENGTH:
        message = f"a pattern can have {MAX_LENGTH} characters, this one has {len(pattern)}"
        hint = "leave conditions out, or look for what the lines have in common"
        raise PatternError(message, source=pattern[: MAX_LENGTH + 1], position=MAX_LENGTH, hint=hint)
    cursor = Cursor(pattern)
    readers = {"{": read_json, "[": read_space}
    parsed = readers.get(pattern[:1], read_text)(cursor)
    excess = []
    if len(cursor.regexes) > MAX_REGEXES:
        message = f"a pattern can have {MAX_REGEXES} regular expressions, this one has {len(cursor.regexes)}"
        excess.append(cursor.error(message, "join them by |, or write a * for some", at=cursor.regexes[MAX_REGEXES]))
    if len(cursor.wildcards) > MAX_WILDCARDS:
        message = f"a pattern can have {MAX_WILDCARDS} selectors with a wildcard, this one has {len(cursor.wildcards)}"
        excess.append(cursor.error(message, "name the elements of some, as in [0]", at=cursor.wildcards[MAX_WILDCARDS]))
    return parsed, tuple(excess)
