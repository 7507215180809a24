"""What a function writes: to the telemetry pipe that the runtime client has in production, and to its standard output.

The telemetry pipe frames each event, so "one event" here is what CloudWatch Logs stores as one, a traceback of many
lines included. Of what is printed, Lambda makes one event a line.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

_HEADER = 16
"""Bytes before an event's text: type (4), length (4), timestamp in microseconds (8)."""
_MAGIC = b"\xa5\x5a\x00"


@dataclass(frozen=True)
class Line:
    """One log event. ``request`` is the id of the invocation during which it was written, ``""`` while loading."""

    request: str
    text: str


class Pipe(ABC):
    """The read end; ``write_end`` is a file descriptor for the child. Drained all the time, for a pipe holds 64 kB.

    An event belongs to the invocation that was under way when it was read to its end: see :meth:`mark`.
    """

    def __enter__(self) -> Self:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._open = True
        self._guard = threading.Lock()
        self._unread = b""
        self._request = ""
        self._lines: list[Line] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._drain, name="pipe of a function")
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
            texts, self._unread = self._divided(self._unread)
            self._lines += [Line(self._request, text.decode(errors="replace").rstrip("\n")) for text in texts]

    @abstractmethod
    def _divided(self, content: bytes) -> tuple[list[bytes], bytes]:
        """The whole events in ``content``, and the beginning of the next."""

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
        rest = [Line(self._request, self._unread.decode(errors="replace"))] if self._unread else []
        return [*self._lines, *rest]


class LogPipe(Pipe):
    """The telemetry pipe."""

    def _divided(self, content: bytes) -> tuple[list[bytes], bytes]:
        events, start = [], 0
        while len(content) - start >= _HEADER:
            if not content.startswith(_MAGIC, start):
                raise ValueError(f"not a frame of the runtime client's log: {content[start : start + 40]!r}")
            begin = start + _HEADER
            end = begin + int.from_bytes(content[start + 4 : start + 8], "big")
            if len(content) < end:
                break
            events.append(content[begin:end])
            start = end
        return events, content[start:]


class OutputPipe(Pipe):
    """Standard output and standard error."""

    def _divided(self, content: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = content.split(b"\n")
        return lines, rest
