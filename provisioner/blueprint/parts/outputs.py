"""What others need to know of a platform that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.names import Names
from provisioner.engine.model import Address, Resource
from provisioner.engine.reconciler import Live, Scope
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_CONSOLES = {"aws-us-gov": "console.amazonaws-us-gov.com", "aws-cn": "console.amazonaws.cn"}


def outputs(config: Config, scope: Scope, lives: Mapping[Address, Live[Any]]) -> dict[str, Any]:
    """The platform's outputs by name, from what is ``lives``; ``None`` for what is not there or on its way out.

    ``lambda_function_names`` leads from declared names to names in AWS. A function that others deploy is always in it:
    whether it is there is not ours to know.
    """
    names = Names(config)

    def output(kind: type[Resource], name: str, output: str = "") -> Any:
        live = lives.get(Address(kind.kind, name))
        if live is None or live.gone:
            return None
        return live.outputs.get(output) if output else name

    functions = {
        owner: output(LambdaFunction, names.function(owner)) if owner in config.deployed else names.function(owner)
        for owner in config.functions
    }
    return {
        "kms_key_id": output(KmsKey, names.key, "id"),
        "kms_key_arn": output(KmsKey, names.key, "arn"),
        "alarm_topic_arn": output(SnsTopic, names.topic, "arn"),
        "alarm_events_queue_url": output(SqsQueue, names.events, "url"),
        "alarm_dlq_url": output(SqsQueue, names.dlq, "url"),
        "ecs_cluster_name": output(EcsCluster, names.cluster),
        "lambda_function_names": functions,
        "dashboard_url": output(Dashboard, names.dashboard) and _dashboard_url(scope, names.dashboard),
    }


def _dashboard_url(scope: Scope, name: str) -> str:
    console = _CONSOLES.get(scope.partition, "console.aws.amazon.com")
    return f"https://{scope.region}.{console}/cloudwatch/home?region={scope.region}#dashboards/dashboard/{name}"
