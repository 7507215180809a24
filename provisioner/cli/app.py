"""One command line run, and every error turned into words and an exit code.

Exit codes: 0 done, or nothing to do; 1 error; 2 changes pending; 64 wrong usage; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from provisioner.cli.arguments import spelled_out
from provisioner.cli.commands import app
from provisioner.engine.errors import Interrupted, ProvisionerError

USAGE = 64

# Typer keeps click to itself, and exports of its errors only those that commands raise.
_WrongUsage: Any = typer.BadParameter.__mro__[1]


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code."""
    no_color = "NO_COLOR" in os.environ or "--no-color" in arguments  # holds also where the rest of the line is wrong
    errors = Console(stderr=True, no_color=no_color, highlight=False)
    try:
        typed = " ".join(arguments)
        code = int(
            app(spelled_out(arguments), prog_name="python -m provisioner", standalone_mode=False, obj=typed) or 0
        )
        if code == Interrupted.exit_code:
            raise Interrupted("interrupted before anything was changed")  # Typer has swallowed the KeyboardInterrupt
        return code
    except typer.Exit as leaving:
        return leaving.exit_code
    except _WrongUsage as error:
        where = error.ctx.command_path if error.ctx else "python -m provisioner"
        if error.format_message():  # empty where the help was shown already
            _say(errors, error.format_message(), [], f"{where} --help shows what there is.")
        return USAGE
    except (KeyboardInterrupt, typer.Abort):
        _say(errors, "interrupted before anything was changed", [], "")
        return Interrupted.exit_code
    except ProvisionerError as error:
        _say(errors, error.message, error.details, error.remedy)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read our output has closed it
        return 1


def _say(console: Console, message: str, details: Sequence[str], remedy: str) -> None:
    console.print(Text(f"error: {message}", style="bold red"), soft_wrap=True)
    for line in details:
        console.print(Text(f"  {line}"), soft_wrap=True)
    if remedy:
        console.print(Text(f"  {remedy}"), soft_wrap=True)
