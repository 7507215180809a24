"""The deployment zips: the same bytes everywhere, nothing needless inside, and no network once the wheels are there."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import struct
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioner.bundle import Bundle, build
from provisioner.engine.errors import BundleError
from provisioner.files import Fence
from tests.lambdas.clients import LAMBDAS, PROJECT, run

TARGETS = [("python3.11", "x86_64"), ("python3.11", "arm64"), ("python3.13", "arm64")]
THIS_PYTHON = f"python3.{sys.version_info.minor}"
THIS_MACHINE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
FUNCTIONS = ["order_processor", "payment_handler"]

# A pip that reads no configuration and knows no index: what it cannot find on disk it cannot have.
OFFLINE = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_EXTRA_INDEX_URL": ""}

BUILD = """
import json, os, sys
from pathlib import Path
from provisioner.bundle import build
from provisioner.engine.errors import BundleError
from provisioner.files import Fence
source, runtime, architecture, cache, umask = sys.argv[1:]
os.umask(int(umask, 8))
fence = Fence.around(Path(source).parent)
try:
    bundle = build(Path(source), runtime=runtime, architecture=architecture, cache=Path(cache), fence=fence)
except BundleError as error:
    sys.exit(f"BundleError: {error}")
print(bundle.code_sha256)
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of every target, fetched once for all workers; to be copied, not to be built in."""
    base = tmp_path_factory.getbasetemp()
    # Each xdist worker has a folder of its own in the run's. Sharing is safe: wheels are moved into place complete.
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-bundle-cache"
    for runtime, architecture in {*TARGETS, (THIS_PYTHON, THIS_MACHINE)}:
        try:
            built(LAMBDAS / "payment_handler", shared, runtime, architecture)
        except BundleError as error:
            pytest.fail(f"these tests need the functions' packages once: {error}", pytrace=False)
    return shared / "wheels"


@pytest.fixture
def cache(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that has the wheels and no zip, where pip can fetch nothing."""
    shutil.copytree(wheels, tmp_path / "cache" / "wheels")
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "cache"


@pytest.fixture
def lambdas(tmp_path: Path) -> Path:
    """A copy of the functions that a test may change."""
    return shutil.copytree(LAMBDAS, tmp_path / "copy" / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))


def built(source: Path, cache: Path, runtime: str = "python3.11", architecture: str = "x86_64") -> Bundle:
    fence = Fence.around(source.parent)
    return build(source, runtime=runtime, architecture=architecture, cache=cache, fence=fence)


