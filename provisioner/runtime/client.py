"""The process in which the handler runs."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from provisioner.runtime.api import PATIENCE_SECONDS, RuntimeApi
from provisioner.runtime.daemon import Daemon
from provisioner.runtime.pipe import Line, LogPipe, OutputPipe

LogFormat = Literal["JSON", "Text"]


def version() -> str | None:
    """The version of the runtime client that is installed, or ``None``: it is an optional dependency."""
    try:
        return importlib.metadata.version("awslambdaric")
    except importlib.metadata.PackageNotFoundError:
        return None


@dataclass(frozen=True)
class FunctionRun:
    """What a run left behind. Request ids are ``request-0``, ``request-1`` ... in the order of the events."""

    answers: Mapping[str, Any]  # request id -> what the handler returned
    crashes: Mapping[str, Any]  # request id -> the report of an exception, of an end of the process, or of a timeout
    init_errors: Sequence[Any]
    milliseconds: Mapping[str, float]  # request id -> how long it took
    lines: Sequence[Line]
    printed: Sequence[Line]  # what went past the log, to stdout and stderr
    documents: Sequence[Mapping[str, Any]]  # X-Ray documents that reached the daemon

    @property
    def events(self) -> list[str]:
        """The texts of all log events that went through the log."""
        return [line.text for line in self.lines]

    @property
    def output(self) -> str:
        """All that was printed."""
        return "\n".join(line.text for line in self.printed)

    def written(self, request: str) -> list[str]:
        """Every event of the invocation ``request``, what it printed last."""
        return [line.text for line in (*self.lines, *self.printed) if line.request == request]


def run(
    task_root: Path,
    payloads: Sequence[object],
    *,
    name: str = "test",
    handler: str = "index.handler",
    log_format: LogFormat = "JSON",
    environment: Mapping[str, str] | None = None,
    timeout: float = PATIENCE_SECONDS,
    sampled: bool = True,
    modules: Sequence[Path] = (),
) -> FunctionRun:
    """Start ``handler`` (``module.function``) of the folder ``task_root`` as the function ``name``, and have it answer
    each payload once, each in ``timeout`` seconds. After an event that is not answered there are no more.

    The process has nobody's credentials, whatever this machine has: a call to AWS fails, unless ``environment`` gives
    some. ``modules`` are folders that are imported from before the installed packages.
    """
    bodies = [json.dumps(payload).encode() for payload in payloads]
    with LogPipe() as log, OutputPipe() as output, Daemon() as daemon, tempfile.TemporaryDirectory() as home:
        own = _environment(task_root, name, handler, log_format, modules) | {"HOME": home} | dict(environment or {})
        function = f"arn:aws:lambda:{own['AWS_REGION']}:123456789012:function:{name}"
        api = RuntimeApi(bodies, function, timeout, sampled, (log.mark, output.mark))
        with api.serving():
            addresses = {
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}",
                "AWS_XRAY_DAEMON_ADDRESS": own.get("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.port}"),
            }
            process = _start(handler, task_root, {**own, **addresses}, log, output)
            with _stoppable(process):
                api.wait_until_idle(process)
        return _outcome(api, process.returncode, log, output, daemon)


def _start(
    handler: str, task_root: Path, environment: Mapping[str, str], log: LogPipe, output: OutputPipe
) -> subprocess.Popen[bytes]:
    """The runtime client with ``handler``, leading a group of its own; the write ends of both pipes are its alone."""
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", handler],
        cwd=task_root,
        env={**environment, "_LAMBDA_TELEMETRY_LOG_FD": str(log.write_end)},
        pass_fds=[log.write_end],
        stdin=subprocess.DEVNULL,
        stdout=output.write_end,
        stderr=output.write_end,
        start_new_session=True,
    )
    for pipe in (log, output):
        pipe.close_write_end()
    return process


def _outcome(api: RuntimeApi, status: int, log: LogPipe, output: OutputPipe, daemon: Daemon) -> FunctionRun:
    """What is there when the process has ended with ``status``."""
    ready = not api.payloads or api.handed_out or api.init_errors
    never_ready = [] if ready else [_report(api, status)]
    unanswered = {api.unanswered: _report(api, status)} if api.unanswered else {}
    return FunctionRun(
        api.answers,
        {**api.crashes, **unanswered},
        [*api.init_errors, *never_ready],
        api.milliseconds,
        log.lines(),
        output.lines(),
        daemon.documents(),
    )


_running: set[int] = set()
"""Process groups of the handlers that are at work."""


def stop() -> None:
    """End every handler at once, and what it has started, so that nobody waits for one any longer."""
    for group in list(_running):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def _stoppable(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """The process, which leads a group of its own; afterwards all of that group is ended."""
    _running.add(process.pid)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        _running.discard(process.pid)
        process.wait()


def _report(api: RuntimeApi, status: int) -> dict[str, str]:
    """Lambda's words for a process that took too long, or ended by itself."""
    who = f"{api.unanswered} " if api.unanswered else ""
    if api.timed_out:
        seconds = api.timeout if api.unanswered else PATIENCE_SECONDS
        return {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"{who}Error: Task timed out after {seconds:.2f} seconds",
        }
    return {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"{who}Error: Runtime exited with error: exit status {status}",
    }


def _environment(
    task_root: Path, name: str, handler: str, log_format: LogFormat, modules: Sequence[Path]
) -> dict[str, str]:
    # Only JSON has a log level of its own: with Text, Lambda sets no AWS_LAMBDA_LOG_LEVEL.
    level = {"AWS_LAMBDA_LOG_LEVEL": "INFO"} if log_format == "JSON" else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return level | {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(str, modules)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",  # as Lambda sets it
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": handler,
    }
