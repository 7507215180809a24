"""A place in a pattern, for the three hand-written parsers."""

from __future__ import annotations

from collections.abc import Callable

from provisioner.patterns.errors import PatternError


class Cursor:
    """Reads ``source`` from ``position`` up to ``end``, and makes the errors that name a position.

    What the parsers note on the way: ``regexes`` and ``wildcards`` are the positions at which a regular expression and
    a wildcard selector were read (AWS limits both for the pattern as a whole), ``ambiguities`` the sentences of
    :attr:`Pattern.ambiguities`.
    """

    def __init__(self, source: str, start: int = 0, end: int | None = None) -> None:
        self.source = source
        self.position = start
        self.end = len(source) if end is None else end
        self.regexes: list[int] = []
        self.wildcards: list[int] = []
        self.ambiguities: list[str] = []

    @property
    def done(self) -> bool:
        return self.position >= self.end

    def peek(self) -> str:
        """The next character, or an empty text at the end."""
        return "" if self.done else self.source[self.position]

    def take(self, text: str) -> bool:
        """Step over ``text`` if it is what comes next."""
        if not self.source.startswith(text, self.position, self.end):
            return False
        self.position += len(text)
        return True

    def take_while(self, wanted: Callable[[str], bool]) -> str:
        start = self.position
        while not self.done and wanted(self.source[self.position]):
            self.position += 1
        return self.source[start : self.position]

    def skip_spaces(self) -> None:
        self.take_while(str.isspace)

    def take_phrase(self) -> str:
        r"""The text of the quoted phrase that starts here; ``\"`` and ``\\`` stand for a quote and a backslash.

        AWS's guide names no escapes; its own CDK writes these two, and TestMetricFilter is known to read them.
        """
        opening = self.position
        self.take('"')
        text: list[str] = []
        while not self.take('"'):
            if self.done:
                raise self.error("this quote is never closed", 'end the phrase with "', at=opening)
            if self.peek() == "\\" and self.source[self.position + 1 : self.end][:1] in ('"', "\\"):
                self.position += 1
            text.append(self.peek())
            self.position += 1
        return "".join(text)

    def error(self, message: str, hint: str, *, at: int | None = None) -> PatternError:
        """The error to raise for what stands at ``at`` (by default: here)."""
        position = self.position if at is None else at
        return PatternError(message, source=self.source, position=position, hint=hint)

    def unexpected(self, wanted: str, hint: str) -> PatternError:
        """The error for a character that cannot stand here, or for an end that comes too early."""
        if self.done:
            return self.error(f"the pattern ends where {wanted} should stand", hint)
        return self.error(f"invalid character {self.peek()!r} where {wanted} should stand", hint)
