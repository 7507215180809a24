"""Blobs on a disk are written whole or not at all, and are durable."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.engine.errors import StateError
from provisioner.engine.store import LocalStore
from tests.engine.stores import LONG

NAME = "account/region/shop-dev.json"


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


class Disk:
    """Hears of everything that is put on the disk: its size then, and what anybody could read under the name."""

    def __init__(self, root: Path) -> None:
        self.file = root / NAME
        self.heard: list[tuple[str, int | None, bytes | None]] = []
        self.handles: list[int] = []
        self.full: BaseException | None = None

    def sync(self, handle: int) -> None:
        if self.full:
            failure, self.full = self.full, None
            raise failure
        found = os.fstat(handle)
        readable = self.file.read_bytes() if self.file.exists() else None
        folder = stat.S_ISDIR(found.st_mode)
        self.heard.append(("folder", None, readable) if folder else ("file", found.st_size, readable))
        self.handles.append(handle)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_a_blob_is_written_read_and_removed(store: LocalStore, tmp_path: Path) -> None:
    assert store.read(NAME) is None
    store.write(NAME, b"one")
    assert store.read(NAME) == b"one"
    store.write(NAME, b"two")
    assert store.read(NAME) == b"two"
    assert store.where(NAME) == str(tmp_path / NAME)
    assert [path.name for path in (tmp_path / NAME).parent.iterdir()] == ["shop-dev.json"]
    store.remove(NAME)
    assert store.read(NAME) is None
    store.remove(NAME)


def test_lines_are_added_at_the_end(store: LocalStore) -> None:
    store.append(NAME, b"a\n")
    store.append(NAME, b"b\n")
    assert store.read(NAME) == b"a\nb\n"


def test_a_file_is_synced_before_it_gets_its_name_and_then_the_folder(tmp_path: Path, disk: Disk) -> None:
    LocalStore(tmp_path, disk.sync).write(NAME, b"whole")
    assert disk.heard == [("file", 5, None), ("folder", None, b"whole")]


def test_an_appended_line_is_synced(tmp_path: Path, disk: Disk) -> None:
    store = LocalStore(tmp_path, disk.sync)
    store.append(NAME, b"a\n")
    store.append(NAME, b"b\n")
    assert disk.heard == [("file", 2, b"a\n"), ("file", 4, b"a\nb\n")]


def test_no_file_stays_open(tmp_path: Path, disk: Disk) -> None:
    LocalStore(tmp_path, disk.sync).write(NAME, b"whole")
    for handle in disk.handles:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


@pytest.mark.parametrize("failure", [OSError("No space left"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_former_file(tmp_path: Path, disk: Disk, failure: BaseException) -> None:
    store = LocalStore(tmp_path, disk.sync)
    store.write(NAME, b"before")
    disk.full = failure
    with pytest.raises(StateError if isinstance(failure, OSError) else KeyboardInterrupt):
        store.write(NAME, b"after")
    assert [path.name for path in disk.file.parent.iterdir()] == ["shop-dev.json"]
    assert store.read(NAME) == b"before"


def test_a_swap_happens_only_if_the_old_content_is_still_there(store: LocalStore) -> None:
    assert store.swap(NAME, None, b"one")
    assert store.read(NAME) == b"one"
    assert not store.swap(NAME, None, b"two")
    assert not store.swap(NAME, b"two", None)
    assert store.read(NAME) == b"one"
    assert store.swap(NAME, b"one", b"two")
    assert store.read(NAME) == b"two"
    assert store.swap(NAME, b"two", None)
    assert store.read(NAME) is None


def test_of_two_swaps_at_once_one_succeeds(tmp_path: Path) -> None:
    within, second = threading.Event(), threading.Event()

    def slow(handle: int) -> None:
        within.set()
        second.wait(0.02)

    made: list[bool] = []
    first = threading.Thread(target=lambda: made.append(LocalStore(tmp_path, slow).swap(NAME, None, b"one")))
    first.start()
    assert within.wait(LONG)
    made.append(LocalStore(tmp_path, lambda _: second.set()).swap(NAME, None, b"two"))
    first.join()
    assert sorted(made) == [False, True]
    assert LocalStore(tmp_path).read(NAME) == b"one"


VERBS: dict[str, Callable[[LocalStore], object]] = {
    "read": lambda store: store.read("folder/x"),
    "write": lambda store: store.write("folder/x", b""),
    "append": lambda store: store.append("folder/x", b""),
    "remove": lambda store: store.remove("folder/x"),
    "lock": lambda store: store.swap("folder/x", None, b""),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_place_that_is_not_a_folder_is_an_error_in_words(store: LocalStore, tmp_path: Path, verb: str) -> None:
    (tmp_path / "folder").write_text("no folder")
    doing = "write" if verb == "append" else verb
    with pytest.raises(StateError, match=f"cannot {doing} {tmp_path}/folder/x: [A-Z]") as caught:
        VERBS[verb](store)
    assert "keep the state in another" in caught.value.remedy
