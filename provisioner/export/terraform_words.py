"""Each kind in the words of Terraform's provider for AWS: type, import id, arguments.

Arguments are those of version 5 and newer. What it knows only by a newer version, or could not compare, is left out or
``unmanaged``, so that it plans nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.aws.policies import to_json
from provisioner.engine.model import UNSEEN
from provisioner.engine.reconciler import Live
from provisioner.export.pieces import Piece, Secret, Words, given, kept_tags, variables
from provisioner.resources.composite_alarm import CompositeAlarm
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.ecs_cluster import EcsCluster
from provisioner.resources.iam_role import IamRole
from provisioner.resources.kms_key import KmsKey
from provisioner.resources.lambda_function import LambdaFunction
from provisioner.resources.log_group import LogGroup
from provisioner.resources.metric_alarm import MetricAlarm, is_plain
from provisioner.resources.metric_filter import MetricFilter
from provisioner.resources.sampling_rule import SamplingRule
from provisioner.resources.sns_subscription import SnsSubscription, conceals
from provisioner.resources.sns_topic import SnsTopic
from provisioner.resources.sqs_queue import SqsQueue

_OLD_QUEUE_LIMIT = 262_144
"""The largest message that the provider takes before version 6.8; SQS takes 1 MiB since 2025."""


def _piece(kind: str, import_id: str, values: Mapping[str, object], **more: Any) -> Piece:
    return Piece(kind, {"id": import_id}, values, **more)


def _document(value: Mapping[str, object]) -> str:
    return to_json(dict(value)) if value else ""


def key(live: Live[KmsKey]) -> Iterator[Piece]:
    there, key_id = live.resource, live.outputs["id"]
    values = {
        "description": there.description,
        "policy": _document(there.policy),
        "is_enabled": there.enabled,
        "enable_key_rotation": bool(there.rotation_days),
        "rotation_period_in_days": there.rotation_days or None,
        "tags": kept_tags(live),
    }
    yield _piece("aws_kms_key", key_id, values, unmanaged=("deletion_window_in_days",))
    if there.alias:
        yield _piece("aws_kms_alias", there.alias, {"name": there.alias, "target_key_id": key_id}, part="alias")


def queue(live: Live[SqsQueue]) -> Iterator[Piece]:
    there = live.resource
    large = there.max_message_bytes > _OLD_QUEUE_LIMIT
    values = {
        "name": there.name,
        "kms_master_key_id": there.kms_key,
        "kms_data_key_reuse_period_seconds": there.kms_reuse_seconds if there.kms_key else None,
        "policy": _document(there.policy),
        "redrive_policy": _document(there.redrive),
        "redrive_allow_policy": _document(there.redrive_allow),
        "message_retention_seconds": there.retention_seconds,
        "visibility_timeout_seconds": there.visibility_timeout_seconds,
        "delay_seconds": there.delay_seconds,
        "receive_wait_time_seconds": there.receive_wait_seconds,
        "max_message_size": None if large else there.max_message_bytes,
        "tags": kept_tags(live),
    }
    unmanaged = ("max_message_size",) if large else ()
    yield _piece("aws_sqs_queue", live.outputs["url"], values, unmanaged=unmanaged)


def topic(live: Live[SnsTopic]) -> Iterator[Piece]:
    there = live.resource
    values = {
        "name": there.name,
        "display_name": there.display_name,
        "kms_master_key_id": there.kms_key,
        "policy": _document(there.policy),
        "delivery_policy": _document(there.delivery_policy),
        # SNS does not show these two where they were never set.
        "tracing_config": there.tracing if there.tracing != "PassThrough" else None,
        "signature_version": int(there.signature_version) if there.signature_version != "1" else None,
        **{_snake(name): _number(value) for name, value in there.feedback.items()},
        "tags": kept_tags(live),
    }
    yield _piece("aws_sns_topic", live.outputs["arn"], values)


def subscription(live: Live[SnsSubscription]) -> Iterator[Piece]:
    there = live.resource
    hidden = there.endpoint is UNSEEN or conceals(there.endpoint)
    values = {
        "topic_arn": there.topic,
        "protocol": there.protocol,
        "endpoint": Secret(there.address, "endpoint") if hidden else there.endpoint,
        "raw_message_delivery": there.raw_delivery,
        "redrive_policy": _document(there.redrive),
        "filter_policy": _document(there.filter_policy),
        "filter_policy_scope": there.filter_policy_scope if there.filter_policy else None,
        "delivery_policy": _document(there.delivery_policy),
    }
    waiting = ("confirmation_timeout_in_minutes", "endpoint_auto_confirms")  # of a subscription to be made
    yield _piece("aws_sns_topic_subscription", live.outputs["arn"], values, unmanaged=waiting)


def log_group(live: Live[LogGroup]) -> Iterator[Piece]:
    there = live.resource
    values = {
        "name": there.name,
        "kms_key_id": there.kms_key,
        "retention_in_days": live.facts["days"],
        "log_group_class": there.log_class,
        "tags": kept_tags(live),
    }
    yield _piece("aws_cloudwatch_log_group", there.name, values)


def cluster(live: Live[EcsCluster]) -> Iterator[Piece]:
    there = live.resource
    insights = there.insights
    values = {
        "name": there.name,
        "setting": UNSEEN if insights is UNSEEN else [{"name": "containerInsights", "value": insights}],
        "configuration": _cluster_configuration(there),
        "service_connect_defaults": {"namespace": there.service_connect} if there.service_connect else None,
        "tags": kept_tags(live),
    }
    yield _piece("aws_ecs_cluster", there.name, values)
    if there.capacity_providers or there.default_strategy:
        strategy = [{_snake(name): value for name, value in item.items()} for item in there.default_strategy]
        providers = {
            "cluster_name": there.name,
            "capacity_providers": there.capacity_providers,
            "default_capacity_provider_strategy": strategy,
        }
        yield _piece("aws_ecs_cluster_capacity_providers", there.name, providers, part="capacity_providers")


def _cluster_configuration(there: EcsCluster) -> dict[str, object]:
    parts: dict[str, Any] = _snaked(there.configuration)
    logging = parts.get("execute_command_configuration", {}).get("log_configuration", {})
    if "s3_encryption_enabled" in logging:  # the one word of it that Terraform spells otherwise
        logging["s3_bucket_encryption_enabled"] = logging.pop("s3_encryption_enabled")
    return parts


def role(live: Live[IamRole]) -> Iterator[Piece]:
    there = live.resource
    values = {
        "name": there.name,
        "path": there.path,
        "assume_role_policy": _document(there.trust),
        "description": there.description,
        "max_session_duration": there.max_session_seconds,
        "permissions_boundary": there.boundary,
        "tags": kept_tags(live),
    }
    yield _piece("aws_iam_role", there.name, values)
    for arn in there.attached:
        attachment = {"role": there.name, "policy_arn": arn}
        yield _piece("aws_iam_role_policy_attachment", f"{there.name}/{arn}", attachment, part=arn.rpartition("/")[2])
    for name, document in there.inline.items():
        inline = {"role": there.name, "name": name, "policy": _document(document)}
        yield _piece("aws_iam_role_policy", f"{there.name}:{name}", inline, part=name)


_CODE = ("filename", "source_code_hash", "publish")
"""Arguments about the deployment of a function's code, which goes on being its owner's."""


def function(live: Live[LambdaFunction]) -> Iterator[Piece]:
    there = live.resource
    logging = {"log_group": there.log_group, "log_format": there.log_format}
    if there.log_format == "JSON":
        levels = {"application_log_level": there.application_log_level, "system_log_level": there.system_log_level}
        logging |= levels
    values = {
        "function_name": there.name,
        "role": there.role,
        "runtime": there.runtime,
        "handler": there.handler,
        "architectures": [there.architecture],
        "filename": f"{there.name}.zip",  # one must be named; it is read only when the code is deployed
        "description": there.description,
        "timeout": there.timeout_seconds,
        "memory_size": there.memory_mb,
        "ephemeral_storage": {"size": there.ephemeral_mb},
        "tracing_config": {"mode": there.tracing},
        "layers": there.layers,
        "environment": variables(there, "variables"),
        "kms_key_arn": there.environment_key,
        "logging_config": logging,
        "dead_letter_config": {"target_arn": there.dead_letter} if there.dead_letter else None,
        "reserved_concurrent_executions": there.reserved_concurrency,
        "snap_start": {"apply_on": there.snap_start} if there.snap_start != "None" else None,
        "vpc_config": _snaked(there.vpc),
        "file_system_config": [
            {"arn": item["Arn"], "local_mount_path": item["LocalMountPath"]} for item in there.file_systems
        ],
        "tags": kept_tags(live),
    }
    yield _piece("aws_lambda_function", there.name, values, unmanaged=_CODE)


def sampling_rule(live: Live[SamplingRule]) -> Iterator[Piece]:
    there = live.resource
    values = {
        "rule_name": there.name,
        "priority": there.priority,
        "version": there.version,
        "fixed_rate": there.fixed_rate,
        "reservoir_size": there.reservoir,
        "service_name": there.service_name,
        "service_type": there.service_type,
        "host": there.host,
        "http_method": there.http_method,
        "url_path": there.url_path,
        "resource_arn": there.resource_arn,
        "attributes": there.segment_attributes,
        "tags": kept_tags(live),
    }
    yield _piece("aws_xray_sampling_rule", there.name, values)


def metric_filter(live: Live[MetricFilter]) -> Iterator[Piece]:
    there = live.resource
    transformation = {
        "namespace": there.namespace,
        "name": there.metric,
        "value": there.value,
        "default_value": "" if there.default == "" else _text(float(there.default)),
        "unit": there.unit,
        "dimensions": there.dimensions,
    }
    values = {
        "name": there.name,
        "log_group_name": there.log_group,
        "pattern": there.pattern,
        "metric_transformation": given(transformation),
    }
    yield _piece("aws_cloudwatch_log_metric_filter", f"{there.log_group}:{there.name}", values)


def metric_alarm(live: Live[MetricAlarm]) -> Iterator[Piece]:
    there = live.resource
    plain = is_plain(there.statistic)
    values = {
        "alarm_name": there.name,
        **_told(there),
        "namespace": there.namespace,
        "metric_name": there.metric,
        "dimensions": there.dimensions,
        "statistic" if plain else "extended_statistic": there.statistic,
        "period": there.period_seconds or None,
        "unit": there.unit,
        "metric_query": [_query(item) for item in there.metrics],
        "comparison_operator": there.comparison,
        "threshold": there.threshold if not there.threshold_metric else None,
        "threshold_metric_id": there.threshold_metric,
        "evaluation_periods": there.evaluation_periods,
        "datapoints_to_alarm": there.datapoints_to_alarm,
        "treat_missing_data": there.missing_data,
        "evaluate_low_sample_count_percentiles": there.low_samples if there.statistic and not plain else None,
        "tags": kept_tags(live),
    }
    yield _piece("aws_cloudwatch_metric_alarm", there.name, values)


def _told(there: MetricAlarm | CompositeAlarm) -> dict[str, object]:
    return {
        "alarm_description": there.description,
        "actions_enabled": there.actions_enabled,
        "alarm_actions": list(there.alarm_actions),
        "ok_actions": list(there.ok_actions),
        "insufficient_data_actions": list(there.insufficient_data_actions),
    }


def _query(item: Mapping[str, Any]) -> dict[str, object]:
    """A query of metric math; dimensions are a map here, and a metric's name and period stand side by side."""
    query = {_snake(name): value for name, value in item.items() if name != "MetricStat"}
    if stat := item.get("MetricStat"):
        metric = stat["Metric"]
        query["metric"] = given(
            {
                "namespace": metric.get("Namespace"),
                "metric_name": metric.get("MetricName"),
                "dimensions": {pair["Name"]: pair["Value"] for pair in metric.get("Dimensions", ())},
                "period": stat["Period"],
                "stat": stat["Stat"],
                "unit": stat.get("Unit"),
            }
        )
    return query


