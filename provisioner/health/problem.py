"""What is wrong with a platform that stands, in the four parts of an error."""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.engine.model import Address


@dataclass(frozen=True)
class Problem:
    """The resource at ``address``: ``what`` is broken about it, what ``follows`` from that, and how to ``fix`` it."""

    address: Address
    what: str
    follows: str
    fix: str = "Run apply."

    def __str__(self) -> str:
        return f"{self.address} {self.what}: {self.follows}. {self.fix}"
