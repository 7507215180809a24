"""Why did this line not match? The words that a pattern looks for, and how AWS divides a line that has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provisioner.patterns import Pattern

_SHOWN_CHARACTERS = 240
_WORD = re.compile(r"[A-Za-z]{3,}")
# A quoted text, a text after =, and the last name of a selector that only has to exist: { $.duration_ms = * }
_TEXTS = re.compile(r'"([^"]*)"|(?<!!)=\s*([A-Za-z][\w.*-]*)|([A-Za-z][\w-]*)\s*=\s*\*')
_QUIETER = re.compile(r"\b(TRACE|DEBUG|INFO|NOTICE|WARN|WARNING)\b", re.IGNORECASE)
_PLATFORM = re.compile(r'\{.*"type": ?"platform\.')


@dataclass(frozen=True)
class Miss:
    """A line, cut where it is long, and ``view``: what the pattern's own fields are in it."""

    line: str
    view: dict[str, str]


def miss(pattern: Pattern, line: str) -> Miss:
    """``line`` as the pattern sees it."""
    return Miss(shown(line), {name: shown(text) for name, text in pattern.view(line).items()})


def shown(text: str, most: int = _SHOWN_CHARACTERS) -> str:
    """``text`` for a screen: on one line, cut where it is long, and without control characters."""
    text = text.rstrip()
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "\t" if char == "\t" else repr(char)[1:-1] for char in text)


def clues(pattern: Pattern) -> tuple[str, ...]:
    """Words that are likely in the lines that ``pattern`` looks for: ``ERROR`` for ``{ $.level = "ERROR" }``.

    A guess for people to look at, not a part of the pattern language.
    """
    source = pattern.source
    texts: Iterable[str] = (found for groups in _TEXTS.findall(source) for found in groups)
    if pattern.kind == "text":
        texts = re.sub(r"(^|\s)-\S+", " ", source).split()
    longest = [max(words, key=len) for text in texts if (words := _WORD.findall(text))]
    return tuple(dict.fromkeys(longest))


def nearest(pattern: Pattern, lines: Sequence[str], *, most: int) -> tuple[str, int, list[Miss]]:
    """Of ``lines``, none of which matches: the clue that most of them have, how many do, and the newest of those.

    ``lines`` are oldest first. A clue is a word of its own (not the ``errors`` of ``0 errors``), in capitals or not. It
    does not count in a line that names a lower level before it, for example ``INFO the last ERROR was long ago``, nor
    in what Lambda itself reports.
    """
    best, having = "", list[str]()
    for clue in clues(pattern):
        word = re.compile(rf"(?<![A-Za-z_])(?:{clue}|{clue.lower()}|{clue.upper()}|{clue.title()})(?![a-z_])")
        found = [line for line in lines if _is_near(word, line)]
        if len(found) > len(having):
            best, having = clue, found
    return best, len(having), [miss(pattern, line) for line in having[: -most - 1 : -1]]


def _is_near(word: re.Pattern[str], line: str) -> bool:
    found = word.search(line)
    return found is not None and not _QUIETER.search(line, 0, found.start()) and not _PLATFORM.match(line)
