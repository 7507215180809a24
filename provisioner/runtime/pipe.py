"""The telemetry pipe: what the runtime client is given in production to write its log to.

It frames each event, so "one event" here is what CloudWatch Logs stores as one, a traceback of many lines included.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

_HEADER = 16
"""Bytes before an event's text: type (4), length (4), timestamp in microseconds (8)."""
_MAGIC = b"\xa5\x5a\x00"


@dataclass(frozen=True)
class Line:
    """One log event. ``request`` is the id of the invocation during which it was written, ``""`` while loading."""

    request: str
    text: str


class LogPipe:
    """The read end; ``write_end`` is a file descriptor for the child. Drained all the time, for a pipe holds 64 kB.

    An event belongs to the invocation that was under way when it was read to its end: see :meth:`mark`.
    """

    def __enter__(self) -> LogPipe:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._open = True
        self._guard = threading.Lock()
        self._unread = b""
        self._request = ""
        self._lines: list[Line] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drain, name="log pipe")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close_write_end()
        self._ended.set()
        self._thread.join()
        os.close(self._read_end)

    def _drain(self) -> None:
        while not self._ended.wait(0.005):
            self._read()

    def _read(self) -> None:
        """Take what is there. The client writes an event before it reports the end of its invocation."""
        with self._guard:
            try:
                while chunk := os.read(self._read_end, 65_536):
                    self._unread += chunk
            except BlockingIOError:
                pass
            while len(self._unread) >= _HEADER:
                if not self._unread.startswith(_MAGIC):
                    raise ValueError(f"not a frame of the runtime client's log: {self._unread[:40]!r}")
                end = _HEADER + int.from_bytes(self._unread[4:8], "big")
                if len(self._unread) < end:
                    return
                text = self._unread[_HEADER:end].decode(errors="replace").rstrip("\n")
                self._lines.append(Line(self._request, text))
                self._unread = self._unread[end:]

    def mark(self, request: str) -> None:
        """What was written until now belongs to the invocation before, what follows to ``request``."""
        self._read()
        self._request = request

    def close_write_end(self) -> None:
        """Leave the write end to the child alone."""
        if self._open:
            os.close(self.write_end)
            self._open = False

    def lines(self) -> list[Line]:
        """Every event, without its final line break; to be called when the writer has ended."""
        self._read()
        return list(self._lines)
