"""Each kind in the words of CloudFormation: type, primary identifier, properties.

Only types that CloudFormation can import are used: those whose schema has a handler to read them. ``TopicPolicy`` and
``QueuePolicy`` have none, so the policies of topics and queues are ``TopicInlinePolicy`` and ``QueueInlinePolicy``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.aws.policies import to_json
from provisioner.engine.model import UNSEEN
from provisioner.engine.reconciler import Live
from provisioner.export.pieces import Code, Piece, Secret, Words, given, kept_tags, variables
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


def _tags(live: Live[Any]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in kept_tags(live).items()]


def key(live: Live[KmsKey]) -> Iterator[Piece]:
    there, key_id = live.resource, live.outputs["id"]
    values = {
        "Description": there.description,
        "KeyPolicy": there.policy,
        "Enabled": there.enabled,
        "EnableKeyRotation": bool(there.rotation_days),
        "RotationPeriodInDays": there.rotation_days or None,
        "Tags": _tags(live),
    }
    yield Piece("AWS::KMS::Key", {"KeyId": key_id}, values)
    if there.alias:
        alias = {"AliasName": there.alias, "TargetKeyId": key_id}
        yield Piece("AWS::KMS::Alias", {"AliasName": there.alias}, alias, part="alias")


def queue(live: Live[SqsQueue]) -> Iterator[Piece]:
    there, url = live.resource, live.outputs["url"]
    values = {
        "QueueName": there.name,
        "KmsMasterKeyId": there.kms_key,
        "KmsDataKeyReusePeriodSeconds": there.kms_reuse_seconds if there.kms_key else None,
        "RedrivePolicy": there.redrive,
        "RedriveAllowPolicy": there.redrive_allow,
        "MessageRetentionPeriod": there.retention_seconds,
        "VisibilityTimeout": there.visibility_timeout_seconds,
        "DelaySeconds": there.delay_seconds,
        "ReceiveMessageWaitTimeSeconds": there.receive_wait_seconds,
        "MaximumMessageSize": there.max_message_bytes,
        "Tags": _tags(live),
    }
    yield Piece("AWS::SQS::Queue", {"QueueUrl": url}, values)
    if there.policy:
        policy = {"Queue": url, "PolicyDocument": there.policy}
        yield Piece("AWS::SQS::QueueInlinePolicy", {"Queue": url}, policy, part="policy")


def topic(live: Live[SnsTopic]) -> Iterator[Piece]:
    there, arn = live.resource, live.outputs["arn"]
    values = {
        "TopicName": there.name,
        "DisplayName": there.display_name,
        "KmsMasterKeyId": there.kms_key,
        # SNS does not show these two where they were never set.
        "TracingConfig": there.tracing if there.tracing != "PassThrough" else None,
        "SignatureVersion": there.signature_version if there.signature_version != "1" else None,
        "DeliveryStatusLogging": _feedback(there.feedback),
        "Tags": _tags(live),
    }
    yield Piece("AWS::SNS::Topic", {"TopicArn": arn}, values)
    if there.policy:
        policy = {"TopicArn": arn, "PolicyDocument": there.policy}
        yield Piece("AWS::SNS::TopicInlinePolicy", {"TopicArn": arn}, policy, part="policy")


_FEEDBACK = re.compile(r"(Application|HTTP|Lambda|Firehose|SQS)(\w+)")
_PROTOCOLS = {"HTTP": "http/s"}


def _feedback(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """The attributes that SNS names by protocol, as one entry a protocol."""
    entries: dict[str, dict[str, str]] = {}
    for name, value in attributes.items():
        if found := _FEEDBACK.fullmatch(name):
            protocol = _PROTOCOLS.get(found[1], found[1].lower())
            entries.setdefault(protocol, {"Protocol": protocol})[found[2]] = value
    return list(entries.values())


def subscription(live: Live[SnsSubscription]) -> Iterator[Piece]:
    there = live.resource
    hidden = there.endpoint is UNSEEN or conceals(there.endpoint)
    values = {
        "TopicArn": there.topic,
        "Protocol": there.protocol,
        "Endpoint": Secret(there.address, "endpoint") if hidden else there.endpoint,
        "RawMessageDelivery": there.raw_delivery,
        "RedrivePolicy": there.redrive,
        "FilterPolicy": there.filter_policy,
        "FilterPolicyScope": there.filter_policy_scope if there.filter_policy else None,
        "DeliveryPolicy": there.delivery_policy,
    }
    yield Piece("AWS::SNS::Subscription", {"Arn": live.outputs["arn"]}, values)


def log_group(live: Live[LogGroup]) -> Iterator[Piece]:
    there = live.resource
    values = {
        "LogGroupName": there.name,
        "KmsKeyId": there.kms_key,
        "RetentionInDays": live.facts["days"] or None,
        "LogGroupClass": there.log_class,
        "DeletionProtectionEnabled": there.deletion_protection or None,
        "Tags": _tags(live),
    }
    yield Piece("AWS::Logs::LogGroup", {"LogGroupName": there.name}, values)


def cluster(live: Live[EcsCluster]) -> Iterator[Piece]:
    there, insights = live.resource, live.resource.insights
    values = {
        "ClusterName": there.name,
        "ClusterSettings": UNSEEN if insights is UNSEEN else [{"Name": "containerInsights", "Value": insights}],
        "Configuration": _capitalised(there.configuration),
        "ServiceConnectDefaults": {"Namespace": there.service_connect} if there.service_connect else None,
        "CapacityProviders": there.capacity_providers,
        "DefaultCapacityProviderStrategy": _capitalised(there.default_strategy),
        "Tags": _tags(live),
    }
    yield Piece("AWS::ECS::Cluster", {"ClusterName": there.name}, values)


def _capitalised(value: Any) -> Any:
    """``value`` with every key as CloudFormation spells what ECS calls ``kmsKeyId``."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _capitalised(item) for key, item in value.items()}
    return [_capitalised(item) for item in value] if isinstance(value, list) else value


