"""emulator: the embedded AWS, on this machine alone."""

from __future__ import annotations

import signal
import threading

from provisioner.cli.options import Common
from provisioner.emulator import Emulator


def emulator(common: Common, *, port: int, account: str) -> None:
    """Serve an AWS on 127.0.0.1 that forgets everything when it ends, and print how to use it."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Emulator(port=port, region=common.region or "us-east-1", account=account) as aws:
        for name, value in (
            ("AWS_ENDPOINT_URL", aws.url),
            ("AWS_ACCESS_KEY_ID", "emulator"),
            ("AWS_SECRET_ACCESS_KEY", "emulator"),
            ("AWS_REGION", common.region or "us-east-1"),
            ("AWS_DEFAULT_REGION", common.region or "us-east-1"),
        ):
            common.out.print(f"export {name}={value}", soft_wrap=True)
        common.out.file.flush()
        common.err.print(f"Serving on {aws.url} until Ctrl-C.", soft_wrap=True)
        stop.wait()
