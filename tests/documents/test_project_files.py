"""Files that other tools read: what they promise is what holds here."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import ValidationError

from provisioner.blueprint.file.schema import Function

ROOT = Path(__file__).resolve().parents[2]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


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


def pins(name: str) -> dict[str, str]:
    """What a file of pinned packages pins: canonical name -> version."""
    lines = [line.split()[0] for line in text_of(name).splitlines() if line[0] not in "# "]
    return {canonicalize_name(package): version for package, _, version in (line.partition("==") for line in lines)}


def test_the_lock_has_the_versions_of_the_constraints_and_a_hash_for_each() -> None:
    assert pins("requirements.lock") == pins("constraints.txt")
    for name in ("requirements.lock", "requirements-older-client.lock"):
        for entry in re.split(r"\n(?=\S)", text_of(name).strip())[1:]:
            assert re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry


def test_everything_that_the_project_asks_for_is_locked() -> None:
    asked = tomllib.loads(text_of("pyproject.toml"))
    own = asked["project"]["name"]
    extras = asked["project"]["optional-dependencies"].values()
    wanted = [
        *asked["build-system"]["requires"],
        *asked["project"]["dependencies"],
        *(one for all_ in extras for one in all_),
    ]
    locked = pins("requirements.lock")
    for requirement in map(Requirement, wanted):
        if requirement.name != own:
            assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)]), requirement


def test_the_distribution_has_one_name_of_its_own() -> None:
    """``provisioner`` on the public index is somebody else's: no message may have people install that."""
    assert tomllib.loads(text_of("pyproject.toml"))["project"]["name"] == "observability-provisioner"
    for path in tracked():
        told = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"(install|download)\b[^\n]*[\s'\"]provisioner(\[|['\"\s=]|$)", told), path


def test_no_file_names_a_package_registry() -> None:
    registries = ("pypi" + ".org", "python" + "hosted")
    for path in tracked():
        told = path.read_text(encoding="utf-8", errors="replace")
        assert not [name for name in registries if name in told], path


def test_actions_of_the_workflow_are_pinned_by_commit() -> None:
    used = re.findall(r"uses: (\S+)", text_of(".github/workflows/test.yml"))
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
