"""The emulator's life: a threaded HTTP server on the loopback interface. moto is imported by ``start``."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from provisioner.engine.errors import ProvisionerError

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

    from provisioner.emulator.door.front import Front

_REMEDY = "Install it with: pip install 'observability-provisioner[emulator]'"
_lock = threading.Lock()
_open = 0
"""How many emulators of this process are running."""


class Emulator:
    """An emulated AWS at ``url`` while it runs.

    ``port`` 0 means any free port. ``region`` is the one that ``start`` makes ready; requests name their own.
    ``account`` is the account of every caller whose access key id is not itself a number of twelve digits.
    moto's state belongs to the process: emulators that run at the same time are doors to one AWS.
    """

    def __init__(self, port: int = 0, region: str = "us-east-1", account: str = "123456789012") -> None:
        self.port = port
        self.region = region
        self.account = account
        self._server: BaseWSGIServer | None = None
        self._front: Front | None = None

    @property
    def url(self) -> str:
        """Where it listens, for ``AWS_ENDPOINT_URL``."""
        if self._server is None:
            raise ProvisionerError("The emulator is not running.", remedy="Call start() first.")
        return f"http://127.0.0.1:{self._server.port}"

    def start(self) -> Self:
        """Listen, in threads of this process. Raises ProvisionerError when moto is missing or the port is taken."""
        global _open
        try:
            from provisioner.emulator.door.front import Front
            from provisioner.emulator.door.http import listen, run
            from provisioner.emulator.door.warm import warm
        except ModuleNotFoundError as missing:
            raise ProvisionerError(f"The emulator needs {missing.name}.", remedy=_REMEDY) from missing
        front = Front(self.account)
        with _lock:
            try:
                self._server = listen(front, self.port)
            except OSError as taken:
                raise ProvisionerError(
                    f"Cannot listen on 127.0.0.1:{self.port}: {taken.strerror}.", remedy="Choose another port."
                ) from taken
            if not _open:
                warm(front, self.region)
            run(self._server)
            _open += 1
        self._front = front
        return self

    def stop(self) -> None:
        """Stop listening; the last one to stop forgets everything. Stopping twice is harmless."""
        global _open
        if self._server is None or self._front is None:
            return
        self._server.shutdown()
        self._server.server_close()
        with _lock:
            _open -= 1
            if not _open:
                self.reset()
        self._server = self._front = None

    def reset(self) -> None:
        """A fresh AWS: no resource, no recorded call, no fault, every switch off."""
        if self._front is not None:
            self._front.control.reset()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
