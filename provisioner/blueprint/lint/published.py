"""Which metrics AWS services publish by themselves, with which dimensions; ``published.json`` names its sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

MetricId: TypeAlias = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class Published:
    """The sets of dimension names with which a metric has data, the usual one first.

    ``on_instances`` are those that it has besides on EC2 instances, and never on Fargate.
    """

    dimensions: tuple[frozenset[str], ...]
    on_instances: tuple[frozenset[str], ...] = ()

    @property
    def everywhere(self) -> tuple[frozenset[str], ...]:
        return (*self.dimensions, *self.on_instances)


_OTHERS = frozenset({"CWAgent", "ContainerInsights", "ContainerInsights/Prometheus", "CloudWatchSynthetics", "Glue"})
"""AWS's namespaces that do not begin with ``AWS/`` and have no table here. The others are known by their beginning."""


@cache
def published() -> Mapping[MetricId, Published]:
    """All that is known here."""
    tables = json.loads(resources.files(__package__).joinpath("published.json").read_text("utf-8"))
    return {
        (namespace, name): Published(_sets(entry["dimensions"]), _sets(entry.get("on_instances", [])))
        for namespace, table in tables.items()
        for entry in table["metrics"]
        for name in entry["names"]
    }


def is_unknown_service(namespace: str) -> bool:
    """Whether ``namespace`` is one of AWS's, and no table here describes it."""
    of_aws = namespace.startswith("AWS/") or namespace in _OTHERS
    return of_aws and namespace not in {known for known, _ in published()}


def _sets(lists: list[list[str]]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names) for names in lists)
