"""What the service itself was seen to answer, where AWS's guide is silent, vague or wrong.

The facts are from recordings of TestMetricFilter and PutMetricFilter that others have published; the lines here are our
own. A rule that these tests hold is one that nobody has promised.
"""

from __future__ import annotations

import pytest

from provisioner.patterns import PatternError, parse


def hits(pattern: str, lines: list[str]) -> list[str]:
    parsed = parse(pattern)
    return [line for line in lines if parsed.match(line)]


def n(*values: str) -> list[str]:
    return [f'{{"n":{value}}}' for value in values]


@pytest.mark.parametrize(
    ("pattern", "lines", "matching"),
    [
        ("-ERROR", ["ERROR", "xERRORx", "error", "WARN"], ["error", "WARN"]),
        ("?ERROR -WARN", ["ERROR", "INFO", "WARN"], ["ERROR", "INFO"]),
        ('"ERR*"', ["ERROR", "ERR*"], ["ERR*"]),
        ("x.y", ["x.y", "x y", "xzy"], ["x.y"]),
        ("x_y", ["x_y", "x y"], ["x_y"]),
        ("x-y", ["x", "y", "x-y", "xy", "x y"], ["x"]),
        ("x?y", ["x", "y", "x?y"], ["x", "x?y"]),
        ("café", ["café", "cafe"], ["café"]),
        ('" "', ["x", "x y", " "], ["x y", " "]),
    ],
)
def test_terms(pattern: str, lines: list[str], matching: list[str]) -> None:
    assert hits(pattern, lines) == matching


@pytest.mark.parametrize("char", list("*!:/@[({`,\\%$#&+=~'"))
def test_what_a_term_cannot_have_without_quotes(char: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse(f"ab{char}c")
    assert caught.value.position == 2
    assert parse(f'"ab{char}c"'.replace("\\", "\\\\")).match(f"xab{char}cx")


@pytest.mark.parametrize(
    "pattern", ['""', '"ERROR', '"ERROR"WARN', 'WARN"ERROR"', "ERROR %WARN%", "?%WARN%", "%A% %B%"]
)
def test_refused_terms(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


@pytest.mark.parametrize("regex", [r"\p", r"\(ab\)", "", "[z-a]", "a++", "[a&&b]", "(ab)+", "!"])
def test_refused_regexes(regex: str) -> None:
    with pytest.raises(PatternError):
        parse(f"%{regex}%")


@pytest.mark.parametrize(
    ("regex", "lines"),
    [("a.b", ["a-b", "a b"]), (r"a\sb", ["a b", "a\nb"]), (r"a\-b", ["a-b"]), ("a+?", ["a-b", "a b", "a\nb"])],
)
def test_regexes(regex: str, lines: list[str]) -> None:
    assert hits(f"%{regex}%", ["a-b", "a b", "a\nb"]) == lines


NUMBERS = n(
    "1", '"1"', "1.0", '"1.0"', "1e0", '"01"', "1000", "1e3", '"1e3"', "0", "-0.0", "1e-999", "1e309", '"1e309"'
)


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("= 1", n("1", '"1"', "1.0", "1e0")),
        ("= +1", n("1", "1.0", "1e0")),
        ("= 1.0", n("1", "1.0", '"1.0"', "1e0")),
        ('= "1"', n("1", '"1"')),
        ('= "1.0"', n("1.0", '"1.0"', "1e0")),
        ('= "1e0"', []),
        ("= 1e3", n("1000", "1e3", '"1e3"')),
        ("= 0", n("0", "-0.0", "1e-999")),
        ("= -0.0", n("0", "-0.0", "1e-999")),
        ("= 1e-999", []),
        ("= 1e309", n('"1e309"')),
        ("> 999", n("1000", "1e3")),
        ("> 1e-999", n("1", "1.0", "1e0", "1000", "1e3")),
        ("!= 1", n('"1.0"', '"01"', "1000", "1e3", '"1e3"', "0", "-0.0", "1e-999", '"1e309"')),
        ("= %^1%", n("1", '"1"', "1.0", '"1.0"', "1e0", "1000", "1e3", '"1e3"', '"1e309"')),
    ],
)
def test_numbers(condition: str, values: list[str]) -> None:
    assert hits(f"{{ $.n {condition} }}", NUMBERS) == values


