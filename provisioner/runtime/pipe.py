"""What a function writes: to the telemetry pipe that the runtime client has in production, and to its standard output.

The telemetry pipe frames each event, so "one event" here is what CloudWatch Logs stores as one, a traceback of many
lines included. Of what is printed, Lambda makes one event a line.
"""

from __future__ import annotations

import contextlib
import os
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Self

_HEADER = 16
"""Bytes before an event's text: type (4), length (4), timestamp in microseconds (8)."""
_MAGIC = b"\xa5\x5a\x00"
MOST_BYTES = 8 * 2**20
"""Kept of one run."""
_EVENT_BYTES = 26
"""An event counts as so many more, as in "PutLogEvents" (API reference): a million empty lines are not for nothing."""
_BATCH_BYTES = 2**18


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
        self._taken = 0
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

    @property
    def full(self) -> bool:
        """Whether more was written than is kept. Nothing is read any more then: the writer is to be ended."""
        return self._taken > MOST_BYTES

    def _read(self) -> None:
        """Take what is there. The client writes an event before it reports the end of its invocation."""
        with self._guard:
            while not self.full and (batch := self._batch()):
                texts, self._unread = self._divided(self._unread + batch)
                self._taken += len(batch) + _EVENT_BYTES * len(texts)
                self._lines += [Line(self._request, text.decode(errors="replace").rstrip("\n")) for text in texts]

    def _batch(self) -> bytes:
        batch = b""
        with contextlib.suppress(BlockingIOError):
            while len(batch) < _BATCH_BYTES and (chunk := os.read(self._read_end, 65_536)):
                batch += chunk
        return batch

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
            if content.startswith(_MAGIC, start):
                begin = start + _HEADER
                end = begin + int.from_bytes(content[start + 4 : start + 8], "big")
                if len(content) < end:
                    break
            else:
                # The handler itself wrote into the pipe: that is one event, until the client's next frame.
                begin, end = start, content.find(_MAGIC, start)
                end = len(content) if end < 0 else end
            events.append(content[begin:end])
            start = end
        return events, content[start:]


class OutputPipe(Pipe):
    """Standard output and standard error."""

    def _divided(self, content: bytes) -> tuple[list[bytes], bytes]:
        *lines, rest = content.split(b"\n")
        return lines, rest
