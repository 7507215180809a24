"""Blobs on a disk are written whole or not at all, and are durable."""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.engine.errors import StateError
from provisioner.engine.keeping.store import GUARD, LARGEST_BYTES, Blob, LocalStore
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


def data(store: LocalStore, name: str = NAME) -> bytes | None:
    blob = store.read(name)
    return blob.data if blob else None


def write(store: LocalStore, content: bytes, name: str = NAME) -> Blob:
    """Over whatever is there."""
    written = store.put(name, content, store.read(name))
    assert written
    return written


def test_a_blob_is_written_read_and_removed(store: LocalStore, tmp_path: Path) -> None:
    assert store.read(NAME) is None
    first = store.put(NAME, b"one", None)
    assert first == store.read(NAME)
    second = store.put(NAME, b"two", first)
    assert data(store) == b"two"
    assert store.where(NAME) == str(tmp_path / NAME)
    assert sorted(path.name for path in (tmp_path / NAME).parent.iterdir()) == [GUARD, "shop-dev.json"]
    assert second
    assert store.remove(NAME, second)
    assert store.read(NAME) is None
    assert not store.remove(NAME, second)


def test_lines_are_added_at_the_end_while_the_fence_stands(store: LocalStore) -> None:
    fence = write(store, b"mine")
    assert store.append("a/b/j", b"a\n", NAME, fence)
    assert store.append("a/b/j", b"b\n", NAME, fence)
    assert not store.append("a/b/j", b"c\n", NAME, None)
    write(store, b"mine")
    assert not store.append("a/b/j", b"c\n", NAME, fence)
    assert data(store, "a/b/j") == b"a\nb\n"


def test_without_a_fence_nothing_may_stand_there(store: LocalStore) -> None:
    assert store.append("a/b/j", b"a\n", NAME, None)
    write(store, b"somebody's")
    assert not store.append("a/b/j", b"b\n", NAME, None)
    assert data(store, "a/b/j") == b"a\n"


def test_a_longer_file_is_another_one(store: LocalStore) -> None:
    assert store.append("a/b/j", b"a\n", NAME, None)
    short = store.read("a/b/j")
    assert short
    assert store.append("a/b/j", b"b\n", NAME, None)
    assert not store.remove("a/b/j", short)
    assert data(store, "a/b/j") == b"a\nb\n"


def test_a_file_is_synced_before_it_gets_its_name_and_then_the_folder(tmp_path: Path, disk: Disk) -> None:
    write(LocalStore(tmp_path, disk.sync), b"whole")
    assert disk.heard == [("file", 5, None), ("folder", None, b"whole")]


def test_an_appended_line_is_synced(tmp_path: Path, disk: Disk) -> None:
    store = LocalStore(tmp_path, disk.sync)
    store.append(NAME, b"a\n", "none", None)
    store.append(NAME, b"b\n", "none", None)
    assert disk.heard == [("file", 2, b"a\n"), ("file", 4, b"a\nb\n")]


def test_no_file_stays_open(tmp_path: Path, disk: Disk) -> None:
    write(LocalStore(tmp_path, disk.sync), b"whole")
    for handle in disk.handles:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(handle)


