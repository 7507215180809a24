"""Wildcards: equal to the textbook definition, and no search starts again from the beginning."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from provisioner.patterns.wildcard import Wildcard


def reference(pattern: str, text: str) -> bool:
    """The definition: * is any text, anything else itself."""

    @cache
    def matches(i: int, j: int) -> bool:
        if i == len(pattern):
            return j == len(text)
        if pattern[i] == "*":
            return matches(i + 1, j) or (j < len(text) and matches(i, j + 1))
        return j < len(text) and pattern[i] == text[j] and matches(i + 1, j + 1)

    return matches(0, 0)


@settings(deadline=None)
@given(st.text("ab*", max_size=8), st.text("ab*", max_size=10))
@example("a*a", "a")
@example("*a*a*a*b", "aaaaaa")
@example("111*111", "111.111.111.111")
@example("**", "")
def test_it_matches_what_the_definition_matches(pattern: str, text: str) -> None:
    assert Wildcard(pattern).matches(text) == reference(pattern, text)


class Scanned(str):
    """A text that adds up the distances its searches cover."""

    scanned = 0

    def find(self, *arguments: object) -> int:
        found = super().find(*arguments)  # type: ignore[arg-type]  # str.find takes its arguments by position only
        start, end = arguments[1], arguments[2]
        assert isinstance(start, int)
        assert isinstance(end, int)
        self.scanned += (found if found >= 0 else end) - start
        return found


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*b*", "*ab" * 20 + "*", "a*" * 300 + "b"])
def test_no_wildcard_looks_at_a_character_twice(pattern: str) -> None:
    text = Scanned("a" * 10_000)
    assert not Wildcard(pattern).matches(text)
    assert text.scanned <= len(text)


@pytest.mark.parametrize(
    ("pattern", "inner"), [("*", False), ("a*", False), ("*a", False), ("**a**", False), ("a*b", True)]
)
def test_an_inner_wildcard_is_one_between_other_characters(pattern: str, inner: bool) -> None:
    assert Wildcard(pattern).inner is inner
