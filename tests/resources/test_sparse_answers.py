"""No read demands what AWS does not promise: whichever optional member an answer lacks, it is read all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, TypeVar

import botocore.session
import pytest

from provisioner.engine.model import Address
from provisioner.engine.observer import Observer
from provisioner.engine.reconciler import Scope, Sought, World
from provisioner.engine.reporter import Reporter
from provisioner.resources import reconcilers
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES, standing

T = TypeVar("T")
U = TypeVar("U")

Path = tuple[str | int, ...]
"""Where in an answer something stands: names of members, and numbers in lists."""


class Kept:
    """AWS as it answered once: the first answer to a call is kept, and given again without what it is to ``lack``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._answers: dict[str, Any] = {}
        self.optional: dict[str, list[Path]] = {}
        """Call -> every member of its answer that AWS may leave out."""
        self.lack: tuple[str, Path] = ("", ())

    @property
    def scope(self) -> Scope:
        return self._world.scope

    def ask(self, service: str, operation: str, **params: Any) -> Any:
        return self._kept((service, operation, params), lambda: self._world.ask(service, operation, **params))

    def find(self, service: str, operation: str, **params: Any) -> Any | None:
        return self._kept((service, operation, params), lambda: self._world.find(service, operation, **params))

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        items: list[Any] = self._kept(
            (service, operation, params), lambda: self._world.pages(service, operation, key, **params), key
        )
        return items

    def each(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        return [function(item) for item in items]

    def tagged(self) -> dict[str, dict[str, str]]:
        return {}  # so that each service is asked for the tags itself

    def quota(self, service: str, code: str, default: float) -> float:
        return default

    def _kept(self, call: tuple[str, str, Any], fetch: Callable[[], Any], key: str = "") -> Any:
        name = repr(call)
        if name not in self._answers:
            shape = model(call[0]).operation_model(call[1]).output_shape
            self._answers[name] = fetch()
            self.optional[name] = list(optional(self._answers[name], shape.members[key] if key else shape))
        lacking, path = self.lack
        return without(self._answers[name], path) if name == lacking else self._answers[name]


@cache
def model(service: str) -> Any:
    """botocore's model of ``service``."""
    return botocore.session.get_session().get_service_model(service)


def optional(value: Any, shape: Any, path: Path = ()) -> Iterator[Path]:
    """Every member below the top of an answer that its ``shape`` does not require."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from optional(item, shape.member, (*path, number))
    elif isinstance(value, dict) and shape.type_name == "map":
        yield from ((*path, key) for key in value)
    elif isinstance(value, dict) and shape.type_name == "structure":
        for key, item in value.items():
            if key in shape.members:
                if path and key not in shape.required_members:
                    yield (*path, key)
                yield from optional(item, shape.members[key], (*path, key))


def without(value: Any, path: Path) -> Any:
    """A copy of ``value`` without what stands at ``path``."""
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        return [without(item, rest) if number == first else item for number, item in enumerate(value)]
    if not rest:
        return {key: item for key, item in value.items() if key != first}
    return {key: without(item, rest) if key == first else item for key, item in value.items()}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_what_aws_may_leave_out_may_be_missing(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    platform.converge(standing(base))
    record = platform.state.records[base.address]
    kept = Kept(platform.world)
    observer = Observer(kept, reconcilers(kept), Reporter())

    def found() -> set[Address]:
        return set(observer.observe([Sought(base.address, base, record)], orphans=False).lives)

    assert found() == {base.address}
    left_out = [(call, path) for call, paths in kept.optional.items() for path in paths]
    for kept.lack in left_out:
        assert found() <= {base.address}, kept.lack
    assert left_out or kind == "dashboard"  # whose answer has nothing but what is at its top
