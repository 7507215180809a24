"""TOML that strangers wrote: nesting is bounded, and every complaint has its line.

``tomllib`` calls itself for each array or table within another, and takes time by the square of a dotted key's
length. So both are counted before it is asked.
"""

from __future__ import annotations

import re
import tomllib

LEVELS = 100

_TOO_DEEP = f"more than {LEVELS} levels of nesting"

_TEXT = r'"""(?:\\[\s\S]|[^\\])*?"{3,5}|' r"'''[\s\S]*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'"
_TOKEN = re.compile(
    rf"(?P<part>{_TEXT}|[\w+:-]+|[ \t]+)|(?P<dot>\.)|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<other>\#[^\n]*|.|\n)"
)
_COMPLAINT = re.compile(r"(?P<what>.*) \(at (line (?P<line>\d+), column \d+|end of document)\)", re.DOTALL)


class BadToml(ValueError):
    """``what`` is wrong on ``line``, counted from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(f"{what} (line {line})")
        self.what = what
        self.line = line


def parse(text: str) -> dict[str, object]:
    """What ``text`` says. Raises :class:`BadToml`."""
    if text.startswith("\ufeff"):
        raise BadToml("it begins with a byte order mark, which TOML does not have; save it as UTF-8 without", 1)
    _check_brackets(text)
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise BadToml(_TOO_DEEP, 1) from error
    except ValueError as error:  # also for a number that Python does not read
        said = _COMPLAINT.fullmatch(str(error))
        line = int(said["line"]) if said and said["line"] else text.count("\n") + 1
        raise BadToml(said["what"] if said else str(error), line) from error
    for name, value in found.items():
        if _is_deep(value):  # by headers and dotted keys together
            begins = re.search(rf"^[ \t\[]*[\"']?{re.escape(name)}", text, re.MULTILINE)
            raise BadToml(_TOO_DEEP, text.count("\n", 0, begins.start()) + 1 if begins else 1)
    return found


def _check_brackets(text: str) -> None:
    """Raises where brackets, or the parts of one key, go deeper than :data:`LEVELS`."""
    depth = dots = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "dot":
            dots += 1
        elif kind != "part":  # what a key is made of
            dots = 0
        depth = max(depth + (kind == "open") - (kind == "close"), 0)
        if depth + dots > LEVELS:
            raise BadToml(_TOO_DEEP, text.count("\n", 0, token.start()) + 1)


def _is_deep(value: object) -> bool:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [below for item in level for below in (item.values() if isinstance(item, dict) else item)]
    return depth > LEVELS
