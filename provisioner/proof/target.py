"""What is to be proved: each metric filter that a configuration declares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.filters import Made, log_metric
from provisioner.blueprint.parts.names import Names
from provisioner.patterns import Pattern, parse


@dataclass(frozen=True)
class Target:
    """The filter that makes the metric ``signal`` (``errors``, ``latency``) of the service or function ``owner``."""

    owner: str
    signal: str
    name: str
    log_group: str
    namespace: str
    metric: str
    made: Made

    @property
    def pattern(self) -> str:
        return self.made.pattern

    @property
    def value(self) -> str:
        """What is published: a number, or a field of the line."""
        return self.made.value

    @property
    def address(self) -> str:
        """As in plans and state."""
        return f"metric_filter.{self.name}"

    @cached_property
    def parsed(self) -> Pattern:
        """The pattern, ready to match: AWS would take it, for the configuration was checked."""
        return parse(self.pattern)

    def value_of(self, line: str) -> float | None:
        """What the filter would publish for ``line``, which matches; ``None`` where the value is not a number there."""
        match = self.parsed.match(line)
        return self.parsed.value(self.value, match) if match else None


def targets(config: Config) -> list[Target]:
    """Every filter of the configuration, in its order."""
    names = Names(config)
    return [
        Target(
            owner,
            signal,
            names.filter(owner, signal),
            names.log_group(owner),
            names.namespace,
            names.metric(owner, signal),
            log_metric(config, owner, signal),
        )
        for owner in config.workloads
        for signal in config.metrics_of(owner)
    ]
