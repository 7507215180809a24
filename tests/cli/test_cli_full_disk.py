"""A disk that is full before a run, in its middle and at its end."""

from __future__ import annotations

import re
import resource
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.here import LIMIT_SECONDS
from tests.cli.inventory import keys
from tests.cli.running import ROOT, Cli, Control, Run

Aws = Callable[[str], Any]

SERVICES = """\
[platform]
name = "payment-platform"

[environments.dev]

"""


@pytest.fixture
def small(cli: Cli, tmp_path: Path) -> Cli:
    """A platform without functions, whose packages are larger than its state."""
    cli.config = tmp_path / "platform.toml"
    cli.config.write_text(SERVICES + "".join(f"[services.s{number}]\n" for number in range(4)), encoding="utf-8")
    return cli


def with_room_for(cli: Cli, size: int, *arguments: str) -> Run:
    """A command that cannot write files of more than ``size`` bytes."""
    done = subprocess.run(
        cli.command(*arguments),
        cwd=ROOT,
        env=cli.environment(),
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_before_anything_was_done(small: Cli, control: Control) -> None:
    run = with_room_for(small, 100, "apply", "--yes")
    assert run.code == 1
    assert "File too large" in run.err
    assert "Make room there, then run the command again." in run.err
    assert control.writes() == []
    assert small.ok("state", "list").out == ""


@pytest.mark.parametrize("room", [5_000, 16_000])
def test_in_the_middle(small: Cli, control: Control, aws: Aws, room: int) -> None:
    run = with_room_for(small, room, "apply", "--yes")
    assert run.code == 1
    assert "Traceback" not in run.err
    assert "a defect" not in run.err
    assert "Make room there, then run the command again." in run.err
    said = re.search(r"(\d+) of 23 changes are applied", run.err)
    assert said, run.err
    assert 0 < int(said[1]) == run.err.count("] + ") < 23
    on_record = small.ok("state", "list").out.split()
    assert len(on_record) > 0
    (key,) = keys(aws("kms"))
    small.ok("apply", "--yes")
    assert list(keys(aws("kms"))) == [key]
    assert small.pending() == {}


def test_where_a_package_has_no_room_it_is_said(cli: Cli, control: Control) -> None:
    run = with_room_for(cli, 50_000, "plan")
    assert "cannot be packed" in run.err
    assert "Make room there" in run.err


def test_where_nothing_more_can_be_said_an_apply_goes_on(small: Cli, control: Control) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            small.command("apply", "--yes"),
            cwd=ROOT,
            env=small.environment(),
            stdout=subprocess.DEVNULL,
            stderr=full,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert small.pending() == {}
