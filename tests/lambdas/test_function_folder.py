"""What a function's folder may hold, and what the bundler says of one that it cannot pack."""

from __future__ import annotations

import hashlib
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from provisioner.bundle import Bundle, build
from provisioner.engine.errors import BundleError
from provisioner.files import Fence


def built(folder: Path, cache: Path, runtime: str = "python3.11", architecture: str = "x86_64") -> Bundle:
    fence = Fence.around(folder.parent)
    return build(folder, runtime=runtime, architecture=architecture, cache=cache, fence=fence)


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
        built(folder, tmp_path / "cache")


@pytest.mark.parametrize(
    ("runtime", "architecture"), [("nodejs22.x", "x86_64"), ("python3.11", "riscv"), ("python2.7", "x86_64")]
)
def test_a_target_that_lambda_has_not_is_refused(tmp_path: Path, runtime: str, architecture: str) -> None:
    folder = function_in(tmp_path / "f", {"index.py": ""})
    with pytest.raises(BundleError, match="no such runtime"):
        built(folder, tmp_path / "cache", runtime, architecture)


def test_a_cache_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(BundleError, match="cannot be packed"):
        built(function_in(tmp_path / "f", {"index.py": ""}), tmp_path / "cache")


def test_a_function_without_requirements_needs_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    folder = function_in(tmp_path / "f", {"index.py": "x = 1\n", "data/ä.txt": "ä", "bundle.toml": "# nothing\n"})

    with zipfile.ZipFile(built(folder, tmp_path / "cache").path) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            "data/ä.txt": "ä",
            "index.py": "x = 1\n",
        }


def wheel_in(folder: Path, name: str, files: Mapping[str, str]) -> str:
    """A wheel of that name; what ``requirements.txt`` says of its hash."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in files.items():
            entry = zipfile.ZipInfo(file)
            entry.extra = b"\x99\x99\x04\x00more"  # as other zip tools add; the data starts after it
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return f"--hash=sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"


def test_of_a_wheel_only_what_is_imported_and_the_licence_travel_along(tmp_path: Path) -> None:
    names = (
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
    )
    kept = tmp_path / "cache" / "wheels" / "python3.11-x86_64"
    said = wheel_in(kept, "Some_Thing-1.0-py3-none-any.whl", {name: name * 9 for name in names})
    folder = function_in(tmp_path / "f", {"index.py": "", "requirements.txt": f"some-thing==1.0 {said}  # pinned\n"})

    with zipfile.ZipFile(built(folder, tmp_path / "cache").path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "index.py",
            "plat.py",
            "pure.py",
            "some_thing-1.0.dist-info/licenses/LICENSE.txt",
            "thing/__init__.py",
            "thing/table.csv",
        ]


@pytest.mark.parametrize(
    ("holds", "said"),
    [
        ("index.py", r"index\.py is also the name of a file in a package"),
        ("../index.py", "would lie outside the zip"),
        ("/index.py", "would lie outside the zip"),
        ("a\\..\\b.py", "would lie outside the zip"),
    ],
)
def test_what_a_package_may_not_bring(tmp_path: Path, holds: str, said: str) -> None:
    kept = tmp_path / "cache" / "wheels" / "python3.11-x86_64"
    pinned = wheel_in(kept, "thing-1.0-py3-none-any.whl", {holds: ""})
    folder = function_in(tmp_path / "f", {"index.py": "", "requirements.txt": f"thing==1.0 {pinned}\n"})

    with pytest.raises(BundleError, match=said):
        built(folder, tmp_path / "cache")


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06 cut", b"PK" * 40])
def test_a_pinned_wheel_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "cache" / "wheels" / "python3.11-x86_64"
    kept.mkdir(parents=True)
    (kept / "thing-1.0-py3-none-any.whl").write_bytes(content)
    line = f"thing==1.0 --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"
    folder = function_in(tmp_path / "f", {"index.py": "", "requirements.txt": line})

    with pytest.raises(BundleError, match=r"the wheel of thing==1\.0 is not one that can be read"):
        built(folder, tmp_path / "cache")
