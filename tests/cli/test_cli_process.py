"""What only a process of its own can show: exit codes, pipes, a second one. Signals are in test_cli_interrupted."""

from __future__ import annotations

import subprocess

import pytest

from tests.cli.running import ROOT, Cli, Control


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, ["validate"]),
        (1, ["validate", "--env", "staging", "--live"]),
        (2, ["plan", "--detailed-exitcode"]),
        (64, ["plan", "--colour"]),
    ],
)
def test_a_process_ends_with_the_code_of_its_command(cli: Cli, code: int, arguments: list[str]) -> None:
    assert cli.process(*arguments).code == cli(*arguments).code == code


def test_machine_output_alone_is_on_standard_output(cli: Cli) -> None:
    run = cli.process("plan")
    assert "to create" in run.out
    assert "payment-platform/dev in us-east-1, account 123456789012" in run.err
    assert "payment-platform/dev in" not in run.out


def test_lines_come_from_a_pipe(cli: Cli) -> None:
    given = b"ERROR one\r\nERROR timeout\nbytes \xff ERROR\n\nlast ERROR"
    run = cli.process("verify", "--json", "--pattern", "ERROR -timeout", given=given)
    assert run.code == 0, run.said
    lines = run.json()["lines"]
    assert [(item["text"], item["matched"]) for item in lines] == [
        ("ERROR one", True),
        ("ERROR timeout", False),
        ("bytes � ERROR", True),
        ("", False),
        ("last ERROR", True),
    ]
    assert {item["file"] for item in lines} == {"-"}


def test_whoever_finds_the_lock_taken_reads_what_the_other_process_was_told(cli: Cli, control: Control) -> None:
    control.fault("resourcegroupstaggingapi", "GetResources", delay_seconds=1)
    with cli.start("apply", "--yes", "--env", "prod") as process:
        lock = cli.state_file("prod").with_name(f"{cli.state_file('prod').name}.lock")
        control.wait_for(lambda _: lock.exists(), "the lock")
        refused = cli("apply", "--yes", "--env", "prod")
        process.kill()
    assert refused.code == 1
    assert f"process {process.pid}" in refused.err
    assert f"apply --yes --env prod --state {cli.state}" in refused.err


def test_whoever_reads_may_have_seen_enough(cli: Cli) -> None:
    with subprocess.Popen(
        cli.command("validate"),
        cwd=ROOT,
        env=cli.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")
