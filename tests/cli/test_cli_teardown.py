"""teardown: never by accident, and then completely."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.cli.inventory import keys, left_behind
from tests.cli.running import LIMIT_SECONDS, ROOT, Cli, Control

Aws = Callable[[str], Any]


def test_teardown_and_back_again(cli: Cli, control: Control, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (key,) = keys(aws("kms"))
    control.clear()
    refused = cli("teardown")
    assert refused.code == 64
    assert "--yes" in refused.err
    assert "41 to delete" in cli.ok("teardown", "--dry-run").out
    assert control.writes() == []

    cli.ok("teardown", "--yes")
    assert left_behind(aws) == {}
    assert keys(aws("kms")) == {key: "PendingDeletion"}

    control.clear()
    cli.ok("teardown", "--yes")
    assert control.writes() == []

    cli.ok("apply", "--yes")
    assert keys(aws("kms")) == {key: "Enabled"}, "the key that waits for its deletion is to be used again"
    assert cli.pending() == {}


def test_teardown_without_state(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    cli.state_file().unlink()
    cli.ok("teardown", "--yes")
    assert left_behind(aws) == {}


def test_retained_logs_stay_with_their_key(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    cli.ok("teardown", "--yes", "--retain-logs")
    left = left_behind(aws)
    assert left.keys() - {"metric filters"} == {"log groups", "keys", "aliases"}
    assert len(left["log groups"]) == 6


def test_a_wrong_answer_touches_nothing(cli: Cli, control: Control) -> None:
    cli.ok("apply", "--yes")
    control.clear()
    for answer in ("prod", "yes", ""):
        code, shown = answered(cli, answer, "teardown")
        assert code == 1, shown
        assert "Type the environment's name, dev" in shown
        assert "not confirmed" in shown
    assert control.writes() == []


def test_the_right_answers(cli: Cli, aws: Aws) -> None:
    code, shown = answered(cli, "yes", "apply")
    assert code == 0, shown
    assert "Only 'yes' is accepted" in shown
    code, shown = answered(cli, "dev", "teardown")
    assert code == 0, shown
    assert left_behind(aws) == {}


def answered(cli: Cli, answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command at a terminal whose user types ``answer`` at the question; exit code and what was shown."""
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            cli.command(*arguments),
            cwd=ROOT,
            env=cli.environment(TERM="xterm", COLUMNS="200"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
    finally:
        os.close(theirs)
    shown, typed = "", False
    deadline = time.monotonic() + LIMIT_SECONDS
    try:
        while text := _next(ours, deadline):
            shown += text
            if not typed and shown.rstrip().endswith(("accepted:", "dev:")):
                os.write(ours, f"{answer}\n".encode())
                typed = True
        return process.wait(LIMIT_SECONDS), shown
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _next(terminal: int, deadline: float) -> str:
    """What the terminal shows next; nothing once its last writer has gone."""
    if not select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        return ""
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""
