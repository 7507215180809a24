"""Which process: its number means something only on its machine, since its start, and within its container."""

from __future__ import annotations

import getpass
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process as any other may look for it.

    ``boot`` is drawn anew whenever a machine starts, ``namespace`` tells containers apart, ``started`` is in ticks
    since that start. Linux alone tells them; elsewhere they are empty, and nobody is ever known to be dead.
    """

    host: str
    user: str
    number: int
    boot: str
    namespace: str
    started: str

    @classmethod
    def here(cls) -> Process:
        """This one."""
        own = os.getpid()
        return cls(socket.gethostname(), _user(), own, _boot(), _namespace(), _started(own))

    def is_dead(self) -> bool:
        """Whether it can be told from here that it has ended. A host's name proves nothing: many have the same."""
        seen_from_here = bool(self.boot and self.namespace and self.started)
        if not seen_from_here or (self.boot, self.namespace) != (_boot(), _namespace()):
            return False
        return _started(self.number) != self.started and not _is_hidden(self.number)


def _boot() -> str:
    return _read("/proc/sys/kernel/random/boot_id").strip()


def _namespace() -> str:
    with suppress(OSError):
        return str(os.readlink("/proc/self/ns/pid"))
    return ""


def _started(number: int) -> str:
    """Field 22 of a process's ``stat``, whose second, its name, may hold anything. Empty where there is no process."""
    after = _read(f"/proc/{number}/stat").rpartition(")")[2].split()
    ended = not after or after[0] in "ZX"
    return "" if ended else after[19]


def _is_hidden(number: int) -> bool:
    """Whether it is there, and the system shows nothing of it because it is another user's."""
    if Path(f"/proc/{number}").exists():
        return False
    try:
        os.kill(number, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _read(path: str) -> str:
    with suppress(OSError):
        return Path(path).read_text(encoding="utf-8", errors="replace")
    return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
