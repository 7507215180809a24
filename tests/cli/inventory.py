"""Everything of an account that a platform could have left behind, asked of AWS itself."""

from __future__ import annotations

from typing import Any

from tests.cli.running import REGION, Control


def client(control: Control, service: str) -> Any:
    """A boto3 client of the account that the commands use."""
    import boto3

    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=control.url,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
    )


def keys(kms: Any) -> dict[str, str]:
    """Customer managed keys: id -> state."""
    described = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return {key["KeyId"]: key["KeyState"] for key in described if key["KeyManager"] == "CUSTOMER"}


def aliases(kms: Any) -> list[str]:
    names = [alias["AliasName"] for alias in kms.list_aliases()["Aliases"]]
    return [name for name in names if not name.startswith("alias/aws/")]


def left_behind(aws: Any) -> dict[str, list[str]]:
    """Names by kind, kinds of which there is nothing left out. Keys count until they wait for their deletion."""
    logs, cloudwatch, sns = aws("logs"), aws("cloudwatch"), aws("sns")
    alarms = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    rules = [record["SamplingRule"]["RuleName"] for record in aws("xray").get_sampling_rules()["SamplingRuleRecords"]]
    clusters = aws("ecs").describe_clusters(clusters=aws("ecs").list_clusters()["clusterArns"] or ["none"])["clusters"]
    found = {
        "log groups": [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]],
        "metric filters": [found["filterName"] for found in logs.describe_metric_filters()["metricFilters"]],
        "alarms": [alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for alarm in alarms[kind]],
        "dashboards": [board["DashboardName"] for board in cloudwatch.list_dashboards()["DashboardEntries"]],
        "topics": [topic["TopicArn"] for topic in sns.list_topics()["Topics"]],
        "subscriptions": [item["SubscriptionArn"] for item in sns.list_subscriptions()["Subscriptions"]],
        "queues": list(aws("sqs").list_queues().get("QueueUrls", ())),
        "roles": [role["RoleName"] for role in aws("iam").list_roles()["Roles"] if "provisioner" not in role["Path"]],
        "functions": [function["FunctionName"] for function in aws("lambda").list_functions()["Functions"]],
        "sampling rules": [rule for rule in rules if rule != "Default"],
        "clusters": [cluster["clusterName"] for cluster in clusters if cluster["status"] == "ACTIVE"],
        "aliases": aliases(aws("kms")),
        "keys": [key for key, state in keys(aws("kms")).items() if state != "PendingDeletion"],
    }
    return {kind: names for kind, names in found.items() if names}
