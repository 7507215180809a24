"""Two runs, of which one is paused until its lock has lapsed: on files, and in a bucket."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ACCOUNT, REGION, Cli, Control

Aws = Callable[[str], Any]

NAME = f"{ACCOUNT}/{REGION}/payment-platform-dev.json"
BUCKET, PREFIX = "team-state", "platforms"


class Files:
    """What is in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def contents(self) -> dict[str, bytes]:
        files = [path for path in self.root.rglob("*") if path.is_file() and path.name != ".guard"]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}

    def write(self, name: str, data: bytes) -> None:
        (self.root / name).write_bytes(data)


class Objects:
    """What is in a bucket."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3

    def contents(self) -> dict[str, bytes]:
        keys = [item["Key"] for item in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
        return {
            key.removeprefix(f"{PREFIX}/"): self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys
        }

    def write(self, name: str, data: bytes) -> None:
        self.s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=data)


Place = Files | Objects


@pytest.fixture(params=["files", "bucket"])
def place(request: pytest.FixtureRequest, cli: Cli, aws: Aws) -> Place:
    if request.param == "files":
        return Files(Path(cli.state))
    aws("s3").create_bucket(Bucket=BUCKET)
    cli.state = f"s3://{BUCKET}/{PREFIX}"
    return Objects(aws("s3"))


def holder(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(place.contents()[f"{NAME}.lock"])
    return found


SLOW = {
    "ecs": ["CreateCluster"],
    "iam": ["CreateRole", "AttachRolePolicy"],
    "kms": ["CreateKey", "EnableKeyRotation", "PutKeyPolicy", "CreateAlias"],
    "xray": ["CreateSamplingRule"],
}
"""What a first apply begins with."""

ANSWER_SECONDS = 1.5


def paused(cli: Cli, control: Control) -> subprocess.Popen[str]:
    """A run that was stopped while its second calls were on their way. What it had asked for has taken effect by now.

    A request that is just being sent when the system stops a process is sent when it goes on, whatever the program
    does; so the answers are slow, and the process is stopped while it waits for them.
    """
    for service, operations in SLOW.items():
        for operation in operations:
            control.fault(service, operation, delay_seconds=ANSWER_SECONDS, times=None)
    process = cli.start("apply", "--yes")
    control.wait_for(lambda made: any(not call.startswith("s3:") for call in made), "a first write")
    time.sleep(ANSWER_SECONDS / 2)
    process.send_signal(signal.SIGSTOP)
    time.sleep(ANSWER_SECONDS)
    control.heal()
    return process


def woken(process: subprocess.Popen[str]) -> str:
    """What it says when it goes on."""
    process.send_signal(signal.SIGCONT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "Traceback" not in said
    return said


def lapse(place: Place) -> None:
    """Two minutes pass."""
    place.write(f"{NAME}.lock", json.dumps({**holder(place), "beat": holder(place)["beat"] - 121}).encode())


def test_who_was_paused_until_its_lock_had_lapsed_does_nothing_more(cli: Cli, control: Control, place: Place) -> None:
    process = paused(cli, control)
    try:
        refused = cli("apply", "--yes")
        assert refused.code == 1
        assert f"process {process.pid}" in refused.err
        assert "It lapses at 2" in refused.err
        assert "--lock-timeout" in refused.err
        lapse(place)
        cli.ok("apply", "--yes")
        before = place.contents()
        control.clear()
        assert "another run has taken over" in woken(process)
    finally:
        process.kill()
        process.communicate()
    assert [call for call in control.calls() if not call.startswith("s3:")] == []
    assert place.contents() == before
    assert cli.pending() == {}


def test_who_was_paused_removes_nothing_of_a_run_that_is_at_work(cli: Cli, control: Control, place: Place) -> None:
    process = paused(cli, control)
    try:
        lapse(place)
        control.clear()
        other = paused(cli, control)
        before = place.contents()
        control.clear()
        assert "another run has taken over" in woken(process)
        assert place.contents() == before
        assert [call for call in control.calls() if not call.startswith("s3:")] == []
        assert str(other.pid) in str(holder(place)["process"])
        other.send_signal(signal.SIGCONT)
        _, said = other.communicate(timeout=60)
        assert other.returncode == 0, said
    finally:
        for one in (process, other):
            one.kill()
            one.communicate()
    assert cli.pending() == {}


def test_an_unlocked_run_does_nothing_more(cli: Cli, control: Control) -> None:
    place = Files(Path(cli.state))
    process = paused(cli, control)
    try:
        assert f"process {process.pid}" in cli.ok("state", "unlock").err
        before = place.contents()
        control.clear()
        assert "another run has taken over" in woken(process)
    finally:
        process.kill()
        process.communicate()
    assert control.writes() == []
    assert place.contents() == before


def test_a_namesake_of_this_host_is_not_known_to_be_dead(cli: Cli, control: Control) -> None:
    place = Files(Path(cli.state))
    process = paused(cli, control)
    process.kill()
    process.communicate()
    place.write(f"{NAME}.lock", json.dumps({**holder(place), "boot": "of another machine"}).encode())
    for patience in ("0", "0.2"):
        refused = cli("state", "forget", "log_group.x", "--lock-timeout", patience)
        assert "is at work on this environment" in refused.err
    lapse(place)
    assert "is not on record" in cli("state", "forget", "log_group.x").err


def test_a_lock_that_is_given_back_is_waited_for(cli: Cli, control: Control) -> None:
    process = paused(cli, control)
    process.send_signal(signal.SIGCONT)
    cli.ok("apply", "--yes", "--lock-timeout", "60")
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_a_wait_that_is_none(cli: Cli, control: Control, seconds: str) -> None:
    assert cli("apply", "--yes", "--lock-timeout", seconds).code == 64
    assert control.calls() == []
