"""The HTTP side of the runtime API."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from provisioner.runtime.api import MOST_BYTES, PREFIX, RuntimeApi

_MOST_CONNECTIONS = 32


@contextmanager
def serving(api: RuntimeApi, listener: socket.socket) -> Iterator[None]:
    """Answer at a socket that listens already."""
    server = _ApiServer(api, listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="Runtime API")
    thread.start()
    try:
        yield
    finally:
        api.close()
        server.shutdown()
        server.server_close()
        thread.join()


class _ApiServer(ThreadingHTTPServer):
    """Serves a few connections at a time and closes further ones; what goes wrong in one is nobody else's matter."""

    def __init__(self, api: RuntimeApi, listener: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), partial(_ApiRequests, api), bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)

    def verify_request(self, request: object, client_address: object) -> bool:
        return self._free.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet: it is the client who has gone away."""


class _ApiRequests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; Nagle's algorithm would hold back the second for 40 ms an invocation.
    disable_nagle_algorithm: ClassVar[bool] = True

    def __init__(self, api: RuntimeApi, *connection: Any) -> None:
        self._api = api
        super().__init__(*connection)

    def do_GET(self) -> None:
        invocation = self._api.next() if self.path == f"{PREFIX}invocation/next" else 404
        if invocation is None:
            self.close_connection = True
        elif isinstance(invocation, int):
            self._reply(invocation, {}, b"")
        else:
            self._reply(200, *invocation)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or len(length) > 12:
            self.close_connection = True
            self._reply(411, {}, b"")
        else:
            self._reply(self._api.accept(self.path, self._body(int(length))), {}, b"")

    def _body(self, length: int) -> bytes | None:
        """``None`` for one that is too long. It is read to its end all the same: only then the client looks at the
        answer.
        """
        if length <= MOST_BYTES:
            return self.rfile.read(length)
        while length and (chunk := self.rfile.read(min(length, 65_536))):
            length -= len(chunk)
        return None

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Quiet: what counts is what the function logs."""
