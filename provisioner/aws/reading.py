"""How the program looks at AWS: :class:`provisioner.engine.reconciler.World`. Nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from provisioner.aws.calling import Caller
from provisioner.aws.codes import is_absent
from provisioner.aws.connection import THREADS
from provisioner.aws.tags import tag_map
from provisioner.engine.errors import AwsError
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.reconciler import Scope

if TYPE_CHECKING:
    from types_boto3_resourcegroupstaggingapi.type_defs import ResourceTagMappingTypeDef
    from types_boto3_service_quotas.type_defs import GetServiceQuotaResponseTypeDef

T = TypeVar("T")
U = TypeVar("U")

_TOKENS = {
    "logs": ("nextToken", "nextToken"),
    "iam": ("Marker", "Marker"),
    "kms": ("Marker", "NextMarker"),
    "lambda": ("Marker", "NextMarker"),
    "resourcegroupstaggingapi": ("PaginationToken", "PaginationToken"),
}
"""What the next page's token is called, in the request and in the answer; elsewhere ``NextToken`` in both."""


class Reader:
    """One Region of one account, as kinds and commands may ask it."""

    def __init__(self, caller: Caller, scope: Scope) -> None:
        self._caller = caller
        self._scope = scope
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="ask")

    @property
    def scope(self) -> Scope:
        return self._scope

    def ask(self, service: str, operation: str, **params: object) -> Any:
        return self._caller.call(service, operation, params)

    def find(self, service: str, operation: str, **params: object) -> Any | None:
        return self._found(service, operation, params, patient=True)

    def peek(self, service: str, operation: str, **params: object) -> Any | None:
        """As ``find``, for what nothing depends on: a call that fails is not made again."""
        return self._found(service, operation, params, patient=False)

    def _found(self, service: str, operation: str, params: Mapping[str, object], *, patient: bool) -> Any | None:
        try:
            return self._caller.call(service, operation, params, may_be_absent=True, patient=patient)
        except AwsError as error:
            if is_absent(error):
                return None
            raise

    def pages(self, service: str, operation: str, key: str, **params: object) -> list[Any]:
        token_in, token_out = _TOKENS.get(service, ("NextToken", "NextToken"))
        items: list[Any] = []
        seen: set[str] = set()
        while True:
            answer = self.find(service, operation, **params)
            if answer is None:
                return items
            items.extend(answer.get(key, ()))
            token = answer.get(token_out)
            if not token or token == params.get(token_in) or answer.get("IsTruncated") is False:
                return items
            if token in seen:
                raise AwsError(service, operation, "", "this is no answer of AWS: its pages go in a circle")
            seen.add(token)
            params = {**params, token_in: token}

    def each(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        return list(self._pool.map(function, items))

    def tagged(self) -> dict[str, dict[str, str]]:
        filters = [{"Key": STACK_TAG, "Values": [self.scope.stack]}]
        found: list[ResourceTagMappingTypeDef] = self.pages(
            "resourcegroupstaggingapi",
            "GetResources",
            "ResourceTagMappingList",
            TagFilters=filters,
            ResourcesPerPage=100,
        )
        listed = {item.get("ResourceARN", "").removesuffix(":*"): tag_map(item.get("Tags", ())) for item in found}
        return {arn: tags for arn, tags in listed.items() if tags.get(STACK_TAG) == self.scope.stack}

    def eventually(self, find: Callable[[], T | None]) -> T | None:
        return self._caller.eventually(find)

    def quota(self, service: str, code: str, default: float) -> float:
        try:
            answer: GetServiceQuotaResponseTypeDef = self.ask(
                "service-quotas", "GetServiceQuota", ServiceCode=service, QuotaCode=code
            )
        except AwsError:
            return default
        return answer["Quota"].get("Value", default)
