"""What was typed, made into what Typer understands. Every command waits for this module, so it loads little."""

from __future__ import annotations

from collections.abc import Sequence

_BY_NAME = ("--adopt", "--allow-data-loss")
"""Flags that stand alone for everything, or before an address for that alone."""

ALL = "all"
"""The value of such a flag that stands alone."""


def spelled_out(arguments: Sequence[str]) -> list[str]:
    """``arguments`` with a value for each flag of :data:`_BY_NAME`: the address that follows it, or :data:`ALL`.

    Only a word that begins with a kind is an address, so that the file in ``apply --adopt plan.json`` stays a file.
    """
    words: list[str] = list(arguments)
    spelled: list[str] = []
    kinds = _kinds() if set(_BY_NAME) & set(words) else ()
    while words:
        word = words.pop(0)
        if word in _BY_NAME:
            word = f"{word}={words.pop(0) if words and words[0].startswith(kinds) else ALL}"
        spelled.append(word)
    return spelled


def _kinds() -> tuple[str, ...]:
    from provisioner.resources import KINDS

    return tuple(f"{kind.resource.kind}." for kind in KINDS)
