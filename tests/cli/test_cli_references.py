"""Secrets by reference: the file says where they are, and what is there is seen by nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]

MAIL, HOOK, PIN, KEY = "oncall-7f3a@example.com", "https://hooks.example.com/T0/token-91c2", "4711-b2d8", "key-55aa"
SECRETS = (MAIL, HOOK, "token-91c2", PIN, KEY)


@pytest.fixture
def stores(aws: Aws) -> None:
    """What the references of the sample lead to."""
    aws("ssm").put_parameter(Name="/ops/mail", Type="SecureString", Value=MAIL)
    aws("secretsmanager").create_secret(Name="ops/hook", SecretString=HOOK)
    aws("secretsmanager").create_secret(Name="ops/keys", SecretString=json.dumps({"api": KEY, "n": 1}))


@pytest.fixture
def referring(cli: Cli, sample: Sample) -> Sample:
    sample.edit(
        r"^(# )?environment = .*$",
        'environment = { PIN = { variable = "OPS_PIN" }, API = { secret = "ops/keys", key = "api" } }',
    )
    sample.add(
        """
[[notifications.subscriptions]]
protocol = "email"
endpoint = { ssm = "/ops/mail" }

[[notifications.subscriptions]]
protocol = "https"
endpoint = { secret = "ops/hook" }
"""
    )
    cli.environ["OPS_PIN"] = PIN
    return sample


def endpoints(aws: Aws) -> set[str]:
    return {item["Endpoint"] for item in aws("sns").list_subscriptions()["Subscriptions"]}


def test_what_they_lead_to_is_used_and_never_shown(
    cli: Cli, control: Control, aws: Aws, referring: Sample, stores: None, tmp_path: Path
) -> None:
    said = []
    for command in (
        ["plan", "-v"],
        ["plan", "--json", "--all", "--out", str(tmp_path / "plan.json")],
        ["apply", "--yes", "-v"],
        ["plan", "--json", "--all"],
        ["status"],
        ["status", "--json"],
        ["outputs", "--json"],
        ["state", "list"],
        ["drift"],
    ):
        said.append(cli.ok(*command).said)
    assert {MAIL, HOOK} <= endpoints(aws)
    variables = aws("lambda").get_function_configuration(FunctionName="payment-handler-dev")["Environment"]
    assert variables["Variables"].items() >= {"PIN": PIN, "API": KEY}.items()
    assert cli.pending() == {}
    written = [path.read_text(errors="replace") for path in tmp_path.rglob("*.json*") if path.is_file()]
    for secret in SECRETS:
        assert not any(secret in text for text in [*said, *written]), secret
    assert "(secret)" in said[0]


def test_another_secret_is_another_receiver_and_none_is_shown(
    cli: Cli, aws: Aws, referring: Sample, stores: None
) -> None:
    cli.ok("apply", "--yes")
    other = "other-0b1c@example.com"
    aws("ssm").put_parameter(Name="/ops/mail", Type="SecureString", Value=other, Overwrite=True)
    shown = cli.ok("plan", "--json", "--all").said + cli.ok("plan", "-v").said
    cli.environ["OPS_PIN"] = "0815"
    shown += cli.ok("plan", "-v").said + cli.ok("plan", "--json").said
    assert "environment" in shown
    for secret in (*SECRETS, other, "0815"):
        assert secret not in shown
    referring.edit(r'\{ ssm = "/ops/mail" \}', '"public@example.com"')
    shown = cli.ok("plan", "--json", "--all").said
    assert MAIL not in shown
    assert "public@example.com" in shown


def test_a_queue_by_reference_is_hidden_too(cli: Cli, aws: Aws, sample: Sample, tmp_path: Path) -> None:
    url = aws("sqs").create_queue(QueueName="quiet-queue")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("ssm").put_parameter(Name="/ops/queue", Type="String", Value=arn)
    sample.add('[[notifications.subscriptions]]\nprotocol = "sqs"\nendpoint = { ssm = "/ops/queue" }')
    said = cli.ok("plan", "-v").said + cli.ok("apply", "--yes").said + cli.ok("plan", "--json", "--all").said
    assert arn in endpoints(aws)
    assert cli.pending() == {}
    state = cli.state_file().read_text(encoding="utf-8")
    assert "quiet-queue" not in said + state


def test_each_is_asked_for_once(cli: Cli, control: Control, referring: Sample, stores: None) -> None:
    referring.add('[[notifications.subscriptions]]\nprotocol = "email-json"\nendpoint = { ssm = "/ops/mail" }')
    control.clear()
    cli.ok("plan")
    asked = control.calls()
    assert asked.count("ssm:GetParameter") == 1
    assert asked.count("secretsmanager:GetSecretValue") == 2


def test_one_that_leads_nowhere_is_one_finding_with_the_permission(
    cli: Cli, control: Control, aws: Aws, referring: Sample, stores: None
) -> None:
    aws("ssm").delete_parameter(Name="/ops/mail")
    cli.environ["OPS_PIN"] = ""
    control.fault("secretsmanager", "GetSecretValue", code="AccessDeniedException", times=None, status=400)
    control.clear()
    for command in ("plan", "apply"):
        run = cli(command, *(["--yes"] if command == "apply" else []))
        assert run.code == 1
        lines = [line for line in run.err.splitlines() if "platform.toml:" in line]
        assert len(lines) == 4
        assert '{ ssm = "/ops/mail" } cannot be read: ParameterNotFound' in run.err
        assert '{ secret = "ops/keys", key = "api" } cannot be read: AccessDeniedException' in run.err
        assert '{ variable = "OPS_PIN" } is not set' in run.err
        for permission in ("ssm:GetParameter", "secretsmanager:GetSecretValue", "kms:Decrypt"):
            assert permission in run.err
    assert control.writes() == []


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ('{ secret = "ops/keys", key = "none" }', "has no text under the key 'none'"),
        ('{ secret = "ops/keys", key = "n" }', "has no text under the key 'n'"),
        ('{ secret = "ops/hook", key = "api" }', "is no JSON object"),
        ('{ secret = "ops/bytes" }', "holds bytes"),
        ('{ secret = "ops/keys" }', "what it refers to is not an address"),
        ('{ ssm = "not a name" }', "cannot be read"),
    ],
)
def test_what_is_there_and_of_no_use_is_not_shown(
    cli: Cli, aws: Aws, referring: Sample, stores: None, reference: str, words: str
) -> None:
    aws("secretsmanager").create_secret(Name="ops/bytes", SecretBinary=b"bytes-77")
    referring.edit(r'\{ ssm = "/ops/mail" \}', reference)
    run = cli("plan")
    assert run.code == 1
    assert words in run.err
    assert not [secret for secret in (*SECRETS, "bytes-77") if secret in run.said]


def test_validate_follows_none(cli: Cli, control: Control, referring: Sample) -> None:
    run = cli.ok("validate", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", OPS_PIN="")
    assert "valid for dev, prod" in run.out
    assert control.calls() == []


def test_whoever_looks_or_removes_goes_on_without_them(
    cli: Cli, control: Control, aws: Aws, referring: Sample, stores: None
) -> None:
    cli.ok("apply", "--yes")
    aws("ssm").delete_parameter(Name="/ops/mail")
    status = cli.ok("status")
    assert 'notifications.subscriptions[0].endpoint: { ssm = "/ops/mail" } cannot be read' in status.err
    assert MAIL not in status.said
    gone = cli.ok("teardown", "--yes")
    assert MAIL not in gone.said
    assert endpoints(aws) == set()


FORMS = 'there are { variable = "NAME" }, { ssm = "/path" }, { secret = "id" } or { secret = "id", key = "k" }'


@pytest.mark.parametrize(
    "value",
    ["{}", '{ ssm = "" }', "{ ssm = 1 }", '{ ssm = "a", key = "k" }', '{ ssm = "a", variable = "b" }', '{ env = "A" }'],
)
def test_what_is_no_reference(cli: Cli, sample: Sample, value: str) -> None:
    sample.add(f'[[notifications.subscriptions]]\nprotocol = "email"\nendpoint = {value}')
    run = cli("validate")
    assert run.code == 1
    assert run.out.count(FORMS) == 1


def test_what_is_neither_text_nor_reference(cli: Cli, sample: Sample) -> None:
    sample.edit(r"^(# )?environment = .*$", "environment = { PIN = 4711 }")
    run = cli("validate")
    assert "neither a text nor a reference" in run.out
    assert "4711" not in run.out


def test_another_environment_may_keep_it_elsewhere(cli: Cli, aws: Aws, referring: Sample, stores: None) -> None:
    """A reference is one value: its keys are not mixed with those of another."""
    referring.add('[environments.dev.functions.payment-handler.environment]\nAPI = { variable = "OPS_API" }\nPIN = "0"')
    cli.environ["OPS_API"] = "from-dev"
    cli.ok("apply", "--yes")
    variables = aws("lambda").get_function_configuration(FunctionName="payment-handler-dev")["Environment"]
    assert variables["Variables"].items() >= {"PIN": "0", "API": "from-dev"}.items()