def test_integers_compare_exactly() -> None:
    lines = n("9007199254740992", "9007199254740993", "9007199254740994")
    assert hits("{ $.n = 9007199254740993 }", lines) == lines[1:2]
    assert hits("{ $.n > 9007199254740992 }", lines) == lines[1:]


NODES = ["{}", *n("null", "true", "false", '"true"', "{}", "[]", '"x"', '""', "2", '"2"')]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("= *", n('"true"', '"x"', '""', "2", '"2"')),
        ('= "*"', n('"true"', '"x"', '""', "2", '"2"')),
        ("= true", n('"true"')),
        ('= "true"', n('"true"')),
        ("IS TRUE", n("true")),
        ("IS FALSE", n("false")),
        ("IS NULL", n("null")),
        ("is null", n("null")),
        ("NOT EXISTS", ["{}"]),
        ("= 2", n("2", '"2"')),
        ("!= 2", n('"true"', '"x"', '""')),
        ("!= %2%", n('"true"', '"x"', '""')),
        ('!= "x"', n('"true"', '""', "2", '"2"')),
        ("> 1", n("2")),
    ],
)
def test_kinds_of_nodes(condition: str, values: list[str]) -> None:
    assert hits(f"{{ $.n {condition} }}", NODES) == values


ARRAYS = [
    "{}",
    *n("null", "2", '"2"', "[]", "{}", "[1,2]", "[1]", "[null,2]", "[[null]]", "[true,false]"),
    *n('{"b":2}', '[{"b":1},{"b":2}]', '[{"b":null}]'),
]


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("$.n[1] = 2", n("[1,2]", "[null,2]")),
        ("$.n[*] = 2", n("[1,2]", "[null,2]", '{"b":2}')),
        ("$.n.* = 2", n("[1,2]", "[null,2]", '{"b":2}')),
        ("$.n[*].b = 2", n('[{"b":1},{"b":2}]')),
        # "!=" with a wildcard: nothing that the path leads to equals, and what stands before the wildcard exists.
        (
            "$.n[*] != 2",
            n("null", "2", '"2"', "[]", "{}", "[1]", "[[null]]", "[true,false]", '[{"b":1},{"b":2}]', '[{"b":null}]'),
        ),
        (
            "$.n[*].b != 2",
            n(
                "null",
                "2",
                '"2"',
                "[]",
                "{}",
                "[1,2]",
                "[1]",
                "[null,2]",
                "[[null]]",
                "[true,false]",
                '{"b":2}',
                '[{"b":null}]',
            ),
        ),
        ("$.n IS NULL", n("null", "[null,2]")),
        ("$.n[*] IS NULL", n("[null,2]")),
        ("$.n IS TRUE", []),
        ("$.n NOT EXISTS", ["{}"]),
        ("$.n[*] NOT EXISTS", ["{}", *n("null", "2", '"2"', "[]", "{}")]),
        ("$.n.b NOT EXISTS", [line for line in ARRAYS if line != '{"n":{"b":2}}']),
        ("$.n.b = 2", n('{"b":2}')),
    ],
)
def test_arrays_and_wildcards(condition: str, values: list[str]) -> None:
    assert hits(f"{{ {condition} }}", ARRAYS) == values


@pytest.mark.parametrize("line", ["[1,2]", '{"n":2} trailing', "", "null", '"n"', "{", '{"n":NaN}', "{'n':2}"])
def test_only_a_whole_json_object_matches(line: str) -> None:
    assert parse("{ $.missing NOT EXISTS }").match(line) is None


def test_the_last_of_two_properties_with_one_name_counts() -> None:
    assert hits("{ $.n = 2 }", ['{"n": 1, "n": 2}', '{"n": 2, "n": 1}']) == ['{"n": 1, "n": 2}']


