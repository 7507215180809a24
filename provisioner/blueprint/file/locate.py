"""Where in a TOML file each key stands. ``tomllib`` tells what a file says and not where.

The scanner trusts its input: it is given text that ``tomllib`` has read without complaint.
"""

from __future__ import annotations

import bisect
import re
import tomllib
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""``("notifications", "subscriptions", 0, "endpoint")``: keys, and places in arrays."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"{3,5}'  # up to two quotes of the text itself may stand before the closing three
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every table, key and array element in ``text``, in their order."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[Path, int] = {}
        self._array_sizes: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._next():
            if self._take("[["):
                table = self._enter_element(self._key())
                self._take("]]")
            elif self._take("["):
                key = self._key()
                table = self._note((*self._parent(key[:-1]), key[-1]))
                self._take("]")
            else:
                self._pair(table)
        return self._lines

    def _pair(self, table: Path) -> None:
        path = table
        for part in self._key():
            path = self._note((*path, part))
        self._take("=")
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._array(path)
        elif self._take("{"):
            while not self._take("}"):
                self._pair(path)
                self._take(",")
        elif not self._match(_STRING):
            self._match(_SCALAR)

    def _array(self, path: Path) -> None:
        index = 0
        while not self._take("]"):
            self._next()
            self._value(self._note((*path, index)))
            self._take(",")
            index += 1

    def _enter_element(self, key: list[str]) -> Path:
        array = self._note((*self._parent(key[:-1]), key[-1]))
        index = self._array_sizes.get(array, 0)
        self._array_sizes[array] = index + 1
        return self._note((*array, index))

    def _parent(self, key: list[str]) -> Path:
        """The table that a header's leading ``key`` names: of an array of tables, its newest element."""
        path: Path = ()
        for part in key:
            path = self._note((*path, part))
            if path in self._array_sizes:
                path = (*path, self._array_sizes[path] - 1)
        return path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._next()
            parts.append(self._match(_BARE_KEY) or _unquoted(self._match(_STRING)))
            if not self._take("."):
                return parts

    def _note(self, path: Path) -> Path:
        self._lines.setdefault(path, bisect.bisect_right(self._line_starts, self._at))
        return path

    def _next(self) -> bool:
        """Skip blanks, line ends and comments. Returns whether anything is left."""
        self._match(_BLANK)
        return self._at < len(self._text)

    def _take(self, mark: str) -> bool:
        self._next()
        found = self._text.startswith(mark, self._at)
        self._at += len(mark) if found else 0
        return found

    def _match(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match.group() if match else ""


def _unquoted(literal: str) -> str:
    return str(tomllib.loads(f"key = {literal}")["key"])
