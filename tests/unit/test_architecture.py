"""The house stays the house: arrows of imports one way, small files, AWS behind one door."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "provisioner"

LAYERS = {
    "engine": {"engine"},
    "aws": {"aws", "engine"},
    "patterns": {"patterns"},
    "dashboards": {"dashboards"},
    "files": {"files"},
    "bundle": {"bundle", "files", "engine"},
    "resources": {"resources", "aws", "engine", "bundle"},
    "evaluation": {"evaluation"},
    "blueprint": {"blueprint", "resources", "aws", "engine", "bundle", "files", "patterns", "dashboards"},
    "runtime": {"runtime", "engine"},
    "proof": {"proof", "blueprint", "bundle", "runtime", "patterns", "engine"},
    "render": {"render", "engine", "proof", "blueprint"},
    "health": {"health", "blueprint", "resources", "aws", "engine"},
    "export": {"export", "resources", "aws", "engine"},
    "emulator": {"emulator", "evaluation", "patterns", "dashboards", "runtime", "engine"},
}
"""Folder -> the folders it may import from. The command line may import from all of them."""

ENGINE = ("model", "steps", "reconciler", "compare", "plan", "planning/run", "planning/decision", "planning/planner")
"""Modules of the engine, each free to import only those before it (and errors, reporter, store)."""

WINGS = (
    {"core"},
    {"iam"},
    {"sqs", "kms"},
    {"sns"},
    {"cloudwatch"},
    {"logs"},
    {"lambda_"},
    {"others"},
    {"door"},
)
"""Folders of the emulator, low to high: each may import from itself and from those before its own line."""

BLUEPRINT = {
    "file": {"file"},
    "load": {"load", "file"},
    "parts": {"parts", "file"},
    "lint": {"lint", "parts", "load", "file"},
}
"""Inside the blueprint: reading, building, judging. Nothing that is read or built knows who judges it."""

BOTO = ("aws", "emulator")

CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "gmtime", "localtime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "uuid": {"uuid1"},
    "utils": {"utcnow", "unix_time", "unix_time_millis", "iso_8601_datetime_with_milliseconds"},
}
"""What tells the machine's time: attributes of modules and classes, moto's among them."""


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
        later = {f"provisioner.engine.{name.replace('/', '.')}" for name in ENGINE[index + 1 :]}
        assert not imported(PACKAGE / "engine" / f"{module}.py") & later, module


def test_everything_in_the_blueprint_has_its_place() -> None:
    rooms = {path.stem for path in (PACKAGE / "blueprint").iterdir() if not path.name.startswith("_")}
    assert rooms == set(BLUEPRINT)


@pytest.mark.parametrize("room", BLUEPRINT)
def test_the_arrows_within_the_blueprint_point_one_way(room: str) -> None:
    inside = "provisioner.blueprint."
    for path in [*modules(PACKAGE / "blueprint" / room), *(PACKAGE / "blueprint").glob(f"{room}.py")]:
        used = {name.split(".")[2] for name in imported(path) if name.startswith(inside)}
        assert used <= BLUEPRINT[room], f"{path.relative_to(ROOT)} imports from {used - BLUEPRINT[room]}"
        assert "provisioner.blueprint" not in imported(path), f"{path.relative_to(ROOT)} imports its own front door"


def test_kinds_do_not_import_each_other() -> None:
    for path in modules(PACKAGE / "resources"):
        if path.name != "__init__.py":
            kinds = {name for name in imported(path) if name.startswith("provisioner.resources.")}
            assert not {name for name in kinds if not name.startswith("provisioner.resources.shared")}, path.name


def test_boto_stays_behind_the_door() -> None:
    for path in modules(PACKAGE):
        if path.relative_to(PACKAGE).parts[0] not in BOTO:
            assert not {name for name in imported(path) if name.split(".")[0] in ("boto3", "botocore")}, path.name


def test_the_types_of_answers_are_for_type_checkers_alone() -> None:
    """``types-boto3`` is there for the tests, and nobody who runs the program has it."""
    for path in modules(PACKAGE):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        guarded = [
            node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        ]
        unseen = {id(inner) for node in guarded for inner in ast.walk(node)}
        seen = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and id(node) not in unseen]
        assert not [node.module for node in seen if (node.module or "").startswith("types_boto3")], path.name


def clocks(path: Path) -> set[str]:
    """Where ``path`` asks a clock of the machine, or imports one by name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in CLOCKS.get(owner, ()):
                found.add(f"{node.lineno}: {owner}.{node.attr}")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = (node.module or "").rpartition(".")[2] if isinstance(node, ast.ImportFrom) else ""
            for alias in node.names:
                # Under another name nothing above would see it.
                if alias.name in CLOCKS.get(module, ()) or (alias.asname and alias.name in CLOCKS):
                    found.add(f"{node.lineno}: {alias.name}")
    return found


def name_of(path: Path) -> str:
    """``provisioner.emulator.kms.keys`` for that module's file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_the_emulators_wings_stand_on_those_below() -> None:
    below: set[str] = set()
    for line in WINGS:
        for wing in line:
            for path in modules(PACKAGE / "emulator" / wing):
                names = {name for name in imported(path) if name.startswith("provisioner.emulator.")}
                above = {name.split(".")[2] for name in names} - below - {wing}
                assert not above, f"{path.relative_to(ROOT)} imports from {above}"
        below |= line
    folders = {path.name for path in (PACKAGE / "emulator").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == below


@pytest.mark.parametrize("room", ["emulator", "evaluation"])
def test_no_module_stands_on_itself(room: str) -> None:
    used = {name_of(path): imported(path) for path in modules(PACKAGE / room)}
    # Raises CycleError, which names the circle.
    TopologicalSorter({name: names & set(used) for name, names in used.items()}).prepare()


def test_the_emulator_has_one_clock() -> None:
    for path in modules(PACKAGE / "emulator"):
        if path.relative_to(PACKAGE / "emulator").as_posix() != "core/world.py":
            assert not clocks(path), path.relative_to(ROOT)


@pytest.mark.parametrize(
    "source",
    [
        "import time\nx = time.monotonic()",
        "import time as t\nx = t.time()",
        "from time import time",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import datetime as d, date\nx = date.today()",
        "from datetime import datetime\nmake = field(default_factory=datetime.utcnow)",
        "from moto.core.utils import unix_time_millis",
        "from moto.core import utils\nx = utils.utcnow()",
    ],
)
def test_a_clock_would_be_found(source: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(source)
    assert clocks(tmp_path / "module.py")


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
