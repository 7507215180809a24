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
    """What the person allows, on the command line or in the file."""

    adopt: Consent = field(default_factory=Consent)
    """Take over what has our names and is not ours."""
    lose: Consent = field(default_factory=Consent)
    """Destroy data: what AWS holds for us and nobody can bring back."""
    removals: bool = False
    """Remove a great part of the platform at once."""
    insist: frozenset[str] = frozenset()
    """Kinds whose vanished things are made again, although the kind would hold them back."""
    delete_adopted: bool = False
    """In a teardown, remove what was taken over by consent instead of letting go of it."""
    hand_over: bool = False
    """In a release, leave what we added to the thing: somebody else looks after all of it from now on."""
    protected: bool = False
    """Nothing precious may be removed or replaced, and nothing torn down."""
    retain: frozenset[str] = frozenset()
    """Kinds that a teardown leaves standing."""
    keep: frozenset[Address] = frozenset()
    """What is never removed."""
    ignore_tags: tuple[str, ...] = ()
    """Prefixes of the keys of tags that are other people's, whoever put them and when."""
