"""A command line run in this process, by the function that ``python -m provisioner`` calls.

It finds what a process of its own would find: an environment, a current folder and three standard streams, here a
pipe's ends or a terminal. All of them are this process's again afterwards. Starting Python and loading everything
takes longer than most commands, so only what is about processes is tested with one.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from provisioner.cli.app import run

LIMIT_SECONDS = 60


@dataclass(frozen=True)
class Streams:
    """What a command reads, and where it writes."""

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO


def in_pipes(command: list[str], environ: Mapping[str, str], folder: Path, given: bytes = b"") -> tuple[int, str, str]:
    """Run ``command`` as in a script, ``given`` on its standard input; exit code, standard output, standard error."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = Streams(*(io.TextIOWrapper(ours, encoding="utf-8") for ours in (io.BytesIO(given), out, err)))
    with _as_process(environ, folder, streams), _limit(LIMIT_SECONDS):
        code = run(command)
    for stream in (streams.stdout, streams.stderr):
        stream.flush()
    return code, out.getvalue().decode(), err.getvalue().decode()


def at_terminal(
    command: list[str], environ: Mapping[str, str], folder: Path, answers: Mapping[str, str]
) -> tuple[int, str]:
    """Run ``command`` at a terminal whose user types the answer to each question (its last word); exit code, screen."""
    ours, theirs = pty.openpty()
    user = _User(ours, answers)
    with contextlib.ExitStack() as opened:
        streams = Streams(*(opened.enter_context(os.fdopen(os.dup(theirs), mode)) for mode in ("r", "w", "w")))
        os.close(theirs)
        with _as_process(environ, folder, streams), _limit(LIMIT_SECONDS):
            code = run(command)
    return code, user.seen()


class _User:
    """Reads the screen, and answers."""

    def __init__(self, terminal: int, answers: Mapping[str, str]) -> None:
        self._terminal = terminal
        self._answers = dict(answers)
        self._screen = ""
        self._thread = threading.Thread(target=self._sit, name="user")
        self._thread.start()

    def _sit(self) -> None:
        while text := self._read():
            self._screen += text
            for question in [word for word in self._answers if self._screen.rstrip().endswith(word)]:
                os.write(self._terminal, f"{self._answers.pop(question)}\n".encode())

    def _read(self) -> str:
        """What the terminal shows next; nothing once its last writer has gone."""
        try:
            return os.read(self._terminal, 4096).decode(errors="replace")
        except OSError:
            return ""

    def seen(self) -> str:
        """All that was shown, when nobody writes any more."""
        self._thread.join()
        os.close(self._terminal)
        return self._screen


@contextlib.contextmanager
def _as_process(environ: Mapping[str, str], folder: Path, streams: Streams) -> Iterator[None]:
    """Have the environment, the current folder and the standard streams that were given, and no others."""
    own = dict(os.environ)
    with contextlib.chdir(folder), contextlib.ExitStack() as restored:
        restored.callback(_become, own, Streams(sys.stdin, sys.stdout, sys.stderr))
        _become(environ, streams)
        yield


def _become(environ: Mapping[str, str], streams: Streams) -> None:
    os.environ.clear()
    os.environ.update(environ)
    sys.stdin, sys.stdout, sys.stderr = streams.stdin, streams.stdout, streams.stderr


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Nothing hangs: whatever takes longer is interrupted, and the test fails there."""

    def give_up(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
