"""The HTTP server under the emulator: werkzeug's, silent, on the loopback interface only, and with lasting connections.

werkzeug closes each connection after one answer, which takes a client longer than most answers here.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from provisioner.emulator.door.front import Front


class Server(ThreadedWSGIServer):
    """A server on the listening socket ``fd``; when it is closed, so are the connections that it still has."""

    def __init__(self, front: Front, port: int, fd: int) -> None:
        self.connections: set[socket.socket] = set()
        super().__init__("127.0.0.1", port, front, ConnectionHandler, fd=fd)

    def server_close(self) -> None:
        super().server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):  # its client was faster
                connection.shutdown(socket.SHUT_RDWR)


class ConnectionHandler(MotoRequestHandler):
    """Answers one request after another, without a line in the log for each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or the body of an answer would wait until its head is acknowledged
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        if "wsgi.input_terminated" in environ:
            self.close_connection = True  # sent in chunks, whose trailers nobody reads
        else:  # read to its end, for behind it stands the next request
            environ["wsgi.input"] = io.BytesIO(self._body(int(environ.get("CONTENT_LENGTH") or 0)))
        content = b"".join(self.server.app(environ, self._begin))
        if self.command != "HEAD" and self._status not in (204, 304):  # these have none, whatever moto says
            self.wfile.write(content)

    def _body(self, length: int) -> bytes:
        content = self.rfile.read(length)
        if len(content) < length:
            raise ConnectionAbortedError("the client ended in the middle of its request")
        return content

    def _begin(self, status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        code, reason = status.split(" ", 1)
        self._status = int(code)
        self.send_response(self._status, reason)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        return self.wfile.write

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the control API has the calls."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing of a request that is none either."""


def listen(front: Front, port: int) -> Server:
    """A server on 127.0.0.1 whose clients wait until it runs. Raises OSError when the port is taken."""
    # The socket is made here: werkzeug ends the process when it cannot bind one.
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    server = Server(front, port, listener.fileno())
    listener.close()
    return server


def run(server: Server) -> None:
    """Answer in threads of this process, until the server is shut down."""
    threading.Thread(target=server.serve_forever, name="emulator", kwargs={"poll_interval": 0.05}, daemon=True).start()
