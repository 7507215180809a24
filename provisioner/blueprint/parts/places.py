"""Where in ``platform.toml`` each thing of AWS is declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.rule import AlarmKey
from provisioner.blueprint.file.schema import CLUSTER, Config
from provisioner.blueprint.parts.names import Names
from provisioner.engine.model import Address
from provisioner.resources.sns_subscription import subscription_name

Places: TypeAlias = dict[Address, KeyPath]


def places(config: Config) -> Places:
    """The path of every resource that ``config`` leads to; those of sections that nobody need write included."""
    return dict(_places(config, Names(config)))


def alarm_place(config: Config, key: AlarmKey) -> KeyPath:
    """The table of the alarm ``key``."""
    owner, signal = key
    return (CLUSTER, "alarms", signal) if owner == CLUSTER else (config.section_of(owner), owner, "alarms", signal)


def _places(config: Config, names: Names) -> Iterator[tuple[Address, KeyPath]]:
    yield Address("kms_key", names.key), ("encryption",)
    for kind, name in (("sqs_queue", names.dlq), ("sqs_queue", names.events), ("sns_topic", names.topic)):
        yield Address(kind, name), ("notifications",)
    yield Address("sns_subscription", subscription_name(names.topic, "sqs", names.events)), ("notifications",)
    for index, item in enumerate(config.notifications.subscriptions):
        name = subscription_name(names.topic, item.protocol, item.endpoint)
        yield Address("sns_subscription", name), ("notifications", "subscriptions", index)
    yield Address("ecs_cluster", names.cluster), (CLUSTER,)
    yield Address("iam_role", names.role), ("role",)
    yield Address("sampling_rule", names.functions_rule), ("tracing", "functions")
    yield Address("sampling_rule", names.services_rule), ("tracing", "services")
    yield Address("dashboard", names.dashboard), ()
    for owner in config.functions:
        yield Address("lambda_function", names.function(owner)), ("functions", owner)
    for owner in config.workloads:
        section = config.section_of(owner)
        yield Address("log_group", names.log_group(owner)), (section, owner)
        for signal in config.metrics_of(owner):
            yield Address("metric_filter", names.filter(owner, signal)), (section, owner, signal)
    for key in config.active_alarms:
        yield Address("metric_alarm", names.alarm(key)), alarm_place(config, key)
    for declared in config.active_composites:
        yield Address("composite_alarm", names.composite(declared)), ("composites", declared)
