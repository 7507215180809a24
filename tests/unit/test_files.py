"""One file, opened once: ordinary, bounded, and where it seemed to be."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

import pytest

from provisioner.files import Fence, NotRead, content, holds_keys


def test_an_ordinary_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to("a")
    assert content(tmp_path / "a", 5) == content(tmp_path / "b", 5) == b"12345"
    with pytest.raises(NotRead, match="at most 4"):
        content(tmp_path / "a", 4)


def test_a_file_that_tells_no_size_is_bounded_too() -> None:
    with pytest.raises(NotRead, match="at most 3"):
        content(Path("/proc/self/stat"), 3)


@pytest.mark.parametrize(
    ("path", "why"),
    [("/dev/zero", "a device"), ("/", "a folder"), ("a\x00b", "no file has such a name"), ("/nowhere", "No such file")],
)
def test_what_is_no_file_is_not_read(path: str, why: str) -> None:
    with pytest.raises(OSError, match=why):
        content(Path(path), 100)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotRead, match="a pipe"):
        content(tmp_path / "pipe", 100)


def test_no_handle_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    before = os.listdir("/proc/self/fd")
    for path, most in ((tmp_path, 5), (tmp_path / "a", 5), (tmp_path / "a", 1)):
        for read in (content, Fence.around(tmp_path).read):
            try:
                read(path, most)
            except OSError:
                continue
    assert os.listdir("/proc/self/fd") == before


@pytest.mark.parametrize("path", ["a\x00b", "loop", "../x", "/etc/hostname", "sub/../../x"])
def test_a_fence_keeps_inside(tmp_path: Path, path: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match=r"outside|no file can be found|symbolic links"):
        Fence.around(tmp_path).read(tmp_path / path, 100)


def test_only_what_lies_below_the_fence_has_telling_names(tmp_path: Path) -> None:
    root = tmp_path / ".aws" / "project"
    root.mkdir(parents=True)
    (root / "a.txt").write_text("x")
    assert Fence.around(root).read(root / "a.txt", 10) == b"x"
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    with pytest.raises(NotRead, match="keys and passwords"):
        Fence.around(root, ["../../home/.ssh"]).inside(tmp_path / "home" / ".ssh" / "config")


def test_which_names_are_telling() -> None:
    assert holds_keys(PurePath("a/.aws/x"))
    assert not holds_keys(PurePath("a/aws/x"))
    assert holds_keys(PurePath("a/credentials"))
    assert not holds_keys(PurePath("a/credentials"), folder=True)
