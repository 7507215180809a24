"""One plan under way: what is wanted, recorded and there, and what has been decided so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from provisioner.engine.consent import Options
from provisioner.engine.graph import foundations
from provisioner.engine.keeping.state import State
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed
from provisioner.engine.ownership import Ownership
from provisioner.engine.plan import Action, Change
from provisioner.engine.reconciler import Live, Reconcilers, Record, Scope


@dataclass
class PlanningRun:
    """What every decision of one plan looks at. ``wanted`` is in the order of its needs."""

    scope: Scope
    reconcilers: Reconcilers
    wanted: Sequence[Resource]
    observed: Observed
    state: State
    options: Options
    teardown: bool
    changes: list[Change] = field(default_factory=list)
    outputs: dict[Address, Mapping[str, object]] = field(default_factory=dict)
    """The outputs known by now: of what is there, and of what follows from names."""
    made: set[Address] = field(default_factory=set)
    """What this plan creates or replaces. Whatever depended on the old one is gone with it."""

    @cached_property
    def ownership(self) -> Ownership:
        return Ownership(self.scope, self.state.records, self.observed.lives)

    @cached_property
    def stands_on(self) -> dict[Address, set[Address]]:
        """What each thing that is there stands on. Of what is not ours only AWS can tell."""
        ours = {address for address, live in self.observed.lives.items() if self.ownership.is_ours(live)}
        declared = [item.want for address, item in self.observed.sought.items() if item.want and address in ours]
        records = {address: record for address, record in self.state.records.items() if address in ours}
        return foundations(self.observed.lives, records, declared, list(self.reconcilers))

    def live(self, address: Address) -> Live[Resource] | None:
        return self.observed.lives.get(address)

    def record(self, address: Address) -> Record | None:
        return self.state.records.get(address)

    def going(self) -> Iterator[tuple[str, list[Live[Resource]]]]:
        """What would be removed or replaced, by kind."""
        ending = [c for c in self.changes if c.action in (Action.DELETE, Action.REPLACE)]
        for kind in self.reconcilers:
            lives = [change.live for change in ending if change.address.kind == kind and change.live]
            if lives:
                yield kind, lives
