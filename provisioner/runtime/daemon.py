"""An X-Ray daemon that keeps what it is sent, in place of the one that Lambda runs beside a function."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

_MOST_BYTES = 16 * 2**20
"""Kept of one run; what comes after that is let go, as is all that is no document."""


class Daemon:
    """The reader of a UDP socket, which is drained all the time, so that the kernel never drops a document."""

    def __init__(self, listener: socket.socket) -> None:
        self._socket = listener
        self._packets: list[bytes] = []
        self._bytes = 0
        self._ended = threading.Event()

    def __enter__(self) -> Daemon:
        self._socket.settimeout(0.02)
        self._thread = threading.Thread(target=self._drain, name="X-Ray daemon")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.setblocking(False)
        # What the sender sent before it ended is in the socket's buffer, which is finite; a stranger may send for ever.
        while self._bytes <= _MOST_BYTES and self._receive():
            pass

    def _drain(self) -> None:
        while not self._ended.is_set():
            self._receive()

    def _receive(self) -> bool:
        try:
            packet = self._socket.recv(65_535)
        except OSError:
            return False
        self._bytes += len(packet)
        if self._bytes <= _MOST_BYTES:
            self._packets.append(packet)
        return True

    def documents(self) -> list[dict[str, Any]]:
        """Every document; to be asked for when the sender has ended. A header line stands before each."""
        return [found for packet in self._packets if (found := _document(packet)) is not None]


def _document(packet: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(packet.partition(b"\n")[2])
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
