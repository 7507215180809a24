"""From the common options to something that can plan and apply."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from provisioner import blueprint
from provisioner.aws.connection import Connection
from provisioner.aws.door import sign_in
from provisioner.aws.regions import nearest, partitions
from provisioner.cli.configuration import configuration
from provisioner.cli.options import Common
from provisioner.cli.references import followed, secrets_in
from provisioner.engine.asides import Asides, asked_for
from provisioner.engine.compare import secrets_of
from provisioner.engine.consent import Options
from provisioner.engine.errors import ConfigError, RefusedError
from provisioner.engine.keeping import state as states
from provisioner.engine.keeping.lock import Lock, hold
from provisioner.engine.keeping.store import LocalStore, Store
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observer
from provisioner.engine.plan import Plan
from provisioner.engine.planning.planner import Planner
from provisioner.engine.questions import Questions
from provisioner.engine.reconciler import Live, Reconcilers, Scope
from provisioner.engine.reporter import Reporter
from provisioner.render.terminal import Lines, Progress
from provisioner.resources import KINDS, reconcilers

if TYPE_CHECKING:
    from provisioner.engine.running.executor import Executor

_TO_WAIT = "; --lock-timeout SECONDS has this command wait for it"


SERVICES = tuple(dict.fromkeys([*(kind.service for kind in KINDS), "resourcegroupstaggingapi"]))
"""What a command that looks at the platform asks."""


class Session:
    """One run of one command against one environment. It reads the ``config`` if none is given, and asks who we are.

    It has the clients of ``services`` from the start; others are made when they are needed.
    """

    def __init__(
        self,
        common: Common,
        config: blueprint.Config | None = None,
        *,
        quiet: bool = False,
        services: Iterable[str] = SERVICES,
    ) -> None:
        self.common = common
        self.config = config or configuration(common.config, common.environment)
        profile, learn = common.profile, common.secrets.learn
        learn(secrets_in(self.config))
        self._connection = Connection(region=common.region, profile=profile, learn=learn)
        if not self._connection.region and self.config.platform.regions:
            self._connection = Connection(region=self.config.platform.regions[0], profile=profile, learn=learn)
        self.reporter = self._reporter(quiet)
        self.aws = sign_in(
            self._connection,
            self.config.platform.name,
            common.environment,
            services,
            self.reporter,
            common.signals.came,
        )
        self.scope: Scope = self.aws.scope
        self._claimed: states.State | None = None
        self._guard_account()
        if self.scope.region not in partitions():
            known = f"Region {self.scope.region} is none that this version knows; the nearest: "
            common.err.say(known + ", ".join(nearest(self.scope.region)), style="yellow")
        if not quiet:
            self._header()

    def _reporter(self, quiet: bool) -> Reporter:
        if quiet:
            return Reporter()
        return Progress(self.common.err) if self.common.err.is_terminal else Lines(self.common.err)

    def _guard_account(self) -> None:
        wanted, allowed = self.config.platform.account_id, self.config.platform.regions
        if wanted and self.scope.account != wanted:
            raise RefusedError(
                f"this is account {self.scope.account}, and {self.common.config} is for account {wanted}",
                details=[f"Signed in as {self.aws.identity}"],
                remedy="Nothing was touched. Use the other account's profile (--profile), or another --env.",
            )
        if allowed and self.scope.region not in allowed:
            raise RefusedError(
                f"Region {self.scope.region} is not among the Regions of {self.common.config}: {', '.join(allowed)}",
                remedy="Nothing was touched. Pass --region, or add the Region to the list.",
            )

    def _header(self) -> None:
        scope = self.scope
        self.common.err.say(
            f"{scope.platform}/{scope.environment} in {scope.region}, account {scope.account}, as {self.aws.identity}",
            style="dim",
        )
        if not self.config.platform.account_id:
            self.common.err.say("platform.account_id is not set: this file runs in any account", style="dim")
        for place, services in self._connection.elsewhere().items():
            of = "" if len(services) == self._connection.services else f" for {', '.join(services)}"
            self.common.err.say(f"AWS_ENDPOINT_URL is in force: {place}{of}", style="dim")

    @cached_property
    def store(self) -> Store:
        """Where the state is; a relative folder is relative to the configuration file."""
        place = self.common.state or "state"
        if place.startswith("s3://"):
            from provisioner.aws.s3_store import S3Store

            settings = self.config.state
            owner = settings.bucket_owner or self.scope.account
            client, rates = self._connection.store_client(), self.aws.rates
            return S3Store(client, place, owner, settings.kms_key, lambda pause: time.sleep(rates.sooner(pause)))
        return LocalStore(self.config.root / Path(place))

    @cached_property
    def reconcilers(self) -> Reconcilers:
        return reconcilers(self.aws.world)

    @cached_property
    def observer(self) -> Observer:
        return Observer(self.aws.world, self.reconcilers, self.reporter)

    @cached_property
    def planner(self) -> Planner:
        return Planner(self.scope, self.reconcilers, self.observer, self.aws.rates.unused)

    def asides(self, lives: Iterable[Live[Resource]]) -> Asides:
        """What AWS also says of ``lives``; some calls for each log group and function."""
        return asked_for(Questions(self.scope, self.aws.world.peek), self.reconcilers, lives)

    def executor(self) -> Executor:
        from provisioner.engine.running.executor import Executor

        return Executor(self.reconcilers, self.aws.perform, self.aws.rates, self.reporter)

    def load_state(self) -> states.State:
        """What is on record: as claimed, where this run writes."""
        return self._claimed or states.load(self.store, self.scope)

    def plan(self, options: Options) -> Plan:
        """The plan of the configuration; builds the functions' packages where they changed.

        ``ConfigError`` where a reference leads nowhere, or to what AWS would refuse.
        """
        self._follow_references()
        wanted = blueprint.build(self.config, self.scope, blueprint.build_bundles(self.config))
        options = self._with_the_file(options)
        self._learn(wanted.resources)
        return self._learned(
            self.planner.plan(wanted.resources, self.load_state(), options, wanted.notes, wanted.unheard)
        )

    def plan_teardown(self, options: Options) -> Plan:
        options = self._with_the_file(options)
        return self._learned(self.planner.teardown(self.declared.resources, self.load_state(), options))

    def plan_release(self, chosen: frozenset[Address] | None, *, hand_over: bool) -> Plan:
        """The plan that lets go of ``chosen``, or of everything. No protection forbids that: nothing is lost by it."""
        options = self._with_the_file(Options(removals=True, hand_over=hand_over))
        return self._learned(self.planner.release(self.declared.resources, self.load_state(), options, chosen))

    def _learn(self, resources: Iterable[Resource]) -> None:
        self.common.secrets.learn(text for resource in resources for text in secrets_of(resource))

    def _learned(self, plan: Plan) -> Plan:
        """``plan``, the secrets of AWS's side of it known."""
        self._learn(change.live.resource for change in plan.changes if change.live)
        return plan

    def _with_the_file(self, options: Options) -> Options:
        """``options`` with what the file allows and forbids."""
        return replace(
            options,
            protected=self.config.protected,
            keep=frozenset(item.resource.address for item in self.declared.declared if item.retained),
            ignore_tags=tuple(self.config.platform.ignore_tags),
        )

    @cached_property
    def declared(self) -> blueprint.Blueprint:
        """What is wanted, without the packages of functions: enough to find things by.

        A receiver behind a reference that leads nowhere is not among it, which is told.
        """
        for flaw in self._followed[1]:
            self.common.err.say(f"warning: {blueprint.dotted(flaw.path)}: {flaw.what}. {flaw.fix}", style="yellow")
        built = blueprint.build(self._followed[0], self.scope, None)
        self._learn(built.resources)
        return built

    @cached_property
    def _followed(self) -> tuple[blueprint.Config, list[blueprint.Flaw]]:
        """The configuration with the values behind its references, and what is wrong with those."""
        return followed(self.config, self.aws.world)

    def _follow_references(self) -> None:
        config, flaws = self._followed
        if config is self.config:
            return
        if flaws := flaws or blueprint.refusals(config, date.today()):
            findings = blueprint.read(self.common.config).place(flaws, self.common.environment)
            raise ConfigError(
                f"{self.common.config} refers to what cannot be used for {self.common.environment}",
                details=[line for item in findings for line in (str(item), f"  {item.fix}")],
                remedy="Nothing was touched.",
            )
        self.config = config

    @contextmanager
    def writing(self, patience: float = 0.0) -> Iterator[Lock]:
        """Hold the lock of this environment, for which ``patience`` (seconds) is had; no call is made without it."""
        self._warn_of_bucket()
        name = f"{states.state_name(self.scope)}.lock"
        with (
            hold(self.store, name, self.common.command_line, patience=patience, advice=_TO_WAIT) as lock,
            self._connection.while_permitted(lock.check),
        ):
            self._claimed = states.claim(self.store, self.scope, lock)
            yield lock

    def _warn_of_bucket(self) -> None:
        for concern in self.store.concerns():
            self.common.err.say(f"warning: {concern}", style="yellow")
