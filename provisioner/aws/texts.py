"""What AWS sends as text and means otherwise."""

from __future__ import annotations

from provisioner.engine.errors import UnreadableError

_DIGITS = 19
"""AWS's numbers have 64 bits."""


def whole_number(text: object) -> int:
    """The number that ``text`` is, as in the attributes of a queue. Raises ``UnreadableError`` where it is none."""
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        raise UnreadableError("a number in AWS's answer is none")
    return int(digits)
