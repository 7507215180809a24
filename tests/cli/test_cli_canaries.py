"""A secret of each kind, in every place where one can stand: no output, no file and no error of any command has it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ROOT, Cli, Control, Run, Sample

Aws = Callable[[str], Any]

CANARY = "c4nary"
HOOK = f"https://ops:{CANARY}-1@hooks.example.com/services/{CANARY}-2/{CANARY}-3?token={CANARY}-4"
ECHO = f"{HOOK} {CANARY}-5 {CANARY}-6 {CANARY}-7 {CANARY}-8 {CANARY}-9 /services/{CANARY}-2/{CANARY}-3 {CANARY}-4"


@pytest.fixture
def watched(cli: Cli, sample: Sample, control: Control) -> Cli:
    """A platform with a web hook and variables that are secret, credentials, and an endpoint with a password."""
    sample.edit(
        r"^(# )?environment = .*$",
        f'environment = {{ API_KEY = "{CANARY}-5", PIN = {{ variable = "OPS_PIN" }} }}',
    )
    sample.add(f'[[notifications.subscriptions]]\nprotocol = "https"\nendpoint = "{HOOK}"')
    cli.environ |= {
        "OPS_PIN": f"{CANARY}-6",
        "AWS_SECRET_ACCESS_KEY": f"{CANARY}-7",
        "AWS_SESSION_TOKEN": f"{CANARY}-8",
        "AWS_ENDPOINT_URL": control.url.replace("http://", f"http://me:{CANARY}-9@"),
    }
    return cli


def silent(run: Run, *codes: int) -> Run:
    assert run.code in (codes or (0,)), run.said
    assert CANARY not in run.said, run.said
    return run


def test_no_command_and_no_file_repeats_a_secret(watched: Cli, aws: Aws, tmp_path: Path) -> None:
    saved, exported = str(tmp_path / "saved.json"), tmp_path / "exported"
    silent(watched("plan", "-v", "--out", saved))
    silent(watched("plan", "--json", "--all", "-v"))
    silent(watched("apply", saved, "-v"))
    aws("lambda").update_function_configuration(
        FunctionName="payment-handler-dev", Environment={"Variables": {"API_KEY": f"{CANARY}-a", "NEW": f"{CANARY}-b"}}
    )
    for command in (
        ["plan", "-v"],
        ["plan", "--json", "--all"],
        ["apply", "--dry-run", "-v"],
        ["status", "-v"],
        ["status", "--json"],
        ["outputs"],
        ["outputs", "--json"],
        ["state", "list", "--json"],
        ["state", "unlock"],
        ["validate", "-v"],
        ["teardown", "--dry-run", "-v"],
        ["release", "--all", "--dry-run", "-v"],
        ["export", "terraform", "--out", str(exported / "terraform")],
        ["export", "cloudformation", "--out", str(exported / "cloudformation")],
    ):
        silent(watched(*command))
    for command in (["drift", "-v"], ["drift", "--json"]):
        silent(watched(*command), 2)
    silent(watched("validate", "--live", "--json"), 0, 1)
    silent(watched("verify", "-v"), 0, 2)
    silent(watched("verify", "--offline", "--json"), 0, 2)
    for address in watched.ok("state", "list", "--json").json():
        if address.startswith(("lambda_function.", "sns_subscription.")):
            silent(watched("state", "show", address))
    silent(watched("state", "forget", "lambda_function.payment-handler-dev"))
    silent(watched("apply", "--yes", "-v"), 0, 1)
    unread(tmp_path, Path(watched.state))
    silent(watched("teardown", "--yes", "-v", "--allow-data-loss"))
    unread(tmp_path, Path(watched.state))


def unread(*folders: Path) -> None:
    """No file below ``folders``, and no package, repeats a secret; the configuration is where they come from."""
    for path in [path for folder in folders for path in folder.rglob("*") if path.is_file()]:
        if path.name != "platform.toml":
            assert CANARY.encode() not in path.read_bytes(), path
    for package in (ROOT / ".build").glob("*.zip"):
        with zipfile.ZipFile(package) as opened:
            assert not any(CANARY.encode() in opened.read(name) for name in opened.namelist())


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sts", "GetCallerIdentity"),
        ("logs", "DescribeLogGroups"),
        ("sns", "Subscribe"),
        ("lambda", "CreateFunction"),
        ("resourcegroupstaggingapi", "GetResources"),
    ],
)
def test_words_of_aws_that_repeat_secrets(
    watched: Cli, control: Control, tmp_path: Path, service: str, operation: str
) -> None:
    for fault in (
        {"code": "SignatureDoesNotMatch", "message": ECHO},
        {"body": f"<html>{ECHO}</html>"},
        {"body": f'{{"message": "{ECHO}"}}', "status": 403},
        {
            "body": f"<ErrorResponse><Error><Code>X</Code><Message>{ECHO}</Message></Error></ErrorResponse>",
            "status": 400,
        },
    ):
        control.fault(service, operation, **fault, times=None)
        run = silent(watched("apply", "--yes", "-v"), 1)
        assert operation in run.err
        control.heal()
    unread(tmp_path)


def test_an_endpoint_that_nobody_answers_at_keeps_its_password(watched: Cli) -> None:
    for place in ("127.0.0.1:1", "127.0.0.1:99999", "[::1", "no host"):
        watched.environ["AWS_ENDPOINT_URL"] = f"http://me:{CANARY}-9@{place}/{CANARY}-4"
        silent(watched("plan", "-v"), 1)
        silent(watched("plan", "--json", "--state", f"s3://bucket/{CANARY[:3]}"), 1)
