"""How a process ends: by a signal, with a reader who has gone, at a terminal that has ASCII alone."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.inventory import total
from tests.cli.running import ROOT, Cli, Control


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_what_runs_end_as_ctrl_c_does(cli: Cli, control: Control, number: signal.Signals) -> None:
    for service in ("kms", "logs", "iam", "sqs", "sns"):
        control.fault(service, "*", delay_seconds=0.1, times=None)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: len(made) >= 4, "4 writing calls")
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number, said
    assert "changes are applied and recorded" in said
    assert "Traceback" not in said
    assert not list(cli.state_file().parent.glob("*.lock"))


def test_a_signal_before_anything_was_written(cli: Cli, control: Control) -> None:
    control.fault("resourcegroupstaggingapi", "GetResources", delay_seconds=1.5)
    with cli.start("plan") as process:
        control.wait_for(lambda _: "sts:GetCallerIdentity" in control.calls(), "the first call")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 143, said
    assert "interrupted before anything was changed" in said


SOON = 15.0
"""Seconds within which a process ends that waits for nothing any more; what it waited for would take minutes."""


def ended(process: subprocess.Popen[str], *numbers: signal.Signals) -> str:
    """What ``process`` said after these signals, of which the first decides how it ends."""
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.3)
    _, said = process.communicate(timeout=SOON)
    assert process.returncode == 128 + numbers[0], said
    assert "Traceback" not in said
    return said


def test_who_is_throttled_while_planning_ends_at_once(cli: Cli, control: Control) -> None:
    control.fault("logs", "DescribeLogGroups", code="ThrottlingException", status=400, times=None)
    with cli.start("plan") as process:
        control.wait_for(lambda _: control.calls().count("logs:DescribeLogGroups") > 2, "a throttled call")
        assert "interrupted" in ended(process, signal.SIGTERM)


def test_who_is_throttled_while_applying_ends_at_once(cli: Cli, control: Control) -> None:
    control.fault("cloudwatch", "PutMetricAlarm", code="ThrottlingException", status=400, times=None)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: made.count("cloudwatch:PutMetricAlarm") > 2, "a throttled call")
        said = ended(process, signal.SIGINT)
    assert "Ending: no call is begun any more" in said
    assert "changes are applied and recorded" in said
    assert not list(cli.state_file().parent.glob("*.lock"))
    control.heal()
    assert cli.ok("apply", "--yes").said.count("Done: ") == 1


def test_who_is_interrupted_while_reading_back_hears_what_was_done(cli: Cli, control: Control) -> None:
    control.fault("cloudwatch", "PutDashboard", delay_seconds=2)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: "cloudwatch:PutDashboard" in made, "the last change")
        control.fault("logs", "DescribeLogGroups", code="ThrottlingException", status=400, times=None)
        control.clear()
        control.wait_for(lambda _: control.calls().count("logs:DescribeLogGroups") > 1, "the closing read")
        said = ended(process, signal.SIGINT)
    assert f"interrupted while reading back\n  {total()} of {total()} changes are applied and recorded" in said


def test_a_second_signal_ends_at_once(cli: Cli, control: Control) -> None:
    control.fault("kms", "CreateKey", delay_seconds=2 * SOON)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: len(made) >= 4, "all that does not wait for the key")
        ended(process, signal.SIGINT, signal.SIGINT)


def test_who_asked_not_to_hear_of_the_terminal_does_not(cli: Cli, control: Control) -> None:
    control.fault("resourcegroupstaggingapi", "GetResources", delay_seconds=1)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        process = cli.start("plan")
    finally:
        signal.signal(signal.SIGHUP, before)
    with process:
        control.wait_for(lambda _: "sts:GetCallerIdentity" in control.calls(), "the first call")
        process.send_signal(signal.SIGHUP)
        out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "to create" in out


@pytest.mark.parametrize("command", [["plan"], ["plan", "--json"], ["--help"], ["verify", "--offline"]])
def test_a_reader_may_leave(cli: Cli, command: list[str]) -> None:
    words = cli.command(*command) if command != ["--help"] else [*cli.command()[:3], "--help"]
    with _started(words, cli.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert process.returncode == 141
    assert "rror" not in said


def test_an_apply_whose_reader_leaves_goes_on_to_its_end(cli: Cli) -> None:
    words = cli.command("apply", "--yes")
    with _started(words, cli.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
    assert process.returncode == 141
    assert cli.pending() == {}


def test_a_disk_that_is_full(cli: Cli) -> None:
    with (
        Path("/dev/full").open("wb") as full,
        _started(cli.command("validate"), cli.environment(), stdout=full, stderr=subprocess.PIPE) as process,
    ):
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert process.returncode == 1
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert "Exception" not in said


def test_a_terminal_that_has_ascii_alone(cli: Cli, tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_text("ERROR ä 日本\n", encoding="utf-8")
    cli.environ |= {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "LANG": "C"}
    run = cli.process("verify", "--pattern", "ERROR", str(lines))
    assert (run.code, run.err) == (0, "")
    assert r"ERROR \xe4 \u65e5\u672c" in run.out


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed(cli: Cli, closed: str) -> None:
    words = ["sh", "-c", f'"$@" {closed}', "sh", *cli.command("validate")]
    with _started(words, cli.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")


Started = Callable[..., "subprocess.Popen[bytes]"]


def _started(words: list[str], environ: dict[str, str], **streams: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(words, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, **streams)  # type: ignore[call-overload, no-any-return]  # streams are files
