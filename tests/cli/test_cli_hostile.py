"""A repository of strangers under the commands that read one: nothing outside it is read, nothing in it is run."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Cli, Sample

OUTSIDE = "what-lies-outside-9f3c"
MODULES = ("pip", "typer", "rich", "boto3", "pydantic", "sitecustomize", "setup", "conftest", "awslambdaric")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """What is not the repository's business; ``marks`` appears there when something of the repository is run."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret.txt").write_text(f"ERROR {OUTSIDE}\n", encoding="utf-8")
    return folder


@pytest.fixture
def hostile(sample: Sample, elsewhere: Path) -> Path:
    """The sample's folder with everything at once that a pull request may bring."""
    root, function = sample.path.parent, sample.path.parent / "lambdas" / "payment_handler"
    trap = f"open({str(elsewhere / 'marks')!r}, 'a').write('run ')\n"
    for name in MODULES:
        (root / f"{name}.py").write_text(trap, encoding="utf-8")
        (function / f"{name}.py").write_text(trap, encoding="utf-8")
    with (function / "index.py").open("a", encoding="utf-8") as file:
        file.write(trap)
    (root / "evil").mkdir()
    (root / "evil" / "setup.py").write_text(trap, encoding="utf-8")
    with (function / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("# a comment \\\n./evil\n")
    (function / "settings.py").symlink_to(elsewhere / "secret.txt")
    (function / "data").symlink_to(elsewhere)
    os.mkfifo(function / "pipe")
    (function / ".env").write_text(OUTSIDE, encoding="utf-8")
    (function / "bundle.toml").write_text(f'[files]\n"a.py" = "{elsewhere}/secret.txt"\n', encoding="utf-8")
    samples = root / "samples" / "payment-processor"
    samples.mkdir(parents=True)
    (samples / "errors.match.log").symlink_to(elsewhere / "secret.txt")
    os.mkfifo(samples / "errors.nomatch.log")
    wheels = root / ".build" / "wheels" / "python3.11-x86_64"
    with zipfile.ZipFile(wheels / "aws_xray_sdk-2.15.0-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr("aws_xray_sdk/__init__.py", trap)
    return root


def run(cli: Cli, root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A process in the repository, as somebody has it who has just checked it out."""
    return subprocess.run(
        cli.command(*command), cwd=root, env=cli.environment(), capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", [["validate"], ["plan"], ["verify", "--offline"]], ids=" ".join)
def test_everything_at_once(cli: Cli, hostile: Path, elsewhere: Path, command: list[str]) -> None:
    done = run(cli, hostile, *command)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert OUTSIDE not in done.stdout + done.stderr
    assert not list(hostile.rglob("*.zip"))
    assert not (elsewhere / "marks").exists()
    assert {path.name for path in elsewhere.iterdir()} == {"secret.txt"}


def test_a_handler_is_not_run_by_who_only_packs_it(cli: Cli, sample: Sample, elsewhere: Path) -> None:
    trap = f"open({str(elsewhere / 'marks')!r}, 'a')\n"
    with (sample.path.parent / "lambdas" / "payment_handler" / "index.py").open("a", encoding="utf-8") as file:
        file.write(trap)
    cli.ok("validate")
    cli.ok("plan")
    assert list(sample.path.parent.rglob("*.zip"))
    assert not (elsewhere / "marks").exists()


def test_a_build_folder_that_leads_out_is_not_used(cli: Cli, sample: Sample, elsewhere: Path) -> None:
    build = sample.path.parent / ".build"
    build.rename(elsewhere / "build")
    build.symlink_to(elsewhere / "build")
    run = cli("plan")
    assert run.code == 1
    assert ".build is not used: a link leads outside the configuration's folder" in run.err


def test_wheels_are_kept_nowhere_else(cli: Cli, sample: Sample, elsewhere: Path) -> None:
    wheels = sample.path.parent / ".build" / "wheels"
    wheels.rename(elsewhere / "wheels")
    wheels.symlink_to(elsewhere / "wheels")
    run = cli("plan")
    assert run.code == 1
    assert "outside" in run.err


def link(path: Path, elsewhere: Path) -> None:
    path.symlink_to(elsewhere / "secret.txt")


def pipe(path: Path, elsewhere: Path) -> None:
    os.mkfifo(path)


def device(path: Path, elsewhere: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path, elsewhere: Path) -> None:
    path.touch()
    os.truncate(path, 16_000_001)


def folder(path: Path, elsewhere: Path) -> None:
    path.mkdir()


def keys(path: Path, elsewhere: Path) -> None:
    (path.parent / ".env").write_text(OUTSIDE, encoding="utf-8")
    path.symlink_to(".env")


HAZARDS: list[tuple[Callable[[Path, Path], None], str]] = [
    (link, "outside the configuration's folder"),
    (pipe, "it is a pipe"),
    (device, "outside the configuration's folder"),
    (huge, "at most 16,000,000"),
    (folder, "it is a folder"),
    (keys, "keys and passwords are kept under such names"),
]


@pytest.mark.parametrize(("hazard", "words"), HAZARDS)
@pytest.mark.parametrize("name", ["payment-processor/errors.match.log", "payment-handler/events.json"])
def test_samples_are_ordinary_files_of_the_repository(
    cli: Cli, sample: Sample, elsewhere: Path, name: str, hazard: Callable[[Path, Path], None], words: str
) -> None:
    path = sample.path.parent / "samples" / name
    path.parent.mkdir(parents=True)
    hazard(path, elsewhere)
    run = cli("verify", "--offline")
    assert run.code == 1
    assert str(path) in run.err
    assert words in run.err
    assert OUTSIDE not in run.said


def test_a_folder_of_samples_that_leads_out(cli: Cli, sample: Sample, elsewhere: Path) -> None:
    (elsewhere / "somebody").mkdir()
    (sample.path.parent / "samples").symlink_to(elsewhere)
    run = cli("verify", "--offline")
    assert run.code == 1
    assert "outside the configuration's folder" in run.err
    assert "somebody" not in run.said


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"\xff\xfe", b'[{"name": "x", "event": 1e999, "errors": -1}]', b"{}"]
)
def test_events_that_are_none(cli: Cli, sample: Sample, content: bytes) -> None:
    path = sample.path.parent / "samples" / "payment-handler" / "events.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    run = cli("verify", "--offline")
    assert run.code == 1
    assert f"{path} is not a list of events" in run.err


@pytest.mark.parametrize("hazard", [pipe, device, huge])
def test_a_configuration_that_is_no_file(
    cli: Cli, tmp_path: Path, elsewhere: Path, hazard: Callable[[Path, Path], None]
) -> None:
    cli.config = tmp_path / "platform.toml"
    hazard(cli.config, elsewhere)
    for command in (["validate"], ["plan"], ["verify", "--offline"]):
        run = cli(*command)
        assert run.code == 1
        assert "platform.toml" in run.said
        assert "only ordinary files" in run.said or "at most 1,000,000" in run.said