def composite_alarm(live: Live[CompositeAlarm]) -> Iterator[Piece]:
    there, by = live.resource, live.resource.suppressor
    suppressor = {
        "alarm": by.get("alarm"),
        "wait_period": by.get("wait_seconds"),
        "extension_period": by.get("extension_seconds"),
    }
    values = {
        "alarm_name": there.name,
        "alarm_rule": there.rule,
        **_told(there),
        "actions_suppressor": suppressor if by else None,
        "tags": kept_tags(live),
    }
    yield _piece("aws_cloudwatch_composite_alarm", there.name, values)


def dashboard(live: Live[Dashboard]) -> Iterator[Piece]:
    there = live.resource
    values = {"dashboard_name": there.name, "dashboard_body": _document(there.body)}
    yield _piece("aws_cloudwatch_dashboard", there.name, values)


def _snaked(value: Any) -> Any:
    """``value`` with every key in Terraform's spelling."""
    return {_snake(key): _snaked(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _snake(name: str) -> str:
    """``cloudWatchLogGroupName`` or ``SQSSuccessFeedbackRoleArn`` as Terraform spells it."""
    words = re.findall(r"S3|[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return "_".join(word.lower() for word in words)


def _text(value: float) -> str:
    """``value`` as Terraform shows it: without a fraction where there is none."""
    return str(int(value)) if value.is_integer() else repr(value)


def _number(value: str) -> str | int:
    return int(value) if value.isdigit() else value


WORDS: Mapping[str, Words] = {
    KmsKey.kind: key,
    SqsQueue.kind: queue,
    SnsTopic.kind: topic,
    SnsSubscription.kind: subscription,
    LogGroup.kind: log_group,
    EcsCluster.kind: cluster,
    IamRole.kind: role,
    LambdaFunction.kind: function,
    SamplingRule.kind: sampling_rule,
    MetricFilter.kind: metric_filter,
    MetricAlarm.kind: metric_alarm,
    CompositeAlarm.kind: composite_alarm,
    Dashboard.kind: dashboard,
}