def test_a_json_object_may_stand_on_several_lines() -> None:
    assert parse("{ $.n = 2 }").match('\n{\n  "n": 2\n}\n')


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $['a.b'] = 2 }",
        '{ $.["a.b"] = 2 }',
        '{ $."a-b" = 2 }',
        "{ $[1] = 2 }",
        "{ $.a[-1] = 2 }",
        "{ $ = 2 }",
        '{ $.a > "0" }',
        "{ $.a > x }",
        "{ $.a = 1 AND $.b = 2 }",
        "{ $.a == 1 }",
        "{ $.a = 1 } x",
        "{ $.a = null }",
        "{ $.a = a:b }",
        "{ $.a = 1e2147483648 }",
        " {$.a IS TRUE} ",
        "{",
    ],
)
def test_refused_json_patterns(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "line", "fields"),
    [
        ("[a, b, c]", "x y z", {"$a": "x", "$b": "y", "$c": "z"}),
        ("[a, b, c]", 'x "y y" z', {"$a": "x", "$b": "y y", "$c": "z"}),
        ("[a, b, c]", "x [y y] z", {"$a": "x", "$b": "y y", "$c": "z"}),
        ("[a, b, c]", "x  y   z ", {"$a": "x", "$b": "y", "$c": "z"}),
        ("[a, b, c]", "x\ty\tz", {"$a": "x", "$b": "y", "$c": "z"}),
        ("[a, b, c]", 'x "y"z w', {"$a": "x", "$b": "y", "$c": "z w"}),
        ("[a, b, c]", "x y", None),
        ("[a, rest]", 'x "y y" z', {"$a": "x", "$rest": '"y y" z'}),
        ("[a, rest]", 'x "y y"', {"$a": "x", "$rest": "y y"}),
        ("[a, rest]", "x  y   z ", {"$a": "x", "$rest": "y   z "}),
        ("[a, rest]", "x y ", {"$a": "x", "$rest": "y"}),
        ("[a, rest]", 'x "open', {"$a": "x", "$rest": '"open'}),
        ("[a, rest]", "x [open", {"$a": "x", "$rest": "[open"}),
        ("[a, rest]", 'x ""', {"$a": "x", "$rest": ""}),
        ("[a, rest]", "x []", {"$a": "x", "$rest": ""}),
        ("[a, rest]", "x  ", None),
        ("[a, b, c]", 'x "open z w', {"$a": "x", "$b": '"open', "$c": "z w"}),
        ("[a]", 'x "y y" z', {"$a": 'x "y y" z'}),
        ("[]", "x [y y]z", {"$1": "x", "$2": "y y", "$3": "z"}),
        ("[, b,]", "x y z w", {"$1": "x", "$b": "y", "$3": "z w"}),
        ("[a,]", "x y z", {"$a": "x", "$2": "y z"}),
        ("[..., z]", "x", {"$z": "x"}),
        ("[..., z]", "x y z", {"$1": "x", "$2": "y", "$z": "z"}),
        ("[a, ..., z]", "x", None),
        ("[a, ..., z]", "x z", {"$a": "x", "$z": "z"}),
        ("[a, ..., z]", "x y [y] z", {"$a": "x", "$2": "y", "$3": "y", "$z": "z"}),
        ("[a, ...]", "x", {"$a": "x"}),
        ("[a, ...]", "x y z", {"$a": "x", "$2": "y", "$3": "z"}),
        ("[a=1, b]", "1.0 y", {"$a": "1.0", "$b": "y"}),
        ('[a="1", b]', "1.0 y", None),
        ('[a="1", b]', "1 y", {"$a": "1", "$b": "y"}),
        # The message of a Node.js function: tabs between, brackets around the tag.
        (
            '[ts, id, level, tag="XS", w1="source", w2="snapshots:", n, ...]',
            "2026-09-15T22:10:10.393Z\tce2a2b5f\tINFO\t[XS] source snapshots: 1743 tickers (12s)",
            {
                "$ts": "2026-09-15T22:10:10.393Z",
                "$id": "ce2a2b5f",
                "$level": "INFO",
                "$tag": "XS",
                "$w1": "source",
                "$w2": "snapshots:",
                "$n": "1743",
                "$8": "tickers",
                "$9": "(12s)",
            },
        ),
    ],
)
def test_fields_of_a_line(pattern: str, line: str, fields: dict[str, str] | None) -> None:
    match = parse(pattern).match(line)
    assert (dict(match.fields) if match else None) == fields


@pytest.mark.parametrize(
    "pattern",
    [
        "[a=x || b=y, b]",
        "[a, a]",
        "[1a]",
        "[a, ..., b, ...]",
        "[a == 1]",
        '[a>"1", b]',
        "[time, level=ERROR, msg",
        "[a] x",
    ],
)
def test_refused_space_delimited_patterns(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)
