"""Ctrl-C, and what ends a run as Ctrl-C does: SIGTERM, and SIGHUP when the terminal goes away."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_ANSWER = b"\nEnding: no call is begun any more. Once more ends at once, and the next run takes it up from there.\n"


class Signals:
    """What came, and what is done about it: what runs is interrupted, unless it would rather end well by itself."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._stop: Callable[[], None] | None = None
        self.came = threading.Event()
        """Set by the first: whoever sleeps, in any thread, need not go on."""

    def exit_code(self) -> int:
        """128 and the signal's number, as shells have it; that of Ctrl-C where none came."""
        return 128 + (self._seen or signal.SIGINT)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear them in here. One that was ignored when the process began stays so.

        ``nohup`` ignores SIGHUP, and a shell ignores Ctrl-C for what a script starts in the background.
        """
        if threading.current_thread() is not threading.main_thread():  # only there Python lets handlers be set
            yield
            return
        before = {number: signal.getsignal(number) for number in _ENDING}
        ours = [number for number, handler in before.items() if handler != signal.SIG_IGN]
        for number in ours:
            signal.signal(number, self._hear)
        try:
            yield
        finally:
            for number in ours:
                signal.signal(number, before[number])

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """In here a signal calls ``stop``, and what is done goes on until it has ended well."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    def _hear(self, number: int, _: FrameType | None) -> None:
        if self._seen is not None:
            os._exit(128 + number)  # what is on record by now is enough
        self._seen = number
        self.came.set()
        if self._stop is None:
            raise KeyboardInterrupt
        os.write(2, _ANSWER)  # the screen itself may be in the middle of a line
        self._stop()
