"""The Resource Groups Tagging API, and Service Quotas."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

PREFIX = "arn:aws:{}:us-east-1:123456789012:{}"


@pytest.fixture
def index(client: Any) -> Any:
    return client("resourcegroupstaggingapi")


def arns(answer: Any) -> set[str]:
    return {item["ResourceARN"] for item in answer["ResourceTagMappingList"]}


@pytest.fixture
def platform(client: Any, role: Any) -> dict[str, str]:
    """One resource of every kind with a tag, by kind; the ARN of each that the index shows."""
    upper, lower, plain = [{"Key": "s", "Value": "1"}], [{"key": "s", "value": "1"}], {"s": "1"}
    alarm = {
        "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", "")
    client("cloudwatch").put_metric_alarm(AlarmName="a", Tags=upper, **alarm)
    client("cloudwatch").put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)", Tags=upper)
    client("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}', Tags=upper)
    client("logs").create_log_group(logGroupName="/g", tags=plain)
    client("sqs").create_queue(QueueName="q", tags=plain)
    client("sns").create_topic(Name="t", Tags=upper)
    client("ecs").create_cluster(clusterName="k", tags=lower)
    key = client("kms").create_key(Tags=[{"TagKey": "s", "TagValue": "1"}])["KeyMetadata"]
    client("lambda").create_function(
        FunctionName="f",
        Role=role(),
        Runtime="python3.11",
        Handler="index.f",
        Code={"ZipFile": content.getvalue()},
        Tags=plain,
    )
    client("iam").tag_role(RoleName="runner", Tags=upper)
    return {
        "alarm": PREFIX.format("cloudwatch", "alarm:a"),
        "composite": PREFIX.format("cloudwatch", "alarm:c"),
        "group": PREFIX.format("logs", "log-group:/g"),
        "queue": PREFIX.format("sqs", "q"),
        "topic": PREFIX.format("sns", "t"),
        "cluster": PREFIX.format("ecs", "cluster/k"),
        "key": key["Arn"],
        "function": PREFIX.format("lambda", "function:f"),
    }


def test_everything_with_a_tag_but_roles_rules_and_dashboards(index: Any, platform: dict[str, str]) -> None:
    found = index.get_resources()
    assert arns(found) == set(platform.values())
    assert {tuple(tag.items()) for item in found["ResourceTagMappingList"] for tag in item["Tags"]} == {
        (("Key", "s"), ("Value", "1"))
    }
    assert found["PaginationToken"] == ""


def test_a_key_pending_deletion_is_still_shown(index: Any, client: Any, platform: dict[str, str]) -> None:
    client("kms").schedule_key_deletion(KeyId=platform["key"])
    assert platform["key"] in arns(index.get_resources())


def test_what_is_deleted_or_untagged_is_not(index: Any, client: Any, platform: dict[str, str]) -> None:
    client("logs").delete_log_group(logGroupName="/g")
    client("ecs").delete_cluster(cluster="k")
    client("sns").untag_resource(ResourceArn=platform["topic"], TagKeys=["s"])
    gone = {platform[kind] for kind in ("group", "cluster", "topic")}
    assert arns(index.get_resources()) == set(platform.values()) - gone


@pytest.mark.parametrize(
    ("types", "kinds"),
    [
        (["logs:log-group"], {"group"}),
        (["logs"], {"group"}),
        (["cloudwatch:alarm"], {"alarm", "composite"}),
        (["ecs:cluster", "kms:key"], {"cluster", "key"}),
        (["lambda:function"], {"function"}),
        (["sns", "sqs"], {"topic", "queue"}),
        (["logs:loggroup"], set()),
    ],
)
def test_by_type(index: Any, platform: dict[str, str], types: list[str], kinds: set[str]) -> None:
    assert arns(index.get_resources(ResourceTypeFilters=types)) == {platform[kind] for kind in kinds}


def test_by_tag(index: Any, client: Any, platform: dict[str, str]) -> None:
    client("sns").tag_resource(ResourceArn=platform["topic"], Tags=[{"Key": "more", "Value": "x"}])

    def chosen(*filters: dict[str, Any]) -> set[str]:
        return arns(index.get_resources(TagFilters=list(filters)))

    assert chosen({"Key": "s", "Values": ["1", "2"]}) == set(platform.values())
    assert chosen({"Key": "s", "Values": ["2"]}) == set()
    assert chosen({"Key": "s"}, {"Key": "more", "Values": ["x"]}) == {platform["topic"]}


def test_by_arn(index: Any, platform: dict[str, str], refused: Any) -> None:
    wanted = [platform["key"], platform["group"], PREFIX.format("sqs", "none")]
    assert arns(index.get_resources(ResourceARNList=wanted)) == set(wanted[:2])
    for more in ({"TagFilters": [{"Key": "s"}]}, {"ResourceTypeFilters": ["kms"]}, {"ResourcesPerPage": 10}):
        with refused("InvalidParameterException"):
            index.get_resources(ResourceARNList=wanted, **more)
    with refused("InvalidParameterException"):
        index.get_resources(ResourceARNList=[f"{wanted[0]}{number}" for number in range(101)])


def test_pages(index: Any, platform: dict[str, str], refused: Any) -> None:
    pages = list(index.get_paginator("get_resources").paginate(ResourcesPerPage=3))
    assert [len(page["ResourceTagMappingList"]) for page in pages] == [3, 3, 2]
    assert set().union(*map(arns, pages)) == set(platform.values())
    for size in (0, 101):
        with refused("InvalidParameterException"):
            index.get_resources(ResourcesPerPage=size)


def test_the_index_may_lag(index: Any, client: Any, control: Any) -> None:
    control("POST", "settings", tag_index_lag=3600)
    assert arns(index.get_resources()) == set()
    client("sqs").create_queue(QueueName="q", tags={"s": "1"})
    assert arns(index.get_resources()) == set()
    control("POST", "time", advance_seconds=3600)
    assert arns(index.get_resources()) == {PREFIX.format("sqs", "q")}


def test_quotas(client: Any, refused: Any) -> None:
    quotas = client("service-quotas")
    quota = quotas.get_service_quota(ServiceCode="xray", QuotaCode="L-8C0C998A")["Quota"]
    assert (quota["Value"], quota["Adjustable"]) == (25.0, True)
    default = quotas.get_aws_default_service_quota(ServiceCode="monitoring", QuotaCode="L-515B0B71")["Quota"]
    assert (default["Value"], default["Period"]) == (3.0, {"PeriodValue": 1, "PeriodUnit": "SECOND"})
    pages = list(
        quotas.get_paginator("list_service_quotas").paginate(ServiceCode="monitoring", PaginationConfig={"PageSize": 5})
    )
    values = {item["QuotaCode"]: item["Value"] for page in pages for item in page["Quotas"]}
    assert len(pages) == 2
    assert values["L-0720E68F"] == 3.0
    with refused("NoSuchResourceException"):
        quotas.list_service_quotas(ServiceCode="none")
    with refused("NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="xray", QuotaCode="none")
