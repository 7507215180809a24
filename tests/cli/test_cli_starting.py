"""What a command has to wait for before it begins: the modules that a process of each loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from provisioner import __version__
from tests.cli.running import ROOT, Cli

SDK = {"boto3", "botocore", "s3transfer", "moto", "urllib3"}


def loaded(cli: Cli, *arguments: str) -> tuple[str, set[str]]:
    """What a command shows, and the full names of the modules that it loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "provisioner", *arguments],
        cwd=ROOT,
        env=cli.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return done.stdout, {line.rpartition("|")[2].strip() for line in rows}


@pytest.mark.parametrize(
    "command",
    [["--help"], ["--version"], ["plan", "--help"], ["validate"], ["verify", "--offline"]],
    ids=" ".join,
)
def test_what_asks_no_aws_does_not_load_its_sdk(cli: Cli, command: list[str]) -> None:
    _, modules = loaded(cli, *command)
    assert "provisioner.cli.commands" in modules, "or else it was not seen what is loaded"
    assert not {name for name in modules if name.split(".")[0] in SDK}


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["apply", "--help"]], ids=" ".join)
def test_help_loads_the_command_line_and_nothing_of_what_it_does(cli: Cli, command: list[str]) -> None:
    _, modules = loaded(cli, *command)
    rooms = {".".join(name.split(".")[:2]) for name in modules if name.startswith("provisioner.")}
    assert rooms == {"provisioner.cli", "provisioner.engine"}
    assert {name for name in modules if name.startswith("provisioner.engine.")} == {"provisioner.engine.errors"}


def test_the_version(cli: Cli) -> None:
    shown, _ = loaded(cli, "--version")
    assert shown == f"provisioner {__version__}\n"
