"""The process in which the handler runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from provisioner.runtime.api import PATIENCE_SECONDS, RuntimeApi
from provisioner.runtime.cell import HandlerOrder, RunningHandler, end, started
from provisioner.runtime.daemon import Daemon
from provisioner.runtime.pipe import MOST_BYTES, Line, LogPipe, OutputPipe
from provisioner.runtime.relay import relayed
from provisioner.runtime.server import serving

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
    exposed: str  # why the handler was not confined; "" where it was

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
    memory_mb: int = 512,
    sampled: bool = True,
    modules: Sequence[Path] = (),
    confined: bool = True,
    hidden: Sequence[Path] = (),
    reachable: tuple[str, int] | None = None,
) -> FunctionRun:
    """Start ``handler`` (``module.function``) of the folder ``task_root`` as the function ``name``, and have it answer
    each payload once, each in ``timeout`` seconds. After an event that is not answered there are no more.

    The process has nobody's credentials, whatever this machine has: a call to AWS fails, unless ``environment`` gives
    some. ``modules`` are folders that are imported from before the installed packages. Where the system can, and unless
    ``confined`` is false, it is closed off: it sees neither the folders ``hidden`` nor any other but those that it
    needs, and of the network only the port ``reachable`` of this machine. Raises ``ProvisionerError`` where it cannot
    be started.
    """
    own = _environment(task_root, name, handler, log_format, memory_mb, modules) | dict(environment or {})
    command = [sys.executable, "-m", "awslambdaric", handler]
    order = HandlerOrder(command, task_root, own, memory_mb, confined, modules, hidden, reachable)
    function = f"arn:aws:lambda:{own['AWS_REGION']}:123456789012:function:{name}"
    bodies = [json.dumps(payload).encode() for payload in payloads]
    with LogPipe() as log, OutputPipe() as output:
        return _ran(order, RuntimeApi(bodies, function, timeout, sampled, (log.mark, output.mark)), log, output)


def _ran(order: HandlerOrder, api: RuntimeApi, log: LogPipe, output: OutputPipe) -> FunctionRun:
    with started(order, log=log.write_end, output=output.write_end) as cell:
        for pipe in (log, output):
            pipe.close_write_end()
        with Daemon(cell.traces) as daemon, relayed(cell.forward, order.reachable), serving(api, cell.api):
            api.wait_until_idle(cell.process, lambda: log.full or output.full)
            end(cell)
        documents = daemon.documents()
    return _outcome(api, cell, log, output, documents)


def _outcome(
    api: RuntimeApi, cell: RunningHandler, log: LogPipe, output: OutputPipe, documents: Sequence[Mapping[str, Any]]
) -> FunctionRun:
    """What is there when the process has ended."""
    lines, printed = log.lines(), output.lines()
    too_much = log.full or output.full
    report = _report(api, cell.process.returncode, too_much)
    ready = not api.payloads or api.handed_out or api.init_errors
    last = f"request-{api.handed_out - 1}" if too_much and api.handed_out else api.unanswered
    return FunctionRun(
        api.answers,
        {**api.crashes, **({last: report} if last else {})},
        [*api.init_errors, *([] if ready else [report])],
        api.milliseconds,
        lines,
        printed,
        documents,
        cell.exposed,
    )


def _report(api: RuntimeApi, status: int, too_much: bool) -> dict[str, str]:
    """Lambda's words for a process that took too long, or ended by itself; for one that wrote too much it has none."""
    who = f"{api.unanswered} " if api.unanswered else ""
    if too_much:
        return {
            "errorType": "Sandbox.TooMuchOutput",
            "errorMessage": f"{who}Error: more than {MOST_BYTES // 2**20} MiB were logged or printed, and it was ended",
        }
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
    task_root: Path, name: str, handler: str, log_format: LogFormat, memory_mb: int, modules: Sequence[Path]
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
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",  # as Lambda sets it
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": handler,
    }
