"""AWS's answers, kept to be given again with one thing in them otherwise, and what botocore's model says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import botocore.session

from provisioner.engine.model import Address
from provisioner.engine.observer import Observer
from provisioner.engine.reconciler import Live, Scope, Sought, World
from provisioner.engine.reporter import Reporter
from provisioner.resources import reconcilers
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES, standing

T = TypeVar("T")
U = TypeVar("U")

Path = tuple[str | int, ...]
"""Where in an answer something stands: names of members, and numbers in lists."""

Edit = Callable[[Any], Any]


class Kept:
    """AWS as it answered once: the first answer to a call is kept, and given again with one ``edit`` in it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.answers: dict[str, Any] = {}
        """Call -> its answer."""
        self.shapes: dict[str, Any] = {}
        """Call -> botocore's model of its answer."""
        self.edit: tuple[str, Edit] = ("", lambda answer: answer)
        """The call whose answer is given otherwise, and how."""

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

    def eventually(self, find: Callable[[], T | None]) -> T | None:
        return find()

    def quota(self, service: str, code: str, default: float) -> float:
        return default

    def _kept(self, call: tuple[str, str, Any], fetch: Callable[[], Any], key: str = "") -> Any:
        name = repr(call)
        if name not in self.answers:
            shape = model(call[0]).operation_model(call[1]).output_shape
            self.answers[name] = fetch()
            self.shapes[name] = shape.members[key] if key else shape
        edited, edit = self.edit
        return edit(self.answers[name]) if name == edited else self.answers[name]


@cache
def model(service: str) -> Any:
    """botocore's model of ``service``."""
    return botocore.session.get_session().get_service_model(service)


def changed(value: Any, path: Path, new: Any) -> Any:
    """A copy of ``value`` in which ``new`` stands at ``path``."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, list):
        return [changed(item, rest, new) if number == first else item for number, item in enumerate(value)]
    return {**value, first: changed(value.get(first), rest, new)}


class KeptAnswers:
    """The base of one kind, standing in AWS and recorded, as it is read of answers that are kept."""

    def __init__(self, platform: Platform, kind: str) -> None:
        self._base = EXAMPLES[kind].base
        platform.converge(standing(self._base))
        self.kept = Kept(platform.world)
        self._record = platform.state.records[self._base.address]
        self._observer = Observer(self.kept, reconcilers(self.kept), Reporter())
        self.unchanged = self.look()

    def look(self) -> Live[Any] | None:
        """What is read of the answers as they are now."""
        address: Address = self._base.address
        sought = [Sought(address, self._base, self._record)]
        found = self._observer.observe(sought, orphans=False).lives
        assert set(found) <= {address}
        return found.get(address)

    def with_edit(self, call: str, edit: Edit) -> Live[Any] | None:
        """What is read when the answer to ``call`` is given otherwise."""
        self.kept.edit = (call, edit)
        return self.look()
