"""What a function's folder may hold, and what the bundler says of one that it cannot pack."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from provisioner.bundle import build
from provisioner.engine.errors import BundleError

ANY = {"runtime": "python3.11", "architecture": "x86_64"}


def function_in(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"other/x.py": ""}, "there is no such folder"),
        ({"f/main.py": ""}, "no index.py"),
        ({"f/index.py": "", "f/requirements.txt": "wrapt\n"}, "not understood: wrapt"),
        ({"f/index.py": "", "f/requirements.txt": "wrapt>=1\n"}, "not understood: wrapt>=1"),
        ({"f/index.py": "", "f/requirements.txt": "-r other.txt\n"}, "not understood: -r other.txt"),
        ({"f/index.py": "", "f/requirements.txt": "wrapt==2.5.2 --hash=sha256:12\n"}, "--hash=sha256:12"),
        ({"f/index.py": "", "f/bundle.toml": "[files"}, "bundle.toml: not understood"),
        ({"f/index.py": "", "f/bundle.toml": "files = 3"}, "bundle.toml: not understood"),
        ({"f/index.py": "", "f/bundle.toml": "[file]"}, "no table is called file"),
        ({"f/index.py": "", "f/bundle.toml": '[files]\n"a.py" = "../a.py"'}, "../a.py cannot be read"),
        ({"f/index.py": "", "f/bundle.toml": '[files]\n"../a.py" = "index.py"'}, "outside the zip"),
        ({"f/index.py": "", "f/bundle.toml": '[files]\n"index.py" = "index.py"'}, "index.py of its own"),
    ],
)
def test_a_folder_that_is_no_function_is_refused_in_words(tmp_path: Path, files: dict[str, str], said: str) -> None:
    folder = function_in(tmp_path, files) / "f"
    with pytest.raises(BundleError, match=re.escape(said)):
        build(folder, **ANY, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("runtime", "architecture"), [("nodejs22.x", "x86_64"), ("python3.11", "riscv"), ("python2.7", "x86_64")]
)
def test_a_target_that_lambda_has_not_is_refused(tmp_path: Path, runtime: str, architecture: str) -> None:
    folder = function_in(tmp_path / "f", {"index.py": ""})
    with pytest.raises(BundleError, match="no such runtime"):
        build(folder, runtime=runtime, architecture=architecture, cache=tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(BundleError, match="cannot be packed"):
        build(function_in(tmp_path / "f", {"index.py": ""}), **ANY, cache=tmp_path / "cache")


def test_a_function_without_requirements_needs_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    folder = function_in(tmp_path / "f", {"index.py": "x = 1\n", "data/ä.txt": "ä", "bundle.toml": "# nothing\n"})

    with zipfile.ZipFile(build(folder, **ANY, cache=tmp_path / "cache").path) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "data/ä.txt": "ä",
            "index.py": "x = 1\n",
        }


def test_of_a_wheel_only_what_is_imported_and_the_licence_travel_along(tmp_path: Path) -> None:
    wheel = tmp_path / "cache" / "wheels" / "python3.11-x86_64" / "Some_Thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (
            "thing/__init__.py",
            "thing/table.csv",
            "thing/py.typed",
            "thing/__init__.pyi",
            "thing/_fast.c",
            "thing-stubs/__init__.pyi",
            "some_thing-1.0.data/purelib/pure.py",
            "some_thing-1.0.data/platlib/plat.py",
            "some_thing-1.0.data/scripts/thing",
            "some_thing-1.0.dist-info/METADATA",
            "some_thing-1.0.dist-info/RECORD",
            "some_thing-1.0.dist-info/licenses/LICENSE.txt",
        ):
            entry = zipfile.ZipInfo(name)
            entry.extra = b"\x99\x99\x04\x00more"  # as other zip tools add; the data starts after it
            archive.writestr(entry, name * 9, zipfile.ZIP_DEFLATED)
    folder = function_in(tmp_path / "f", {"index.py": "", "requirements.txt": "some-thing==1.0  # no hash\n"})

    with zipfile.ZipFile(build(folder, **ANY, cache=tmp_path / "cache").path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "index.py",
            "plat.py",
            "pure.py",
            "some_thing-1.0.dist-info/licenses/LICENSE.txt",
            "thing/__init__.py",
            "thing/table.csv",
        ]


def test_a_file_that_a_package_brings_as_well_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "cache" / "wheels" / "python3.11-x86_64" / "thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("index.py", "")
    folder = function_in(tmp_path / "f", {"index.py": "", "requirements.txt": "thing==1.0\n"})

    with pytest.raises(BundleError, match=r"index\.py is also the name of a file in a package"):
        build(folder, **ANY, cache=tmp_path / "cache")
