"""Orders: what must exist before what, what stands on what in AWS, and which change waits for which.

Everything here is linear in the number of things and of the edges between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from provisioner.engine.model import Address, R, Resource
from provisioner.engine.plan import Action, Change
from provisioner.engine.reconciler import Live, Record

Edges = Mapping[Address, set[Address]]
"""From each address to those that it stands on, or waits for."""


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


def foundations(
    lives: Mapping[Address, Live[Resource]],
    records: Mapping[Address, Record],
    wanted: Iterable[Resource],
    kinds: Sequence[str],
) -> dict[Address, set[Address]]:
    """What each thing that is there stands on: it cannot be removed before the thing itself is.

    That is known from the thing as AWS shows it, from its record, and from what is declared; the first alone tells of
    what has lost its record. ``kinds`` in the order of creation: nothing stands on what is made after it.
    """
    owners = {value: address for address, live in lives.items() for value in live.outputs.values() if _names(value)}
    declared = {want.address: want.needs() for want in wanted}
    rank = {kind: index for index, kind in enumerate(kinds)}
    found: dict[Address, set[Address]] = {}
    for address, live in lives.items():
        below = {owners[value] for value in live.resource.mentions() if value in owners}
        below |= declared.get(address, frozenset())
        below |= set(records[address].needs) if address in records else set()
        parent = live.resource.parent_address()
        below |= {parent} if parent else set()
        found[address] = {other for other in below if other in lives and rank[other.kind] <= rank[address.kind]}
    return _without_circles(found)


def _names(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _without_circles(edges: dict[Address, set[Address]]) -> dict[Address, set[Address]]:
    """``edges`` less one of each circle: a queue may be its own dead-letter queue, and two may be each other's."""
    while True:
        try:
            TopologicalSorter(edges).prepare()
            return edges
        except CycleError as error:
            below, above, *_ = error.args[1]  # graphlib names a circle from what is needed to what needs it
            edges[above].discard(below)


def edges(changes: Sequence[Change], stands_on: Edges) -> dict[Address, set[Address]]:
    """For each change the changes that must be done before it.

    A change waits for the changes of what it needs. A removal waits for the change of whatever stands on the thing,
    whether that is removed too or told to stand on something else.
    """
    present = {change.address for change in changes}
    removed = {change.address for change in changes if change.action is Action.DELETE}
    found: dict[Address, set[Address]] = {change.address: set() for change in changes}
    for change in changes:
        if change.want is not None:
            found[change.address] |= change.want.needs() & present - removed
        for below in stands_on.get(change.address, ()):
            if below in removed:
                found[below].add(change.address)
    return found


def beneath(addresses: Iterable[Address], stands_on: Edges) -> set[Address]:
    """All that ``addresses`` stand on, down to the ground."""
    found: set[Address] = set()
    waiting = list(addresses)
    while waiting:
        for below in stands_on.get(waiting.pop(), ()):
            if below not in found:
                found.add(below)
                waiting.append(below)
    return found


def removal_order(kinds: Mapping[str, object], change: Change) -> tuple[int, str]:
    """A sort key: what uses other things comes before what it uses."""
    return (-list(kinds).index(change.address.kind), change.address.name)
