"""What reaches a screen is text: nothing in it is invisible, moves anything or is read as rich's markup."""

from __future__ import annotations

import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from provisioner.render.screen import Screen
from provisioner.render.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\r\tand", "two\\nlines\\r\\tand"),
        ("\x1b[31mred\x1b]8;;http://x\x07", "\\x1b[31mred\\x1b]8;;http://x\\x07"),
        ("\x00\x08\x7f\x80\x9b", "\\x00\\x08\\x7f\\x80\\x9b"),
        ("abc\u202edcba\u2066\u200f", "abc\\u202edcba\\u2066\\u200f"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
        ("zero\u200b\u200c\u2060\ufeff\u00ad", "zero\\u200b\\u200c\\u2060\\ufeff\\xad"),
        ("tags \U000e0041\U000e0001", "tags \\U000e0041\\U000e0001"),
        ("fillers \u3164\u115f\U000e0101", "fillers \\u3164\\u115f\\U000e0101"),
        ("half \ud83d", "half \\ud83d"),
        ("joined a\u200db", "joined a\\u200db"),
        ("variants a\ufe0f\ufe0f", "variants a\\ufe0f\\ufe0f"),
    ],
)
def test_what_would_not_be_seen_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "ä ß 日本語 \u3000 עברית",
        "10\u00a0000 €",
        "👩\u200d🚒 ❤\ufe0f\u200d🔥 👩🏽\u200d🚒 ☎\ufe0f",
        "a\\nb",
        "± … →",
    ],
)
def test_what_is_seen_stays(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_nothing_is_invisible(text: str) -> None:
    joiners = "\u200d\ufe0e\ufe0f"
    for character in visible(text):
        assert character.isprintable() or unicodedata.category(character) == "Zs" or character in joiners
    assert visible(visible(text)) == visible(text)


LOOKS_LIKE_MARKUP = ["[/x]", "[bold]b[/bold]", "[link=http://evil]here[/link]", ":warning:", "12 'x' https://x True"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    return io.StringIO()


@pytest.mark.parametrize("text", LOOKS_LIKE_MARKUP)
@pytest.mark.parametrize("coloured", [True, False])
def test_text_is_never_markup(written: io.StringIO, text: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not coloured:
        monkeypatch.delenv("FORCE_COLOR")
    screen = Screen(file=written)
    assert screen.is_terminal is coloured
    table = Table(text, box=None)
    table.add_row(text)
    screen.say(text)
    screen.print(table)
    assert written.getvalue().count(text) == 3
    assert "]8;" not in written.getvalue()
    assert text in written.getvalue().splitlines()[0]


@pytest.mark.parametrize("coloured", [True, False])
def test_json_is_printable_ascii(written: io.StringIO, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not coloured:
        monkeypatch.delenv("FORCE_COLOR")
    document = {"k\u202e": ["\x1b\x7f\x9b", "ä\n", "[/x]"]}
    Screen(file=written, no_color=True).json(document)
    text = written.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[3m", "")
    assert text.replace("\n", "").isascii()
    assert text.replace("\n", "").isprintable()
    assert json.loads(text) == document
