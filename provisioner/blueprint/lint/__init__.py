"""What AWS would not refuse of a ``platform.toml`` but nobody would want.

::

    report = lint(Path("platform.toml"), date.today())   # .environments, .findings; what cannot be built is in it, too

One module a subject, one function a rule: ``metrics``, ``notifications``, ``dashboards``, ``limits``, ``lifecycles``.
A rule yields a ``Flaw``; it is given the wanted resources of one environment in one Region. No rule asks AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from provisioner.aws.regions import partitions
from provisioner.blueprint.file.findings import Finding, Flaw, NoPlatform
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint import dashboards, lifecycles, limits, metrics, notifications
from provisioner.blueprint.lint.subject import Rule, Subject
from provisioner.blueprint.load import File, read
from provisioner.blueprint.parts.build import resources
from provisioner.engine.reconciler import Scope

RULES: tuple[Rule, ...] = (
    metrics.unpublished,
    metrics.strangers,
    metrics.defaults,
    notifications.silent_alarms,
    notifications.inhibitors,
    notifications.no_person,
    dashboards.bodies,
    lifecycles.runtimes,
    lifecycles.packages,
)

_ANY_ACCOUNT = "000000000000"
_ANY_REGION = "us-east-1"


@dataclass(frozen=True)
class Report:
    """What ``lint`` found: the declared environments, and their findings in the order of the file."""

    environments: Sequence[str]
    findings: Sequence[Finding]

    def refused(self, environment: str) -> list[Finding]:
        """The errors for which ``plan`` and ``apply`` refuse ``environment``, those of the whole file among them."""
        return [item for item in self.findings if item.severity == "error" and item.environment in (environment, "")]


def lint(path: Path, today: date) -> Report:
    """Every finding about the file at ``path``, those for which ``load`` refuses it among them."""
    try:
        file = read(path)
    except NoPlatform as error:
        return Report([], [error.finding])
    found = {environment: file.configuration(environment) for environment in file.environments}
    configs = {name: config for name, config in found.items() if isinstance(config, Config)}
    flaws = {name: list(_judge(what, today)) if isinstance(what, Config) else what for name, what in found.items()}
    for name, flaw in limits.sampling_rules(configs):
        flaws[name].append(flaw)
    return Report(list(file.environments), list(_placed(file, flaws)))


def _placed(file: File, flaws: Mapping[str, Sequence[Flaw]]) -> Iterator[Finding]:
    for environment, found in flaws.items():
        yield from file.place(found, environment)


def _judge(config: Config, today: date) -> Iterator[Flaw]:
    for region in config.platform.regions or [_ANY_REGION]:
        scope = _somewhere(config, region)
        subject = Subject(config, scope, resources(config, scope, None).resources, today)
        for rule in RULES:
            yield from rule(subject)


def _somewhere(config: Config, region: str) -> Scope:
    """A place to build resources for that nobody asks AWS about."""
    account = config.platform.account_id or _ANY_ACCOUNT
    return Scope(config.platform.name, config.environment, account, region, partitions().get(region, "aws"))
