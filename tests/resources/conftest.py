"""The engine on the session's embedded AWS: one set of clients for a worker, an empty account for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner.aws.connection import Connection
from provisioner.aws.rates import FACTOR_VARIABLE
from provisioner.emulator import Emulator
from provisioner.resources import KINDS
from tests.resources.compute import PACKAGES
from tests.resources.driver import Platform
from tests.resources.naming import REGION


@pytest.fixture(scope="session")
def connection(server: Emulator) -> Connection:
    """Clients take endpoint and credentials from the environment when they are made, and making them is slow."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", server.url)
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        environment.delenv("AWS_PROFILE", raising=False)
        connection = Connection(region=REGION)
        for service in {kind.service for kind in KINDS} | {"sts", "s3", "service-quotas", "resourcegroupstaggingapi"}:
            connection.client(service)
        return connection


@pytest.fixture
def platform(server: Emulator, connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    server.reset()
    monkeypatch.setenv(FACTOR_VARIABLE, "100")  # an emulator has no published rates to keep
    monkeypatch.chdir(tmp_path)
    for name, content in PACKAGES.items():
        Path(name).write_bytes(content)
    return Platform(connection, server.url, tmp_path / "state")
