"""What tests of several folders share: one embedded AWS for each worker's session.

It is served over HTTP by threads of the worker's own process. A test begins with an empty account: the fixture by
which it reaches the AWS (``control`` in cli/, ``platform`` in resources/, ``emulator`` in emulator/) resets it first.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from provisioner.emulator import Emulator


@pytest.fixture(scope="session")
def server() -> Iterator[Emulator]:
    """The AWS, with what the test before left in it."""
    with Emulator() as emulator:
        # What is loaded by now, hundreds of thousands of objects that describe AWS's services, stays until the end.
        # Looking for garbage in them, over and over, would take a quarter of the session's time.
        gc.collect()
        gc.freeze()
        yield emulator
