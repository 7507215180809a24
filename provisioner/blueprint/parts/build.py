"""The parts of the platform in their order, and what comes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from provisioner import bundle
from provisioner.blueprint.file.schema import Config, Function
from provisioner.blueprint.parts import (
    alarms,
    composites,
    compute,
    dashboard,
    encryption,
    filters,
    logs,
    notifications,
    tracing,
)
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared, Theirs
from provisioner.bundle import Bundle
from provisioner.engine.errors import BundleError
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Scope

Part: TypeAlias = Callable[[Context, Blueprint], Iterable[Declared[Resource] | Theirs]]
"""Yields what it declares; the blueprint holds what the parts before it did."""

PARTS: tuple[Part, ...] = (
    encryption.key,
    notifications.notifications,
    logs.log_groups,
    compute.cluster,
    compute.role,
    compute.functions,
    tracing.sampling_rules,
    filters.filters,
    alarms.metric_alarms,
    composites.composite_alarms,
    dashboard.dashboard,
)

_BUILD_FOLDER = ".build"


def build_bundles(config: Config) -> dict[str, Bundle]:
    """The deployment zips of the functions that have a source, by declared name; ``.build/`` beside the file keeps
    them. Raises ``BundleError``.
    """
    try:
        cache = config.fence().inside(config.root / _BUILD_FOLDER)
    except OSError as error:
        raise BundleError(f"{config.root / _BUILD_FOLDER} is not used: {error.strerror}") from error
    return {owner: _bundle(config, owner, function, cache) for owner, function in config.deployed.items()}


def _bundle(config: Config, owner: str, function: Function, cache: Path) -> Bundle:
    try:
        fence = config.fence(owner)
    except OSError as error:
        raise BundleError(f"functions.{owner}.allow_outside: {error.filename}: {error.strerror}") from error
    return bundle.build(
        config.root / str(function.source),
        runtime=function.runtime,
        architecture=function.architecture,
        cache=cache,
        fence=fence,
        require_hashes=function.require_hashes,
    )


def build(config: Config, scope: Scope, bundles: Mapping[str, Bundle] | None) -> Blueprint:
    """Everything that should exist in ``scope``.

    Without ``bundles`` the functions' code is not compared, which is enough to find things and to remove them.
    Raises ``ConfigError`` for what cannot be made in this Region.
    """
    blueprint = declare(Context(config, scope, bundles))
    for item in blueprint.declared:
        if item.impossible:
            raise item.impossible
    return blueprint


def declare(context: Context) -> Blueprint:
    """The same with everything that is wrong in it, for the rules that judge it."""
    blueprint = Blueprint(context)
    for part in PARTS:
        blueprint.add(part(context, blueprint))
    return blueprint
