"""emulator: the embedded AWS, on this machine alone."""

from __future__ import annotations

import threading

from provisioner.cli.options import Common
from provisioner.emulator import Emulator


def emulator(common: Common, *, port: int, account: str) -> None:
    """Serve an AWS on 127.0.0.1 that forgets everything when it ends, and print how to use it."""
    stop = threading.Event()
    region = common.region or "us-east-1"
    with common.signals.stopping(stop.set), Emulator(port=port, region=region, account=account) as aws:
        for name, value in (
            ("AWS_ENDPOINT_URL", aws.url),
            ("AWS_ACCESS_KEY_ID", "emulator"),
            ("AWS_SECRET_ACCESS_KEY", "emulator"),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
        ):
            common.out.say(f"export {name}={value}")
        common.out.flush()
        common.err.say(f"Serving on {aws.url} until Ctrl-C.")
        common.err.say(
            "No credentials are checked: every user of this machine can use it, and who makes a function there and "
            "invokes it runs code as you.",
            style="dim",
        )
        stop.wait()
