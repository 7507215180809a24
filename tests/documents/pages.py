"""The documents as tests read them: headings, tables and links."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    """The file ``name``, relative to the root of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def sections(name: str) -> dict[str, str]:
    """Heading -> the text below it, up to the next heading of any depth. Back quotes in headings are left out."""
    parts = re.split(r"^#{1,4} (.*)\n", _without_code(text_of(name)), flags=re.MULTILINE)
    return {heading.replace("`", ""): body for heading, body in zip(parts[1::2], parts[2::2], strict=True)}


def rows(text: str) -> list[list[str]]:
    """The cells of every table row in ``text``, heads and rules left out."""
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for table in tables
        for line in table.splitlines()[2:]
    ]


def quoted(text: str) -> list[str]:
    """Everything in back quotes."""
    return re.findall(r"`([^`]+)`", text)


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
