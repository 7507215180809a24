"""What a function's folder may not hold, or lead to: nothing outside the fence, no keys, nothing that never ends."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.bundle import Bundle, build
from provisioner.engine.errors import BundleError
from provisioner.files import Fence

OUTSIDE = "the secret of somebody else"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a configuration with a function in it, beside what is not its business."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "notes.txt").write_text(OUTSIDE)
    folder = tmp_path / "project" / "f"
    folder.mkdir(parents=True)
    (folder / "index.py").write_text("x = 1\n")
    return tmp_path / "project"


def packed(root: Path, *outside: str) -> Bundle:
    fence = Fence.around(root, outside)
    return build(root / "f", runtime="python3.11", architecture="x86_64", cache=root / ".build", fence=fence)


def files_of(bundle: Bundle) -> dict[str, str]:
    with zipfile.ZipFile(bundle.path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def link_file(folder: Path) -> None:
    (folder / "config.py").symlink_to("../../elsewhere/notes.txt")


def link_folder(folder: Path) -> None:
    (folder / "data").symlink_to("../../elsewhere")


def link_by_way_of_the_inside(folder: Path) -> None:
    (folder.parent / "way").symlink_to("../elsewhere")
    (folder / "config.py").symlink_to("../way/notes.txt")


def link_to_process(folder: Path) -> None:
    (folder / "config.py").symlink_to("/proc/self/environ")


def handler_itself(folder: Path) -> None:
    (folder / "index.py").unlink()
    (folder / "index.py").symlink_to("../../elsewhere/notes.txt")


def requirements(folder: Path) -> None:
    (folder / "requirements.txt").symlink_to("../../elsewhere/notes.txt")


def borrowed(folder: Path) -> None:
    (folder / "bundle.toml").write_text('[files]\n"a.py" = "../../elsewhere/notes.txt"\n')


def borrowed_by_whole_path(folder: Path) -> None:
    (folder / "bundle.toml").write_text('[files]\n"a.py" = "/etc/hostname"\n')


def borrowed_through_a_link(folder: Path) -> None:
    link_file(folder.parent)
    (folder / "bundle.toml").write_text('[files]\n"a.py" = "../config.py"\n')


def source_itself(folder: Path) -> None:
    folder.rename(folder.parents[1] / "elsewhere" / "f")
    folder.symlink_to("../elsewhere/f")


@pytest.mark.parametrize(
    "leads_out",
    [
        link_file,
        link_folder,
        link_by_way_of_the_inside,
        link_to_process,
        handler_itself,
        requirements,
        borrowed,
        borrowed_by_whole_path,
        borrowed_through_a_link,
        source_itself,
    ],
)
def test_nothing_outside_the_configurations_folder_is_packed(root: Path, leads_out: Callable[[Path], None]) -> None:
    leads_out(root / "f")
    with pytest.raises(BundleError, match="outside the configuration's folder") as caught:
        packed(root)
    assert "allow_outside" in caught.value.remedy
    assert not list(root.rglob("*.zip"))


def test_what_is_allowed_by_name_is_packed_and_nothing_else(root: Path) -> None:
    borrowed(root / "f")
    assert files_of(packed(root, "../elsewhere")) == {"a.py": OUTSIDE, "index.py": "x = 1\n"}
    assert files_of(packed(root, "../elsewhere/notes.txt"))["a.py"] == OUTSIDE
    with pytest.raises(BundleError, match="outside the configuration's folder"):
        packed(root, "../else", "../elsewhere/note")


def test_links_within_the_folder_are_followed(root: Path) -> None:
    (root / "shared").mkdir()
    (root / "shared" / "tool.py").write_text("y = 2\n")
    (root / "f" / "one.py").symlink_to("../shared/tool.py")
    (root / "f" / "all").symlink_to("../shared")
    assert files_of(packed(root)) == {"index.py": "x = 1\n", "one.py": "y = 2\n", "all/tool.py": "y = 2\n"}


def test_a_folder_that_holds_itself_is_refused(root: Path) -> None:
    (root / "f" / "again").symlink_to(".")
    with pytest.raises(BundleError, match="leads back"):
        packed(root)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # a whole path is longer than the name of a socket may be


@pytest.mark.parametrize(("special", "outside"), [(pipe, ()), (device, ("/dev",)), (listening, ())])
@pytest.mark.parametrize("name", ["data.bin", "requirements.txt", "bundle.toml"])
def test_only_ordinary_files_are_read(
    root: Path, special: Callable[[Path], None], outside: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    special(root / "f" / name)
    with pytest.raises(BundleError, match=r"only ordinary files are read|No such device"):
        packed(root, *outside)


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.production",
        ".ENV",
        "prod.env",
        ".envrc",
        "tls/server.pem",
        "server.KEY",
        "id_rsa",
        "id_ed25519",
        "store.p12",
        "store.pfx",
        "app.jks",
        ".aws/credentials",
        ".ssh/config",
        ".netrc",
        ".npmrc",
        "credentials",
        "ci_accessKeys.csv",
        "service-account.json",
    ],
)
def test_keys_are_refused_by_their_names(root: Path, name: str) -> None:
    path = root / "f" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(OUTSIDE)
    with pytest.raises(BundleError, match="keys and passwords are kept under such names"):
        packed(root)


@pytest.mark.parametrize("links", [("settings.py", "../.env"), (".env", "../settings.txt")])
def test_a_link_does_not_hide_such_a_name(root: Path, links: tuple[str, str]) -> None:
    (root / "f" / links[1]).write_text(OUTSIDE)
    (root / "f" / links[0]).symlink_to(links[1])
    with pytest.raises(BundleError, match="keys and passwords"):
        packed(root)


def test_bundle_toml_packs_no_keys(root: Path) -> None:
    (root / "deploy.pem").write_text(OUTSIDE)
    (root / "f" / "bundle.toml").write_text('[files]\n"a.txt" = "../deploy.pem"\n')
    with pytest.raises(BundleError, match="keys and passwords"):
        packed(root)


def test_other_names_that_begin_with_a_dot_are_left_out_and_told(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text(OUTSIDE)
    (root / "f" / ".git").mkdir()
    (root / "f" / ".git" / "server.pem").write_text(OUTSIDE)  # what is left out is not looked into
    (root / "f" / ".gitignore").write_text("x")
    (root / "f" / ".env.example").write_text("x")
    (root / "f" / "settings.py").symlink_to("../.git/config")
    bundle = packed(root)
    assert bundle.left_out == (".env.example", ".git", ".gitignore", "settings.py")
    assert files_of(bundle) == {"index.py": "x = 1\n"}


def test_public_keys_and_modules_of_such_names_are_packed(root: Path) -> None:
    for name in ("id_rsa.pub", "credentials.py", "keys.py", "environment.py", "root.crt"):
        (root / "f" / name).write_text("x")
    (root / "f" / "credentials").mkdir()
    (root / "f" / "credentials" / "__init__.py").write_text("x")
    assert len(files_of(packed(root))) == 7


def test_more_than_lambda_takes_is_not_read(root: Path) -> None:
    for name in ("a.bin", "b.bin"):
        with (root / "f" / name).open("wb") as file:
            file.truncate(200_000_000)
    os.truncate(root / "f" / "b.bin", 250_000_001)
    with pytest.raises(BundleError, match="at most 250,000,000"):
        packed(root)
    os.truncate(root / "f" / "b.bin", 60_000_000)
    with pytest.raises(BundleError, match="more than 250,000,000 bytes"):
        packed(root)


def test_a_name_that_no_zip_can_have_is_refused(root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root / "f") + b"/\xff.py")).write_text("x")
    with pytest.raises(BundleError, match="not UTF-8"):
        packed(root)


def test_what_becomes_a_link_between_the_look_and_the_reading_is_refused(root: Path) -> None:
    """The path was resolved when the folder was one; it is opened when it is a link."""
    fence = Fence.around(root)
    inside = fence.inside(root / "f" / "index.py")
    (root / "f").rename(root / "g")
    (root / "f").symlink_to("../elsewhere")
    (root.parent / "elsewhere" / "index.py").write_text(OUTSIDE)
    with pytest.raises(OSError, match="outside"):
        fence.read(inside, 100)
