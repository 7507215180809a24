"""The house stays the house: arrows of imports one way, small files, AWS behind one door."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provisioner"

LAYERS = {
    "engine": {"engine"},
    "aws": {"aws", "engine"},
    "patterns": {"patterns"},
    "dashboards": {"dashboards"},
    "bundle": {"bundle", "engine"},
    "resources": {"resources", "aws", "engine", "bundle"},
    "evaluation": {"evaluation"},
    "blueprint": {"blueprint", "resources", "aws", "engine", "bundle", "patterns", "dashboards"},
    "runtime": {"runtime", "engine"},
    "proof": {"proof", "blueprint", "bundle", "runtime", "patterns", "engine"},
    "render": {"render", "engine", "proof", "blueprint"},
    "health": {"health", "resources", "aws", "engine"},
    "emulator": {"emulator", "evaluation", "patterns", "dashboards", "runtime", "engine"},
}
"""Folder -> the folders it may import from. The command line may import from all of them."""

ENGINE = ("model", "steps", "reconciler", "compare", "plan", "planner")
"""Modules of the engine, each free to import only those before it (and errors, reporter, store)."""

BOTO = ("aws", "emulator")


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Full names of everything that ``path`` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_imports_only_from_below(layer: str) -> None:
    for path in modules(PACKAGE / layer):
        used = {name.split(".")[1] for name in imported(path) if name.startswith("provisioner.")}
        assert used <= LAYERS[layer], f"{path.relative_to(ROOT)} imports from {used - LAYERS[layer]}"


def test_the_engine_knows_no_kind_and_no_aws() -> None:
    for path in modules(PACKAGE / "engine"):
        assert not {name for name in imported(path) if name.startswith(("boto", "provisioner.aws", "moto"))}


def test_the_arrows_within_the_engine_point_one_way() -> None:
    for index, module in enumerate(ENGINE):
        later = {f"provisioner.engine.{name}" for name in ENGINE[index + 1 :]}
        assert not imported(PACKAGE / "engine" / f"{module}.py") & later, module


def test_kinds_do_not_import_each_other() -> None:
    for path in modules(PACKAGE / "resources"):
        if path.name != "__init__.py":
            kinds = {name for name in imported(path) if name.startswith("provisioner.resources.")}
            assert not {name for name in kinds if not name.startswith("provisioner.resources._")}, path.name


def test_boto_stays_behind_the_door() -> None:
    for path in modules(PACKAGE):
        if path.relative_to(PACKAGE).parts[0] not in BOTO:
            assert not {name for name in imported(path) if name.split(".")[0] in ("boto3", "botocore")}, path.name


def test_deployed_code_stands_alone() -> None:
    for path in modules(ROOT / "lambdas"):
        assert not {name for name in imported(path) if name.startswith("provisioner")}, path.name


def test_files_stay_small() -> None:
    for path in [*modules(PACKAGE), *modules(ROOT / "lambdas"), *modules(ROOT / "tests")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path.relative_to(ROOT)


def test_every_function_fits_a_screen() -> None:
    for path in [*modules(PACKAGE), *modules(ROOT / "lambdas")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= 40, f"{path.relative_to(ROOT)}: {node.name} has {lines} lines"
