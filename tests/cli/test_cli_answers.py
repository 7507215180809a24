"""What comes back may be no answer of AWS: one message each time, no call that writes, and never an empty account."""

from __future__ import annotations

import json

import pytest

from tests.cli.running import Cli, Control, Run

HTML = "<html><head><title>Sign in</title></head><body>to the portal, with hunter2-hunter2</body></html>"
NOT_AWS = "no answer of AWS"


@pytest.fixture
def standing(cli: Cli, control: Control) -> Cli:
    cli.apply()
    control.clear()
    return cli


def refused(cli: Cli, control: Control, *arguments: str) -> Run:
    run = cli(*arguments)
    assert run.code == 1, run.said
    assert NOT_AWS in run.err or "AWS's answer" in run.err, run.said
    assert "hunter2" not in run.said
    assert run.out == ""
    assert control.writes() == []
    return run


def test_a_body_that_is_another_is_no_empty_account(standing: Cli, control: Control) -> None:
    for body, command in (
        (HTML, ["plan"]),
        ("", ["apply", "--yes"]),
        ('{"log', ["drift"]),
        ("[]", ["teardown", "--yes"]),
        ('{"portal": "yes"}', ["status"]),
        ("null", ["outputs"]),
    ):
        control.fault("logs", "DescribeLogGroups", body=body, times=None)
        run = refused(standing, control, *command)
        assert "logs DescribeLogGroups failed" in run.err
        control.heal()


def test_what_is_absent_is_empty(cli: Cli, control: Control) -> None:
    control.fault("logs", "DescribeLogGroups", body="{}", times=None)
    control.fault("resourcegroupstaggingapi", "GetResources", body='{"ResourceTagMappingList": null}', times=None)
    assert cli.pending()["log_group./ecs/order-service-dev"] == "create"


def test_a_text_that_is_no_document_or_number(standing: Cli, control: Control) -> None:
    deep = '{"Statement": ' + "[" * 900 + "]" * 900 + "}"
    conditions = '{"Statement": [{"Condition": {"StringEquals": "x"}}]}'
    for policy in ("{", "[1, 2]", "5", '{"Statement": "all"}', conditions, deep, "[" * 100_000):
        control.fault("kms", "GetKeyPolicy", body=json.dumps({"Policy": policy}), times=None)
        assert "kms_key" in refused(standing, control, "plan").err
        control.heal()
    for name, text in (
        ("VisibilityTimeout", "soon"),
        ("MessageRetentionPeriod", "9" * 5000),
        ("RedrivePolicy", '{"maxReceiveCount": "often"}'),
    ):
        control.fault("sqs", "GetQueueAttributes", body=json.dumps({"Attributes": {name: text}}), times=None)
        assert "sqs_queue" in refused(standing, control, "plan").err
        control.heal()


IDENTITIES = [
    ("../../../x", "arn:aws:iam::123456789012:user/x"),
    ("", "arn:aws:iam::123456789012:user/x"),
    ("12345678901", "arn:aws:iam::12345678901:user/x"),
    ("١٢٣٤٥٦٧٨٩٠١٢", "arn:aws:iam::123456789012:user/x"),
    ("123456789012\n", "arn:aws:iam::123456789012:user/x"),
    ("123456789012", ""),
    ("123456789012", "me"),
    ("123456789012", "arn:aws:iam::210987654321:user/x"),
    ("123456789012", "arn:aws:iam::123456789012:user/x\ny"),
    ("123456789012", "arn:aws:iam::123456789012:user/" + "x" * 5000),
]


def test_an_identity_that_is_none(cli: Cli, control: Control) -> None:
    for account, arn in IDENTITIES:
        inner = f"<Account>{account}</Account><Arn>{arn}</Arn><UserId>A</UserId>"
        result = f"<GetCallerIdentityResult>{inner}</GetCallerIdentityResult>"
        body = f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>"
        control.fault("sts", "GetCallerIdentity", body=body)
        run = refused(cli, control, "apply", "--yes")
        assert len(run.err) < 1000
    assert list(cli.state_file().parents[2].glob("**/*")) == []


@pytest.mark.parametrize("service", ["logs", "iam"])
def test_an_error_that_is_none(cli: Cli, control: Control, service: str) -> None:
    operation = {"logs": "DescribeLogGroups", "iam": "GetRole"}[service]
    for status, body in ((404, HTML), (404, ""), (400, '{"message": 5}'), (302, "<Error>x</Error>"), (403, "[]")):
        control.fault(service, operation, body=body, status=status, times=None)
        refused(cli, control, "plan")
        control.heal()


@pytest.mark.parametrize("service", ["logs", "iam"])
def test_a_server_that_fails_is_asked_again(cli: Cli, control: Control, service: str) -> None:
    operation = {"logs": "DescribeLogGroups", "iam": "GetRole"}[service]
    control.fault(service, operation, body=HTML, status=503, times=1)
    assert cli("plan").code == 0
    assert control.calls().count(f"{service}:{operation}") > 1


def test_an_answer_to_a_write(cli: Cli, control: Control) -> None:
    control.fault("logs", "PutRetentionPolicy", body=HTML, times=None)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert f"PutRetentionPolicy failed: this is {NOT_AWS}" in run.err
    control.heal()
    cli.ok("apply", "--yes")
    assert cli.pending() == {}
