"""verify runs somebody's code: what that reaches, what is left of it, and what verify says about it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.here import LIMIT_SECONDS
from tests.cli.running import ROOT, Cli, Sample

NOTE = "The handlers ran unconfined"
ERRORS = "metric_filter.odd-errors-dev"


@pytest.fixture
def hostile(sample: Sample) -> Sample:
    """A platform of one function, which tries whatever its events say."""
    shutil.copytree(ROOT / "tests" / "lambdas" / "hostile", sample.path.parent / "odd")
    sample.path.write_text(
        '[platform]\nname = "payment-platform"\nregions = ["us-east-1"]\n[environments.dev]\n'
        '[functions.odd]\nsource = "odd"\ntimeout_seconds = 30\n',
        encoding="utf-8",
    )
    return sample


def send(sample: Sample, *events: dict[str, Any]) -> None:
    folder = sample.path.parent / "samples" / "odd"
    folder.mkdir(parents=True)
    cases = [{"name": event["do"], "event": event, "latency": 0} for event in events]
    (folder / "events.json").write_text(json.dumps(cases), encoding="utf-8")


def reached(cli: Cli, *arguments: str) -> tuple[list[str], list[str]]:
    """The attempts that got something, and the notes."""
    run = cli("verify", "--offline", "--json", *arguments)
    assert run.code in (0, 2), run.said
    report = run.json()
    [errors] = [item for item in report["filters"] if item["address"] == ERRORS]
    return [wrong["source"].rpartition("event ")[2] for wrong in errors["offline"]["wrong"]], report["notes"]


def processes(words: str) -> bytes:
    return subprocess.run(["pgrep", "-f", words], capture_output=True, check=False).stdout


@pytest.fixture
def attempts(hostile: Sample, tmp_path: Path) -> Any:
    """Of the caller: credentials in the home, secrets beside the configuration, the state, a port, the environment."""
    kept = {"read": tmp_path / "home" / ".aws" / "credentials", ".env": hostile.path.parent / ".env"}
    for path in kept.values():
        path.parent.mkdir(exist_ok=True)
        path.write_text("aws_secret_access_key = hush", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        send(
            hostile,
            {"do": "environments"},
            *({"do": "read", "at": str(path)} for path in (*kept.values(), hostile.path)),
            {"do": "connect", "at": listener.getsockname()[1]},
            {"do": "garbage"},
            {"do": "big_file"},
            {"do": "memory"},
        )
        yield


def test_a_handler_reaches_nothing_of_the_caller_or_that_is_told(attempts: None, cli: Cli) -> None:
    found, notes = reached(cli)
    if notes:
        pytest.skip(notes[0])
    assert found == []


def test_unconfined_it_would_and_that_is_told(attempts: None, cli: Cli) -> None:
    found, notes = reached(cli, "--unconfined")
    assert found == ["'environments'", *["'read'"] * 3, "'connect'"]
    assert notes == [f"{NOTE} (as asked for): they could read your files and use the network."]


@pytest.mark.parametrize(
    ("do", "at", "said"),
    [
        ("print_for_ever", None, "Sandbox.TooMuchOutput: request-0 Error: more than 8 MiB were logged or printed"),
        ("large_answer", 7_000_000, "Function.ResponseSizeTooLarge: Response payload size exceeded"),
    ],
)
def test_what_is_too_much_is_an_error(hostile: Sample, cli: Cli, do: str, at: object, said: str) -> None:
    send(hostile, {"do": do, "at": at})
    run = cli("verify", "--offline")
    assert run.code == 1
    assert f"functions.odd: the event '{do}' was not answered" in run.err
    assert said in run.err


@pytest.mark.parametrize("mode", ["--offline", "--unconfined"])
def test_what_a_handler_has_started_ends_with_a_verify_that_is_killed(hostile: Sample, cli: Cli, mode: str) -> None:
    seconds = f"{len(mode)}43.{os.getpid()}"
    send(hostile, {"do": "daemon", "at": seconds}, {"do": "sleep", "at": 25})
    with cli.start("verify", "--offline", mode) as process:
        until = time.monotonic() + LIMIT_SECONDS
        while not processes(f"^sleep {seconds}"):
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    until = time.monotonic() + 10
    while processes(f"^sleep {seconds}"):
        assert time.monotonic() < until, "it is still there"
        time.sleep(0.02)
