"""``scripts/new-kind``: the draft that an author begins with is one that lint and types have nothing against."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents.pages import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with no kind yet, whose environment is the one that runs the tests."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "new-kind", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    venv = tmp_path / "scripts" / "venv"
    venv.write_text(f"#!/bin/sh\necho '{sys.prefix}'\n", encoding="utf-8")
    venv.chmod(0o755)
    (tmp_path / "provisioner" / "resources").mkdir(parents=True)
    return tmp_path


def new_kind(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(project / "scripts" / "new-kind"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "arguments", [["event_rule", "events"], ["--id", "query_definition", "logs"], ["--id", "a_kind_with_a_long_name"]]
)
def test_the_draft_passes_lint_and_types(project: Path, arguments: list[str]) -> None:
    made = new_kind(project, *arguments)
    assert made.returncode == 0, made.stderr
    (draft,) = (project / "provisioner" / "resources").iterdir()
    for tool in ("ruff check", "ruff format --check", "mypy"):
        command = [sys.executable, "-m", *tool.split(), str(draft)]
        passed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert passed.returncode == 0, passed.stdout


def test_a_kind_that_is_there_is_left_alone(project: Path) -> None:
    assert new_kind(project, "event_rule", "events").returncode == 0
    again = new_kind(project, "event_rule", "events")
    assert (again.returncode, again.stderr) == (1, "provisioner/resources/event_rule.py exists\n")


@pytest.mark.parametrize("arguments", [[], ["EventRule"], ["event-rule"], ["a", "b", "c"]])
def test_what_is_no_name_of_a_kind_is_answered_with_the_usage(project: Path, arguments: list[str]) -> None:
    refused = new_kind(project, *arguments)
    assert refused.returncode == 64
    assert "scripts/new-kind [--id] NAME [SERVICE]" in refused.stderr
