"""Every key of a TOML file, and the line where it stands."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from provisioner.blueprint.file import locate

TEXT = '''# a comment with [brackets] and "quotes"
top = 1

[platform] # [not.a.table]
name = "a # b"
"quoted key" = 'x = 1'
dotted.key.here = true

[platform.tags]
list = [
  "one",   # , ]
  { inner = "}" },
]
text = """
[not.a.table]
key = "no" \\""" still text """
raw = \'\'\'
x = 1\'\'\'
after = 1979-05-27 07:32:00

[[subscriptions]]
protocol = "email"
[[subscriptions]]
protocol = "sqs"
[subscriptions.more]
deep = {a.b = 1, c = [[1], [2]]}
'''


def paths(value: Any, here: locate.Path = ()) -> set[locate.Path]:
    """Every path in a parsed document."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return {here} | {path for key, item in items for path in paths(item, (*here, key))}


def test_every_line() -> None:
    found = locate.lines(TEXT)
    assert set(found) == paths(tomllib.loads(TEXT)) - {()}
    assert found["top",] == 2
    assert found["platform",] == 4
    assert found["platform", "quoted key"] == 6
    assert found["platform", "dotted", "key", "here"] == 7
    assert found["platform", "tags", "list", 0] == 11
    assert found["platform", "tags", "list", 1, "inner"] == 12
    assert found["platform", "tags", "text"] == 14
    assert found["platform", "tags", "raw"] == 17
    assert found["platform", "tags", "after"] == 19
    assert found["subscriptions", 0, "protocol"] == 22
    assert found["subscriptions", 1] == 23
    assert found["subscriptions", 1, "more", "deep", "c", 1, 0] == 26


def test_windows_line_ends() -> None:
    assert locate.lines("[a]\r\nb = 1\r\n\r\nc = 2\r\n")["a", "c"] == 4


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=6)
SCALARS = (
    st.integers(-5, 5) | st.booleans() | st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(map(inline, value)) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def quoted(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4))
def test_whatever_tomllib_reads_is_found_at_its_line(document: dict[str, dict[str, Any]]) -> None:
    lines: list[str] = []
    expected: dict[locate.Path, int] = {}
    for table, values in document.items():
        lines += ["# comment = 1", f"[{quoted(table)}]"]
        expected[table,] = len(lines)
        for key, value in values.items():
            expected[table, key] = len(lines) + 1
            lines += f"{quoted(key)} = {inline(value)}".split("\n")
    text = "\n".join(lines)
    found = locate.lines(text)
    assert set(found) == paths(tomllib.loads(text)) - {()}
    assert {path: found[path] for path in expected} == expected
