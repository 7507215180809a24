"""One command line run, and every error turned into words and an exit code.

Exit codes: 0 done, or nothing to do; 1 error; 2 changes pending; 64 wrong usage; 130 interrupted, and in general 128
and the number of the signal; 141 where whoever read standard output has seen enough.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from provisioner.cli.arguments import spelled_out
from provisioner.cli.commands import app
from provisioner.cli.options import Invocation
from provisioner.cli.signals import Signals
from provisioner.engine.errors import Interrupted, ProvisionerError, told
from provisioner.render.screen import Screen
from provisioner.render.secrets import Secrets

USAGE = 64

_UNREAD = 128 + signal.SIGPIPE

# Typer keeps click to itself, and exports of its errors only those that commands raise.
_WrongUsage: Any = typer.BadParameter.__mro__[1]

_INTERRUPTED = "interrupted before anything was changed"


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    _open_streams()
    no_color = "NO_COLOR" in os.environ or "--no-color" in arguments  # holds also where the rest of the line is wrong
    secrets, signals = Secrets.of_environment(), Signals()
    out, err = Screen(no_color=no_color), Screen(stderr=True, no_color=no_color, secrets=secrets)
    with signals.heard(), _remarks_on(err):
        code = _run(arguments, Invocation(" ".join(arguments), out, err, secrets, signals))
    try:
        out.flush()
        err.flush()
    except OSError as error:
        _say(err, f"the output cannot be written: {error.strerror}")
        return 1
    if err.refused:
        return code or 1
    return _UNREAD if out.closed else code


def _run(arguments: Sequence[str], given: Invocation) -> int:
    err = given.err
    try:
        code = int(
            app(spelled_out(arguments), prog_name="python -m provisioner", standalone_mode=False, obj=given) or 0
        )
        if code == Interrupted.exit_code:
            raise KeyboardInterrupt  # Typer has swallowed it
        return code
    except typer.Exit as leaving:
        return leaving.exit_code
    except _WrongUsage as error:
        where = error.ctx.command_path if error.ctx else "python -m provisioner"
        if error.format_message():  # empty where the help was shown already
            _say(err, error.format_message(), [], f"{where} --help shows what there is.")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        _say(err, _INTERRUPTED)
        return given.signals.exit_code()
    except ProvisionerError as error:
        _say(err, error.message, error.details, error.remedy)
        return given.signals.exit_code() if isinstance(error, Interrupted) else error.exit_code
    except SystemExit:
        given.out.on_broken_pipe()  # while Typer was showing its help
        return 0
    except Exception as error:
        words = told(error)
        _say(err, words.message, words.details, words.remedy)
        return words.exit_code


def _say(screen: Screen, message: str, details: Sequence[str] = (), remedy: str = "") -> None:
    screen.say(f"error: {message}", style="bold red")
    for line in details:
        screen.say(f"  {line}")
    if remedy:
        screen.say(f"  {remedy}")


def _open_streams() -> None:
    """Have all three, also where one was closed; what an ASCII terminal lacks is shown by its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # as long as the process runs
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _remarks_on(screen: Screen) -> Iterator[None]:
    """What libraries remark by ``logging``, from warnings upwards, is a line like any other."""
    handler = _Remarks(screen)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


class _Remarks(logging.Handler):
    def __init__(self, screen: Screen) -> None:
        super().__init__(logging.WARNING)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.say(f"{record.name} remarks: {record.getMessage()}", style="dim")
