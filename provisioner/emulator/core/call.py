"""What every service module is written in: a call, its place, its answer and its refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import EmulatedWorld, Memory

M = TypeVar("M", bound=Memory)
P_co = TypeVar("P_co", bound=Mapping[str, object], covariant=True)


class ApiRefusal(Exception):
    """AWS says no.

    ``code`` is an error's name or its wire code in botocore's model of the service (the HTTP status
    comes from there), or an unmodelled code such as ``ValidationError``. ``status`` overrides the model's,
    ``members`` adds the error's own members, such as ``dashboardValidationMessages``.
    """

    def __init__(
        self, code: str, message: str, *, status: int | None = None, members: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = dict(members or {})


def refusing(code: str) -> Callable[[str], ApiRefusal]:
    """Makes refusals of one code: ``invalid = refusing("ValidationError")``, then ``raise invalid("Too long.")``."""
    return lambda message: ApiRefusal(code, message)


@dataclass(frozen=True)
class Relayed:
    """moto's own answer, passed on as it is."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Answer = Mapping[str, object] | Relayed | None
"""A result as boto3 returns it, with times in epoch seconds; or moto's own answer; or, as None, an empty one."""


@dataclass(frozen=True)
class ApiCall(Generic[P_co]):
    """One request. ``params`` are its parameters as boto3 spells them, of the shape that the type says: they have been
    checked against botocore's model, from which the shapes in ``types-boto3`` are made too.

    ``host`` is the emulator's own address as the client used it: queue URLs contain it.
    """

    service: str
    operation: str
    place: Place
    params: P_co
    world: EmulatedWorld
    host: str
    relay: Callable[[], Relayed]
    """Have moto perform the call, and pass its answer on."""

    @property
    def region(self) -> str:
        """The Region that the caller addressed."""
        return self.place.region

    @property
    def account(self) -> str:
        """The caller's account."""
        return self.place.account

    def store(self, kind: type[M]) -> M:
        """The memory of this kind for the call's account and Region, made on first use."""
        return self.world.store(kind, self.place)

    def account_store(self, kind: type[M]) -> M:
        """The memory of this kind for the whole account."""
        return self.world.store(kind, Place(self.account, "", self.place.partition))


AnyCall = ApiCall[Mapping[str, object]]
"""Any call, for what looks at no parameters or at those of several operations."""

Handler = Callable[[ApiCall[Any]], Answer]
H = TypeVar("H", bound=Handler)


class Api:
    """The operations that one module answers."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}

    def operation(self, *names: str) -> Callable[[H], H]:
        """Register a function as the answer to AWS's operations of these names."""

        def register(handler: H) -> H:
            self.handlers.update(dict.fromkeys(names, handler))
            return handler

        return register