def role(live: Live[IamRole]) -> Iterator[Piece]:
    there = live.resource
    inline = [{"PolicyName": name, "PolicyDocument": document} for name, document in there.inline.items()]
    values = {
        "RoleName": there.name,
        "Path": there.path,
        "AssumeRolePolicyDocument": there.trust,
        "Description": there.description,
        "MaxSessionDuration": there.max_session_seconds,
        "PermissionsBoundary": there.boundary,
        "ManagedPolicyArns": there.attached,
        "Policies": inline,
        "Tags": _tags(live),
    }
    yield Piece("AWS::IAM::Role", {"RoleName": there.name}, values)


def function(live: Live[LambdaFunction]) -> Iterator[Piece]:
    there = live.resource
    logging = {"LogGroup": there.log_group, "LogFormat": there.log_format}
    if there.log_format == "JSON":
        logging |= {"ApplicationLogLevel": there.application_log_level, "SystemLogLevel": there.system_log_level}
    values = {
        "FunctionName": there.name,
        # It is required, and used only when it changes.
        "Code": {"S3Bucket": Code(there.address, "bucket"), "S3Key": Code(there.address, "key")},
        "Role": there.role,
        "Runtime": there.runtime,
        "Handler": there.handler,
        "Architectures": [there.architecture],
        "Description": there.description,
        "Timeout": there.timeout_seconds,
        "MemorySize": there.memory_mb,
        "EphemeralStorage": {"Size": there.ephemeral_mb},
        "TracingConfig": {"Mode": there.tracing},
        "Layers": there.layers,
        "Environment": variables(there, "Variables"),
        "KmsKeyArn": there.environment_key,
        "LoggingConfig": logging,
        "DeadLetterConfig": {"TargetArn": there.dead_letter} if there.dead_letter else None,
        "ReservedConcurrentExecutions": there.reserved_concurrency if there.reserved_concurrency >= 0 else None,
        "SnapStart": {"ApplyOn": there.snap_start} if there.snap_start != "None" else None,
        "VpcConfig": dict(there.vpc),
        "FileSystemConfigs": list(there.file_systems),
        "Tags": _tags(live),
    }
    yield Piece("AWS::Lambda::Function", {"FunctionName": there.name}, values)


