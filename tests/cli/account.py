"""An account as somebody sees it who does not know this tool: all that AWS says of it, and how its tags are changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

from tests.cli.inventory import Aws, standing

Told: TypeAlias = dict[str, dict[str, Any]]
"""Kind -> name -> everything that AWS says of it."""

_PASSING = ("ResponseMetadata", "Location")
"""Members that differ from answer to answer: the second is a link that expires."""
_MOVING = ("State", "Approximate")
"""How members begin that change by themselves: states of alarms, counts of messages."""


def told(aws: Aws, kinds: Collection[str] = ()) -> Told:
    """Everything of ``kinds``, or of all that a platform could be made of, as AWS tells of it, tags included."""
    there = standing(aws, kinds)
    return {kind: {name: _lasting(_ANSWERS[kind](aws, name)) for name in names} for kind, names in there.items()}


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        passing = [key for key in value if key in _PASSING or key.startswith(_MOVING)]
        return {key: _lasting(item) for key, item in value.items() if key not in passing}
    return sorted(map(_lasting, value), key=repr) if isinstance(value, list) else value


def _key(aws: Aws, alias: str) -> list[Any]:
    kms = aws("kms")
    key = kms.describe_key(KeyId=f"alias/{alias}")
    at = {"KeyId": key["KeyMetadata"]["KeyId"]}
    policy = kms.get_key_policy(PolicyName="default", **at)
    return [key, policy, kms.get_key_rotation_status(**at), kms.list_resource_tags(**at), kms.list_aliases(**at)]


def _queue(aws: Aws, name: str) -> list[Any]:
    sqs = aws("sqs")
    at = {"QueueUrl": sqs.get_queue_url(QueueName=name)["QueueUrl"]}
    return [sqs.get_queue_attributes(AttributeNames=["All"], **at), sqs.list_queue_tags(**at)]


def _topic_arn(aws: Aws, name: str) -> str:
    topics = aws("sns").list_topics()["Topics"]
    return next(str(topic["TopicArn"]) for topic in topics if topic["TopicArn"].endswith(f":{name}"))


def _topic(aws: Aws, name: str) -> list[Any]:
    arn = _topic_arn(aws, name)
    return [aws("sns").get_topic_attributes(TopicArn=arn), aws("sns").list_tags_for_resource(ResourceArn=arn)]


def _subscription(aws: Aws, name: str) -> list[Any]:
    topic, protocol, _ = name.split("/", 2)
    listed = aws("sns").list_subscriptions_by_topic(TopicArn=_topic_arn(aws, topic))["Subscriptions"]
    arns = [item["SubscriptionArn"] for item in listed if item["Protocol"] == protocol]
    return [aws("sns").get_subscription_attributes(SubscriptionArn=arn) for arn in arns]


def _group(aws: Aws, name: str) -> list[Any]:
    logs = aws("logs")
    (group,) = logs.describe_log_groups(logGroupIdentifiers=[name])["logGroups"]
    return [
        group,
        logs.list_tags_for_resource(resourceArn=group["logGroupArn"]),
        logs.filter_log_events(logGroupName=name)["events"],
    ]


def _cluster(aws: Aws, name: str) -> Any:
    include = ["TAGS", "SETTINGS", "CONFIGURATIONS"]
    return aws("ecs").describe_clusters(clusters=[name], include=include)["clusters"]


def _role(aws: Aws, name: str) -> list[Any]:
    iam = aws("iam")
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=name, PolicyName=policy) for policy in inline]
    return [iam.get_role(RoleName=name), iam.list_attached_role_policies(RoleName=name), documents]


def _function(aws: Aws, name: str) -> Any:
    return aws("lambda").get_function(FunctionName=name)


def _rule(aws: Aws, name: str) -> list[Any]:
    found = [item["SamplingRule"] for item in aws("xray").get_sampling_rules()["SamplingRuleRecords"]]
    (rule,) = (item for item in found if item["RuleName"] == name)
    return [rule, aws("xray").list_tags_for_resource(ResourceARN=rule["RuleARN"])]


def _filter(aws: Aws, name: str) -> Any:
    return [item for item in aws("logs").describe_metric_filters()["metricFilters"] if item["filterName"] == name]


def _alarm(aws: Aws, name: str) -> list[Any]:
    found = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarm: dict[str, Any] = (found["MetricAlarms"] + found["CompositeAlarms"])[0]
    return [alarm, aws("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])]


def _dashboard(aws: Aws, name: str) -> list[Any]:
    shown = aws("cloudwatch").get_dashboard(DashboardName=name)
    return [shown, aws("cloudwatch").list_tags_for_resource(ResourceARN=shown["DashboardArn"])]


_ANSWERS: dict[str, Callable[[Aws, str], Any]] = {
    "kms_key": _key,
    "sqs_queue": _queue,
    "sns_topic": _topic,
    "sns_subscription": _subscription,
    "log_group": _group,
    "ecs_cluster": _cluster,
    "iam_role": _role,
    "lambda_function": _function,
    "sampling_rule": _rule,
    "metric_filter": _filter,
    "metric_alarm": _alarm,
    "composite_alarm": _alarm,
    "dashboard": _dashboard,
}
"""One for each kind. The test that compares the kinds fails for one without."""


def retag(aws: Aws, tags: Mapping[str, str]) -> None:
    """Put ``tags`` in the place of all that stand on anything in the account."""
    for kind, things in told(aws).items():
        for name in things if kind in _TAGGERS else ():
            _TAGGERS[kind](aws, name, tags)


def _listed(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in tags.items()]


def _tag_key(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    at = {"KeyId": aws("kms").describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["KeyId"]}
    before = [tag["TagKey"] for tag in aws("kms").list_resource_tags(**at)["Tags"]]
    aws("kms").untag_resource(TagKeys=before, **at)
    aws("kms").tag_resource(Tags=_listed(tags, "TagKey", "TagValue"), **at)


def _tag_queue(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    at = {"QueueUrl": aws("sqs").get_queue_url(QueueName=name)["QueueUrl"]}
    aws("sqs").untag_queue(TagKeys=list(aws("sqs").list_queue_tags(**at).get("Tags", {})), **at)
    if tags:
        aws("sqs").tag_queue(Tags=tags, **at)


def _tag_topic(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    at = {"ResourceArn": _topic_arn(aws, name)}
    before = [tag["Key"] for tag in aws("sns").list_tags_for_resource(**at)["Tags"]]
    aws("sns").untag_resource(TagKeys=before, **at)
    aws("sns").tag_resource(Tags=_listed(tags), **at)


def _tag_group(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    logs = aws("logs")
    at = {"resourceArn": logs.describe_log_groups(logGroupIdentifiers=[name])["logGroups"][0]["logGroupArn"]}
    logs.untag_resource(tagKeys=list(logs.list_tags_for_resource(**at)["tags"]), **at)
    if tags:
        logs.tag_resource(tags=tags, **at)


def _tag_cluster(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    (cluster,) = aws("ecs").describe_clusters(clusters=[name], include=["TAGS"])["clusters"]
    at = {"resourceArn": cluster["clusterArn"]}
    aws("ecs").untag_resource(tagKeys=[tag["key"] for tag in cluster["tags"]], **at)
    aws("ecs").tag_resource(tags=_listed(tags, "key", "value"), **at)


def _tag_role(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    before = [tag["Key"] for tag in aws("iam").list_role_tags(RoleName=name)["Tags"]]
    aws("iam").untag_role(RoleName=name, TagKeys=before)
    aws("iam").tag_role(RoleName=name, Tags=_listed(tags))


def _tag_function(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    found = aws("lambda").get_function(FunctionName=name)
    at = {"Resource": found["Configuration"]["FunctionArn"]}
    aws("lambda").untag_resource(TagKeys=list(found.get("Tags", {})), **at)
    if tags:
        aws("lambda").tag_resource(Tags=tags, **at)


def _tag_rule(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    found = [item["SamplingRule"] for item in aws("xray").get_sampling_rules()["SamplingRuleRecords"]]
    (rule,) = (item for item in found if item["RuleName"] == name)
    _tag_by_arn(aws, "xray", rule["RuleARN"], tags)


def _tag_alarm(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    alarm, _ = _alarm(aws, name)
    _tag_by_arn(aws, "cloudwatch", alarm["AlarmArn"], tags)


def _tag_dashboard(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    _tag_by_arn(aws, "cloudwatch", aws("cloudwatch").get_dashboard(DashboardName=name)["DashboardArn"], tags)


def _tag_by_arn(aws: Aws, service: str, arn: str, tags: Mapping[str, str]) -> None:
    before = [tag["Key"] for tag in aws(service).list_tags_for_resource(ResourceARN=arn)["Tags"]]
    aws(service).untag_resource(ResourceARN=arn, TagKeys=before)
    if tags:
        aws(service).tag_resource(ResourceARN=arn, Tags=_listed(tags))


_TAGGERS: dict[str, Callable[[Aws, str, Mapping[str, str]], None]] = {
    "kms_key": _tag_key,
    "sqs_queue": _tag_queue,
    "sns_topic": _tag_topic,
    "log_group": _tag_group,
    "ecs_cluster": _tag_cluster,
    "iam_role": _tag_role,
    "lambda_function": _tag_function,
    "sampling_rule": _tag_rule,
    "metric_alarm": _tag_alarm,
    "composite_alarm": _tag_alarm,
    "dashboard": _tag_dashboard,
}
