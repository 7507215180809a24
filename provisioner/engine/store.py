"""Where state lives: a few named blobs, here on a local disk; ``aws/s3_store.py`` keeps them in S3."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from provisioner.engine.errors import StateError


class Store(Protocol):
    """Named blobs. Every failure is a :class:`~provisioner.engine.errors.StateError`."""

    def where(self, name: str) -> str:
        """The place of ``name`` as a person would look for it."""

    def read(self, name: str) -> bytes | None:
        """The blob, or ``None``."""

    def write(self, name: str, data: bytes) -> None:
        """Replace the blob whole or not at all; it is durable on return."""

    def append(self, name: str, line: bytes) -> None:
        """Add ``line`` at the end; it is durable on return."""

    def remove(self, name: str) -> None:
        """Remove the blob if it is there."""

    def swap(self, name: str, old: bytes | None, new: bytes | None) -> bool:
        """Put ``new`` in place of ``old`` if ``old`` is there; ``None`` means no blob. Returns whether it did."""


class LocalStore:
    """Blobs as files below ``root``, which is made when something is first written; ``sync`` puts them on the disk."""

    def __init__(self, root: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self._root = root
        self._sync = sync

    def where(self, name: str) -> str:
        return str(self._root / name)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused("read", name, error) from error

    def write(self, name: str, data: bytes) -> None:
        path = self._root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    self._sync(file.fileno())
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
            self._sync_folder(path.parent)
        except OSError as error:
            raise self._refused("write", name, error) from error

    def append(self, name: str, line: bytes) -> None:
        path = self._root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(line)
                file.flush()
                self._sync(file.fileno())
        except OSError as error:
            raise self._refused("write", name, error) from error

    def remove(self, name: str) -> None:
        try:
            (self._root / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused("remove", name, error) from error

    def swap(self, name: str, old: bytes | None, new: bytes | None) -> bool:
        path = self._root / name
        try:
            with FileLock(path.parent / f".{path.name}.guard", timeout=30):
                if self.read(name) != old:
                    return False
                if new is None:
                    self.remove(name)
                else:
                    self.write(name, new)
                return True
        except OSError as error:  # filelock's Timeout is one too
            raise self._refused("lock", name, error) from error

    def _sync_folder(self, path: Path) -> None:
        """Without this a crash of the machine may forget the rename."""
        handle = os.open(path, os.O_RDONLY)
        try:
            self._sync(handle)
        finally:
            os.close(handle)

    def _refused(self, doing: str, name: str, error: OSError) -> StateError:
        return StateError(
            f"cannot {doing} {self.where(name)}: {error.strerror or error}",
            remedy="Nothing was changed by this. Give the folder to this user, or keep the state in another.",
        )
