"""Text as it may reach a screen: each character that would not be seen, or would move others, shown by its number."""

from __future__ import annotations

import unicodedata

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_JOINER = "\u200d"
_VARIATIONS = "\ufe0e\ufe0f"

_UNSEEN = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""What Unicode calls default ignorable (DerivedCoreProperties.txt) and Python counts as printable, or may one day."""


def visible(text: str) -> str:
    """``text`` on one line. A line feed becomes ``\\n``, an escape ``\\x1b``, an override of direction ``\\u202e``.

    Controls (C0, DEL, C1), formats (directions, zero widths), separators of lines, lone surrogates and unassigned code
    points are shown so; spaces of any width stay, and so do the joiners and variants inside an emoji.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if _stays(text, index, character) else _number(character) for index, character in enumerate(text)
    )


def _stays(text: str, index: int, character: str) -> bool:
    if character == _JOINER or character in _VARIATIONS:
        return _in_an_emoji(text, index, character)
    spaces = unicodedata.category(character) == "Zs"
    return (character.isprintable() or spaces) and character not in _UNSEEN


def _in_an_emoji(text: str, index: int, character: str) -> bool:
    before, after = text[max(0, index - 2) : index], text[index + 1 : index + 2]
    if character == _JOINER:
        return _is_picture(before.rstrip(_VARIATIONS)[-1:]) and _is_picture(after)
    return _is_picture(before[-1:])


def _is_picture(character: str) -> bool:
    """Whether it is an emoji, a tone of skin, or the man or woman that is joined to one."""
    return character != "" and unicodedata.category(character) in ("So", "Sk") and character >= "\u00a9"


def _number(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
