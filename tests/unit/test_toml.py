"""TOML from strangers: how deep, how long, and which line is named."""

from __future__ import annotations

import pytest

from provisioner.files import toml


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = " + "[" * 101 + "]" * 101, 1),
        ("\nx = " + "[" * 5000, 2),
        ("\n\nx = " + "{a=" * 5000, 3),
        ("a." * 101 + "a = 1", 1),
        ("a." * 500_000 + "a = 1", 1),
        ("x = 1\n[" + "a." * 100 + "a]", 2),
        ("x = 1\n\n[" + "a." * 60 + "a]\n" + "b." * 60 + "b = 1", 3),
        ("x = 1\n" + "[[" + "a." * 60 + "a]]\nb = " + "[" * 60 + "]" * 60, 2),
    ],
)
def test_more_than_a_hundred_levels_are_refused(text: str, line: int) -> None:
    with pytest.raises(toml.BadToml, match="more than 100 levels of nesting") as caught:
        toml.parse(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100 + "]" * 100,
        "a." * 99 + "a = 1",
        "[" + "a." * 99 + "a]\nx = 1",
        'x = "' + "[" * 5000 + '"',
        'x = """\n' + "{a=" * 5000 + '"""',
        "x = '''" + "a." * 5000 + "'''",
        "# " + "[" * 5000,
        "".join(f"y{number} = 1.5\n" for number in range(500)),
        "".join(f"[a{number}.b]\n" for number in range(500)),
    ],
)
def test_a_hundred_are_not_and_text_is_no_nesting(text: str) -> None:
    assert toml.parse(text) is not None


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("\ufeffx = 1", "byte order mark", 1),
        ("a = 1\nb = 9" + "9" * 5000, "integer string conversion", 2),
        ("a = 1\nb = 'x", "Unterminated|Expected", 2),
        ("a = 1\n\x00", "Invalid", 2),
        ("a = 1\na = 2", "overwrite", 2),
    ],
)
def test_every_complaint_has_a_line(text: str, what: str, line: int) -> None:
    with pytest.raises(toml.BadToml, match=what) as caught:
        toml.parse(text)
    assert caught.value.line == line