def build_elsewhere(
    source: Path, cache: Path, *, python: str = sys.executable, umask: str = "022", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Build in a process of its own, in another folder, with this environment."""
    return subprocess.run(
        [python, "-c", BUILD, str(source), "python3.11", "x86_64", str(cache), umask],
        env={"PYTHONPATH": str(PROJECT), **OFFLINE, **environment},
        cwd=cache.parent,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("runtime", "architecture"), TARGETS)
def test_a_zip_holds_the_handler_and_its_packages_and_nothing_else(
    cache: Path, function: str, runtime: str, architecture: str
) -> None:
    bundle = built(LAMBDAS / function, cache, runtime, architecture)

    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert archive.read("index.py") == (LAMBDAS / function / "index.py").read_bytes()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"index.py", "lambdas", "aws_xray_sdk", "wrapt"}
    assert [name for name in names if name.startswith("lambdas/")] == [
        "lambdas/shared/service.py",
        "lambdas/shared/tracing.py",
    ]
    assert {Path(name).name for name in names if ".dist-info/" in name} == {"LICENSE", "NOTICE"}
    assert {Path(name).suffix for name in names} == {".py", ".so", ".json", ""}
    assert not [name for name in names if "__pycache__" in name]


@pytest.mark.parametrize(("runtime", "architecture"), TARGETS)
def test_a_zip_is_small_and_its_bundle_says_what_lambda_will_say(cache: Path, runtime: str, architecture: str) -> None:
    bundle = built(LAMBDAS / "payment_handler", cache, runtime, architecture)

    content = bundle.path.read_bytes()
    assert bundle.size == len(content) < 400_000
    assert base64.b64decode(bundle.code_sha256) == hashlib.sha256(content).digest()
    assert bundle.path.parent == cache


@pytest.mark.parametrize(
    ("runtime", "architecture", "tag", "machine", "glibc"),
    [
        ("python3.11", "x86_64", "cpython-311-x86_64", 62, (2, 26)),
        ("python3.11", "arm64", "cpython-311-aarch64", 183, (2, 26)),
        ("python3.13", "arm64", "cpython-313-aarch64", 183, (2, 34)),
    ],
)
def test_compiled_code_is_for_the_functions_python_machine_and_glibc(
    cache: Path, runtime: str, architecture: str, tag: str, machine: int, glibc: tuple[int, int]
) -> None:
    bundle = built(LAMBDAS / "payment_handler", cache, runtime, architecture)

    with zipfile.ZipFile(bundle.path) as archive:
        [library] = [name for name in archive.namelist() if name.endswith(".so")]
        binary = archive.read(library)
    assert tag in library
    assert struct.unpack_from("<H", binary, 18) == (machine,)  # e_machine of the ELF header
    needs = {(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", binary)}
    assert needs
    assert max(needs) <= glibc


def test_entries_are_sorted_with_one_timestamp_one_mode_and_no_folders(cache: Path) -> None:
    with zipfile.ZipFile(built(LAMBDAS / "payment_handler", cache).path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted({entry.filename for entry in entries})
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.create_system, entry.external_attr >> 16) for entry in entries} == {(3, 0o100644)}
    assert not [entry for entry in entries if entry.is_dir()]


def test_the_bytes_do_not_depend_on_folder_clock_zone_umask_or_locale(
    cache: Path, lambdas: Path, tmp_path: Path
) -> None:
    here = built(LAMBDAS / "payment_handler", cache)
    for path in lambdas.rglob("*"):
        os.utime(path, (2_000_000_000, 2_000_000_000))
        path.chmod(0o755)
    circumstances = [
        {"TZ": "Pacific/Kiritimati", "umask": "077", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Anchorage", "umask": "000", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    ]
    for number, circumstance in enumerate(circumstances):
        other = tmp_path / f"other-{number}"
        shutil.copytree(cache / "wheels", other / "wheels")
        ended = build_elsewhere(lambdas / "payment_handler", other, **circumstance)
        assert (ended.stdout.strip(), ended.stderr) == (here.code_sha256, "")
        [zipped] = other.glob("*.zip")
        assert zipped.read_bytes() == here.path.read_bytes()


def test_each_target_has_a_zip_of_its_own(cache: Path) -> None:
    bundles = [built(LAMBDAS / "payment_handler", cache, *target) for target in TARGETS]
    assert len({bundle.code_sha256 for bundle in bundles}) == len({bundle.path for bundle in bundles}) == len(TARGETS)


def test_an_unchanged_function_needs_no_network_and_is_the_same_zip(cache: Path) -> None:
    first = built(LAMBDAS / "payment_handler", cache)
    assert built(LAMBDAS / "payment_handler", cache) == first
    assert len(list(cache.glob("*.zip"))) == 1


def test_a_swapped_zip_is_not_used(cache: Path) -> None:
    bundle = built(LAMBDAS / "payment_handler", cache)
    right = bundle.content()
    bundle.path.write_bytes(b"PK another")
    with pytest.raises(BundleError, match="no longer the zip that was built"):
        bundle.content()
    assert built(LAMBDAS / "payment_handler", cache) == bundle
    assert bundle.content() == right


def test_what_is_kept_is_its_owners_alone(wheels: Path) -> None:
    kept = [wheels.parent, *wheels.parent.rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in kept if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in kept if path.is_file()} == {"0o600"}


def edit_handler(lambdas: Path) -> None:
    with (lambdas / "payment_handler" / "index.py").open("a") as file:
        file.write("# changed\n")


def edit_shared_module(lambdas: Path) -> None:
    with (lambdas / "shared" / "tracing.py").open("a") as file:
        file.write("# changed\n")


def add_file(lambdas: Path) -> None:
    (lambdas / "payment_handler" / "rates.json").write_text("{}")


def rename_file(lambdas: Path) -> None:
    manifest = lambdas / "payment_handler" / "bundle.toml"
    manifest.write_text(manifest.read_text().replace('"lambdas/shared/service.py" =', '"lambdas/shared/served.py" ='))


def require_less(lambdas: Path) -> None:
    path = lambdas / "payment_handler" / "requirements.txt"
    path.write_text(path.read_text().partition("wrapt==")[0])


@pytest.mark.parametrize("change", [edit_handler, edit_shared_module, add_file, rename_file, require_less])
def test_a_changed_source_is_another_zip_from_the_wheels_at_hand(
    cache: Path, lambdas: Path, change: Callable[[Path], None]
) -> None:
    before = built(lambdas / "payment_handler", cache)
    change(lambdas)
    after = built(lambdas / "payment_handler", cache)

    assert after.code_sha256 != before.code_sha256
    assert after.path != before.path


@pytest.mark.parametrize(
    "litter",
    [
        "__pycache__/index.cpython-311.pyc.140",
        "index.pyc",
        "index.py~",
        ".index.py.swp",
        "#index.py#",
        "index.py.bak",
        ".git/HEAD",
    ],
)
def test_what_editors_and_interpreters_leave_behind_is_ignored(cache: Path, lambdas: Path, litter: str) -> None:
    before = built(lambdas / "payment_handler", cache)
    path = lambdas / "payment_handler" / litter
    path.parent.mkdir(exist_ok=True)
    path.write_text("left behind")

    assert built(lambdas / "payment_handler", cache).code_sha256 == before.code_sha256


def test_building_leaves_nothing_but_the_zip(cache: Path, lambdas: Path) -> None:
    def contents(folder: Path) -> set[str]:
        return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}

    sources, wheels = contents(lambdas), contents(cache)
    bundle = built(lambdas / "payment_handler", cache)

    assert contents(lambdas) == sources
    assert contents(cache) == wheels | {bundle.path.name}


def test_builds_at_the_same_time_agree_and_leave_one_whole_zip(cache: Path) -> None:
    def one(_: int) -> str:
        return build_elsewhere(LAMBDAS / "payment_handler", cache).stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        digests = set(pool.map(one, range(4)))
    [zipped] = cache.glob("*.zip")
    assert digests == {base64.b64encode(hashlib.sha256(zipped.read_bytes()).digest()).decode()}
    assert not list(cache.glob(".building-*"))


def test_the_unpacked_zip_answers_under_the_real_runtime(cache: Path, tmp_path: Path) -> None:
    bundle = built(LAMBDAS / "payment_handler", cache, THIS_PYTHON, THIS_MACHINE)
    task_root = tmp_path / "task"
    zipfile.ZipFile(bundle.path).extractall(task_root)

    outcome = run(task_root, [{"payment_id": "p-1", "amount": 2}], modules=[tmp_path / "nowhere"])

    [answer] = outcome.answers.values()
    assert (answer["statusCode"], json.loads(answer["body"])["amount"]) == (200, 2)
    assert len(outcome.documents) == 1


def test_the_unpacked_zip_needs_nothing_but_python(cache: Path, tmp_path: Path) -> None:
    bundle = built(LAMBDAS / "order_processor", cache, THIS_PYTHON, THIS_MACHINE)
    zipfile.ZipFile(bundle.path).extractall(tmp_path / "task")
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path / "task")!r})
import index
print(index.handler({{"order_id": "o-1", "items": [1]}}, None)["statusCode"], "botocore" in sys.modules)
"""
    alone = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program],
        env={"LAMBDA_TASK_ROOT": str(tmp_path / "task")},
        capture_output=True,
        text=True,
    )
    assert (alone.stdout, alone.stderr) == ("200 False\n", "")


