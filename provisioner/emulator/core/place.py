"""Where a resource is: an account and a Region."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """An account and a Region; the Region is ``""`` for what AWS keeps once for the whole account."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this place, in the ``aws`` partition."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"
