"""The one door to AWS: ``world`` to read by, ``perform`` to write by."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.aws.answers.checking import ELSEWHERE
from provisioner.aws.arns import account_of
from provisioner.aws.calling import Caller
from provisioner.aws.connection import Connection
from provisioner.aws.rates import Rates, published
from provisioner.aws.reading import Reader
from provisioner.aws.regions import partition_of
from provisioner.aws.writing import Writer
from provisioner.engine.errors import AwsError
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

    Once the run has ``ended`` no call waits for anything any more. The clients of ``services`` are made while AWS
    answers, one after the other: making them side by side is slower.
    """
    region = connection.require_region()
    rates, reporter = Rates(), reporter or Reporter()
    caller = Caller(connection, rates, reporter, ended or threading.Event())
    connection.client("sts")
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="clients") as beside:
        making = beside.submit(lambda: [connection.client(service) for service in services])
        account, identity = _identity(caller)
        making.result()
    scope = Scope(platform, environment, account, region, partition_of(region))
    return Aws(scope, identity, Reader(caller, scope), Writer(caller, reporter).perform, rates)


def _identity(caller: Caller) -> tuple[str, str]:
    """Account and ARN of who we are. The account becomes a folder of the state, and a part of every ARN."""
    answer: GetCallerIdentityResponseTypeDef = caller.call("sts", "GetCallerIdentity", {})
    account, identity = answer["Account"], answer["Arn"]
    if not re.fullmatch(r"[0-9]{12}", account) or not _IDENTITY.fullmatch(identity) or account_of(identity) != account:
        said = f"this is no answer of AWS: {identity[:_SHOWN]!r} of account {account[:_SHOWN]!r} is no identity"
        raise AwsError("sts", "GetCallerIdentity", "", said, remedy=ELSEWHERE)
    return account, identity


_IDENTITY = re.compile(r"arn:aws[a-z0-9-]*:(iam|sts)::[0-9]{12}:[!-~]{1,1024}")
_SHOWN = 100
