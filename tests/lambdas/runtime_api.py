"""Runs a handler as Lambda does: the real runtime client, against a Lambda Runtime API and an X-Ray daemon on loopback.

Log events are read from the telemetry pipe that the runtime client is given in production. It frames each event, so
"one event" here is what CloudWatch Logs stores as one event, a traceback of many lines included.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar, Literal

PROJECT = Path(__file__).resolve().parents[2]
LAMBDAS = PROJECT / "lambdas"
PATIENCE = 60.0  # seconds, for a whole run
_FRAME_HEADER = 16  # bytes: type, length, timestamp

LogFormat = Literal["JSON", "Text"]


@dataclass(frozen=True)
class Outcome:
    """What a run left behind. Request ids are ``request-0``, ``request-1`` ... in the order of the payloads."""

    answers: Mapping[str, Any]  # request id -> what the handler returned
    crashes: Mapping[str, Any]  # request id -> the runtime's report of an exception that left the handler
    init_errors: Sequence[Any]
    events: Sequence[str]  # log events, as CloudWatch Logs stores them
    documents: Sequence[Mapping[str, Any]]  # X-Ray documents that reached the daemon
    output: str  # whatever went past the log: stdout and stderr

    @property
    def records(self) -> list[dict[str, Any]]:
        """The log events of a JSON run, parsed."""
        return [json.loads(event) for event in self.events]


def trace_id(number: int) -> str:
    """The X-Ray trace id of the payload at this position."""
    return f"1-5759e988-{number:024x}"


def run(
    task_root: Path,
    payloads: Sequence[object],
    *,
    log_format: LogFormat = "JSON",
    environment: Mapping[str, str] | None = None,
    sampled: bool = True,
    modules: Path = PROJECT,
) -> Outcome:
    """Start ``index.handler`` of ``task_root`` under the runtime client, and have it answer each payload once.

    ``modules`` is where ``lambdas.shared`` is found when ``task_root`` is a source folder and not an unpacked zip.
    """
    api = _RuntimeApi([json.dumps(payload).encode() for payload in payloads], sampled)
    with _serving(api), _Daemon() as daemon, _LogPipe() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "index.handler"],
            cwd=task_root,
            env=_environment(task_root, api, daemon, log, log_format, modules) | dict(environment or {}),
            pass_fds=[log.write_end],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log.close_write_end()
        try:
            api.wait_until_idle(process)
        finally:
            process.kill()
            output, _ = process.communicate()
        return Outcome(api.answers, api.crashes, api.init_errors, log.events(), daemon.documents(), output)


def _environment(
    task_root: Path, api: _RuntimeApi, daemon: _Daemon, log: _LogPipe, log_format: LogFormat, modules: Path
) -> dict[str, str]:
    # Only JSON has a log level of its own: with Text, Lambda sets no AWS_LAMBDA_LOG_LEVEL.
    level = {"AWS_LAMBDA_LOG_LEVEL": "INFO"} if log_format == "JSON" else {}
    return level | {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(modules),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.port}",
        "AWS_LAMBDA_LOG_FORMAT": log_format,
        "AWS_LAMBDA_FUNCTION_NAME": f"{task_root.name}-test",
        "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.port}",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",  # as Lambda sets it
        "LAMBDA_TASK_ROOT": str(task_root),
        "_HANDLER": "index.handler",
        "_LAMBDA_TELEMETRY_LOG_FD": str(log.write_end),
    }


@dataclass
class _RuntimeApi:
    """The Lambda Runtime API: hands out the payloads one by one and keeps what comes back."""

    payloads: Sequence[bytes]
    sampled: bool
    answers: dict[str, Any] = field(default_factory=dict)
    crashes: dict[str, Any] = field(default_factory=dict)
    init_errors: list[Any] = field(default_factory=list)
    handed_out: int = 0
    port: int = 0
    idle: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def next(self) -> tuple[dict[str, str], bytes] | None:
        """The headers and body of the next invocation; ``None`` when all are answered and the run is over."""
        if self.handed_out == len(self.payloads):
            self.idle.set()
            self.closing.wait(PATIENCE)
            return None
        number = self.handed_out
        self.handed_out += 1
        trace = f"Root={trace_id(number)};Parent=53995c3f42cd8ad8;Sampled={int(self.sampled)};Lineage=1:a87bd80c:0"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + PATIENCE) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:test",
            "Lambda-Runtime-Trace-Id": trace,
            "Content-Type": "application/json",
        }
        return headers, self.payloads[number]

    def accept(self, path: str, body: bytes) -> None:
        """Keep what the runtime client reports at ``path``."""
        match path.removeprefix("/2018-06-01/runtime/").split("/"):
            case ["invocation", request_id, "response"]:
                self.answers[request_id] = json.loads(body)
            case ["invocation", request_id, "error"]:
                self.crashes[request_id] = json.loads(body)
            case ["init", "error"]:
                self.init_errors.append(json.loads(body))
            case _:
                raise AssertionError(f"the Lambda Runtime API has no {path}")

    def wait_until_idle(self, process: subprocess.Popen[str]) -> None:
        """Return when the process asks for more than there is, or has ended by itself."""
        deadline = time.monotonic() + PATIENCE
        while not self.idle.wait(0.02) and process.poll() is None:
            assert time.monotonic() < deadline, f"{self.handed_out} of {len(self.payloads)} payloads in {PATIENCE} s"


@contextmanager
def _serving(api: _RuntimeApi) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body are two writes; Nagle's algorithm would hold back the second for 40 ms an invocation.
        disable_nagle_algorithm: ClassVar[bool] = True

        def do_GET(self) -> None:
            invocation = api.next()
            if invocation is None:
                self.close_connection = True
                return
            self._reply(200, *invocation)

        def do_POST(self) -> None:
            api.accept(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self._reply(202, {}, b"")

        def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            """Quiet: the test reads what the function logs, not what this server does."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        api.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Daemon:
    """An X-Ray daemon: a UDP socket that is drained all the time, so that the kernel never drops a document."""

    _LAST = b"no more documents"

    def __enter__(self) -> _Daemon:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._packets: list[bytes] = []
        self._thread = threading.Thread(target=self._drain)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()
        self._socket.close()

    def _drain(self) -> None:
        while (packet := self._socket.recv(65535)) != self._LAST:
            self._packets.append(packet)

    def _finish(self) -> None:
        # Loopback keeps order: what was sent before this packet has been read when it arrives.
        if self._thread.is_alive():
            self._socket.sendto(self._LAST, ("127.0.0.1", self.port))
            self._thread.join()

    def documents(self) -> list[dict[str, Any]]:
        """Every document; to be called when the sender has ended."""
        self._finish()
        return [json.loads(packet.partition(b"\n")[2]) for packet in self._packets]


class _LogPipe:
    """The telemetry pipe: frames of type (4 bytes), length (4), microseconds (8) and the event's text."""

    def __enter__(self) -> _LogPipe:
        self._read_end, self.write_end = os.pipe()
        self._open = True
        self._chunks: list[bytes] = []
        self._thread = threading.Thread(target=self._drain)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close_write_end()
        self._thread.join()
        os.close(self._read_end)

    def _drain(self) -> None:
        while chunk := os.read(self._read_end, 65536):
            self._chunks.append(chunk)

    def close_write_end(self) -> None:
        """Leave the write end to the child alone, so that reading ends when the child does."""
        if self._open:
            os.close(self.write_end)
            self._open = False

    def events(self) -> list[str]:
        """Every event, without its final line break; to be called when the writer has ended."""
        self._thread.join()
        stream, events = b"".join(self._chunks), []
        while stream:
            assert stream[:3] == b"\xa5\x5a\x00", f"not a log frame: {stream[:40]!r}"
            length = int.from_bytes(stream[4:8], "big")
            events.append(stream[_FRAME_HEADER : _FRAME_HEADER + length].decode().rstrip("\n"))
            stream = stream[_FRAME_HEADER + length :]
        return events