def test_offline_without_wheels_the_error_names_the_command_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BundleError) as caught:
        built(LAMBDAS / "payment_handler", tmp_path, "python3.11", "arm64")

    requirements = LAMBDAS / "payment_handler" / "requirements.txt"
    assert caught.value.message == f"{requirements}: the packages could not be fetched"
    assert caught.value.details == ("ERROR: No matching distribution found for aws-xray-sdk==2.15.0",)
    command = caught.value.remedy.partition(": ")[2]
    assert "\n" not in command
    assert command.startswith("python3 -I -m pip download ")
    for words in (
        "--no-deps --only-binary=:all: --implementation cp --python-version 3.11",
        "--platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64",
        f"--dest {tmp_path / 'wheels' / 'python3.11-arm64'} aws-xray-sdk==2.15.0 wrapt==1.17.3",
    ):
        assert words in command
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.rglob("*.zip"))


def test_that_command_prepares_the_build(cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with pytest.raises(BundleError) as caught:
        built(LAMBDAS / "payment_handler", other)
    command = shlex.split(caught.value.remedy.partition("python3 ")[2])
    from_disk = {"PIP_FIND_LINKS": str(cache / "wheels" / "python3.11-x86_64")}
    subprocess.run([sys.executable, *command], env=os.environ | from_disk, check=True)

    assert built(LAMBDAS / "payment_handler", other).size < 400_000


def test_a_wheel_for_a_newer_glibc_is_asked_for_only_where_lambda_has_one(tmp_path: Path) -> None:
    def command(runtime: str) -> str:
        run = [sys.executable, "-c", BUILD, str(LAMBDAS / "payment_handler"), runtime, "x86_64", str(tmp_path), "022"]
        environment = {"PYTHONPATH": str(PROJECT), **OFFLINE}
        return subprocess.run(run, env=environment, capture_output=True, text=True).stderr

    assert "manylinux_2_28" not in command("python3.11")
    assert "manylinux_2_28_x86_64 --platform manylinux_2_34_x86_64" in command("python3.12")


def test_an_environment_without_pip_says_so(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    ended = build_elsewhere(
        LAMBDAS / "payment_handler", tmp_path / "cache", python=str(tmp_path / "venv" / "bin" / "python")
    )
    assert ended.returncode == 1
    assert "No module named pip" in ended.stderr
    assert "python3 -I -m pip download" in ended.stderr


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a wheel"])
def test_a_damaged_wheel_is_never_packed(cache: Path, damage: bytes) -> None:
    [wheel] = (cache / "wheels" / "python3.11-x86_64").glob("wrapt-*.whl")
    wheel.write_bytes(damage)
    with pytest.raises(BundleError, match="could not be fetched"):
        built(LAMBDAS / "payment_handler", cache)


def test_a_damaged_wheel_is_fetched_again_where_that_is_possible(
    cache: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = built(LAMBDAS / "payment_handler", cache)
    expected.path.unlink()
    [wheel] = (cache / "wheels" / "python3.11-x86_64").glob("wrapt-*.whl")
    wheel.write_bytes(b"damaged")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels / "python3.11-x86_64"))

    assert built(LAMBDAS / "payment_handler", cache) == expected
