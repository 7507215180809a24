"""Metric values, dimensions and defaults: what is refused, and what a line publishes."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from provisioner.patterns import DataPoint, PatternError, Transformation, parse, validate

ACCESS = "[ip, , size, ...]"


@pytest.mark.parametrize(
    ("pattern", "expression", "line", "value"),
    [
        ("ERROR", "1", "ERROR", 1.0),
        ("ERROR", "-2.5e1", "ERROR", -25.0),
        ("{ $.a = * }", "$.a", '{"a": 12.5}', 12.5),
        ("{ $.a = * }", "$.a", '{"a": "12.5"}', 12.5),
        ("{ $.a = * }", "$.a", '{"a": "12 ms"}', None),
        ("{ $.a = * }", "$.a", '{"a": 1e12}', 1e12),
        ("{ $.a = * }", "$.a", '{"a": 1e309}', None),
        ("{ $.a = * }", "$.b.c[1]", '{"a": 1, "b": {"c": [1, 2]}}', 2.0),
        ("{ $.a = * }", "$.b", '{"a": 1, "b": true}', None),
        ("{ $.a = * }", "$.b", '{"a": 1, "b": [1]}', None),
        ("{ $.a = * }", "$.b", '{"a": 1, "b": null}', None),
        ("{ $.a = * }", "$.b", '{"a": 1}', None),
        (ACCESS, "$size", "127.0.0.1 - 1534", 1534.0),
        (ACCESS, "$size", "127.0.0.1 - -", None),
        (ACCESS, "$2", "127.0.0.1 7 1534", 7.0),
        (ACCESS, "$4", "127.0.0.1 7 1534 8", 8.0),
        (ACCESS, "$4", "127.0.0.1 7 1534", None),
    ],
)
def test_values(pattern: str, expression: str, line: str, value: float | None) -> None:
    parsed = parse(pattern)
    match = parsed.match(line)
    assert match is not None
    assert parsed.value(expression, match) == value


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("$.s", "x"),
        ("$.i", "7"),
        ("$.f", "7.0"),
        ("$.e", "1.0E10"),
        ("$.t", "true"),
        ("$.n", None),
        ("$.o", None),
        ("$.x", None),
    ],
)
def test_a_dimension_shows_strings_numbers_and_booleans(expression: str, text: str | None) -> None:
    pattern = parse("{ $.s = x }")
    match = pattern.match('{"s": "x", "i": 7, "f": 7.0, "e": 1e10, "t": true, "n": null, "o": {}}')
    assert match is not None
    assert pattern.extract(expression, match) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("1e3", "1000.0"),
        ("0.001", "0.001"),
        ("0.00015", "1.5E-4"),
        ("9999999.5", "9999999.5"),
        ("1e7", "1.0E7"),
        ("-123456789.5", "-1.234567895E8"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("1e309", "Infinity"),
    ],
)
def test_a_number_as_text_is_as_java_prints_it(written: str, text: str) -> None:
    pattern = parse("{ $.n = * }")
    match = pattern.match(f'{{"n": {written}}}')
    assert match is not None
    assert pattern.extract("$.n", match) == text


@pytest.mark.parametrize(
    ("pattern", "expression"),
    [
        ("ERROR", "$.a"),
        ("ERROR", "$a"),
        ("{ $.a = 1 }", "$a"),
        ("{ $.a = 1 }", "$.a[*]"),
        ("{ $.a = 1 }", "$.a = 1"),
        ("{ $.a = 1 }", "constant"),
        (ACCESS, "$missing"),
        (ACCESS, "$1"),
        (ACCESS, "$0"),
        (ACCESS, "$.size"),
        ("[a, b]", "$3"),
    ],
)
def test_what_no_line_can_have_is_an_error(pattern: str, expression: str) -> None:
    parsed = parse(pattern)
    with pytest.raises(PatternError):
        parsed.check(expression)
    match = parsed.match('ERROR {"a": 1} x') or parsed.match('{"a": 1}')
    assert match is not None
    with pytest.raises(PatternError):
        parsed.value(expression, match)


@pytest.mark.parametrize(
    ("pattern", "value", "dimensions", "default", "members"),
    [
        ("ERROR", "1", {}, 0, []),
        ("", "1", {}, None, []),
        ("{ $.a = * }", "$.a", {"A": "$.a", "B": "$.b", "C": "$.c.d"}, None, []),
        (ACCESS, "$size", {"Ip": "$ip", "Second": "$2"}, None, []),
        ("ERROR:", "1", {}, None, ["filterPattern"]),
        ("x" * 1025, "1", {}, None, ["filterPattern"]),
        ("[a=%1%, b=%2%, c=%3%]", "1", {}, None, ["filterPattern"]),
        ("{ $.*=%1% || $.*=%2% || $.*=%3% || $.*=4 }", "1", {}, None, ["filterPattern", "filterPattern"]),
        ("ERROR", "", {}, None, ["metricValue"]),
        ("ERROR", "one", {}, None, ["metricValue"]),
        ("ERROR", "NaN", {}, None, ["metricValue"]),
        ("ERROR", "1e999", {}, None, ["metricValue"]),
        ("ERROR", "1" * 101, {}, None, ["metricValue"]),
        ("ERROR", "$.a", {}, None, ["metricValue"]),
        ("{ $.a = 1 }", "$.a[*]", {}, None, ["metricValue"]),
        ("[a, b]", "$c", {}, None, ["metricValue"]),
        ("ERROR", "1", {"A": "$.a"}, None, ["dimensions"]),
        ("{ $.a = 1 }", "1", {"A": "literal"}, None, ["dimensions"]),
        ("{ $.a = 1 }", "1", {"": "$.a", ":B": "$.a"}, None, ["dimensions", "dimensions"]),
        ("{ $.a = 1 }", "1", {"A": "$." + "a" * 254}, None, ["dimensions"]),
        ("{ $.a = 1 }", "1", dict.fromkeys("ABCD", "$.a"), None, ["dimensions"]),
        ("{ $.a = 1 }", "1", {"A": "$.a"}, 0, ["defaultValue"]),
        ("ERROR", "1", {}, math.inf, ["defaultValue"]),
        (
            "ERROR:",
            "one",
            dict.fromkeys("ABCD", "$.a"),
            math.nan,
            ["filterPattern", "metricValue", "dimensions", "defaultValue", "defaultValue"],
        ),
    ],
)
def test_everything_that_aws_would_refuse(
    pattern: str, value: str, dimensions: Mapping[str, str], default: float | None, members: list[str]
) -> None:
    findings = validate(pattern, value, dimensions=dimensions, default=default)
    assert [finding.member for finding in findings] == members


def test_a_finding_is_a_sentence() -> None:
    (finding,) = validate("ERROR: x")
    assert str(finding) == (
        "filterPattern: invalid character ':' where a space should stand, at character 6 "
        '(put a term with other characters than letters, digits and _ in double quotes "")'
    )


@pytest.mark.parametrize(
    ("line", "sample"),
    [
        ('{"probe": "x", "value": 3}', DataPoint(3.0)),
        ('{"probe": "x", "value": "none"}', None),
        # Seen of the service: the default stands in for a value that is missing or null, not for one of another kind.
        ('{"probe": "x"}', DataPoint(7.0)),
        ('{"probe": "x", "value": null}', DataPoint(7.0)),
        ('{"probe": "y", "value": 3}', DataPoint(7.0)),
        ("no JSON", DataPoint(7.0)),
    ],
)
def test_the_default_of_a_line(line: str, sample: DataPoint | None) -> None:
    pattern = parse("{ $.probe = x }")
    assert Transformation(pattern, "$.value", default=7.0).sample(line) == sample
    without = Transformation(pattern, "$.value").sample(line)
    assert without == (sample if sample == DataPoint(3.0) else None)


@pytest.mark.parametrize(
    ("line", "dimensions"),
    [
        ('{"p": 1, "a": "x", "b": 2}', {"A": "x", "B": "2"}),
        # Seen of the service: a line that lacks one dimension publishes without any.
        ('{"p": 1, "a": "x"}', {}),
        ('{"p": 1}', {}),
    ],
)
def test_the_dimensions_of_a_line(line: str, dimensions: dict[str, str]) -> None:
    transformation = Transformation(parse("{ $.p = 1 }"), dimensions={"A": "$.a", "B": "$.b"})
    assert transformation.sample(line) == DataPoint(1.0, dimensions)
