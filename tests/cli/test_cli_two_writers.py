"""Two runs, of which one is paused until its lock has lapsed: on files, and in a bucket."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.engine.keeping.lock import FRESH_SECONDS, Holder
from tests.cli.here import LIMIT_SECONDS
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


@pytest.fixture(autouse=True)
def small(cli: Cli, tmp_path: Path) -> None:
    """A platform that is soon built, for it is built again and again."""
    cli.config = tmp_path / "platform.toml"
    cli.config.write_text(
        '[platform]\nname = "payment-platform"\n[environments.dev]\n[services.web]\n', encoding="utf-8"
    )


EARLY, LATE = ("kms:CreateKey", "kms:CreateAlias"), ("logs:CreateLogGroup", "logs:PutRetentionPolicy")


def paused(cli: Cli, control: Control, calls: tuple[str, str] = EARLY) -> subprocess.Popen[str]:
    """A run that was stopped after the first of ``calls``, with the second on its way, which has taken effect by now.

    A request that is just being sent when the system stops a process is sent when it goes on, whatever the program
    does; so the answer is held back until nothing is sent any more.
    """
    first, second = calls
    control.fault(*second.split(":"), delay_seconds=LIMIT_SECONDS)
    process = cli.start("apply", "--yes")
    control.wait_for(lambda made: first in made, first)
    control.wait_until_quiet()
    process.send_signal(signal.SIGSTOP)
    control.heal()
    control.wait_until_quiet()
    return process


def woken(process: subprocess.Popen[str]) -> str:
    """What it says when it goes on, after a pause that is longer than a look at its lock is trusted for."""
    time.sleep(FRESH_SECONDS)
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
        other = paused(cli, control, LATE)
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


@pytest.fixture
def locked(cli: Cli) -> Files:
    """Somebody alive holds the lock."""
    cli.state_file().parent.mkdir(parents=True)
    place = Files(Path(cli.state))
    place.write(f"{NAME}.lock", Holder.here("apply", time.time()).to_bytes())
    return place


def test_a_namesake_of_this_host_is_not_known_to_be_dead(cli: Cli, locked: Files) -> None:
    place, dead = locked, {**holder(locked), "process": 2**22 + 1, "started": "1"}  # more than Linux ever counts to
    place.write(f"{NAME}.lock", json.dumps({**dead, "boot": "of another machine"}).encode())
    for patience in ("0", "0.2"):
        refused = cli("state", "forget", "log_group.x", "--lock-timeout", patience)
        assert "is at work on this environment" in refused.err
    lapse(place)
    assert "is not on record" in cli("state", "forget", "log_group.x").err
    place.write(f"{NAME}.lock", json.dumps(dead).encode())
    assert "is not on record" in cli("state", "forget", "log_group.x").err


def test_a_lock_that_is_given_back_is_waited_for(cli: Cli, locked: Files) -> None:
    lock = locked.root / f"{NAME}.lock"
    given_back = threading.Timer(1, lock.unlink)
    given_back.start()
    cli.ok("apply", "--yes", "--lock-timeout", "60")
    assert not given_back.is_alive()
    assert not lock.exists()


@pytest.mark.parametrize("seconds", ["-1", "soon"])
def test_a_wait_that_is_none(cli: Cli, control: Control, seconds: str) -> None:
    assert cli("apply", "--yes", "--lock-timeout", seconds).code == 64
    assert control.calls() == []
