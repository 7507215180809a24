"""The one door to AWS: clients made once, rates kept, errors told apart, every call counted.

Clients are made before any thread starts: making them in threads is slower, and their session is not thread-safe.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
import botocore.exceptions as sdk
from botocore import xform_name
from botocore.config import Config

from provisioner.aws.failures import THROTTLED, is_absent, patience, remedy
from provisioner.aws.rates import Rates, published
from provisioner.aws.regions import nearest, partitions
from provisioner.aws.tags import tag_map
from provisioner.engine.errors import AwsError, NoCredentialsError, ProvisionerError
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Plan
from provisioner.engine.reconciler import Scope
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Call, Step, Wait

T = TypeVar("T")
U = TypeVar("U")

SERVICES = (
    "kms",
    "sqs",
    "sns",
    "logs",
    "ecs",
    "iam",
    "lambda",
    "xray",
    "cloudwatch",
    "resourcegroupstaggingapi",
)
"""Whose clients every plan needs; others are made when first asked for, by the thread that asks."""

THREADS = 16
_READS = ("Get", "Describe", "List", "Filter", "Test")


class Connection:
    """Credentials, a Region and an endpoint: what a run has before it knows its platform."""

    def __init__(self, *, region: str | None = None, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION"))
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
        """The client of ``service``, made once."""
        with self._guard:
            if service not in self._clients:
                # Retrying is ours (see failures.py), and one connection for each thread is kept open.
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": 1},
                    max_pool_connections=2 * THREADS,
                    connect_timeout=5,
                    read_timeout=60,
                    region_name=self.region,
                )
                self._clients[service] = self._session.client(service, config=config)
            return self._clients[service]


class Aws:
    """AWS as the engine sees it: :class:`provisioner.engine.reconciler.World` to read, ``perform`` to write."""

    def __init__(self, connection: Connection, *, rates: Rates | None = None, reporter: Reporter | None = None) -> None:
        self._connection = connection
        self.rates = rates or Rates()
        self._reporter = reporter or Reporter()
        self._scope: Scope | None = None
        self._written: set[str] = set()
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="ask")
        self.identity = ""

    def connect(self, platform: str, environment: str) -> Scope:
        """Find out whose account this is, and make the clients. The first call that any command makes."""
        region = self._connection.require_region()
        try:
            answer = self.ask("sts", "GetCallerIdentity")
        except sdk.NoCredentialsError as error:
            raise NoCredentialsError(
                "no AWS credentials were found",
                remedy="Run aws sso login, or pass --profile. The embedded AWS prints its own.",
            ) from error
        self.identity = answer["Arn"]
        self._scope = Scope(platform, environment, answer["Account"], region, partitions()[region])
        for service in SERVICES:
            self._connection.client(service)
        return self._scope

    @property
    def scope(self) -> Scope:
        assert self._scope is not None, "connect() comes first"
        return self._scope

    def ask(self, service: str, operation: str, **params: Any) -> Any:
        return self._call(service, operation, params)

    def find(self, service: str, operation: str, **params: Any) -> Any | None:
        try:
            return self._call(service, operation, params, may_be_absent=True)
        except AwsError as error:
            if is_absent(service, error.code, error.said):
                return None
            raise

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        token_in, token_out = _TOKENS.get(service, ("NextToken", "NextToken"))
        items: list[Any] = []
        while True:
            answer = self.find(service, operation, **params)
            if answer is None:
                return items
            items.extend(answer.get(key, ()))
            token = answer.get(token_out)
            if not token or token == params.get(token_in) or answer.get("IsTruncated") is False:
                return items
            params = {**params, token_in: token}

    def each(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        return list(self._pool.map(function, items))

    def tagged(self) -> dict[str, dict[str, str]]:
        filters = [{"Key": STACK_TAG, "Values": [self.scope.stack]}]
        params = {"TagFilters": filters, "ResourcesPerPage": 100}
        found = self.pages("resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList", **params)
        listed = {item["ResourceARN"].removesuffix(":*"): tag_map(item.get("Tags", ())) for item in found}
        return {arn: tags for arn, tags in listed.items() if tags.get(STACK_TAG) == self.scope.stack}

    def quota(self, service: str, code: str, default: float) -> float:
        try:
            answer = self._call("service-quotas", "GetServiceQuota", {"ServiceCode": service, "QuotaCode": code})
            return float(answer["Quota"]["Value"])
        except (AwsError, KeyError):
            return default

    def learn_rates(self, plan: Plan) -> None:
        """Before a long apply: the account's own rate for the operation that decides how long it takes."""
        known = _RATE_QUOTAS.get(plan.estimate.limited_by or "")
        if known and plan.estimate.seconds >= LONG_APPLY_SECONDS:
            service, code = known
            operation = str(plan.estimate.limited_by)
            self.rates.learn(operation, self.quota(service, code, float(published()[operation]["tps"])))

    def perform(self, step: Step) -> Any:
        """Make one step real, and give AWS's answer; a thing that is gone already counts as removed."""
        match step:
            case Wait(service=service, waiter=waiter, params=params):
                return self._wait(service, waiter, params)
            case Call(service=service, operation=operation, params=params, once=once):
                removal = operation.startswith(_REMOVALS)
                try:
                    answer = self._call(service, operation, params, may_be_absent=removal, once=once)
                except AwsError as error:
                    if removal and is_absent(service, error.code, error.said):
                        return {}
                    raise
                for remark in answer.get("DashboardValidationMessages", ()):
                    self._reporter.warned(str(step), f"{remark.get('DataPath', '')} {remark['Message']}".strip())
                return answer
        raise TypeError(f"{step!r} is not for AWS")

    def _wait(self, service: str, waiter: str, params: Mapping[str, Any]) -> None:
        try:
            self._connection.client(service).get_waiter(waiter).wait(**params)
        except sdk.WaiterError as error:
            reason = error.last_response.get("Configuration", {}).get("StateReason", "")
            raise AwsError(service, f"waiting for {waiter}", "", f"{error} {reason}".strip()) from error

    def _call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        may_be_absent: bool = False,
        once: bool = False,
    ) -> Any:
        method = getattr(self._connection.client(service), xform_name(operation))
        bucket = self.rates.bucket(f"{service}:{operation}")
        started, attempt = time.monotonic(), 0
        while True:
            delay = bucket.take()
            if delay > 0:
                self._reporter.waiting(f"{service}:{operation}", delay, "published rate")
                time.sleep(delay)
            try:
                answer = method(**params)
            except sdk.NoCredentialsError:
                raise
            except (sdk.ClientError, sdk.BotoCoreError) as error:
                failure, budget = self._failure(service, operation, error, once=once)
                if may_be_absent and is_absent(service, failure.code, failure.said):
                    raise failure from error  # an answer; a caller that has just made the thing looks again
                if failure.code in THROTTLED:
                    bucket.throttled()
                pause = min(0.25 * 2**attempt, 8.0) * random.uniform(0.75, 1.25)  # not for secrets
                if time.monotonic() - started + pause > budget:
                    raise failure from error
                self._reporter.waiting(f"{service}:{operation}", pause, failure.code or "no answer")
                time.sleep(pause)
                attempt += 1
                continue
            bucket.succeeded()
            if not operation.startswith(_READS):
                self._written.add(service)
            return answer

    def _failure(self, service: str, operation: str, error: Exception, *, once: bool) -> tuple[AwsError, float]:
        """The error in our words, and for how many seconds it is worth trying again."""
        unanswered = 0.0 if once else NO_ANSWER_BUDGET_SECONDS
        if isinstance(error, sdk.ClientError):
            code, said = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            failure = AwsError(service, operation, code, said, remedy=remedy(service, operation, code))
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            seconds = patience(service, operation, code, said, frozenset(self._written))
            return failure, seconds or (unanswered if status in (500, 502, 503, 504) else 0.0)
        said = str(error)
        if isinstance(error, sdk.EndpointConnectionError | sdk.ConnectTimeoutError | sdk.ProxyConnectionError):
            where = os.environ.get("AWS_ENDPOINT_URL")
            advice = f"AWS_ENDPOINT_URL is {where}: is anything listening there?" if where else "Check the network."
            return AwsError(service, operation, "", said, remedy=advice), UNREACHABLE_BUDGET_SECONDS
        if isinstance(error, sdk.ConnectionError | sdk.HTTPClientError):
            return AwsError(service, operation, "", said, remedy="Check the network, then run it again."), unanswered
        return AwsError(service, operation, "", said), 0.0


