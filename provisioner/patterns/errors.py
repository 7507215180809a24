"""The one error of a pattern that AWS would refuse: what is wrong, where, and what to write instead."""

from __future__ import annotations


class PatternError(ValueError):
    """A filter pattern, or an expression that refers into one, which AWS would refuse.

    ``message`` says what is wrong, ``position`` is the offset in characters (from 0) at which it shows in ``source``,
    ``hint`` says what to write instead. ``str()`` has all of it, with a caret below the place.
    """

    def __init__(self, message: str, *, source: str, position: int, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        # A tab or a line break in the pattern would move the caret away from its place.
        shown = "".join(char if char.isprintable() else " " for char in self.source)
        lines = [self.message, f"  {shown}", f"  {' ' * self.position}^", self.hint]
        return "\n".join(lines)
