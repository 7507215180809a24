"""Whatever the pattern and the line: an answer or a PatternError, and work in proportion to the input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import SupportsIndex

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.patterns import PatternError, parse, validate

PIECES = [*"ab1. ,|&()[]{}<>=!?-\"'\\%$*^_\n\té", "$.", "...", " IS NULL", "NOT EXISTS", "&&", "||"]
SYNTAX = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
PATTERNS = [
    "ERROR -a ?b",
    "%[ab]*b+$%",
    "[a, b = *x* || b > 1, ..., c != %a%]",
    "[]",
    "[a]",
    "{ $.a = 1 || $.*  != *a*b* || $.b[0].c IS NULL || $.d NOT EXISTS || $.e >= 1e3 }",
]


@settings(deadline=None)
@given(
    st.one_of(
        st.text(max_size=60), SYNTAX, SYNTAX.map(lambda text: f"{{{text}}}"), SYNTAX.map(lambda text: f"[{text}]")
    )
)
@example("{ $.a = %[a-% }")
@example("{ $.a = 1e }")
@example("[(")
def test_any_text_is_a_pattern_or_an_error(text: str) -> None:
    validate(text, "$.a", dimensions={"x": "$a"})
    try:
        parse(text).match(text)
    except PatternError as error:
        caught = error
    else:
        return
    assert 0 <= caught.position <= len(text)
    assert caught.message in str(caught)
    assert caught.hint


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abcde"), inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("ab []\"' \t1.", max_size=30), json_values.map(json.dumps)))
def test_no_line_raises(pattern: str, line: str) -> None:
    parsed = parse(pattern)
    match = parsed.match(line)
    if match:
        for expression in parsed.fields:
            parsed.value(expression, match)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b"]), json_values, max_size=2))
def test_json_conditions_and_python_agree_on_numbers(document: dict[str, object]) -> None:
    value, line = document.get("a"), json.dumps(document)
    expected = isinstance(value, int | float) and not isinstance(value, bool) and value > 5
    assert bool(parse("{ $.a > 5 }").match(line)) is (expected and is_json(line))


def is_json(line: str) -> bool:
    """Python writes NaN and Infinity, which are not JSON."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(line, parse_constant=refuse)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("pair", ["[]", '{"a":'], ids=["arrays", "objects"])
def test_deeply_nested_lines_match_nothing(pair: str) -> None:
    depth = sys.getrecursionlimit() * 50
    line = "[" * depth + "]" * depth if pair == "[]" else '{"a":' * depth + "1" + "}" * depth
    assert parse("{ $.missing NOT EXISTS }").match(line) is None


def test_deeply_nested_patterns() -> None:
    assert parse("{" + "(" * 505 + "$.a = 1" + ")" * 505 + "}").match('{"a":1}')
    layers = "{" + "($.a=1||($.a=2&&" * 55 + "$.a=3" + "))" * 55 + "}"
    assert parse(layers).match('{"a":1}')
    assert not parse(layers).match('{"a":4}')


class Searched(str):
    """A line that adds up the distances between a place and the closing quote or bracket looked for from it."""

    distance = 0

    def index(self, sub: str, start: SupportsIndex | None = None, end: SupportsIndex | None = None) -> int:
        found = super().index(sub, start, end)
        self.distance += found - (0 if start is None else start.__index__())
        return found


@pytest.mark.parametrize("text", ["[ " * 5000, '" ' * 5001, "[" * 5000 + "]", '"[' * 5000, "[ ] " * 2000, '"' * 9999])
def test_the_fields_of_a_line_are_found_in_one_pass(text: str) -> None:
    line = Searched(text)
    assert parse("[]").match(line)
    assert line.distance <= len(text)


class Steps:
    """Counts the steps that Python takes in this package's code."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, frame: object, event: str, argument: object) -> Steps:
        self.count += event == "line"
        return self


@pytest.fixture
def steps() -> Iterator[Steps]:
    before = sys.gettrace()
    counter = Steps()
    yield counter
    sys.settrace(before)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("[a = *x*x*x*x*x*y, ...]", "x" * 2000 + " b"),
        ("[a, b, ..., c]", "word " * 400),
        ('{ $.a = "*x*x*x*x*x*y" }', '{"a": "' + "x" * 2000 + '"}'),
        ("{ $.a[*] != 1 && $.a[*] = 2 }", '{"a": [' + "3," * 999 + "3]}"),
        ("%x*x*x*x*x*x*y%", "x" * 2000),
        ("-x -y z", "w" * 2000),
    ],
)
def test_twice_the_line_is_twice_the_work(pattern: str, line: str, steps: Steps) -> None:
    parsed = parse(pattern)
    doubled = line.replace("x" * 2000, "x" * 4000).replace("3," * 999, "3," * 1999).replace("w" * 2000, "w" * 4000)
    if doubled == line:
        doubled = line * 2
    counts = []
    for text in (line, doubled):
        steps.count = 0
        sys.settrace(steps)
        parsed.match(text)
        sys.settrace(None)
        counts.append(steps.count)
    assert counts[1] <= 2 * counts[0] + 50


@pytest.mark.parametrize(
    "digits", ["9" * 100_000, "1." + "3" * 100_000, "1e" + "9" * 1000], ids=["long", "fraction", "huge"]
)
def test_numbers_of_any_length(digits: str) -> None:
    parse("{ $.a > 1e2147483647 }").match(f'{{"a":{digits}}}')
    parse("[a > 1, ...]").match(f"{digits} x")
    match = parse("{ $.a = * }").match(f'{{"a":{digits}}}')
    assert match is not None
    parse("{ $.a = * }").value("$.a", match)
