"""What is wrong with a configuration: what AWS would refuse, and what nobody would want.

::

    refusals(config, date.today())                       # why nothing can be built of it
    report = lint(Path("platform.toml"), date.today())   # .environments, .findings: everything about the whole file

One module a subject, one function a rule. A rule yields a ``Flaw``; it is given what the parts declare for one
environment in one Region. No rule asks AWS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from provisioner.aws.regions import partition_of
from provisioner.blueprint.file.findings import Finding, Flaw, NoPlatform
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint import (
    alarms,
    composites,
    dashboards,
    environments,
    filters,
    functions,
    grants,
    lifecycles,
    limits,
    metrics,
    names,
    notifications,
    packages,
    tags,
)
from provisioner.blueprint.lint.subject import Rule, Subject
from provisioner.blueprint.load import check_size, read
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.build import declare
from provisioner.blueprint.parts.context import Context
from provisioner.engine.reconciler import Scope

REFUSALS: tuple[Rule, ...] = (
    names.names,
    tags.tags,
    functions.functions,
    notifications.subscriptions,
    alarms.insights,
    alarms.percentages,
    alarms.windows,
    filters.patterns,
    composites.composites,
)
"""What AWS would refuse, and what could never work. Where one of these finds something, nothing can be built."""

RULES: tuple[Rule, ...] = (
    environments.unprotected,
    environments.unknown_region,
    metrics.unpublished,
    metrics.strangers,
    metrics.defaults,
    notifications.silent_alarms,
    notifications.inhibitors,
    notifications.no_person,
    dashboards.bodies,
    lifecycles.runtimes,
    lifecycles.packages,
    packages.requirements,
    grants.attachments,
    grants.statements,
    grants.layers,
)
"""What AWS would not refuse but nobody would want."""

_ANY_ACCOUNT = "000000000000"
_ANY_REGION = "us-east-1"


@dataclass(frozen=True)
class LintReport:
    """What ``lint`` found: the declared environments, and their findings in the order of the file."""

    environments: Sequence[str]
    findings: Sequence[Finding]

    def refused(self, environment: str) -> list[Finding]:
        """The errors for which ``plan`` and ``apply`` refuse ``environment``, those of the whole file among them."""
        return [item for item in self.findings if item.severity == "error" and item.environment in (environment, "")]


def lint(path: Path, today: date, only: str = "") -> LintReport:
    """Every finding about the file at ``path``, those of the schema among them.

    With ``only`` the name of an environment, those about the others are not looked for.
    """
    try:
        file = read(path)
        check_size(file)
    except NoPlatform as error:
        return LintReport([], [error.finding])
    flaws: dict[str, list[Flaw]] = {}
    sound: dict[str, Blueprint] = {}
    for environment in file.environments:
        if only and environment != only:
            continue
        config = file.configuration(environment)
        if isinstance(config, Config):
            flaws[environment], built = _judge(config, today)
            sound |= {environment: built} if built else {}
        else:
            flaws[environment] = config
    for environment, flaw in limits.sampling_rules(sound):
        flaws[environment].append(flaw)
    return LintReport(list(flaws), [item for name, found in flaws.items() for item in file.place(found, name)])


def refusals(config: Config, today: date) -> list[Flaw]:
    """Why nothing can be built of ``config``. Names and sizes are those of its first Region."""
    return list(names.ambiguous(config)) or _found(REFUSALS, [Subject(declare(next(_places(config))), today)])


def _judge(config: Config, today: date) -> tuple[list[Flaw], Blueprint | None]:
    """All that is wrong with ``config``, and what is built of it where something can be."""
    if ambiguous := list(names.ambiguous(config)):
        return ambiguous, None
    subjects = [Subject(declare(context), today) for context in _places(config)]
    if refused := _found(REFUSALS, subjects[:1]):
        return refused, None
    return _found(RULES, subjects), subjects[0].blueprint


def _found(rules: Iterable[Rule], subjects: Iterable[Subject]) -> list[Flaw]:
    return [flaw for subject in subjects for rule in rules for flaw in rule(subject)]


def _places(config: Config) -> Iterator[Context]:
    """Every Region that the file allows; no AWS is asked for them."""
    for region in config.platform.regions or [_ANY_REGION]:
        account = config.platform.account_id or _ANY_ACCOUNT
        partition = partition_of(region)
        yield Context(config, Scope(config.platform.name, config.environment, account, region, partition))
