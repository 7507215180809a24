"""What we want: ``platform.toml`` into resources.

load            the file -> Config, validated before any call
build_bundles   the deployment packages of the functions that have a source
resources       Config -> every resource of one environment, and what a person should know of them
outputs         what others need of it, once it stands
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioner.blueprint import composites, compute, limits
from provisioner.blueprint.alarms import metric_alarms
from provisioner.blueprint.config import Config
from provisioner.blueprint.dashboard import dashboard
from provisioner.blueprint.encryption import key
from provisioner.blueprint.filters import metric_filters
from provisioner.blueprint.names import Names
from provisioner.blueprint.notifications import notifications
from provisioner.blueprint.outputs import outputs
from provisioner.blueprint.reading import environments, load
from provisioner.blueprint.tracing import NOTE, sampling_rules
from provisioner.bundle import Bundle, build
from provisioner.engine.errors import ConfigError
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Scope

__all__ = ["Blueprint", "Config", "build_bundles", "environments", "load", "outputs", "resources"]


@dataclass(frozen=True)
class Blueprint:
    """Every resource of one environment, in the order of creation, with notes for a person."""

    resources: Sequence[Resource]
    notes: Sequence[str]


def build_bundles(config: Config) -> dict[str, Bundle]:
    """Declared name -> package of each function with a source; reused where nothing changed."""
    return {
        name: build(
            config.root / function.source,
            runtime=function.runtime,
            architecture=function.architecture,
            cache=config.root / ".build",
        )
        for name, function in config.functions.items()
        if function.source
    }


def resources(config: Config, scope: Scope, bundles: Mapping[str, Bundle] | None) -> Blueprint:
    """All of it. Without ``bundles`` the functions' code is left out of any comparison.

    Raises :class:`ConfigError` for what AWS would refuse of the whole.
    """
    names = Names(config, scope)
    encryption = key(config, names, scope)
    told = notifications(config, names, scope, encryption)
    groups = compute.log_groups(config, names, encryption)
    cluster = compute.cluster(config, names)
    role = compute.role(names, scope)
    functions = compute.functions(names, scope, role, groups, bundles)
    rules = sampling_rules(config, names)
    alarms = metric_alarms(config, names, told.topic, cluster, composites.silent(config))
    over = composites.composite_alarms(config, names, told.topic, alarms)
    board = dashboard(config, names, scope, cluster, groups, [*over, *alarms.values()])
    made: list[Resource] = [encryption, *told.resources, *groups.values(), cluster]
    made += [role, *functions, *rules, *metric_filters(names, groups), *alarms.values(), *over, board]
    found = limits.findings(made)
    if found:
        raise ConfigError("the configuration asks for what AWS refuses", details=found, remedy="Nothing was touched.")
    notes = [NOTE.format(name=rules[0].name)] if functions else []
    return Blueprint(made, notes)
