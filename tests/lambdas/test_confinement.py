"""A function that means ill: what it reaches, what it leaves behind, how much it may write, what it sends.

Where a system has no namespaces, what needs them is skipped; what holds everywhere is tried both ways.
"""

from __future__ import annotations

import ctypes
import os
import platform
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner import runtime
from tests.lambdas.clients import PROJECT

HOSTILE = Path(__file__).parent / "hostile"
KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}.get(platform.machine())
"""Numbers of the system calls add_key and keyctl."""


@pytest.fixture(scope="session")
def confining(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("harmless")
    (folder / "index.py").write_text("def handler(event, context):\n    return 1\n", encoding="utf-8")
    if reason := runtime.run(folder, [{}]).exposed:
        pytest.skip(f"this system does not confine: {reason}")


@pytest.fixture(params=["confined", "unconfined"])
def confined(request: pytest.FixtureRequest) -> bool:
    if request.param == "confined":
        request.getfixturevalue("confining")
    return bool(request.param == "confined")


@pytest.fixture
def port() -> Iterator[int]:
    """Where something of this machine listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The function in a folder of its own."""
    (tmp_path / "task").mkdir()
    (tmp_path / "task" / "index.py").write_bytes((HOSTILE / "index.py").read_bytes())
    return tmp_path / "task"


@pytest.fixture
def attempts(copy: Path, tmp_path: Path, port: int) -> list[dict[str, Any]]:
    """All that reaches out for something that is there."""
    credentials = tmp_path / "credentials"
    credentials.write_text("aws_secret_access_key = hush", encoding="utf-8")
    found: list[dict[str, Any]] = [
        {"do": "environments"},
        {"do": "read", "at": str(credentials)},
        {"do": "write", "at": str(copy / "index.pth")},
        {"do": "connect", "at": port},
    ]
    if KEYCTL:
        library = ctypes.CDLL(None)
        if library.syscall(KEYCTL[0], b"user", b"a-key-of-the-caller", b"hush", 4, -3) > 0:
            found.append({"do": "keyring", "at": KEYCTL[1]})
    return found


def test_a_confined_handler_reaches_nothing_of_this_machine(
    confining: None, copy: Path, attempts: list[dict[str, Any]]
) -> None:
    outcome = runtime.run(copy, attempts)
    assert list(outcome.answers.values()) == [""] * len(attempts)
    assert not outcome.crashes
    assert outcome.exposed == ""


def test_unconfined_it_would_have(copy: Path, attempts: list[dict[str, Any]]) -> None:
    outcome = runtime.run(copy, attempts, confined=False)
    assert all(outcome.answers[f"request-{number}"] for number in range(len(attempts)))
    assert outcome.exposed == "as asked for"


def test_a_system_that_refuses_is_told_and_the_handler_runs_all_the_same(confining: None, tmp_path: Path) -> None:
    """Within a confined handler there are no namespaces to be had."""
    source = """
from pathlib import Path
from provisioner import runtime

def handler(event, context):
    Path("/tmp/index.py").write_text("def handler(event, context):\\n    return 'answered'\\n")
    outcome = runtime.run(Path("/tmp"), [{}])
    return [outcome.answers, outcome.exposed]
"""
    (tmp_path / "index.py").write_text(source, encoding="utf-8")
    outcome = runtime.run(tmp_path, [{}], modules=[PROJECT])
    answers, exposed = outcome.answers["request-0"]
    assert answers == {"request-0": "answered"}
    assert exposed


def test_what_is_hidden_is_empty_also_below_what_is_shown(confining: None, copy: Path, tmp_path: Path) -> None:
    project = tmp_path / "shown" / "project"
    project.mkdir(parents=True)
    for path in (project / ".env", project.parent / "library.py"):
        path.write_text("PASSWORD=hush", encoding="utf-8")
    events = [{"do": "read", "at": str(project / ".env")}, {"do": "read", "at": str(project.parent / "library.py")}]
    outcome = runtime.run(copy, events, modules=[project.parent], hidden=[project])
    assert list(outcome.answers.values()) == ["", "PASSWORD=hush"]


def test_what_has_left_parent_group_and_session_is_ended(confined: bool) -> None:
    seconds = f"543.{os.getpid()}"
    outcome = runtime.run(HOSTILE, [{"do": "daemon", "at": seconds}], confined=confined)
    assert outcome.answers == {"request-0": ""}
    assert subprocess.run(["pgrep", "-f", f"sleep {seconds}"], capture_output=True, check=False).stdout == b""


def test_files_and_memory_are_bounded(confined: bool) -> None:
    outcome = runtime.run(HOSTILE, [{"do": "big_file"}, {"do": "memory"}], confined=confined, memory_mb=128)
    assert outcome.answers == {"request-0": "", "request-1": ""}


@pytest.mark.parametrize("how", ["print_for_ever", "log_for_ever", "empty_lines_for_ever"])
def test_output_is_bounded(how: str) -> None:
    outcome = runtime.run(HOSTILE, [{"do": how}, {"do": "sleep", "at": 0}])
    assert outcome.crashes["request-0"]["errorType"] == "Sandbox.TooMuchOutput"
    assert "more than 8 MiB" in outcome.crashes["request-0"]["errorMessage"]
    assert sum(len(line.text) for line in (*outcome.lines, *outcome.printed)) < 9 * 2**20


def test_an_answer_is_bounded_as_in_lambda() -> None:
    within, beyond = ({"do": "large_answer", "at": size} for size in (6_000_000, 7_000_000))
    outcome = runtime.run(HOSTILE, [within, beyond])
    assert len(outcome.answers["request-0"]) == 6_000_000
    assert outcome.crashes["request-1"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_time_is_bounded(confined: bool) -> None:
    since = time.monotonic()
    outcome = runtime.run(HOSTILE, [{"do": "sleep", "at": 60}], timeout=0.2, confined=confined)
    assert outcome.crashes["request-0"]["errorType"] == "Sandbox.Timedout"
    assert time.monotonic() - since < 20


@pytest.mark.parametrize("log_format", ["JSON", "Text"])
def test_garbage_ends_nothing(confined: bool, log_format: runtime.LogFormat) -> None:
    events = [{"do": "garbage"}, {"do": "read", "at": str(HOSTILE / "index.py")}]
    outcome = runtime.run(HOSTILE, events, confined=confined, log_format=log_format)
    assert outcome.answers["request-0"] == ""
    assert outcome.answers["request-1"].startswith('"""A function')
    assert (outcome.crashes, outcome.init_errors) == ({}, [])
    assert [document for document in outcome.documents if document.get("id") == "real"]
    assert any("got" in line for line in outcome.written("request-1"))


@pytest.mark.parametrize("body", ['{"request": "request-0"}', '{"request": "request-0", "errorType": [], "x": 1}'])
def test_a_report_without_a_form_is_a_report(body: str) -> None:
    outcome = runtime.run(HOSTILE, [{"do": "report_nonsense", "at": body}])
    assert outcome.crashes["request-0"]["errorType"] == ""
    assert outcome.crashes["request-0"]["errorMessage"] == ""