def sampling_rule(live: Live[SamplingRule]) -> Iterator[Piece]:
    there = live.resource
    rule = {
        "RuleName": there.name,
        "Priority": there.priority,
        "Version": there.version,
        "FixedRate": there.fixed_rate,
        "ReservoirSize": there.reservoir,
        "ServiceName": there.service_name,
        "ServiceType": there.service_type,
        "Host": there.host,
        "HTTPMethod": there.http_method,
        "URLPath": there.url_path,
        "ResourceARN": there.resource_arn,
        "Attributes": there.segment_attributes,
    }
    values = {"SamplingRule": given(rule), "Tags": _tags(live)}
    yield Piece("AWS::XRay::SamplingRule", {"RuleARN": live.outputs["arn"]}, values)


def metric_filter(live: Live[MetricFilter]) -> Iterator[Piece]:
    there = live.resource
    transformation = {
        "MetricNamespace": there.namespace,
        "MetricName": there.metric,
        "MetricValue": there.value,
        "DefaultValue": there.default,
        "Unit": there.unit,
        "Dimensions": [{"Key": name, "Value": value} for name, value in there.dimensions.items()],
    }
    values = {
        "LogGroupName": there.log_group,
        "FilterName": there.name,
        "FilterPattern": there.pattern,
        "MetricTransformations": [given(transformation)],
        "ApplyOnTransformedLogs": there.on_transformed_logs or None,
        "FieldSelectionCriteria": there.selection,
        "EmitSystemFieldDimensions": there.system_dimensions,
    }
    identity = {"LogGroupName": str(there.log_group), "FilterName": there.name}
    yield Piece("AWS::Logs::MetricFilter", identity, values)


def metric_alarm(live: Live[MetricAlarm]) -> Iterator[Piece]:
    there = live.resource
    plain = is_plain(there.statistic)
    values = {
        "AlarmName": there.name,
        **_told(there),
        "Namespace": there.namespace,
        "MetricName": there.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in there.dimensions.items()],
        "Statistic" if plain else "ExtendedStatistic": there.statistic,
        "Period": there.period_seconds or None,
        "Unit": there.unit,
        "Metrics": list(there.metrics),
        **(there.criteria or _comparison(there)),
        "EvaluationWindow": there.evaluation_window,
        "WarmUpConfiguration": there.warm_up,
        "EvaluateLowSampleCountPercentile": there.low_samples if there.statistic and not plain else None,
        "Tags": _tags(live),
    }
    yield Piece("AWS::CloudWatch::Alarm", {"AlarmName": there.name}, values)


def _comparison(there: MetricAlarm) -> dict[str, object]:
    return {
        "ComparisonOperator": there.comparison,
        "Threshold": None if there.threshold_metric else there.threshold,
        "ThresholdMetricId": there.threshold_metric,
        "EvaluationPeriods": there.evaluation_periods,
        "DatapointsToAlarm": there.datapoints_to_alarm,
        "TreatMissingData": there.missing_data,
    }


def _told(there: MetricAlarm | CompositeAlarm) -> dict[str, object]:
    return {
        "AlarmDescription": there.description,
        "ActionsEnabled": there.actions_enabled,
        "AlarmActions": list(there.alarm_actions),
        "OKActions": list(there.ok_actions),
        "InsufficientDataActions": list(there.insufficient_data_actions),
        "ActionConfiguration": there.action_configuration,
    }


def composite_alarm(live: Live[CompositeAlarm]) -> Iterator[Piece]:
    there, by = live.resource, live.resource.suppressor
    values = {
        "AlarmName": there.name,
        "AlarmRule": there.rule,
        **_told(there),
        "ActionsSuppressor": by.get("alarm"),
        "ActionsSuppressorWaitPeriod": by.get("wait_seconds"),
        "ActionsSuppressorExtensionPeriod": by.get("extension_seconds"),
        "Tags": _tags(live),
    }
    yield Piece("AWS::CloudWatch::CompositeAlarm", {"AlarmName": there.name}, values)


def dashboard(live: Live[Dashboard]) -> Iterator[Piece]:
    there = live.resource
    values = {"DashboardName": there.name, "DashboardBody": to_json(there.body), "Tags": _tags(live)}
    yield Piece("AWS::CloudWatch::Dashboard", {"DashboardName": there.name}, values)


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
