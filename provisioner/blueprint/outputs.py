"""What others need of a platform that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.blueprint.config import Config
from provisioner.blueprint.names import Names
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Live, Scope

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def outputs(config: Config, scope: Scope, lives: Mapping[Address, Live[Any]]) -> dict[str, Any]:
    """Output name -> value, ``None`` for what is not there."""
    names = Names(config, scope)

    def of(kind: str, name: str, output: str) -> Any:
        live = lives.get(Address(kind, name))
        return live.outputs.get(output) if live and not live.gone else None

    return {
        "kms_key_id": of("kms_key", names.key, "id"),
        "kms_key_arn": of("kms_key", names.key, "arn"),
        "alarm_topic_arn": of("sns_topic", names.topic, "arn"),
        "alarm_events_queue_url": of("sqs_queue", names.events_queue, "url"),
        "alarm_dlq_url": of("sqs_queue", names.dead_letter_queue, "url"),
        "ecs_cluster_name": of("ecs_cluster", names.cluster, "cluster"),
        "lambda_function_names": {watch.key: watch.function for watch in names.functions},
        "dashboard_url": _url(scope, names.dashboard) if of("dashboard", names.dashboard, "arn") else None,
    }


def _url(scope: Scope, name: str) -> str:
    console = _CONSOLES.get(scope.partition, _CONSOLES["aws"])
    return f"https://{scope.region}.{console}/cloudwatch/home?region={scope.region}#dashboards/dashboard/{name}"
