"""Orders: what must exist before what, and the edges between the changes of one plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

from provisioner.engine.model import Address, R
from provisioner.engine.plan import Action, Change


def in_order(resources: Sequence[R]) -> list[R]:
    """``resources`` in an order in which each comes after all that it needs, otherwise in the order given.

    Raises ``graphlib.CycleError`` where they need each other in a circle.
    """
    by_address = {resource.address: resource for resource in resources}
    rank = {address: index for index, address in enumerate(by_address)}
    sorter = TopologicalSorter(
        {r.address: sorted((n for n in r.needs() if n in by_address), key=rank.__getitem__) for r in resources}
    )
    sorter.prepare()
    ordered: list[R] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        ordered.extend(by_address[address] for address in ready)
        sorter.done(*ready)
    return ordered


def edges(changes: Sequence[Change], kinds: Sequence[str]) -> dict[Address, set[Address]]:
    """For each change the changes that must be done before it.

    A change waits for the changes of what it needs. A removal waits for every change of the kinds that are made
    after its own, for those are its users: composites before their alarms, a dashboard updated before what it shows
    is gone, functions before their role and their log group.
    """
    rank = {kind: index for index, kind in enumerate(kinds)}
    present = {change.address for change in changes}
    removals = [change for change in changes if change.action is Action.DELETE]
    found: dict[Address, set[Address]] = {change.address: set() for change in changes}
    for change in changes:
        if change.want is not None:
            found[change.address] |= change.want.needs() & present
    for removal in removals:
        users = {change.address for change in changes if rank[change.address.kind] > rank[removal.address.kind]}
        nested = {other.address for other in removals if _nests(other, removal.address)}
        found[removal.address] |= users | nested
    return found


def _nests(change: Change, address: Address) -> bool:
    """Whether ``change`` is of a thing that stands on another of its own kind: a composite alarm over composites."""
    same = change.address.kind == address.kind
    return same and change.record is not None and address in change.record.needs


def removal_order(kinds: Mapping[str, object], change: Change) -> tuple[int, str]:
    """A sort key: what uses other things comes before what it uses."""
    return (-list(kinds).index(change.address.kind), change.address.name)
