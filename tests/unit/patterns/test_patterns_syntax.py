"""Patterns as texts: errors with their places, what reads otherwise than it looks, and round trips."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.patterns import JsonPattern, PatternError, SpacePattern, parse
from provisioner.patterns.conditions import AllOf, AnyOf, Condition, Equality, NumberLiteral, Order, Question
from provisioner.patterns.json_ import Comparison, Document, IsConstant, NotExists
from provisioner.patterns.regex import Regex
from provisioner.patterns.selector import selector
from provisioner.patterns.wildcard import Wildcard


@pytest.mark.parametrize(
    ("pattern", "position", "message", "hint"),
    [
        ("ERROR: failed", 5, "invalid character ':'", 'double quotes ""'),
        ('"never closed', 0, "never closed", 'end the phrase with "'),
        ('ERROR ""', 6, "empty", "leave the whole pattern empty"),
        ("ERROR ?", 7, "ends where a term", ""),
        ("a --b", 3, "invalid character '-'", ""),
        ("ERROR %WARN%", 6, "invalid character '%'", "the whole pattern"),
        ("%ERROR% x", 7, "the end of the pattern", "the whole pattern"),
        ("%abc", 0, "must end with %", "closing %"),
        (" { $.a = 1 }", 1, "invalid character '{'", "no space before it"),
        (" [a, b]", 1, "invalid character '['", "no space before it"),
        ("{ $.a = 1 ", 0, "must end with }", ""),
        ("[a, b", 0, "must end with ]", ""),
        ("{}", 1, "not a selector", "$."),
        ("{ $.a }", 6, "an operator", "= != < > <= >="),
        ("{ $.a == 1 }", 6, "== is not an operator", "= != < > <= >="),
        ("{ $.a >> 1 }", 6, ">> is not an operator", ""),
        ("{ $.a = }", 8, "a value", ""),
        ("{ $.a = a:b }", 9, "invalid character ':'", 'double quotes ""'),
        ("{ $.a = us-east-1 }", 10, "invalid character '-'", 'double quotes ""'),
        ("{ $.a = null }", 8, "null is not a value", "IS NULL"),
        ('{ $.a > "1" }', 8, "numbers only", "without quotes"),
        ("{ $.a = 1e9999999999 }", 8, "exponent", ""),
        ("{ $.a IS NOT NULL }", 6, "not a condition", "NOT EXISTS"),
        ("{ $.a = 1 AND $.b = 2 }", 10, "&&, ||", "&&"),
        ("{ $.a = 1 & $.b = 2 }", 10, "&&, ||", "&&"),
        ("{ ($.a = 1 }", 2, "parenthesis is never closed", ")"),
        ("{ $.a = 1) }", 9, "invalid character ')'", ""),
        ("{ a = 1 }", 2, "not a selector", "starts with $."),
        ("{ $['a'] = 1 }", 2, "not a selector", "$.['name']"),
        ("{ $.@t = 1 }", 4, "invalid character '@'", "['name']"),
        ("{ $.['a] = 1 }", 4, "does not end", "['name']"),
        ("{ $.a[x] = 1 }", 6, "element's number", "[0]"),
        ("{ $.a[0 = 1 }", 7, "]", ""),
        ("{ $.a[*][*] = 1 }", 2, "one wildcard only", ""),
        ("{ $.a = %1% || $.b = %2% || $.c = %3% }", 34, "2 regular expressions", ""),
        ("{ $.*=1 || $.*=2 || $.*=3 || $.*=4 }", 29, "3 selectors", ""),
        ("[a, 1b]", 4, "a field's name", "starts with a letter"),
        ("[a b]", 3, "an operator", ""),
        ("[a=1 b]", 5, "a comma", "commas"),
        ("[a, a]", 4, "two fields a", "name of its own"),
        ("[a=1 && b=2, b]", 8, "condition on b stands in the field a", "own field"),
        ("[..., a, ...]", 9, "one ellipsis", ""),
        ("[a, …]", 4, "invalid character '…'", ""),
        ("x" * 1025, 1024, "1024 characters", ""),
    ],
)
def test_errors(pattern: str, position: int, message: str, hint: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse(pattern)
    error = caught.value
    assert error.position == position
    assert message in error.message
    assert hint in error.hint


def test_an_error_shows_the_place() -> None:
    with pytest.raises(PatternError) as caught:
        parse("{\t$.a == 1 }")
    assert str(caught.value).splitlines() == [
        "== is not an operator",
        "  { $.a == 1 }",
        "        ^",
        "operators: = != < > <= >=",
    ]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[a, b]", ["more than 2 fields"]),
        ("[a, b = x*y, ...]", ["x*y"]),
        ("{ $.a = x*y }", ["x*y"]),
        ("{ $.a = %x y% }", [r"\s"]),
        ("%x y%", [r"\s"]),
        ('" "', ["Leave the pattern empty"]),
        ("a-b", ["an excluded term"]),
        ("a?b", ["an optional term", "ignores ?b"]),
        ("?a b", ["ignores ?a"]),
        ("[a, b = *x*, ...]", []),
        ("[]", []),
        ("?a ?b", []),
        ("a -b", []),
        ("{ $.a = *x* }", []),
    ],
)
def test_ambiguities(pattern: str, words: list[str]) -> None:
    ambiguities = parse(pattern).ambiguities
    assert len(ambiguities) == len(words)
    assert all(word in sentence for word, sentence in zip(words, ambiguities, strict=True))


@pytest.mark.parametrize(
    ("pattern", "kind", "fields"),
    [
        ("ERROR", "text", ()),
        ("%ERROR%", "text", ()),
        ("[ip, , ..., size > 1]", "space", ("$ip", "$size")),
        ("{ $.a = 1 && ($.b[0] = 2 || $.a IS NULL) && $.c[*] = 3 }", "json", ("$.a", "$.b[0]")),
    ],
)
def test_kinds_and_fields(pattern: str, kind: str, fields: tuple[str, ...]) -> None:
    parsed = parse(pattern)
    assert (parsed.kind, parsed.fields, parsed.source) == (kind, fields, pattern)


def test_a_quoted_text_may_have_quotes_and_backslashes() -> None:
    assert parse(r'"HTTP/1.1\" 5"').match('GET / HTTP/1.1" 500')
    assert parse(r'"a\\b"').match(r"a\b")
    assert parse(r'"a\nb"').match(r"a\nb")
    assert parse(r'{ $.a = "say \"x\"" }').match(r'{"a": "say \"x\""}')


def test_commas_and_brackets_inside_quotes_are_text() -> None:
    match = parse('[a = "x, [y]", b = "p && q" || b = "r)", ...]').match('"x, [y]" "p && q"')
    assert match is not None
    assert match.fields == {"$a": "x, [y]", "$b": "p && q"}


def test_and_binds_closer_than_or() -> None:
    loose = parse("{ $.a = 1 || $.b = 1 && $.c = 1 }")
    tight = parse("{ ($.a = 1 || $.b = 1) && $.c = 1 }")
    assert loose.match('{"a": 1}')
    assert not tight.match('{"a": 1}')


# Round trips: an expression, written down and parsed, is the same expression.

selectors = st.sampled_from(["$.a", "$.a.b", "$.a-b[0].c_d", "$.['x.y'].z", "$.a[2][3]"]).map(selector)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda value: NumberLiteral(f"{value:f}"))
texts = st.text(max_size=8).map(Wildcard)
operands = st.one_of(numbers, texts, st.just(Wildcard("bare_word.*")))
conditions: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Equality, operands, st.booleans()),
    st.builds(Order, st.sampled_from(["<", ">", "<=", ">="]), numbers),
)
questions: st.SearchStrategy[Question[Document]] = st.recursive(
    st.one_of(
        st.builds(Comparison, selectors, conditions),
        st.builds(IsConstant, selectors, st.sampled_from([None, True, False])),
        st.builds(NotExists, selectors),
    ),
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)), st.sampled_from([AllOf, AnyOf]), st.lists(inner, min_size=2, max_size=3)
    ),
    max_leaves=6,
)


def written_operand(operand: object) -> str:
    if isinstance(operand, Wildcard):
        return operand.source if operand.source == "bare_word.*" else written_text(operand.source)
    assert isinstance(operand, NumberLiteral | Regex)
    return operand.source


def written_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written_condition(condition: Condition) -> str:
    if isinstance(condition, Order):
        return f"{condition.sign} {condition.limit.source}"
    return f"{'!=' if condition.negated else '='}{written_operand(condition.operand)}"


def written(question: Question[Document]) -> str:
    if isinstance(question, AllOf | AnyOf):
        joint = " && " if isinstance(question, AllOf) else "||"
        return "(" + joint.join(written(part) for part in question.parts) + ")"
    if isinstance(question, Comparison):
        return f"{question.path.source} {written_condition(question.condition)}"
    if isinstance(question, IsConstant):
        return f"{question.path.source} IS {'NULL' if question.constant is None else str(question.constant).upper()}"
    assert isinstance(question, NotExists)
    return f"{question.path.source} NOT EXISTS"


@settings(deadline=None)
@given(questions)
def test_json_expressions_round_trip(question: Question[Document]) -> None:
    pattern = "{ " + written(question) + " }"
    if len(pattern) > 1024:
        return
    parsed = parse(pattern)
    assert isinstance(parsed, JsonPattern)
    assert parsed.expression == question


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), conditions), min_size=1, max_size=5), st.one_of(st.none(), st.integers(0, 4)))
def test_space_delimited_fields_round_trip(tests: list[Condition | None], ellipsis: int | None) -> None:
    fields = [f"f{i} {written_condition(test)}" if test else f"f{i}" for i, test in enumerate(tests)]
    if ellipsis is not None:
        fields.insert(min(ellipsis, len(fields)), "...")
    parsed = parse("[" + ", ".join(fields) + "]")
    assert isinstance(parsed, SpacePattern)
    assert [field.test for field in (*parsed.before, *(parsed.after or ()))] == tests
    assert (parsed.after is None) is (ellipsis is None)


def test_a_number_literal_is_exact() -> None:
    assert NumberLiteral("12345678901234567890.5").number == Decimal("12345678901234567890.5")
