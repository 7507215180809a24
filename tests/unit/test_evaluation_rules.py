"""The rule language of composite alarms."""

from __future__ import annotations

import pytest

from provisioner.evaluation.rule_language import BadRule, parse

STATES = {"a": "ALARM", "b": "OK", "c": "INSUFFICIENT_DATA", "my alarm": "ALARM", 'say "hi"': "ALARM", "arn:x:a": "OK"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(a)", True),
        ("OK(a)", False),
        ("OK(b) AND INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(b) OR ALARM(a)", True),
        ("NOT ALARM(b)", True),
        ("NOT NOT ALARM(b)", False),
        ("TRUE", True),
        ("FALSE", False),
        ("TRUE OR TRUE AND FALSE", True),  # AND binds closer
        ("(TRUE OR TRUE) AND FALSE", False),
        ("NOT FALSE AND FALSE", False),  # NOT binds closest
        ('ALARM("my alarm")', True),
        (r'ALARM("say \"hi\"")', True),
        ("OK(arn:x:a)", True),
        ("  ALARM ( a )\n", True),
        ("ALARM(nobody)", False),
    ],
)
def test_what_holds(rule: str, holds: bool) -> None:
    assert parse(rule).holds(lambda name: STATES.get(name, "INSUFFICIENT_DATA")) is holds


def test_the_alarms_that_it_mentions() -> None:
    assert parse('ALARM(a) AND (NOT OK("my alarm") OR TRUE) OR OK(a)').alarms() == {"a", "my alarm"}
    assert parse("TRUE").alarms() == set()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("", "the end"),
        ("ALARM(a", "the end"),
        ("ALARM()", "names no alarm"),
        ("ALARM(a) ALARM(a)", "unexpected ALARM"),
        ("ALARM(a) AND", "the end"),
        ("alarm(a)", "found alarm"),
        ("(TRUE", "expected )"),
        ("TRUE)", "unexpected )"),
        ('ALARM("a)', "cannot read"),
        ("(" * 51 + "TRUE" + ")" * 51, "nested too deeply"),
        (" AND ".join(["TRUE"] * 501), "501 elements"),
    ],
)
def test_what_is_no_rule(rule: str, words: str) -> None:
    with pytest.raises(BadRule, match=words.replace("(", r"\(").replace(")", r"\)")):
        parse(rule)


def test_the_largest_rules() -> None:
    assert parse("(" * 50 + "TRUE" + ")" * 50).holds(str)
    assert parse(" AND ".join(["TRUE"] * 500)).holds(str)
