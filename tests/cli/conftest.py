"""The command line on the session's embedded AWS, which is empty when a test begins.

``cli`` runs commands: called, in this process; by ``at_terminal``, in this process with a user who answers; by
``process`` and ``start``, as a process of its own, which takes a second. ``sample`` is a configuration to be edited,
``aws`` a stranger's boto3 clients, ``control`` the emulator's own requests.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.emulator import Emulator
from tests.cli.inventory import client
from tests.cli.running import Cli, Control, Sample


@pytest.fixture
def control(server: Emulator) -> Control:
    server.reset()
    return Control(server.url)


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    """Making one takes longer than any call."""
    return {}


@pytest.fixture
def aws(control: Control, clients: dict[str, Any]) -> Callable[[str], Any]:
    """The account as others see and change it: ``aws("logs")`` is a boto3 client."""

    def of(service: str) -> Any:
        if service not in clients:
            clients[service] = client(control, service)
        return clients[service]

    return of


@pytest.fixture
def cli(control: Control, tmp_path: Path) -> Cli:
    home = tmp_path / "home"
    home.mkdir()
    return Cli(control, home, str(tmp_path / "state"))


@pytest.fixture
def sample(cli: Cli, tmp_path: Path) -> Sample:
    """The configuration that ``cli`` uses from now on, to be edited."""
    copy = Sample.copy(tmp_path / "project")
    cli.config = copy.path
    return copy
