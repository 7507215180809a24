"""What a person has agreed to: everything of a sort, or certain addresses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from provisioner.engine.model import Address


@dataclass(frozen=True)
class Consent:
    """Agreement to one sort of thing that no plan does unasked; empty at first."""

    everything: bool = False
    addresses: frozenset[Address] = frozenset()

    def __contains__(self, address: object) -> bool:
        return self.everything or address in self.addresses

    @classmethod
    def to(cls, addresses: Iterable[Address]) -> Consent:
        """Agreement to these and no others."""
        return cls(addresses=frozenset(addresses))


EVERYTHING = Consent(everything=True)


@dataclass(frozen=True)
class Options:
    """What the person allows."""

    adopt: Consent = field(default_factory=Consent)
    """Take over what has our names and is not ours."""
    insist: frozenset[str] = frozenset()
    """Kinds whose vanished things are made again, although the kind would hold them back."""
    retain: frozenset[str] = frozenset()
    """Kinds that a teardown leaves standing."""
