"""The one door to AWS: ``world`` to read by, ``perform`` to write by."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.aws.calling import Caller
from provisioner.aws.connection import Connection
from provisioner.aws.rates import Rates, published
from provisioner.aws.reading import Reader
from provisioner.aws.regions import partitions
from provisioner.aws.writing import Writer
from provisioner.engine.reconciler import Scope
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Performer

if TYPE_CHECKING:
    from types_boto3_sts.type_defs import GetCallerIdentityResponseTypeDef


@dataclass(frozen=True)
class Aws:
    """One environment's place in AWS. ``identity`` is the ARN of who we are there."""

    scope: Scope
    identity: str
    world: Reader
    perform: Performer
    rates: Rates

    def learn_rate(self, operation: str) -> None:
        """The account's own rate for ``operation``, ``"service:Operation"``, where Service Quotas keeps one."""
        rate = published().get(operation)
        if rate and rate.quota:
            service, code = rate.quota
            self.rates.learn(operation, self.world.quota(service, code, rate.tps))


def sign_in(
    connection: Connection,
    platform: str,
    environment: str,
    services: Iterable[str],
    reporter: Reporter | None = None,
    ended: threading.Event | None = None,
) -> Aws:
    """Find out whose account this is: the first call that any command makes.

    Once the run has ``ended`` no call waits for anything any more. The clients of ``services`` are made before any
    thread starts: making them in threads is slower.
    """
    region = connection.require_region()
    rates, reporter = Rates(), reporter or Reporter()
    caller = Caller(connection, rates, reporter, ended or threading.Event())
    answer: GetCallerIdentityResponseTypeDef = caller.call("sts", "GetCallerIdentity", {})
    scope = Scope(platform, environment, answer["Account"], region, partitions()[region])
    for service in (*services, "resourcegroupstaggingapi"):
        connection.client(service)
    return Aws(scope, answer["Arn"], Reader(caller, scope), Writer(caller, reporter).perform, rates)
