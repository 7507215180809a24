"""Credentials, a Region and an endpoint; and the clients that are made of them, each once."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Any

import boto3
import botocore.exceptions as sdk
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from provisioner.aws.regions import nearest, partitions
from provisioner.engine.errors import ProvisionerError

THREADS = 16
"""How many calls may be under way at once."""


class Connection:
    """What a run has before it knows its platform. The SDK's chain finds credentials and ``AWS_ENDPOINT_URL``."""

    def __init__(self, *, region: str | None = None, profile: str | None = None) -> None:
        region = region or os.environ.get("AWS_REGION")
        try:
            core = botocore.session.Session(profile=profile)
            core.register_component("data_loader", _models(core.get_config_variable("data_path")))
            self._session = boto3.Session(botocore_session=core, region_name=region)
        except sdk.ProfileNotFound as error:
            raise ProvisionerError(
                f"{error}", remedy="aws configure list-profiles shows the profiles there are."
            ) from error
        self.region: str | None = self._session.region_name
        self._clients: dict[str, Any] = {}
        self._guard = threading.Lock()

    def require_region(self) -> str:
        """The Region of this run. Raises ``ProvisionerError`` where none is given, and for one that does not exist."""
        if not self.region:
            raise ProvisionerError(
                "no AWS Region is given",
                remedy="Pass --region, set AWS_REGION, or list regions under [platform] in the configuration.",
            )
        if self.region not in partitions():
            there = ", ".join(nearest(self.region))
            raise ProvisionerError(f"{self.region!r} is not an AWS Region", remedy=f"There are: {there}")
        return self.region

    def client(self, service: str) -> Any:
        """The client of ``service``, made once: boto3's sessions are not for several threads at a time."""
        with self._guard:
            if service not in self._clients:
                # Retrying is ours (see patience.py), and one connection for each thread is kept open.
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=2 * THREADS,
                    connect_timeout=5,
                    read_timeout=60,
                    region_name=self.region,
                )
                self._clients[service] = self._session.client(service, config=config)
            return self._clients[service]


@cache
def _models(data_path: str | None) -> Any:
    """The SDK's descriptions of services, read once for all connections: reading them is most of a short command.

    ``data_path`` is the SDK's own setting of that name: folders with further descriptions.
    """
    return create_loader(data_path)
