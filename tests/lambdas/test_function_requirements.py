"""What ``requirements.txt`` may say, and what pip gets to see: a list of our own, in a folder of our own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from provisioner.bundle import build
from provisioner.bundle.requirements import parsed
from provisioner.engine.errors import BundleError
from provisioner.files import Fence
from tests.lambdas.clients import PROJECT
from tests.lambdas.test_function_folder import wheel_in

HASH = "--hash=sha256:" + "a" * 64
TRAP = "open({!r}, 'a').write('executed ')\n"
PACKAGE = {
    "thing.py": "honest = True\n",
    "thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n",
    "thing-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "thing-1.0.dist-info/RECORD": "",
}


def test_requirements_are_read_as_pip_writes_them() -> None:
    text = f"# what we need\nthing==1.0 \\\n    {HASH} \\\r\n    {HASH}\r\n\nother_Thing==2!1.0+a {HASH} # a word\n"
    assert [wanted.line() for wanted in parsed(Path("r"), text.encode())] == [
        f"thing==1.0 {HASH}",
        f"other_Thing==2!1.0+a {HASH}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "# a comment \\\n./evil\n",
        "# a comment \\\nthing==1.0\n",
        f"thing==1.0 {HASH} # and \\\n./evil\n",
        "./evil\n",
        "-e .\n",
        "--index-url http://127.0.0.1/\n",
        "-r other.txt\n",
        "thing @ file:///evil\n",
        "git+https://example.com/x\n",
        "thing==1.0 --global-option=x\n",
        "thing==1.0; python_version > '3'\n",
        "thing==1.*\n",
        "thing==${VERSION}\n",
        "thing==1.0\x0cevil==1.0\n",
        "thing==1.0\x85evil==1.0\n",
        "thing==1.0\u2028evil==1.0\n",
        "thing\u200b==1.0\n",
        "thing==1.0 \\",
        f"thing==1.0 {HASH}\nThing==1.0 {HASH}\n",
    ],
)
def test_whatever_else_pip_would_take_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match=r"not understood|backslash|more than once"):
        parsed(Path("requirements.txt"), text.encode())


def test_a_line_without_end_is_not_repeated() -> None:
    with pytest.raises(BundleError) as caught:
        parsed(Path("requirements.txt"), b"a" * 1_000_000)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "content", [b"# -*- coding: utf-7 -*-\nthing==1.0\n+AC4ALw-evil\n", b"\xff\xfe.\x00/\x00", b"\xff"]
)
def test_another_encoding_is_not_read(content: bytes) -> None:
    with pytest.raises(BundleError, match=r"not understood|not UTF-8"):
        parsed(Path("requirements.txt"), content)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A place where pip finds ``thing`` 1.0, set for the machine; the words of its hash."""
    words = wheel_in(tmp_path / "index", "thing-1.0-py3-none-any.whl", PACKAGE)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index")}.items():
        monkeypatch.setenv(name, value)
    return words


def function(tmp_path: Path, requirements: str) -> Path:
    folder = tmp_path / "project" / "f"
    folder.mkdir(parents=True)
    (folder / "index.py").write_text("")
    (folder / "requirements.txt").write_text(requirements)
    return folder


def pack(folder: Path, *, require_hashes: bool = True) -> zipfile.ZipFile:
    bundle = build(
        folder,
        runtime="python3.11",
        architecture="x86_64",
        cache=folder.parent / ".build",
        fence=Fence.around(folder.parent),
        require_hashes=require_hashes,
    )
    return zipfile.ZipFile(bundle.path)


def test_without_hashes_it_is_refused_with_the_lines_to_paste(tmp_path: Path, index: str) -> None:
    folder = function(tmp_path, "thing==1.0\n")
    with pytest.raises(BundleError, match=r"thing==1.0 has no hash") as caught:
        pack(folder)
    assert caught.value.details == (f"thing==1.0 {index}",)
    assert "require_hashes = false" in caught.value.remedy

    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in caught.value.details))
    with pack(folder) as archive:
        assert archive.read("thing.py") == b"honest = True\n"


def test_waived_it_is_fetched_each_time_and_nothing_kept_is_trusted(tmp_path: Path, index: str) -> None:
    folder = function(tmp_path, "thing==1.0\n")
    kept = folder.parent / ".build" / "wheels" / "python3.11-x86_64"
    wheel_in(kept, "thing-1.0-py3-none-any.whl", PACKAGE | {"thing.py": "honest = False\n"})
    with pack(folder, require_hashes=False) as archive:
        assert archive.read("thing.py") == b"honest = True\n"


def test_a_kept_wheel_of_another_hash_is_not_packed(tmp_path: Path, index: str) -> None:
    folder = function(tmp_path, f"thing==1.0 {index}\n")
    kept = folder.parent / ".build" / "wheels" / "python3.11-x86_64"
    wheel_in(kept, "thing-1.0-py3-none-any.whl", PACKAGE | {"thing.py": "honest = False\n"})
    with pack(folder) as archive:
        assert archive.read("thing.py") == b"honest = True\n"


def test_an_index_that_gives_another_file_is_refused(tmp_path: Path, index: str) -> None:
    folder = function(tmp_path, f"thing==1.0 {HASH}\n")
    with pytest.raises(BundleError, match=r"could not be fetched"):
        pack(folder)


def test_nothing_of_the_current_folder_is_in_reach_of_pip(tmp_path: Path, index: str) -> None:
    trap, marks = tmp_path / "trap", tmp_path / "marks"
    trap.mkdir()
    for name in ("pip", "sitecustomize", "usercustomize", "typing", "requests"):
        (trap / f"{name}.py").write_text(TRAP.format(str(marks)))
    (trap / "pip.conf").write_text("[global]\nno-index = false\nindex-url = http://127.0.0.1:1/\n")
    folder = function(tmp_path, f"thing==1.0 {index}\n")
    program = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from pathlib import Path
from provisioner.bundle import build
from provisioner.files import Fence
folder = Path({str(folder)!r})
fence = Fence.around(folder.parent)
print(build(folder, runtime="python3.11", architecture="x86_64", cache=folder.parent / ".build", fence=fence).size)
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=trap,
        env=os.environ | {"PYTHONPATH": str(trap), "PYTHONHOME": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not marks.exists()
