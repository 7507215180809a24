"""The options that every command takes, said once."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from provisioner.cli.signals import Signals
from provisioner.render.screen import Screen
from provisioner.render.secrets import Secrets

Config = Annotated[Path, typer.Option("--config", "-c", help="The configuration file.")]
Environment = Annotated[str, typer.Option("--env", "-e", help="Which declared environment.")]
Region = Annotated[str | None, typer.Option(help="AWS Region; the file's first one if the SDK knows none.")]
Profile = Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")]
State = Annotated[str | None, typer.Option(help="Where state is kept: a folder, or s3://bucket/prefix.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="Plain text; NO_COLOR does the same.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the exact API calls, too.")]


@dataclass(frozen=True)
class Invocation:
    """What a command has before its options are read. Machine output goes to ``out`` alone, people's to ``err``."""

    command_line: str
    """As it was typed, without the program's name: whoever waits for our lock reads it."""
    out: Screen
    err: Screen
    secrets: Secrets
    """Hidden from whoever reads ``err``, where AWS's words appear; what goes to ``out`` has its secrets concealed."""
    signals: Signals


@dataclass(frozen=True)
class Common(Invocation):
    """What the common options said."""

    config: Path
    environment: str
    region: str | None
    profile: str | None
    state: str | None
    verbose: bool

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return self.err.is_terminal and sys.stdin is not None and sys.stdin.isatty()


def common(command: Callable[..., int | None]) -> Callable[..., int | None]:
    """Give ``command``, whose first parameter is a :class:`Common`, the options that every command takes."""

    @functools.wraps(command)
    def with_common(context: typer.Context, **given: Any) -> int | None:
        del given["no_color"]  # the screens are made before any option is read
        own = {name: given.pop(name) for name in _NAMES}
        return command(Common(**vars(context.obj), **own), **given)

    parameters = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [
        inspect.Parameter("context", keyword, annotation=typer.Context),
        inspect.Parameter("config", keyword, default=Path("platform.toml"), annotation=Config),
        inspect.Parameter("environment", keyword, default="dev", annotation=Environment),
        inspect.Parameter("region", keyword, default=None, annotation=Region),
        inspect.Parameter("profile", keyword, default=None, annotation=Profile),
        inspect.Parameter("state", keyword, default=None, annotation=State),
        inspect.Parameter("no_color", keyword, default=False, annotation=NoColor),
        inspect.Parameter("verbose", keyword, default=False, annotation=Verbose),
    ]
    own = [parameter.replace(kind=keyword) for parameter in parameters]
    with_common.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]  # functions may have one
    with_common.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
    return with_common


_NAMES = ("config", "environment", "region", "profile", "state", "verbose")
