"""The Lambda Runtime API ("Using the Lambda runtime API", Lambda developer guide): hands out events, takes answers."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

PATIENCE_SECONDS = 60.0
"""For loading a module, and for an event unless the caller says otherwise."""

MOST_BYTES = 6_291_556
"""Of an answer: "Response size", quotas of Lambda (6 MB), as Lambda's own message counts it."""

PREFIX = "/2018-06-01/runtime/"


def trace_id(number: int) -> str:
    """The X-Ray trace id of the event at this position."""
    return f"1-5759e988-{number:024x}"


@dataclass
class RuntimeApi:
    """One run's events, handed out one by one, and what came back. Each of ``marks`` is told when one begins.

    Who asks is somebody's code: whatever it sends, it is answered, and no more is kept than one answer an event.
    """

    payloads: Sequence[bytes]
    function: str
    timeout: float
    sampled: bool
    marks: Sequence[Callable[[str], None]]
    answers: dict[str, Any] = field(default_factory=dict)
    crashes: dict[str, dict[str, Any]] = field(default_factory=dict)
    init_errors: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)
    handed_out: int = 0
    timed_out: bool = False
    _since: float = field(default_factory=time.perf_counter)
    _idle: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> tuple[dict[str, str], bytes] | int | None:
        """The headers and body of the next invocation; an HTTP status where one is under way, as in Lambda; ``None``
        when all are answered and the run is over.
        """
        with self._guard:
            if self.unanswered:
                return 403
            if self.handed_out < len(self.payloads):
                return self._hand_out()
        self._idle.set()
        self._closing.wait(PATIENCE_SECONDS)
        return None

    def _hand_out(self) -> tuple[dict[str, str], bytes]:
        number = self.handed_out
        for mark in self.marks:
            mark(f"request-{number}")
        self.handed_out += 1
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

    def accept(self, path: str, body: bytes | None) -> int:
        """Keep what the client reports at ``path``; ``None`` is a body of more than ``MOST_BYTES``. Returns the HTTP
        status that Lambda answers with.
        """
        with self._guard:
            match path.removeprefix(PREFIX).split("/"):
                case ["invocation", request_id, "response" | "error" as what]:
                    return self._accept(request_id, what, body)
                case ["init", "error"] if self.handed_out or self.init_errors:
                    return 403
                case ["init", "error"]:
                    self.init_errors.append(_report(body or b""))
                    return 202
        return 404

    def _accept(self, request_id: str, what: str, body: bytes | None) -> int:
        if not request_id or request_id != self.unanswered:
            return 400
        if body is None:
            self.crashes[request_id] = {
                "errorType": "Function.ResponseSizeTooLarge",
                "errorMessage": f"Response payload size exceeded maximum allowed payload size ({MOST_BYTES} bytes).",
            }
        elif what == "response":
            self.answers[request_id] = _read(body)
        else:
            self.crashes[request_id] = _report(body)
        self.milliseconds[request_id] = (time.perf_counter() - self._since) * 1000
        return 413 if body is None else 202

    @property
    def unanswered(self) -> str:
        """The id of the invocation that is under way, or ``""``."""
        request = f"request-{self.handed_out - 1}"
        return "" if not self.handed_out or request in self.milliseconds else request

    def wait_until_idle(self, process: subprocess.Popen[bytes], enough: Callable[[], bool]) -> None:
        """Return when the process asks for more than there is, has ended by itself, or takes too long over an event;
        or when there is ``enough`` of it.
        """
        while not self._idle.wait(0.02) and process.poll() is None and not enough():
            limit = self.timeout if self.unanswered else PATIENCE_SECONDS
            if time.perf_counter() - self._since > limit:
                self.timed_out = True
                return

    def close(self) -> None:
        """Whoever still waits for an event has waited long enough."""
        self._closing.set()


def _read(body: bytes) -> Any:
    """An answer: parsed, or as text where the handler did not send JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")


def _report(body: bytes) -> dict[str, Any]:
    """A report of an error, with both words that every one has, whoever wrote it."""
    found = _read(body)
    report = found if isinstance(found, dict) else {"errorMessage": str(found)}
    return {**report, **{word: str(report.get(word) or "") for word in ("errorMessage", "errorType")}}
