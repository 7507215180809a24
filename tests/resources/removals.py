"""How somebody else removes the base of each kind, with plain boto3."""

from __future__ import annotations

from tests.resources.compute import BASIC, CLUSTER, FUNCTION, GROUP, ROLE
from tests.resources.keys import key_id
from tests.resources.messaging import TOPIC_ARN, subscription_arn, url
from tests.resources.shapes import Client, Drift
from tests.resources.watching import ALARM, COMPOSITE, DASHBOARD, FILTER, RULE


def _key(aws: Client) -> None:
    aws("kms").schedule_key_deletion(KeyId=key_id(aws), PendingWindowInDays=7)


def _role(aws: Client) -> None:
    aws("iam").detach_role_policy(RoleName=ROLE.name, PolicyArn=BASIC)
    aws("iam").delete_role_policy(RoleName=ROLE.name, PolicyName="write")
    aws("iam").delete_role(RoleName=ROLE.name)


REMOVALS: dict[str, Drift] = {
    "kms_key": _key,
    "sqs_queue": lambda aws: aws("sqs").delete_queue(QueueUrl=url(aws)),
    "sns_topic": lambda aws: aws("sns").delete_topic(TopicArn=TOPIC_ARN),
    "sns_subscription": lambda aws: aws("sns").unsubscribe(SubscriptionArn=subscription_arn(aws)),
    "log_group": lambda aws: aws("logs").delete_log_group(logGroupName=GROUP.name),
    "ecs_cluster": lambda aws: aws("ecs").delete_cluster(cluster=CLUSTER.name),
    "iam_role": _role,
    "lambda_function": lambda aws: aws("lambda").delete_function(FunctionName=FUNCTION.name),
    "sampling_rule": lambda aws: aws("xray").delete_sampling_rule(RuleName=RULE.name),
    "metric_filter": lambda aws: aws("logs").delete_metric_filter(logGroupName=GROUP.name, filterName=FILTER.name),
    "metric_alarm": lambda aws: aws("cloudwatch").delete_alarms(AlarmNames=[ALARM.name]),
    "composite_alarm": lambda aws: aws("cloudwatch").delete_alarms(AlarmNames=[COMPOSITE.name]),
    "dashboard": lambda aws: aws("cloudwatch").delete_dashboards(DashboardNames=[DASHBOARD.name]),
}
