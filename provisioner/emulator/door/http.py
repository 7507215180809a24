"""The HTTP server under the emulator: moto's, silent, on the loopback interface only."""

from __future__ import annotations

import socket
import threading

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from provisioner.emulator.door.front import Front


class QuietHandler(MotoRequestHandler):
    """Answers without a line in the log for each request, and without waiting for more bytes to send."""

    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Say nothing: the control API has the calls."""


def listen(front: Front, port: int) -> BaseWSGIServer:
    """A server on 127.0.0.1 whose clients wait until it runs. Raises OSError when the port is taken."""
    # The socket is made here: werkzeug ends the process when it cannot bind one.
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    server = make_server("127.0.0.1", port, front, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
    listener.close()
    return server


def run(server: BaseWSGIServer) -> None:
    """Answer in threads of this process, until the server is shut down."""
    threading.Thread(target=server.serve_forever, name="emulator", kwargs={"poll_interval": 0.05}, daemon=True).start()
