"""The one port of this machine that a confined function reaches: the AWS that it runs in."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

_MOST = 64
"""Connections at a time; further ones wait."""


@contextlib.contextmanager
def relayed(listener: socket.socket | None, address: tuple[str, int] | None) -> Iterator[None]:
    """Pass each connection to ``listener`` on to ``address``, until the block ends."""
    if listener and address:
        threading.Thread(target=_accept, args=(listener, address), name="relay", daemon=True).start()
    try:
        yield
    finally:
        if listener:
            # Who waits to accept is woken by this. The connections end with the network that they came from.
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, address: tuple[str, int]) -> None:
    free = threading.BoundedSemaphore(_MOST)
    while True:
        free.acquire()
        try:
            inside, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_connect, args=(inside, address, free), name="relay", daemon=True).start()


def _connect(inside: socket.socket, address: tuple[str, int], free: threading.BoundedSemaphore) -> None:
    with inside, contextlib.suppress(OSError), socket.create_connection(address) as outside:
        back = threading.Thread(target=_pump, args=(outside, inside), name="relay", daemon=True)
        back.start()
        _pump(inside, outside)
        back.join()
    free.release()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Until one side has no more; the other is told so."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
