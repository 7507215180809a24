"""Files that other tools read: what they promise is what holds here."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from pydantic import ValidationError

from provisioner.blueprint.file.schema import Function

ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_type_checkers_are_told_that_the_package_has_types() -> None:
    assert resources.files("provisioner").joinpath("py.typed").is_file()


def test_every_python_that_a_function_may_run_on_is_tested() -> None:
    """The same versions in the workflow, in what the package asks for and in what ``runtime`` accepts."""
    (matrix,) = re.findall(r"python: \[(.*)\]", text_of(".github/workflows/test.yml"))
    tested = re.findall(r'"([\d.]+)"', matrix)
    assert tomllib.loads(text_of("pyproject.toml"))["project"]["requires-python"] == f">={tested[0]}"
    with pytest.raises(ValidationError) as refused:
        Function(runtime="ruby3.4")
    assert re.findall(r"python(3\.\d+)", str(refused.value)) == tested


def test_every_way_to_check_runs_the_same_scripts() -> None:
    assert "run: .ci/run" in text_of(".github/workflows/test.yml")
    assert "exec ./scripts/test" in text_of(".ci/run")
    assert "./scripts/check" in text_of("scripts/test")
    assert "entry: ./scripts/check" in text_of(".pre-commit-config.yaml")
