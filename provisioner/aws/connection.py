"""Credentials, a Region and an endpoint; and the clients that are made of them, each once."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions as sdk
import botocore.session
from botocore.config import Config
from botocore.loaders import create_loader

from provisioner.aws.answers import checking
from provisioner.aws.regions import NAME, nearest
from provisioner.engine.errors import ProvisionerError

THREADS = 16
"""How many calls may be under way at once."""


class Connection:
    """What a run has before it knows its platform. The SDK's chain finds credentials and ``AWS_ENDPOINT_URL``.

    ``learn`` is told each secret that is sent with a request: where a signature is wrong, AWS's words repeat it.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        profile: str | None = None,
        learn: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        region = region or os.environ.get("AWS_REGION")
        try:
            core = botocore.session.Session(profile=profile)
            core.register_component("data_loader", _models(core.get_config_variable("data_path")))
            core.register("before-parse", checking.check)
            core.register("before-send", lambda request, **_: learn(_tokens(request.headers)))
            self._session = boto3.Session(botocore_session=core, region_name=region)
            self._core = core
        except sdk.ProfileNotFound as error:
            raise ProvisionerError(
                f"{error}", remedy="aws configure list-profiles shows the profiles there are."
            ) from error
        except sdk.BotoCoreError as error:
            raise ProvisionerError(f"the AWS configuration cannot be used: {error}") from error
        self.region: str | None = self._session.region_name
        self._clients: dict[str, Any] = {}
        self._guard = threading.Lock()
        self._permit: Callable[[], None] = lambda: None

    @contextmanager
    def while_permitted(self, permit: Callable[[], None]) -> Iterator[None]:
        """Ask ``permit`` just before each request is sent, those of waiters included: it raises where none may be."""
        before, self._permit = self._permit, permit
        try:
            yield
        finally:
            self._permit = before

    def require_region(self) -> str:
        """The Region of this run. Raises ``ProvisionerError`` where none is given, and where none is called so.

        One that is newer than the table of this version is taken as it is.
        """
        if not self.region:
            raise ProvisionerError(
                "no AWS Region is given",
                remedy="Pass --region, set AWS_REGION, or list regions under [platform] in the configuration.",
            )
        if not re.fullmatch(NAME, self.region):
            there = ", ".join(nearest(self.region))
            raise ProvisionerError(f"{self.region!r} is not an AWS Region", remedy=f"There are: {there}")
        return self.region

    def client(self, service: str) -> Any:
        """The client of ``service``, made once: boto3's sessions are not for several threads at a time."""
        if service not in self._clients:  # one that is made waits for no other
            with self._guard:
                if service not in self._clients:
                    made = self._make(service)
                    made.meta.events.register("before-send", lambda **_: self._permit())
                    self._clients[service] = made
        return self._clients[service]

    def store_client(self) -> Any:
        """A client of S3 for the state. No permit is asked for it, for that is looked up there."""
        with self._guard:
            return self._make("s3")

    def _make(self, service: str) -> Any:
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},  # retrying is ours: see patience.py
            max_pool_connections=2 * THREADS,  # one for each thread is kept open
            connect_timeout=5,
            read_timeout=60,
            region_name=self.region,
        )
        try:
            return self._session.client(service, config=config)
        except (ValueError, sdk.BotoCoreError) as error:
            raise ProvisionerError(
                f"no client of {service} can be made of these settings: {error}",
                remedy="Check the variables AWS_..., above all AWS_ENDPOINT_URL, and the profile.",
            ) from error

    def elsewhere(self) -> dict[str, list[str]]:
        """Where calls go that do not go to AWS -> the services, of the clients made so far.

        That is what ``AWS_ENDPOINT_URL`` does, the variables of single services, and ``endpoint_url`` of a profile.
        """
        outputs = [partition["outputs"] for partition in self._core.get_data("partitions")["partitions"]]
        own = tuple(f".{out[name]}" for out in outputs for name in ("dnsSuffix", "dualStackDnsSuffix"))
        found: dict[str, list[str]] = {}
        for service, client in sorted(self._clients.items()):
            where = urlsplit(client.meta.endpoint_url)  # what else stands in it may be a password
            if not (where.hostname or "").endswith(own):
                found.setdefault(where.netloc.rpartition("@")[2], []).append(service)
        return found

    @property
    def services(self) -> int:
        """How many services there are clients of."""
        return len(self._clients)


def _tokens(headers: Mapping[str, str | bytes]) -> list[str]:
    """The session token of a signed request."""
    token = headers.get("X-Amz-Security-Token", "")
    return [token.decode() if isinstance(token, bytes) else token]


@cache
def _models(data_path: str | None) -> Any:
    """The SDK's descriptions of services, read once for all connections: reading them is most of a short command.

    ``data_path`` is the SDK's own setting of that name: folders with further descriptions.
    """
    return create_loader(data_path)
