"""Where state lives: a few named blobs, here on a local disk; ``aws/s3_store.py`` keeps them in S3.

Every write says what it stands on: the very blob that its writer last saw. Where something else is there by now nothing
is written, so that a run which was paused, and overtaken by another, changes nothing of the other's.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from provisioner.engine.errors import StateError, advice_on

LARGEST_BYTES = 64 * 2**20
"""A blob beyond this is none of ours: a platform of 3,000 resources has 4 MB of state."""

GUARD = ".guard"
"""The file by which the processes of one machine take turns at a folder."""


@dataclass(frozen=True)
class Blob:
    """What is under a name. Two blobs of one ``version`` are the same write."""

    data: bytes
    version: str


class Store(Protocol):
    """Named blobs. Every failure is a :class:`~provisioner.engine.errors.StateError`."""

    appends: bool
    """Whether a blob can grow. Where none can, whoever keeps a journal writes the whole instead."""

    def where(self, name: str) -> str:
        """The place of ``name`` as a person would look for it."""

    def read(self, name: str) -> Blob | None:
        """The blob, or ``None``."""

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        """Put ``data`` in the place of ``over``, whole or not at all; ``None`` for ``over``: nothing is there yet.

        The new blob, durable on return; ``None`` where something else than ``over`` is there, and stays.
        """

    def remove(self, name: str, what: Blob) -> bool:
        """Remove ``what`` if it is still there. Returns whether it was."""

    def append(self, name: str, line: bytes, beside: str, fence: Blob | None) -> bool:
        """Add ``line`` at the end if the blob ``beside`` is still ``fence``; it is durable on return."""

    def concerns(self) -> Iterable[str]:
        """What about the place should worry whoever keeps state in it."""


class LocalStore:
    """Blobs as files below ``root``, which is made when something is first written; ``sync`` puts them on the disk.

    What is written is this user's alone (0600, folders 0700), and what others left readable is made so. No link is
    followed below ``root``: the name that was meant is the file that is read.
    """

    appends = True

    def __init__(self, root: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self._root = root
        self._sync = sync

    def concerns(self) -> Iterable[str]:
        """None: it is this user's own folder."""
        return ()

    def where(self, name: str) -> str:
        return str(self._root / name)

    def read(self, name: str) -> Blob | None:
        with self._words("read", name):
            path = self._path(name)
            try:
                handle = _open(path, os.O_RDONLY)
            except FileNotFoundError:
                return None
            with os.fdopen(handle, "rb") as file:
                found = _own(file.fileno())
                if found.st_size > LARGEST_BYTES:
                    raise StateError(f"{path} has {found.st_size:,} bytes", remedy=f"{_NOT_OURS} Move it away.")
                return Blob(file.read(), _version(found))

    def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
        with self._words("write", name), self._turn(name) as path:
            return self._replace(path, data) if _stands(path, over) else None

    def remove(self, name: str, what: Blob) -> bool:
        with self._words("remove", name), self._turn(name) as path:
            stands = _stands(path, what)
            if stands:
                path.unlink()
            return stands

    def append(self, name: str, line: bytes, beside: str, fence: Blob | None) -> bool:
        with self._words("write", name), self._turn(name) as path:
            if not _stands(self._path(beside), fence):
                return False
            handle = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                self._add(handle, line)
            finally:
                os.close(handle)
            return True

    def _add(self, handle: int, data: bytes) -> None:
        """All of ``data`` or nothing: after half a line on a full disk nothing could be added."""
        before = _own(handle).st_size
        try:
            while data:
                data = data[os.write(handle, data) :]
            self._sync(handle)
        except OSError:
            os.ftruncate(handle, before)
            raise

    def _replace(self, path: Path, data: bytes) -> Blob:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                self._sync(file.fileno())
                written = os.fstat(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        self._sync_folder(path.parent)
        return Blob(data, _version(written))

    @contextmanager
    def _turn(self, name: str) -> Iterator[Path]:
        """The file of ``name``, its folder to ourselves: what is looked at is what is written over."""
        from filelock import FileLock  # whoever only looks does without it

        path = self._path(name)
        self._make(path.parent)
        with FileLock(path.parent / GUARD, timeout=30, mode=0o600):
            yield path

    def _make(self, folder: Path) -> None:
        """Folders that nobody else may enter. What was there above them may be anybody's, and stays as it is."""
        for path in [*reversed(folder.parents), folder]:
            if not path.exists():
                path.mkdir(mode=0o700, exist_ok=True)
            elif self._root in path.parents and path.stat().st_mode & 0o077:
                path.chmod(0o700)

    def _path(self, name: str) -> Path:
        """The file of ``name``. ``StateError`` where that would be outside, or on the other side of a link."""
        parts = PurePosixPath(name).parts
        if not parts or any(not _PART.fullmatch(part) for part in parts):
            raise StateError(f"{name!r} is no name for a state", remedy="Nothing was changed, in AWS or on disk.")
        for depth in range(1, len(parts)):
            folder = self._root.joinpath(*parts[:depth])
            if folder.is_symlink():
                raise StateError(f"{folder} is a link", remedy=f"{_NO_LINKS} Put the folder itself there.")
        return self._root.joinpath(*parts)

    def _sync_folder(self, path: Path) -> None:
        """Without this a crash of the machine may forget the rename."""
        handle = os.open(path, os.O_RDONLY)
        try:
            self._sync(handle)
        finally:
            os.close(handle)

    @contextmanager
    def _words(self, doing: str, name: str) -> Iterator[None]:
        """What the system refuses, in ours; filelock's Timeout is an ``OSError`` too."""
        try:
            yield
        except OSError as error:
            raise StateError(
                f"cannot {doing} {self.where(name)}: {error.strerror or error}",
                remedy=advice_on(error) or "Give the folder to this user, or keep the state in another.",
            ) from error


_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9._-]{1,200}")
_NOT_OURS = "That is no file of this program."
_NO_LINKS = "Links are not followed, for whoever made one could have any file overwritten."


def _open(path: Path, flags: int) -> int:
    """A handle on the plain file ``path``: a link is refused, and a pipe is not waited for."""
    if path.is_symlink():
        raise StateError(f"{path} is a link", remedy=f"{_NO_LINKS} Put the file itself there.")
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise StateError(f"{path} is not a plain file", remedy=f"{_NOT_OURS} Move it away.")
    return handle


def _own(handle: int) -> os.stat_result:
    """What the system says of a file, after others have lost their leave to read it."""
    found = os.fstat(handle)
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        os.fchmod(handle, 0o600)
    return found


def _stands(path: Path, expected: Blob | None) -> bool:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return expected is None
    return expected is not None and _version(found) == expected.version


def _version(found: os.stat_result) -> str:
    """Each write makes another file, or a longer one."""
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"
