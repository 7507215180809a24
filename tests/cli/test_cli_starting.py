"""What a command has to wait for before it begins: the modules that a process of each loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from provisioner import __version__
from provisioner.resources import KINDS
from tests.cli.running import ROOT, Cli, Sample

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
    ours = {name for name in modules if name.startswith("provisioner.")}
    others = {name for name in ours if name.split(".")[1] != "cli"}
    words = {"provisioner.engine", "provisioner.engine.errors"}
    screen = {
        f"provisioner.render{module}" for module in ("", ".screen", ".secrets", ".visible")
    }  # all text goes by it
    assert others == words | screen


def test_a_plan_loads_nothing_that_only_others_use(cli: Cli) -> None:
    """What writes, what keeps state in S3, what proves, what exports; and nothing of the embedded AWS."""
    _, modules = loaded(cli, "plan")
    parts = {name.split(".")[1] for name in modules if name.startswith("provisioner.")}
    assert parts.isdisjoint({"emulator", "evaluation", "export", "health", "proof", "runtime"})
    running = {f"provisioner.engine.running.{name}" for name in ("executor", "closing")}
    writing = {*running, "provisioner.cli.applying", "filelock"}
    assert modules.isdisjoint({*writing, "provisioner.aws.s3_store", "moto", "flask"})


LISTEN = """
import os, runpy, sys
sys.addaudithook(lambda event, what: event == "open" and os.write(2, f"opened: {what[0]}\\n".encode()))
runpy.run_module("provisioner", run_name="__main__")
"""
"""Runs a command, and tells of each file that it opens."""


def descriptions(cli: Cli, *arguments: str) -> list[str]:
    """The services whose descriptions by the SDK a command reads, which it does when it makes a client."""
    command = [sys.executable, "-c", LISTEN, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=cli.environment(), capture_output=True, text=True, check=True)
    opened = [Path(line.removeprefix("opened: ")) for line in done.stderr.splitlines() if line.startswith("opened: ")]
    return [path.parent.parent.name for path in opened if path.name.startswith("service-2.json")]


def test_a_client_is_made_of_each_service_that_is_asked_and_its_description_read_once(cli: Cli) -> None:
    read = descriptions(cli, "plan")
    assert sorted(read) == sorted({"sts", "resourcegroupstaggingapi", *(kind.service for kind in KINDS)})


def test_what_is_on_record_is_looked_at_with_one_client(cli: Cli) -> None:
    assert descriptions(cli, "state", "list") == ["sts"]


def test_the_version(cli: Cli) -> None:
    shown, _ = loaded(cli, "--version")
    assert shown == f"provisioner {__version__}\n"


TRAPS = (
    "__future__",
    "boto3",
    "botocore",
    "click",
    "filelock",
    "json",
    "pip",
    "pydantic",
    "re",
    "rich",
    "tomllib",
    "typer",
)


@pytest.mark.parametrize("path", ["", "."])
def test_nothing_is_imported_from_the_current_folder(cli: Cli, sample: Sample, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "trapped"
    folder.mkdir()
    for name in (*TRAPS, "sitecustomize") if not path else TRAPS:  # that one is for whoever sets PYTHONPATH
        (folder / f"{name}.py").write_text("raise SystemExit(77)\n", encoding="utf-8")
    done = subprocess.run(
        cli.command("plan"), cwd=folder, env=cli.environment(PYTHONPATH=path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "to create" in done.stdout


def test_a_folder_that_is_gone_is_no_obstacle(cli: Cli, tmp_path: Path) -> None:
    program = "import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    (tmp_path / "gone").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program, "-m", "provisioner", "--version"],
        cwd=tmp_path / "gone",
        env=cli.environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, f"provisioner {__version__}\n"), done.stderr


def test_where_python_has_its_modules_is_kept(cli: Cli) -> None:
    packages = Path(typer.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "provisioner", "--version"],
        cwd=packages,
        env=cli.environment(),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, f"provisioner {__version__}\n"), done.stderr
