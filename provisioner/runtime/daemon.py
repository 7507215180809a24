"""An X-Ray daemon that keeps what it is sent, in place of the one that Lambda runs beside a function."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any


class Daemon:
    """A UDP socket on loopback, drained all the time, so that the kernel never drops a document."""

    _LAST = b"no more documents"

    def __enter__(self) -> Daemon:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._packets: list[bytes] = []
        self._thread = threading.Thread(target=self._drain, name="X-Ray daemon")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()
        self._socket.close()

    def _drain(self) -> None:
        while (packet := self._socket.recv(65_535)) != self._LAST:
            self._packets.append(packet)

    def _finish(self) -> None:
        # Loopback keeps order: what was sent before this packet has been read when it arrives.
        if self._thread.is_alive():
            self._socket.sendto(self._LAST, ("127.0.0.1", self.port))
            self._thread.join()

    def documents(self) -> list[dict[str, Any]]:
        """Every document; to be called when the sender has ended. A header line stands before each."""
        self._finish()
        return [json.loads(packet.partition(b"\n")[2]) for packet in self._packets]
