"""Who answers what: the emulator's own operations, those left to moto, and nothing else."""

from __future__ import annotations

from provisioner.emulator.cloudwatch import actions as alarm_actions
from provisioner.emulator.cloudwatch import alarms, dashboards, metric_data
from provisioner.emulator.cloudwatch import history as alarm_history
from provisioner.emulator.cloudwatch import put_composite_alarm as composite_alarms
from provisioner.emulator.cloudwatch import put_metric_alarm as metric_alarms
from provisioner.emulator.cloudwatch import tags as cloudwatch_tags
from provisioner.emulator.core.call import Handler
from provisioner.emulator.kms import aliases as kms_aliases
from provisioner.emulator.kms import keys as kms
from provisioner.emulator.lambda_ import access as lambda_access
from provisioner.emulator.lambda_ import functions as lambda_functions
from provisioner.emulator.lambda_ import invoke as lambda_invoke
from provisioner.emulator.logs import events as logs_events
from provisioner.emulator.logs import groups as logs_groups
from provisioner.emulator.logs import metric_filters
from provisioner.emulator.others import ecs, iam, quotas, tagging, xray
from provisioner.emulator.sns import publish as sns_publish
from provisioner.emulator.sns import subscriptions as sns_subscriptions
from provisioner.emulator.sns import topics as sns_topics
from provisioner.emulator.sqs import queues as sqs

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
