"""What CloudWatch Logs remembers: moto's groups with their streams, and beside each what moto does not keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.backends import get_backend
from moto.logs.models import LogGroup, LogsBackend

from provisioner.emulator.core.call import ApiRefusal, refusing
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.world import Memory

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

TAGGING = Tagging(reserved="InvalidParameterException", too_many="TooManyTagsException", members=None)

invalid = refusing("InvalidParameterException")
BAD_TOKEN = invalid("The specified nextToken is invalid.")


@dataclass
class FilterFacts:
    """A metric filter: what its last Put gave, and when it was first put (epoch milliseconds)."""

    given: aws.PutMetricFilterRequestTypeDef
    created: int

    @property
    def target(self) -> aws.MetricTransformationUnionTypeDef:
        """The one transformation that a filter has."""
        return self.given["metricTransformations"][0]

    def shown(self) -> dict[str, object]:
        """The filter as DescribeMetricFilters returns it."""
        return {
            "applyOnTransformedLogs": False,
            **self.given,
            "creationTime": self.created,
            "metricTransformations": [{"unit": "None", **self.target}],
        }


@dataclass
class GroupFacts:
    """What moto does not keep of a log group."""

    log_class: str = "STANDARD"
    protected: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    bearer_tokens: bool = False
    data_protection: str | None = None
    transformer: Sequence[aws.ProcessorUnionTypeDef] | None = None


class Groups(Memory):
    """The facts and the metric filters of a place's log groups, by the group's name: they die with it."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.facts: dict[str, GroupFacts] = {}
        self.filters: dict[str, dict[str, FilterFacts]] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {self.place.arn("logs", f"log-group:{name}"): facts.tags for name, facts in self.facts.items()}

    @property
    def backend(self) -> LogsBackend:
        """moto's part of the place."""
        found: LogsBackend = get_backend("logs")[self.place.account][self.place.region]
        return found

    @property
    def live(self) -> dict[str, LogGroup]:
        """moto's groups of the place."""
        return self.backend.groups

    def group(self, name: str) -> LogGroup:
        """The group of a name. Raises ResourceNotFoundException."""
        found = self.live.get(name)
        if found is None:
            raise ApiRefusal("ResourceNotFoundException", "The specified log group does not exist.")
        return found

    def facts_of(self, name: str) -> GroupFacts:
        """The facts of a group that exists; moto makes groups of its own for some destinations."""
        return self.facts.setdefault(name, GroupFacts())

    def by_arn(self, arn: str) -> GroupFacts:
        """The facts behind an ARN without ``:*``, the only form that the tagging calls take."""
        name = arn.removeprefix(self.place.arn("logs", "log-group:"))
        if name == arn or name not in self.live:
            raise ApiRefusal("ResourceNotFoundException", "The specified resource does not exist.")
        return self.facts_of(name)
