"""The process in which the handler runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from provisioner.runtime.api import RuntimeApi
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
class Outcome:
    """What a run left behind. Request ids are ``request-0``, ``request-1`` ... in the order of the events."""

    answers: Mapping[str, Any]  # request id -> what the handler returned
    crashes: Mapping[str, Any]  # request id -> the client's report of an exception that left the handler
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
    handler: str = "index.handler",
    log_format: LogFormat = "JSON",
    environment: Mapping[str, str] | None = None,
    sampled: bool = True,
    modules: Sequence[Path] = (),
) -> Outcome:
    """Start ``handler`` (``module.function``) of the folder ``task_root``, and have it answer each payload once.

    ``modules`` are folders that are imported from before the installed packages. Raises ``ProvisionerError`` when the
    handler does not answer in time.
    """
    with LogPipe() as log, OutputPipe() as output, Daemon() as daemon:
        api = RuntimeApi([json.dumps(payload).encode() for payload in payloads], sampled, (log.mark, output.mark))
        with api.serving():
            process = subprocess.Popen(
                [sys.executable, "-m", "awslambdaric", handler],
                cwd=task_root,
                env={
                    **_environment(task_root, handler, log_format, modules),
                    "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}",
                    "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.port}",
                    "_LAMBDA_TELEMETRY_LOG_FD": str(log.write_end),
                    **(environment or {}),
                },
                pass_fds=[log.write_end],
                stdin=subprocess.DEVNULL,
                stdout=output.write_end,
                stderr=output.write_end,
            )
            for pipe in (log, output):
                pipe.close_write_end()
            try:
                api.wait_until_idle(process)
            finally:
                process.kill()
                process.wait()
        return Outcome(
            api.answers,
            api.crashes,
            api.init_errors,
            api.milliseconds,
            log.lines(),
            output.lines(),
            daemon.documents(),
        )


def _environment(task_root: Path, handler: str, log_format: LogFormat, modules: Sequence[Path]) -> dict[str, str]:
    # Only JSON has a log level of its own: with Text, Lambda sets no AWS_LAMBDA_LOG_LEVEL.
    level = {"AWS_LAMBDA_LOG_LEVEL": "INFO"} if log_format == "JSON" else {}
    return level | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, modules)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_LAMBDA_FUNCTION_NAME": f"{task_root.name}-test",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",  # as Lambda sets it
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": handler,
    }