@pytest.mark.parametrize("failure", [OSError("No space left"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_former_file(tmp_path: Path, disk: Disk, failure: BaseException) -> None:
    store = LocalStore(tmp_path, disk.sync)
    write(store, b"before")
    disk.full = failure
    with pytest.raises(StateError if isinstance(failure, OSError) else KeyboardInterrupt):
        write(store, b"after")
    assert sorted(path.name for path in disk.file.parent.iterdir()) == [GUARD, "shop-dev.json"]
    assert data(store) == b"before"


def test_a_write_stands_on_what_its_writer_last_saw(store: LocalStore) -> None:
    one = store.put(NAME, b"one", None)
    assert one
    assert store.put(NAME, b"two", None) is None
    assert data(store) == b"one"
    two = store.put(NAME, b"one", one)  # the same words, and another write
    assert two
    assert store.put(NAME, b"three", one) is None
    assert not store.remove(NAME, one)
    assert store.remove(NAME, two)
    assert store.put(NAME, b"three", two) is None
    assert store.read(NAME) is None


def test_of_two_writes_at_once_one_succeeds(tmp_path: Path) -> None:
    within, second = threading.Event(), threading.Event()

    def slow(handle: int) -> None:
        within.set()
        second.wait(0.02)

    made: list[Blob | None] = []
    first = threading.Thread(target=lambda: made.append(LocalStore(tmp_path, slow).put(NAME, b"one", None)))
    first.start()
    assert within.wait(LONG)
    made.append(LocalStore(tmp_path, lambda _: second.set()).put(NAME, b"two", None))
    first.join()
    assert sorted(map(bool, made)) == [False, True]
    assert data(LocalStore(tmp_path)) == b"one"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_this_users_alone(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        store = LocalStore(tmp_path / "new" / "state")
        write(store, b"whole")
        store.append(f"{NAME}.journal", b"a\n", "none", None)
    finally:
        os.umask(umask)
    made = [path for path in (tmp_path / "new").rglob("*") if path.name != GUARD]
    assert {path.name: mode(path) for path in made if path.is_file()} == dict.fromkeys(
        ("shop-dev.json", "shop-dev.json.journal"), 0o600
    )
    assert {mode(path) for path in [tmp_path / "new", *made] if path.is_dir()} == {0o700}


def test_what_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """But for the root, which may be anything: /tmp, or the folder of a project."""
    file, journal = tmp_path / NAME, tmp_path / f"{NAME}.journal"
    file.parent.mkdir(parents=True)
    for path in (file, journal):
        path.write_bytes(b"")
        path.chmod(0o644)
    for path in (tmp_path, file.parent.parent, file.parent):
        path.chmod(0o755)
    store = LocalStore(tmp_path)
    store.read(NAME)
    assert mode(file) == 0o600
    store.append(f"{NAME}.journal", b"a\n", "none", None)
    assert mode(journal) == 0o600
    assert [mode(path) for path in (tmp_path, file.parent.parent, file.parent)] == [0o755, 0o700, 0o700]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a//../x", "a/b\n", "", ".", "a/\0"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    store = LocalStore(tmp_path / "state")
    with pytest.raises(StateError, match="is no name for a state"):
        store.read(name)
    with pytest.raises(StateError, match="is no name for a state"):
        store.put(name, b"", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_no_link_is_followed(tmp_path: Path, depth: int) -> None:
    root, victim = tmp_path / "state", tmp_path / "victim"
    link = root.joinpath(*NAME.split("/")[:depth])
    link.parent.mkdir(parents=True)
    if depth < 3:
        victim.mkdir()
    else:
        victim.write_bytes(b"precious")
    link.symlink_to(victim)
    store = LocalStore(root)
    with pytest.raises(StateError, match="is a link"):
        store.read(NAME)
    with pytest.raises(StateError, match="is a link"):
        store.append(NAME, b"x", "none", None)
    assert victim.is_dir() or victim.read_bytes() == b"precious"


def test_the_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    write(LocalStore(tmp_path / "state"), b"whole")
    assert data(LocalStore(tmp_path / "disk")) == b"whole"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / NAME).parent.mkdir(parents=True)
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(StateError, match="is not a plain file"):
        LocalStore(tmp_path).read(NAME)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    write(LocalStore(tmp_path), b"")
    os.truncate(tmp_path / NAME, LARGEST_BYTES + 1)
    with pytest.raises(StateError, match="67,108,865 bytes"):
        LocalStore(tmp_path).read(NAME)


VERBS: dict[str, Callable[[LocalStore], object]] = {
    "read": lambda store: store.read("folder/x"),
    "write": lambda store: store.put("folder/x", b"", None),
    "append": lambda store: store.append("folder/x", b"", "none", None),
    "remove": lambda store: store.remove("folder/x", Blob(b"", "")),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_place_that_is_not_a_folder_is_an_error_in_words(store: LocalStore, tmp_path: Path, verb: str) -> None:
    (tmp_path / "folder").write_text("no folder")
    doing = "write" if verb == "append" else verb
    with pytest.raises(StateError, match=f"cannot {doing} {tmp_path}/folder/x: [A-Z]") as caught:
        VERBS[verb](store)
    assert "keep the state in another" in caught.value.remedy


def test_a_line_for_which_there_is_no_room_leaves_nothing_behind(tmp_path: Path) -> None:
    """What is added later would stand after half a line."""
    disk = Disk(tmp_path)
    store = LocalStore(tmp_path, disk.sync)
    fence = store.put(NAME, b"{}", None)
    assert store.append(f"{NAME}.journal", b"one\n", NAME, fence)
    disk.full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StateError, match="No space left") as caught:
        store.append(f"{NAME}.journal", b"two\n", NAME, fence)
    assert caught.value.remedy == "Make room there, then run the command again."
    assert store.append(f"{NAME}.journal", b"three\n", NAME, fence)
    journal = store.read(f"{NAME}.journal")
    assert journal is not None
    assert journal.data == b"one\nthree\n"
