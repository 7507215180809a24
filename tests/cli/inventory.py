"""What the sample declares, by its blueprint, and what an account holds, by AWS itself; both by kind and name."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any, TypeAlias

from provisioner import blueprint
from provisioner.engine.reconciler import Scope
from tests.cli.running import ACCOUNT, REGION, ROOT, Control

Aws: TypeAlias = Callable[[str], Any]
Inventory: TypeAlias = dict[str, list[str]]
"""Kind -> names, sorted."""


@cache
def declared(environment: str = "dev") -> Inventory:
    """What the sample platform is made of."""
    config = blueprint.load(ROOT / "platform.toml", environment)
    built = blueprint.build(config, Scope(config.platform.name, environment, ACCOUNT, REGION), None)
    kinds = sorted({resource.kind for resource in built.resources})
    return {kind: sorted(item.name for item in built.resources if item.kind == kind) for kind in kinds}


@cache
def total(*kinds: str) -> int:
    """How many resources the sample platform has, of ``kinds`` or of all."""
    return sum(len(names) for kind, names in declared().items() if not kinds or kind in kinds)


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


def standing(aws: Aws, kinds: Collection[str] = ()) -> Inventory:
    """All that a platform could be made of, or of ``kinds``, and is there. Keys count until they await deletion."""
    found = {kind: sorted(listing(aws)) for kind, listing in _LISTINGS.items() if not kinds or kind in kinds}
    return {kind: names for kind, names in found.items() if names}


def _keys_and_aliases(aws: Aws) -> list[str]:
    """Keys by their alias, else by id; an alias without a key of its own, too."""
    kms = aws("kms")
    aliases = {
        alias.get("TargetKeyId", alias["AliasName"]): alias["AliasName"].removeprefix("alias/")
        for alias in kms.list_aliases()["Aliases"]
        if not alias["AliasName"].startswith("alias/aws/")
    }
    alive = [key for key, state in keys(kms).items() if state != "PendingDeletion"]
    return [*(aliases.pop(key, key) for key in alive), *aliases.values()]


def _subscriptions(aws: Aws) -> list[str]:
    found = aws("sns").list_subscriptions()["Subscriptions"]
    return [f"{_last(item['TopicArn'])}/{item['Protocol']}/{_last(item['Endpoint'])}" for item in found]


def _clusters(aws: Aws) -> list[str]:
    arns = aws("ecs").list_clusters()["clusterArns"] or ["none"]
    clusters = aws("ecs").describe_clusters(clusters=arns)["clusters"]
    return [cluster["clusterName"] for cluster in clusters if cluster["status"] == "ACTIVE"]


def _rules(aws: Aws) -> list[str]:
    names = [item["SamplingRule"]["RuleName"] for item in aws("xray").get_sampling_rules()["SamplingRuleRecords"]]
    return [name for name in names if name != "Default"]


def _alarms(aws: Aws, kind: str) -> list[str]:
    answer = aws("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [alarm["AlarmName"] for alarm in answer[kind]]


def _last(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


_LISTINGS: dict[str, Callable[[Aws], list[str]]] = {
    "kms_key": _keys_and_aliases,
    "sqs_queue": lambda aws: [url.rsplit("/", 1)[-1] for url in aws("sqs").list_queues().get("QueueUrls", ())],
    "sns_topic": lambda aws: [_last(topic["TopicArn"]) for topic in aws("sns").list_topics()["Topics"]],
    "sns_subscription": _subscriptions,
    "log_group": lambda aws: [item["logGroupName"] for item in aws("logs").describe_log_groups()["logGroups"]],
    "ecs_cluster": _clusters,
    "iam_role": lambda aws: [
        role["RoleName"] for role in aws("iam").list_roles()["Roles"] if "provisioner" not in role["Path"]
    ],
    "lambda_function": lambda aws: [item["FunctionName"] for item in aws("lambda").list_functions()["Functions"]],
    "sampling_rule": _rules,
    "metric_filter": lambda aws: [
        item["filterName"] for item in aws("logs").describe_metric_filters()["metricFilters"]
    ],
    "metric_alarm": lambda aws: _alarms(aws, "MetricAlarms"),
    "composite_alarm": lambda aws: _alarms(aws, "CompositeAlarms"),
    "dashboard": lambda aws: [
        item["DashboardName"] for item in aws("cloudwatch").list_dashboards()["DashboardEntries"]
    ],
}
"""One for each kind of the platform. The test that compares both sides fails for a kind without one."""
