"""Whom a policy admits: the statements of the policies that AWS and people write, and the conditions that they use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provisioner.engine.errors import UnreadableError
from provisioner.health.policies import admits

QUEUE = "arn:aws:sqs:us-east-1:123456789012:pager"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
CONTEXT = {"aws:SourceArn": TOPIC, "aws:SourceAccount": "123456789012"}
SNS = {"Service": "sns.amazonaws.com"}


def statement(**changed: Any) -> dict[str, Any]:
    base = {"Effect": "Allow", "Principal": SNS, "Action": "sqs:SendMessage", "Resource": QUEUE}
    return {name: value for name, value in {**base, **changed}.items() if value is not None}


def asked(*statements: dict[str, Any]) -> bool:
    return admits({"Statement": list(statements)}, "sns.amazonaws.com", "sqs:SendMessage", QUEUE, CONTEXT)


def when(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Action": "SQS:SendMessage"},
        {"Action": ["sqs:DeleteMessage", "sqs:Send*"]},
        {"Action": None, "NotAction": "sqs:DeleteQueue"},
        {"Resource": "*"},
        {"Resource": None},
        {"Resource": None, "NotResource": f"{QUEUE}-other"},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}},
        {"Principal": None, "NotPrincipal": {"Service": "events.amazonaws.com"}},
        when("ArnEquals", "aws:SourceArn", TOPIC),
        when("ArnEquals", "AWS:SourceArn", [f"{TOPIC}-other", "arn:aws:sns:*:*:alarms"]),
        when("ArnLikeIfExists", "aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:*"),
        when("StringEquals", "aws:SourceAccount", "123456789012"),
        when("StringNotEquals", "aws:SourceAccount", "210987654321"),
        when("StringEquals", "aws:PrincipalOrgID", "o-1"),
        when("Bool", "aws:SecureTransport", "true"),
    ],
)
def test_a_statement_that_admits(changed: dict[str, Any]) -> None:
    assert asked(statement(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"Effect": "Deny"},
        {"Action": "sqs:ReceiveMessage"},
        {"Action": None, "NotAction": "sqs:*"},
        {"Resource": f"{QUEUE}-other"},
        {"Resource": None, "NotResource": QUEUE},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Principal": {"Service": "events.amazonaws.com"}},
        {"Principal": None, "NotPrincipal": SNS},
        when("ArnEquals", "aws:SourceArn", f"{TOPIC}-other"),
        when("StringEquals", "aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:*"),
        when("StringEquals", "aws:SourceAccount", "210987654321"),
        when("StringNotEquals", "aws:SourceAccount", "123456789012"),
        when("ArnNotLike", "aws:SourceArn", "arn:aws:sns:*"),
    ],
)
def test_a_statement_that_does_not_admit(changed: dict[str, Any]) -> None:
    assert not asked(statement(**changed))


def test_every_condition_of_a_statement_must_hold() -> None:
    conditions = {"ArnEquals": {"aws:SourceArn": TOPIC}, "StringEquals": {"aws:SourceAccount": "210987654321"}}
    assert not asked(statement(Condition=conditions))


def test_a_denial_wins_where_it_surely_applies() -> None:
    assert not asked(statement(), statement(Effect="Deny", Principal="*", Action="sqs:*"))
    assert not asked(statement(), statement(Effect="Deny", **when("ArnEquals", "aws:SourceArn", TOPIC)))
    assert asked(statement(), statement(Effect="Deny", Principal="*", **when("Bool", "aws:SecureTransport", "false")))
    assert asked(statement(), statement(Effect="Deny", Principal={"AWS": "123456789012"}))


@pytest.mark.parametrize("policy", ["", {}, json.dumps({"Statement": []})])
def test_without_a_statement_nobody_is_admitted(policy: Any) -> None:
    assert not admits(policy, "sns.amazonaws.com", "sqs:SendMessage", QUEUE, CONTEXT)


def test_of_what_is_no_policy_nobody_can_say_whom_it_admits() -> None:
    with pytest.raises(UnreadableError, match="not JSON"):
        admits("no json", "sns.amazonaws.com", "sqs:SendMessage", QUEUE, CONTEXT)


def test_a_document_may_be_text_with_one_statement() -> None:
    text = json.dumps({"Statement": statement()})
    assert admits(text, "sns.amazonaws.com", "sqs:SendMessage", QUEUE, CONTEXT)


@pytest.mark.parametrize("policy", ["no json", "[]", '{"Statement": ["all"]}'])
def test_what_is_no_policy_is_no_answer_of_aws(policy: str) -> None:
    with pytest.raises(UnreadableError):
        admits(policy, "sns.amazonaws.com", "sqs:SendMessage", QUEUE, CONTEXT)
