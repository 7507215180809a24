"""Runs that end in the middle: killed, interrupted, or with the answer to a call lost."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.inventory import keys, total
from tests.cli.running import Cli, Control

Aws = Callable[[str], Any]

SLOW = [("logs", "*"), ("cloudwatch", "*"), ("iam", "*"), ("lambda", "*"), ("sqs", "*"), ("sns", "*"), ("kms", "*")]


def slow_down(control: Control, seconds: float) -> None:
    for service, operation in SLOW:
        control.fault(service, operation, delay_seconds=seconds, times=None)


def assert_converges(cli: Cli, control: Control, aws: Aws) -> None:
    control.heal()
    cli.ok("apply", "--yes")
    assert list(keys(aws("kms")).values()) == ["Enabled"]
    assert cli.pending() == {}


@pytest.mark.parametrize("writes", [1, 30])
def test_a_killed_apply_is_taken_up_again(cli: Cli, control: Control, aws: Aws, writes: int) -> None:
    slow_down(control, 0.04)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: len(made) >= writes, f"{writes} writing calls")
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    control.wait_until_quiet()
    assert_converges(cli, control, aws)


@pytest.mark.parametrize("record", ["kept", "lost"])
def test_a_key_without_its_alias_is_found_again(cli: Cli, control: Control, aws: Aws, record: str) -> None:
    control.fault("kms", "CreateAlias", delay_seconds=2, code="KMSInternalException")  # it never takes effect
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: "kms:CreateKey" in made, "the key")
        process.kill()
        process.communicate()
    if record == "lost":
        shutil.rmtree(cli.state)
    control.wait_until_quiet()
    (key,) = keys(aws("kms"))
    assert_converges(cli, control, aws)
    assert list(keys(aws("kms"))) == [key]


def test_a_lost_answer_makes_no_second_key(cli: Cli, control: Control, aws: Aws) -> None:
    control.fault("kms", "CreateKey", drop_connection=True)
    cli("apply", "--yes")
    assert_converges(cli, control, aws)


def test_ctrl_c_lets_what_runs_end_and_says_how_far_it_came(cli: Cli, control: Control, aws: Aws) -> None:
    slow_down(control, 0.1)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: len(made) >= 8, "8 writing calls")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    match = re.search(
        rf"(\d+) of {total()} changes are applied and recorded, (\d+) were not started(?:, (\d+) only begun)?", said
    )
    assert match, said
    done, left, begun = (int(number or 0) for number in match.groups())
    assert done > 0
    assert left > 0
    assert done + left + begun == total()
    assert len(cli.ok("state", "list", "--json").json()) == done + begun
    assert_converges(cli, control, aws)


def test_ctrl_c_before_anything_was_written(cli: Cli, control: Control) -> None:
    control.fault("resourcegroupstaggingapi", "GetResources", delay_seconds=1.5)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda _: "sts:GetCallerIdentity" in control.calls(), "the first call")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted" in said.lower()
    assert "Traceback" not in said
    assert control.writes() == []
    cli.ok("apply", "--yes")
