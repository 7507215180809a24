"""What AWS may do to a document without changing what it means, and what it may not."""

from __future__ import annotations

import json
import random
import urllib.parse
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.aws.policies import canonical_json, canonical_policy, parse_json
from provisioner.resources.metric_alarm import canonical_metrics
from provisioner.resources.shared.alarm_rules import canonical_rule

ACCOUNT = "123456789012"
NAMES = st.sampled_from(["logs:PutLogEvents", "kms:Decrypt", "kms:Encrypt*", "sns:Publish", "sqs:SendMessage"])
LISTS = st.lists(NAMES, min_size=1, max_size=3, unique=True)
ACCOUNTS = st.sampled_from([ACCOUNT, "210987654321"])
PRINCIPALS = st.one_of(
    st.just("*"),
    st.builds(lambda names: {"AWS": names}, st.lists(ACCOUNTS, min_size=1, max_size=2, unique=True)),
    st.builds(lambda name: {"Service": [name]}, st.sampled_from(["logs.amazonaws.com", "sns.amazonaws.com"])),
)
CONDITIONS = st.sampled_from(
    [{}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}, {"Bool": {"aws:SecureTransport": [False]}}]
)
STATEMENTS = st.builds(
    lambda sid, effect, principal, action, condition: {
        "Sid": sid, "Effect": effect, "Principal": principal, "Action": action, "Resource": ["*"],
        "Condition": condition,
    },
    st.sampled_from(["", "A", "B", "C"]),
    st.sampled_from(["Allow", "Deny"]),
    PRINCIPALS,
    LISTS,
    CONDITIONS,
)  # fmt: skip
POLICIES = st.builds(
    lambda statements: {"Version": "2012-10-17", "Statement": statements}, st.lists(STATEMENTS, min_size=1, max_size=4)
)


def retold(value: Any, rng: random.Random) -> Any:
    """The same policy as AWS might send it back."""
    if isinstance(value, dict):
        items = list(value.items())
        rng.shuffle(items)
        return {key: retold(item, rng) for key, item in items if item not in ("", {})}
    if isinstance(value, list):
        items = [retold(item, rng) for item in value]
        rng.shuffle(items)
        return items[0] if len(items) == 1 and rng.random() < 0.5 else items
    if isinstance(value, bool):
        return rng.choice([value, str(value).lower()])
    if isinstance(value, str) and value.isdigit() and rng.random() < 0.5:
        return f"arn:aws:iam::{value}:root"
    return value


def principals_only(document: Any) -> Any:
    """Account ids mean the root only as principals."""
    text = json.dumps(document)
    return "SourceAccount" not in text


@settings(deadline=None)
@given(POLICIES, st.randoms(use_true_random=False))
def test_a_policy_retold_is_equal(document: dict[str, Any], rng: random.Random) -> None:
    if principals_only(document):
        assert canonical_policy(retold(document, rng)) == canonical_policy(document)


@settings(deadline=None)
@given(POLICIES)
def test_the_canonical_policy_is_its_own_canonical_form(document: dict[str, Any]) -> None:
    once = canonical_policy(document)
    assert canonical_policy(once) == once
    assert canonical_policy(parse_json(json.dumps(document))) == once
    assert canonical_policy(parse_json(urllib.parse.quote(json.dumps(document)))) == once


@settings(deadline=None)
@given(POLICIES, STATEMENTS)
def test_a_statement_more_or_less_is_a_difference(document: dict[str, Any], more: dict[str, Any]) -> None:
    longer = {**document, "Statement": [*document["Statement"], more]}
    assert canonical_policy(longer) != canonical_policy(document)


def test_what_must_stay_different() -> None:
    def policy(**changes: Any) -> dict[str, Any]:
        statement = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*", **changes}
        return canonical_policy({"Version": "2012-10-17", "Statement": statement})

    base = policy()
    assert policy(Effect="allow") == base
    assert policy(Condition={}) == base
    for changes in (
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": "AROAEXAMPLE"}},
        {"Action": "kms:Decrypt"},
        {"Effect": "Deny"},
        {"Sid": "Owner"},
        {"Condition": {"Bool": {"aws:SecureTransport": True}}},
    ):
        assert policy(**changes) != base, changes
    assert canonical_policy({"Statement": []}) != canonical_policy({"Version": "2012-10-17", "Statement": []})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3))
