"""Ordinary files only, opened once: what was looked at is what is read, and nothing hangs or fills the memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
"""Without O_NONBLOCK the opening of a FIFO waits for somebody to write."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotRead(OSError):
    """A file that could be opened and is not read; ``strerror`` says why."""

    def __init__(self, why: str, path: Path) -> None:
        super().__init__(errno.EPERM, why, str(path))


def content(path: Path, most: int) -> bytes:
    """The bytes of the ordinary file at ``path``, or where a link at ``path`` leads.

    Raises ``OSError``: :class:`NotRead` for what is no ordinary file, and for more than ``most`` bytes.
    """
    try:
        handle = os.open(path, READING)
    except ValueError as error:
        raise NotRead("no file has such a name", path) from error
    return drained(handle, path, most)


def drained(handle: int, path: Path, most: int) -> bytes:
    """All that ``handle`` gives, which is closed then; ``path`` is for the words. Raises as :func:`content`."""
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
            raise NotRead(f"it is {kind}; only ordinary files are read", path)
        size, read = found.st_size, b""
        if size <= most:
            with open(handle, "rb", closefd=False) as file:
                read = file.read(most + 1)  # it may grow meanwhile
            size = len(read)
        if size > most:
            raise NotRead(f"it has {size:,} bytes or more; at most {most:,} are read", path)
        return read
    finally:
        os.close(handle)
