"""From a configuration to the list of all resources, what others need first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from provisioner import bundle
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts import alarms, composites, compute, dashboard, encryption, filters, logs, tracing
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.names import Names
from provisioner.blueprint.parts.notifications import notifications
from provisioner.bundle import Bundle
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Scope

_BUILD_FOLDER = ".build"


@dataclass(frozen=True)
class Blueprint:
    """What should exist, and ``notes``: what a person should know of it and no plan would show."""

    resources: list[Resource]
    notes: list[str]


def build_bundles(config: Config) -> dict[str, Bundle]:
    """The deployment zips of the functions that have a source, by declared name; ``.build/`` beside the file keeps
    them. Raises ``BundleError``.
    """
    return {
        owner: bundle.build(
            config.root / str(function.source),
            runtime=function.runtime,
            architecture=function.architecture,
            cache=config.root / _BUILD_FOLDER,
        )
        for owner, function in config.deployed.items()
    }


def function_names(config: Config) -> dict[str, str]:
    """Every declared function with its name in AWS."""
    return {owner: Names(config).function(owner) for owner in config.functions}


def resources(config: Config, scope: Scope, bundles: Mapping[str, Bundle] | None) -> Blueprint:
    """Everything that should exist in ``scope``, what others need first.

    Without ``bundles`` the functions' code is not compared, which is enough to find things and to remove them.
    Raises ``ConfigError`` where the Region has no Lambda Insights layer for a function that wants it.
    """
    context = Context(config, scope)
    key = encryption.key(context)
    alerting = notifications(context, key)
    groups = logs.log_groups(context, key)
    role = [compute.role(context)] if config.deployed else []
    functions = compute.functions(context, role[0], groups, bundles) if role else []
    on_metrics = alarms.metric_alarms(context, alerting.topic.arn)
    over_alarms = composites.composite_alarms(context, on_metrics, alarms.publish(context, alerting.topic.arn))
    wanted: list[Resource] = [
        key,
        *alerting.resources,
        *groups.values(),
        compute.cluster(context),
        *role,
        *functions,
        *tracing.sampling_rules(context),
        *filters.filters(context, groups),
        *on_metrics.values(),
        *over_alarms,
        dashboard.dashboard(context, [*on_metrics.values(), *over_alarms]),
    ]
    return Blueprint(wanted, list(_notes(config)))


def _notes(config: Config) -> Iterator[str]:
    names = Names(config)
    if config.deployed:
        yield tracing.NO_EFFECT_ON_LAMBDA.format(rule=names.functions_rule)
    if not config.notifications.subscriptions:
        yield f"Nobody is subscribed to {names.topic} but the queue {names.events}: an alarm reaches no person."
    for owner, function in config.deployed.items():
        if function.log_level == "FATAL":
            yield f"{owner}: at log level FATAL no error is logged, so its error alarm never fires."
        elif function.log_level in ("WARN", "ERROR") and function.log_format == "json":
            yield f"{owner}: at log level {function.log_level} its latency metric sees refusals and failures only."
