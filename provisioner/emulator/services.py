"""Who answers what: the emulator's own operations, those left to moto, and nothing else."""

from __future__ import annotations

from provisioner.emulator import (
    alarm_actions,
    alarm_history,
    alarms,
    cloudwatch_tags,
    composite_alarms,
    dashboards,
    ecs,
    iam,
    kms,
    kms_aliases,
    lambda_access,
    lambda_functions,
    lambda_invoke,
    logs_events,
    logs_groups,
    metric_alarms,
    metric_data,
    metric_filters,
    quotas,
    sns_publish,
    sns_subscriptions,
    sns_topics,
    sqs,
    tagging,
    xray,
)
from provisioner.emulator.call import Handler

_APIS = (
    alarm_actions.api,
    alarm_history.api,
    alarms.api,
    cloudwatch_tags.api,
    composite_alarms.api,
    dashboards.api,
    ecs.api,
    iam.api,
    kms.api,
    kms_aliases.api,
    lambda_access.api,
    lambda_functions.api,
    lambda_invoke.api,
    logs_events.api,
    logs_groups.api,
    metric_alarms.api,
    metric_data.api,
    metric_filters.api,
    quotas.api,
    sns_publish.api,
    sns_subscriptions.api,
    sns_topics.api,
    sqs.api,
    tagging.api,
    xray.api,
)

HANDLERS: dict[tuple[str, str], Handler] = {
    (api.service, name): handler for api in _APIS for name, handler in api.handlers.items()
}

# Where our modules keep a service's resources, moto may answer only what does not touch them: its other
# operations would look for resources that it does not have. A service that is not named is moto's entirely.
_MOTO: dict[str, frozenset[str]] = {
    "cloudwatch": frozenset(),
    "logs": frozenset(
        {
            "CreateLogStream", "DeleteLogStream", "DescribeLogStreams", "GetLogEvents", "StartQuery",
            "GetQueryResults", "DescribeQueries",
        }
    ),
    "ecs": frozenset(),
    "lambda": frozenset(),
    "resourcegroupstaggingapi": frozenset(),
    "service-quotas": frozenset(),
    "sns": frozenset(),
    "sqs": frozenset(
        {
            "SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue",
            "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "ListDeadLetterSourceQueues",
        }
    ),
    "xray": frozenset({"PutTraceSegments", "PutTelemetryRecords", "GetTraceSummaries", "BatchGetTraces"}),
}  # fmt: skip


def relayed_by_moto(service: str, operation: str) -> bool:
    """Whether moto answers an operation that no module here does."""
    return service not in _MOTO or operation in _MOTO[service]
