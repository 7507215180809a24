"""What grants more than anybody means is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import blueprint
from provisioner.blueprint import Blueprint, Declared
from provisioner.blueprint.lint import grants
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.context import Context
from provisioner.resources.sqs_queue import SqsQueue
from tests.unit.building import SAMPLE, scope
from tests.unit.linting import LONG_AGO, Lint

POLICY = "arn:aws:iam::aws:policy/"


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("AdministratorAccess", "warning"),
        ("job-function/SystemAdministrator", "warning"),
        ("PowerUserAccess", "warning"),
        ("AmazonS3FullAccess", "warning"),
        ("service-role/Amazon*", "error"),
    ],
)
def test_an_attachment_that_grants_much(lint: Lint, name: str, severity: str) -> None:
    (finding,) = lint(f'[role]\nextra_policies = ["{POLICY}AmazonS3ReadOnlyAccess", "{POLICY}{name}"]')
    assert (finding.severity, finding.path) == (severity, "role.extra_policies[1]")
    assert name in finding.what


def queue(**statement: object) -> Subject:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "arn", **statement}]}
    built = Blueprint(Context(blueprint.load(SAMPLE, "dev"), scope()))
    built.add([Declared(SqsQueue(name="q", policy=policy), ("notifications",))])
    return Subject(built, LONG_AGO)


SOMEBODY = {"Service": "sns.amazonaws.com"}
HERE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Principal": "*", "Action": "sqs:SendMessage"}, "allows anybody something"),
        ({"Principal": {"AWS": "*"}, "Action": "sqs:SendMessage"}, "allows anybody something"),
        ({"Principal": {"AWS": ["1", "*"]}, "Action": "*"}, "allows anybody everything"),
        ({"NotPrincipal": SOMEBODY, "Action": "sqs:SendMessage"}, "allows anybody something"),
        ({"Principal": SOMEBODY, "Action": "*"}, "allows somebody everything"),
        ({"Principal": SOMEBODY, "NotAction": "sqs:DeleteQueue"}, "allows somebody everything"),
    ],
)
def test_a_wildcard_in_a_policy(statement: dict[str, object], words: str) -> None:
    (flaw,) = grants.statements(queue(**statement))
    assert flaw.severity == "warning"
    assert flaw.what == f"policy of sqs_queue.q {words}"


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": SOMEBODY, "Action": "sqs:*"},
        {"Principal": "*", "Action": "sqs:SendMessage", "Condition": HERE},
        {"Principal": "*", "Action": "*", "Effect": "Deny"},
    ],
)
def test_what_is_no_such_wildcard(statement: dict[str, object]) -> None:
    assert list(grants.statements(queue(**statement))) == []


def test_the_platforms_own_policies_have_none() -> None:
    built = blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None)
    assert list(grants.statements(Subject(built, LONG_AGO))) == []


@pytest.mark.parametrize(("account", "count"), [("210987654321", 1), ("123456789012", 0)])
def test_a_layer_of_another_account(tmp_path: Path, account: str, count: int) -> None:
    (tmp_path / "index.py").touch()
    (tmp_path / "platform.toml").write_text(f"""
platform.name = "shop"
platform.account_id = "123456789012"
environments.dev = {{}}
functions.f.source = "."
functions.f.layers = ["arn:aws:lambda:us-east-1:{account}:layer:tools:3"]
""")
    findings = blueprint.lint(tmp_path / "platform.toml", LONG_AGO).findings
    found = [finding for finding in findings if finding.path == "functions.f.layers[0]"]
    assert [finding.severity for finding in found] == ["warning"] * count
