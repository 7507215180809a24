"""Where a resource is: an account and a Region."""

from __future__ import annotations

from dataclasses import dataclass

from moto.utilities.utils import get_partition

_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
}


@dataclass(frozen=True)
class Place:
    """An account and a Region; the Region is ``""`` for what AWS keeps once for the whole account.

    The ``partition`` follows from the Region, where there is one.
    """

    account: str
    region: str
    partition: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "partition", self.partition or get_partition(self.region))

    @property
    def suffix(self) -> str:
        """What the names of AWS's hosts end with here."""
        return _SUFFIXES.get(self.partition, "amazonaws.com")

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this place."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
