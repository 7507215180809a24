"""The Lambda Runtime API ("Using the Lambda runtime API", Lambda developer guide): hands out events, takes answers."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

PATIENCE_SECONDS = 60.0
"""For loading a module, and for an event unless the caller says otherwise."""

_PREFIX = "/2018-06-01/runtime/"


def trace_id(number: int) -> str:
    """The X-Ray trace id of the event at this position."""
    return f"1-5759e988-{number:024x}"


@dataclass
class RuntimeApi:
    """One run's events, handed out one by one, and what came back. Each of ``marks`` is told when one begins."""

    payloads: Sequence[bytes]
    function: str
    timeout: float
    sampled: bool
    marks: Sequence[Callable[[str], None]]
    answers: dict[str, Any] = field(default_factory=dict)
    crashes: dict[str, Any] = field(default_factory=dict)
    init_errors: list[Any] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)
    handed_out: int = 0
    timed_out: bool = False
    port: int = 0
    _since: float = field(default_factory=time.perf_counter)
    _idle: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)

    def next(self) -> tuple[dict[str, str], bytes] | None:
        """The headers and body of the next invocation; ``None`` when all are answered and the run is over."""
        if self.handed_out == len(self.payloads):
            self._idle.set()
            self._closing.wait(PATIENCE_SECONDS)
            return None
        number = self.handed_out
        self.handed_out += 1
        for mark in self.marks:
            mark(f"request-{number}")
        self._since = time.perf_counter()
        trace = f"Root={trace_id(number)};Parent=53995c3f42cd8ad8;Sampled={int(self.sampled)};Lineage=1:a87bd80c:0"
        headers = {
            "Lambda-Runtime-Aws-Request-Id": f"request-{number}",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self.timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self.function,
            "Lambda-Runtime-Trace-Id": trace,
            "Content-Type": "application/json",
        }
        return headers, self.payloads[number]

    def accept(self, path: str, body: bytes) -> bool:
        """Keep what the client reports at ``path``. Returns whether there is such a path."""
        match path.removeprefix(_PREFIX).split("/"):
            case ["invocation", request_id, "response"]:
                self.answers[request_id] = _read(body)
            case ["invocation", request_id, "error"]:
                self.crashes[request_id] = _read(body)
            case ["init", "error"]:
                self.init_errors.append(_read(body))
                return True
            case _:
                return False
        self.milliseconds[request_id] = (time.perf_counter() - self._since) * 1000
        return True

    @property
    def unanswered(self) -> str:
        """The id of the invocation that is under way, or ``""``."""
        request = f"request-{self.handed_out - 1}"
        return "" if not self.handed_out or request in self.milliseconds else request

    def wait_until_idle(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the process asks for more than there is, has ended by itself, or takes too long over an event."""
        while not self._idle.wait(0.02) and process.poll() is None:
            limit = self.timeout if self.unanswered else PATIENCE_SECONDS
            if time.perf_counter() - self._since > limit:
                self.timed_out = True
                return

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Listen on loopback, at ``port``."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="Runtime API")
        thread.start()
        try:
            yield
        finally:
            self._closing.set()
            server.shutdown()
            server.server_close()
            thread.join()


def _read(body: bytes) -> Any:
    """An answer: parsed, or as text where the handler did not send JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
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
            known = api.accept(self.path, self.rfile.read(int(self.headers["Content-Length"])))
            self._reply(202 if known else 404, {}, b"")

        def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            """Quiet: what counts is what the function logs."""

    return Handler
