"""What is asked on the side: nothing depends on the answers, and no plan waits for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from provisioner.engine.errors import AwsError

if TYPE_CHECKING:
    from provisioner.engine.reconciler import Scope

T = TypeVar("T")


@dataclass(frozen=True)
class Aside:
    """``subject``, an address or something wider, has a ``member`` set to ``value``, and nobody compares it."""

    subject: str
    member: str
    value: object


class Peek(Protocol):
    """One call's answer; ``None`` where the thing is not there. What fails is not tried again."""

    def __call__(self, service: str, operation: str, **params: Any) -> Any | None: ...


class Questions:
    """Asks AWS. An operation that fails is told, and not asked again."""

    AT_MOST = 50
    """How many things of a kind are asked about: with some of these calls AWS takes five a second."""

    def __init__(self, scope: Scope, peek: Peek) -> None:
        self.scope = scope
        self.unanswered: dict[str, str] = {}
        """``service:Operation`` -> AWS's code, or why it was not asked."""
        self._peek = peek
        self._answers: dict[str, Any] = {}

    def once(self, key: str, fetch: Callable[[], T]) -> T:
        """The result of ``fetch``, called once for ``key``: for what kinds ask together."""
        if key not in self._answers:
            self._answers[key] = fetch()
        answer: T = self._answers[key]
        return answer

    def ask(self, service: str, operation: str, **params: Any) -> Any | None:
        """The answer; ``None`` where there is nothing, or none came."""
        what = f"{service}:{operation}"
        if what in self.unanswered:
            return None
        try:
            return self._peek(service, operation, **params)
        except AwsError as error:
            self.unanswered[what] = error.code or error.said
            return None

    def pages(self, service: str, operation: str, key: str, token: str = "nextToken", **params: Any) -> list[Any]:
        """The items under ``key`` of all pages; ``token`` is what the next page's token is called."""
        items: list[Any] = []
        while answer := self.ask(service, operation, **params):
            items.extend(answer.get(key, ()))
            if not answer.get(token) or answer[token] == params.get(token):
                break
            params = {**params, token: answer[token]}
        return items

    def some(self, items: Sequence[T], what: str) -> Sequence[T]:
        """The first of ``items``; that there are more is told under ``what``."""
        if len(items) > self.AT_MOST:
            self.unanswered[f"{what} of {len(items) - self.AT_MOST} more"] = f"only {self.AT_MOST} are asked about"
        return items[: self.AT_MOST]
