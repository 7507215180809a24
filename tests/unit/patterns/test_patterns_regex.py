"""The regular expressions: equal to Python's on the subset, in one step for each character."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.patterns import PatternError, parse
from provisioner.patterns.cursor import Cursor
from provisioner.patterns.regex import MAX_CELLS, Regex, parse_regex

ALPHABET = "ab1_- \n\té:"
LITERALS = [*"ab1_-:", " "]
CLASSES = [
    ".",
    r"\d",
    r"\D",
    r"\w",
    r"\W",
    r"\s",
    r"\S",
    r"\.",
    r"\*",
    r"\x3A",
    "[ab]",
    "[^a]",
    "[a-b1]",
    r"[^\d_]",
    "[-a]",
]
QUANTIFIERS = ["", "", "", "?", "*", "+", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "{0}"]

atoms = st.sampled_from([*LITERALS, *CLASSES])
items = st.one_of(st.tuples(atoms, st.sampled_from(QUANTIFIERS)).map("".join), st.sampled_from(["^", "$"]))
rows = st.lists(items, max_size=6).map("".join)
expressions = st.lists(rows, min_size=1, max_size=3).map("|".join).filter(bool)


def compiled(expression: str) -> Regex:
    return parse_regex(Cursor(f"%{expression}%"))


@settings(deadline=None)
@given(expressions, st.text(ALPHABET, max_size=12))
@example("a*a*a*b", "aaac")
@example("^$", "")
@example("$^", "")
@example("a$", "a\n")
@example("|", "")
@example("^a|b$", "xb")
@example("a{0}", "")
def test_it_finds_what_python_finds(expression: str, text: str) -> None:
    # Python's $ also matches before a line break at the end; \Z is the end.
    oracle = re.compile(re.sub(r"(?<!\\)\$", r"\\Z", expression), re.ASCII)
    assert compiled(expression).search(text) == bool(oracle.search(text))


class Counted(str):
    """A text that counts the characters taken from it."""

    taken = 0

    def __iter__(self) -> Iterator[str]:
        for char in super().__iter__():
            self.taken += 1
            yield char


@pytest.mark.parametrize(
    "expression",
    ["a+a+a+a+a+a+$b", "a*a*a*a*a*a*b", "[a-z]*[a-z]*[a-z]*[a-z]*!".replace("!", r"\x21"), "a{1000}a{1000}a{1000}b"],
)
def test_no_expression_backtracks(expression: str) -> None:
    text = Counted("a" * 20_000)
    assert not compiled(expression).search(text)
    assert text.taken == len(text)


@pytest.mark.parametrize("expression", ["a{1000}" * 11, "a{,1000}" * 11, "|".join(["a{1000}"] * 11)])
def test_what_an_expression_unfolds_to_is_bounded(expression: str) -> None:
    with pytest.raises(PatternError, match=str(MAX_CELLS)):
        parse(f"%{expression}%")
    smaller = compiled(expression.replace("1000", "900"))
    assert smaller.program.size <= MAX_CELLS + len(expression)


@pytest.mark.parametrize(
    ("expression", "position"),
    [
        ("ab!c", 3),
        ("(ab)", 1),
        ("é", 1),
        ("+a", 1),
        ("a|*", 3),
        ("a++", 3),
        ("^*", 2),
        ("a{2}{3}", 5),
        ("a{b}", 2),
        ("a{,}", 2),
        ("a{2", 2),
        ("a{3,2}", 2),
        ("a{1001}", 2),
        ("a}", 2),
        ("a]", 2),
        ("[a", 1),
        ("[a-", 4),
        ("[]", 1),
        ("[]a]", 1),
        ("[[]", 2),
        ("[z-a]", 2),
        (r"[\d-z]", 2),
        (r"a\p", 2),
        (r"a\(", 2),
        ("a\\", 2),
        (r"\x2", 1),
        (r"\x80", 1),
        (r"\xzz", 1),
    ],
)
def test_errors_name_the_place(expression: str, position: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse(f"%{expression}%")
    assert caught.value.position == position


@settings(deadline=None)
@given(st.text(st.sampled_from("ab%^$?*+.|\\[]{}(),0123-xdé \n"), max_size=20))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    try:
        parse(f"%{text}%").match("ab 0123")
    except PatternError as error:
        caught = error
    else:
        return
    assert 0 <= caught.position <= len(text) + 2
