"""Starts a handler, closed off from this machine where the system can (``confinement``), and ends it."""

from __future__ import annotations

import contextlib
import marshal
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from provisioner.engine.errors import ProvisionerError
from provisioner.runtime.view import View, view

_PROGRAM = "import _socket, sys; sys.path.append(sys.argv[1]); import confinement\n" + (
    "sys.exit(confinement.main(_socket.socket(fileno=int(sys.argv[2]))))"
)
_READY = b"ready"
_START_SECONDS = 60.0
_END_SECONDS = 10.0


@dataclass(frozen=True)
class HandlerOrder:
    """What is to run. ``folder`` and ``shown`` can be read by it when it is ``confined``, ``hidden`` cannot, wherever
    that is; ``reachable`` is the one address of this machine that it reaches then.
    """

    command: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    memory_mb: int
    confined: bool
    shown: Sequence[Path]
    hidden: Sequence[Path]
    reachable: tuple[str, int] | None


class Orders(TypedDict):
    """The same for the process that starts it: without ``view`` it is not confined, and has ``home`` as its home."""

    command: list[str]
    folder: str
    environment: dict[str, str]
    memory_mb: int
    forward: int | None
    home: str
    view: View | None


@dataclass(frozen=True, eq=False)
class RunningHandler:
    """A handler at work. ``api``, ``traces`` and, for the port of the order, ``forward`` are sockets of its network.
    ``exposed`` says why it is not confined, and is empty where it is.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    api: socket.socket
    traces: socket.socket
    forward: socket.socket | None
    exposed: str


class _Refused(Exception):
    """The system does not confine, and why."""


_running: set[RunningHandler] = set()


def stop() -> None:
    """End every handler at once, and what it has started, so that nobody waits for one any longer."""
    for cell in list(_running):
        _hang_up(cell)


@contextlib.contextmanager
def started(order: HandlerOrder, *, log: int, output: int) -> Iterator[RunningHandler]:
    """The handler, with the file descriptors of the pipes that it writes its log and its output to; afterwards it has
    ended (see :func:`end`). Raises ``ProvisionerError`` where it cannot be started.
    """
    with tempfile.TemporaryDirectory() as room:
        cell = _start(order, Path(room), log, output)
        with contextlib.ExitStack() as stack:
            for one in (cell.control, cell.api, cell.traces, cell.forward):
                if one:
                    stack.enter_context(one)
            stack.callback(end, cell)
            _running.add(cell)
            stack.callback(_running.discard, cell)
            yield cell


def end(cell: RunningHandler) -> None:
    """End the handler and all that it has started, and wait until they have ended; by force where that takes long."""
    _hang_up(cell)
    _wait(cell.process)


def _hang_up(cell: RunningHandler) -> None:
    with contextlib.suppress(OSError):
        cell.control.shutdown(socket.SHUT_WR)


def _start(order: HandlerOrder, room: Path, log: int, output: int) -> RunningHandler:
    exposed = "as asked for"
    if order.confined:
        exposed = "only Linux has namespaces"
        if sys.platform == "linux":
            try:
                return _launch(order, room, view(room, [order.folder, *order.shown], order.hidden), log, output)
            except _Refused as reason:
                exposed = str(reason)
    try:
        return _launch(order, room, None, log, output, exposed=exposed)
    except _Refused as reason:
        raise ProvisionerError("a handler cannot be started", details=[str(reason)]) from reason


def _launch(
    order: HandlerOrder, room: Path, seen: View | None, log: int, output: int, *, exposed: str = ""
) -> RunningHandler:
    """Start the process that ``confinement`` describes, with an environment that nobody's function has a say in."""
    control, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(Path(__file__).parent), str(theirs.fileno())],
            env={},
            pass_fds=[log, theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    orders: Orders = {
        "command": list(order.command),
        "folder": str(order.folder),
        "environment": {**order.environment, "_LAMBDA_TELEMETRY_LOG_FD": str(log)},
        "memory_mb": order.memory_mb,
        "forward": order.reachable[1] if order.reachable else None,
        "home": str(room),
        "view": seen,
    }
    try:
        api, traces, *more = _sockets(control, marshal.dumps(orders))  # type: ignore[arg-type]  # a TypedDict is a dict
    except BaseException:
        control.close()
        _wait(process)
        raise
    return RunningHandler(process, control, api, traces, more[0] if more else None, exposed)


def _sockets(control: socket.socket, orders: bytes) -> list[socket.socket]:
    """What the process sends for its orders. Raises ``_Refused``."""
    control.settimeout(_START_SECONDS)
    try:
        control.sendall(len(orders).to_bytes(4, "big") + orders)
        said, descriptors, _, _ = socket.recv_fds(control, 65_536, 3)
    except OSError as error:
        raise _Refused(str(error)) from error
    if said != _READY:
        raise _Refused(said.decode(errors="replace") or "the process that starts it has ended")
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