def test_a_json_body_is_read_whatever_its_layout(document: dict[str, Any]) -> None:
    once = canonical_json(document)
    assert canonical_json(parse_json(json.dumps(document, indent=3))) == once
    assert canonical_json(once) == once


ALARMS = st.sampled_from(["errors-dev", "slow-dev", "or", "ALARM", "not.good"])
RULES = st.recursive(
    st.tuples(st.sampled_from(["ALARM", "OK", "INSUFFICIENT_DATA"]), ALARMS) | st.sampled_from(["TRUE", "FALSE"]),
    lambda inner: st.tuples(st.sampled_from(["AND", "OR"]), inner, inner) | st.tuples(st.just("NOT"), inner),
    max_leaves=5,
)


def spelled(rule: Any, rng: random.Random, *, loosely: bool) -> str:
    """``rule`` as text; loosely: any white space, any case, names bare or quoted or as ARNs."""
    space = rng.choice(["", " ", "\n  "]) if loosely else ""
    gap = rng.choice([" ", "\n", "   "]) if loosely else " "

    def word(text: str) -> str:
        return rng.choice([text, text.lower()]) if loosely else text

    match rule:
        case str():
            return word(rule)
        case ("AND" | "OR" as operator, left, right):
            sides = [spelled(side, rng, loosely=loosely) for side in (left, right)]
            return f"({space}{sides[0]}{gap}{word(operator)}{gap}{sides[1]}{space})"
        case ("NOT", inner):
            return f"{word('NOT')}{gap}({spelled(inner, rng, loosely=loosely)})"
        case (state, name):
            arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"
            shown = rng.choice([name, f'"{name}"', f'"{arn}"', arn]) if loosely else f'"{name}"'
            return f"{word(str(state))}{space}({space}{shown}{space})"
    raise AssertionError(rule)


@settings(deadline=None)
@given(RULES, st.randoms(use_true_random=False))
def test_a_rule_is_read_however_it_is_spelled(rule: Any, rng: random.Random) -> None:
    strictly = canonical_rule(spelled(rule, rng, loosely=False))
    assert canonical_rule(spelled(rule, rng, loosely=True)) == strictly
    assert canonical_rule(strictly) == strictly


@settings(deadline=None)
@given(RULES, RULES, st.randoms(use_true_random=False))
def test_two_rules_stay_two(one: Any, two: Any, rng: random.Random) -> None:
    first, second = (spelled(rule, rng, loosely=False) for rule in (one, two))
    assert (canonical_rule(first) == canonical_rule(second)) == (first == second)


DIMENSIONS = [{"Name": "Service", "Value": "orders"}, {"Name": "Stage", "Value": "dev"}]
METRICS: list[Any] = [
    {"Id": "e", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": DIMENSIONS},
                               "Period": 60, "Stat": "Sum"}, "ReturnData": False},
    {"Id": "n", "MetricStat": {"Metric": {"Namespace": "Shop", "MetricName": "Orders"}, "Period": 60, "Stat": "Sum"},
     "ReturnData": False},
    {"Id": "rate", "Expression": "e / n", "Label": "Rate"},
]  # fmt: skip


@given(st.permutations(METRICS), st.permutations(DIMENSIONS), st.booleans())
def test_metric_math_is_a_set(metrics: list[Any], dimensions: list[Any], explicit: bool) -> None:
    told = json.loads(json.dumps(metrics))
    for item in told:
        if item["Id"] == "e":
            item["MetricStat"]["Metric"]["Dimensions"] = dimensions
        if item["Id"] == "rate" and explicit:
            item |= {"ReturnData": True, "Period": None}
    once: Any = canonical_metrics(told)
    assert once == canonical_metrics(METRICS)
    assert canonical_metrics(once) == once