LONG_APPLY_SECONDS = 20.0
"""An apply of this length is worth a call that asks for the account's own quota."""

_RATE_QUOTAS = {
    "cloudwatch:PutMetricAlarm": ("monitoring", "L-0720E68F"),
    "cloudwatch:PutCompositeAlarm": ("monitoring", "L-515B0B71"),
    "cloudwatch:PutDashboard": ("monitoring", "L-6753900D"),
    "logs:CreateLogGroup": ("logs", "L-D2832119"),
    "logs:DeleteLogGroup": ("logs", "L-07A912D5"),
}
"""Where Service Quotas keeps the rates that an account can have raised."""

UNREACHABLE_BUDGET_SECONDS = 2.0
"""Nobody listens: a name or an address that is wrong stays wrong."""

NO_ANSWER_BUDGET_SECONDS = 15.0
"""The call may have had its effect; unless it is one to be made only once, making it again changes nothing."""

_REMOVALS = ("Delete", "Unsubscribe", "Detach", "ScheduleKeyDeletion", "Untag", "Remove")

_TOKENS = {
    "logs": ("nextToken", "nextToken"),
    "iam": ("Marker", "Marker"),
    "kms": ("Marker", "NextMarker"),
    "resourcegroupstaggingapi": ("PaginationToken", "PaginationToken"),
}
"""What the next page's token is called, in the request and in the answer."""
