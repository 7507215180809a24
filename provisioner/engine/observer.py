"""Reading AWS once, in bulk, every kind side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from provisioner.engine.errors import UnreadableError
from provisioner.engine.model import Address, Resource, tagged
from provisioner.engine.ownership import ADDRESS_TAG, Ownership
from provisioner.engine.reconciler import Birth, Live, Memo, Reconcilers, Sought, World
from provisioner.engine.reporter import Reporter
from provisioner.engine.tags import Tags, parted

T = TypeVar("T")


@dataclass(frozen=True)
class Foreign:
    """Somebody else's thing inside ours: it goes with its parent, and is otherwise left alone."""

    kind: str
    """In words."""
    parent: Address
    name: str
    hears: bool
    """It is a receiver, and what is sent to its parent reaches it."""


@dataclass
class Observed:
    """What AWS showed: everything sought that exists, and what others added to ours."""

    lives: dict[Address, Live[Resource]] = field(default_factory=dict)
    sought: dict[Address, Sought[Resource]] = field(default_factory=dict)
    foreign: list[Foreign] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)
    """What could not be looked at, ``queues`` for example -> AWS's code."""
    memo: Memo | None = None
    """The shared answers of the reads, for whoever has another question about them."""


class Shared:
    """The memo of one observation; see :class:`provisioner.engine.reconciler.Memo`.

    Kinds use it side by side. Only fetching needs a guard: one operation on a list or a dictionary is never torn.
    """

    def __init__(self, world: World, sought: Mapping[Address, Sought[Resource]], observed: Observed) -> None:
        self._world = world
        self._sought = sought
        self._observed = observed
        self._results: dict[str, Any] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._tags = Tags()

    def sought(self, *kinds: str) -> list[Sought[Resource]]:
        return [item for address, item in self._sought.items() if address.kind in kinds]

    def once(self, key: str, fetch: Callable[[], T]) -> T:
        with self._locks.setdefault(key, threading.Lock()):
            if key not in self._results:
                self._results[key] = fetch()
            result: T = self._results[key]
            return result

    def tagged(self) -> dict[str, dict[str, str]]:
        return self.once("tagged", self._world.tagged)

    def listed(self, address: Address) -> list[str]:
        return sorted(arn for arn, tags in self.tagged().items() if tags.get(ADDRESS_TAG) == str(address))

    def tags(
        self, arn: str, item: Sought[Resource], native: Callable[[], Mapping[str, str]], birth: Birth | None = None
    ) -> dict[str, str]:
        return dict(item.tags) if item.tags is not None else self._tags.of(self.tagged().get(arn), item, native, birth)

    def ours(self, kind: str) -> set[str]:
        records = {address: item.record for address, item in self._sought.items() if item.record}
        ownership = Ownership(self._world.scope, records, self._observed.lives)
        there = [live for address, live in self._observed.lives.items() if address.kind == kind]
        return {live.resource.name for live in there if ownership.is_ours(live)}

    def foreign(self, kind: str, parent: Address, name: str, *, hears: bool = False) -> None:
        self._observed.foreign.append(Foreign(kind, parent, name, hears))

    def unseen(self, what: str, code: str) -> None:
        self._observed.unseen[what] = code


class Observer:
    """Reads what is sought of every kind; kinds run side by side and share one memo."""

    def __init__(self, world: World, reconcilers: Reconcilers, reporter: Reporter) -> None:
        self._world = world
        self._reconcilers = reconcilers
        self._reporter = reporter

    def observe(self, sought: Iterable[Sought[Resource]], *, orphans: bool, foreign: bool = True) -> Observed:
        """Everything sought that exists; with ``orphans`` also whatever else bears our tags, state file or not.

        Without ``foreign``, what others may have added inside is not looked for.
        """
        observed = Observed(sought={item.address: item for item in sought})
        memo = Shared(self._world, observed.sought, observed)
        observed.memo = memo
        self._read(observed, memo, observed.sought, also=memo.tagged if orphans else None, foreign=foreign)
        if orphans:
            lost = {address: Sought[Resource](address) for address in self._orphans(observed, memo)}
            if lost:
                observed.sought.update(lost)
                again = Shared(self._world, lost, observed)
                again.once("tagged", memo.tagged)
                self._read(observed, again, lost, also=None, foreign=foreign)
        observed.foreign.sort(key=lambda item: (item.kind, item.parent, item.name))
        return observed

    def _read(
        self,
        observed: Observed,
        memo: Shared,
        sought: Mapping[Address, Sought[Resource]],
        *,
        also: Callable[[], object] | None,
        foreign: bool,
    ) -> None:
        kinds = {kind: [s for a, s in sought.items() if a.kind == kind] for kind in self._reconcilers}
        looked = [kind for kind, items in kinds.items() if items or (foreign and self._may_be_inside(kind, kinds))]
        with ThreadPoolExecutor(max_workers=len(kinds) + 1, thread_name_prefix="read") as pool:
            if also:
                pool.submit(also)  # a failure is raised where the answer is asked for
            reads = {kind: pool.submit(self._read_kind, kind, kinds[kind], memo) for kind in looked}
            for future in reads.values():
                observed.lives.update(future.result())

    def _may_be_inside(self, kind: str, kinds: Mapping[str, Sequence[Sought[Resource]]]) -> bool:
        """Whether others may have added a thing of ``kind`` to something that is sought."""
        parent = self._reconcilers[kind].resource.parent
        return parent is not None and bool(kinds.get(parent.kind))

    def _read_kind(self, kind: str, items: list[Sought[Resource]], memo: Shared) -> dict[Address, Live[Resource]]:
        self._reporter.reading(kind, len(items))
        try:
            found = self._reconcilers[kind].read(items, memo)
        except UnreadableError as error:
            error.details = (f"while reading what there is of {kind}",)
            raise
        self._reporter.read(kind, len(found))
        return {address: _with_marks(live) for address, live in found.items()}

    def _orphans(self, observed: Observed, memo: Shared) -> list[Address]:
        """Where to look for what bears our tag and has not been found yet: by its ARN, of every kind that it fits."""
        found = {live.outputs.get("arn") for live in observed.lives.values()}
        arns = sorted(arn for arn in memo.tagged() if arn not in found)
        named = {
            Address(kind, name)
            for kind, reconciler in self._reconcilers.items()
            for arn in arns
            if (name := reconciler.name_of(arn))
        }
        return sorted(named - set(observed.sought))


def _with_marks(live: Live[Resource]) -> Live[Resource]:
    """``live`` with AWS's own tags apart, so that no plan touches them."""
    tags, marks = parted(live.resource.tags_if_any or {})
    return replace(live, resource=tagged(live.resource, tags), marks=marks) if marks else live
