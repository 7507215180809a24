"""CloudWatch dashboards and what is wrong with their bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest

ARN = "arn:aws:cloudwatch::123456789012:dashboard/"


@pytest.fixture
def cloudwatch(client: Any) -> Any:
    return client("cloudwatch")


def metric(*rows: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "metric", "properties": {"region": "us-east-1", "metrics": list(rows), **properties}}


def text(**members: Any) -> dict[str, Any]:
    return {"type": "text", "properties": {"markdown": "hello"}, **members}


def body(*widgets: Any, **members: Any) -> str:
    return json.dumps({"widgets": list(widgets), **members})


GOOD = body(
    text(x=0, y=0, width=24, height=2),
    metric(
        ["AWS/Lambda", "Errors", "FunctionName", "f", {"stat": "Sum"}],
        ["...", "g"],
        [{"expression": "1"}],
        view="table",
    ),
    {"type": "log", "properties": {"region": "us-east-1", "query": "SOURCE '/a' | fields @message"}},
    {"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"]}},
    {"type": "metric", "properties": {"region": "us-east-1", "annotations": {"alarms": ["arn:aws:x"]}}},
    {"type": "custom", "properties": {"endpoint": "arn:aws:lambda:us-east-1:123456789012:function:f"}},
)


def test_a_dashboard_is_global_and_its_body_comes_back_as_a_document(cloudwatch: Any, client: Any) -> None:
    assert cloudwatch.put_dashboard(DashboardName="d", DashboardBody=GOOD)["DashboardValidationMessages"] == []
    for region in ("us-east-1", "eu-west-1"):
        found = client("cloudwatch", region).get_dashboard(DashboardName="d")
        assert (found["DashboardArn"], json.loads(found["DashboardBody"])) == (f"{ARN}d", json.loads(GOOD))
    (entry,) = cloudwatch.list_dashboards(DashboardNamePrefix="d")["DashboardEntries"]
    assert (entry["DashboardName"], entry["Size"]) == ("d", len(found["DashboardBody"]))
    assert cloudwatch.list_dashboards(DashboardNamePrefix="x")["DashboardEntries"] == []


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ("not json", ""),
        ("[]", ""),
        ("{}", "/"),
        (body("x"), "/widgets/0"),
        (body({"type": "chart", "properties": {}}), "/widgets/0/type"),
        (body({"type": "text"}), "/widgets/0"),
        (body({"type": "text", "properties": {}}), "/widgets/0/properties"),
        (body(text(x=24, y=0)), "/widgets/0/x"),
        (body(text(x=0)), "/widgets/0"),
        (body(text(x=0, y=-1)), "/widgets/0/y"),
        (body(text(width=25)), "/widgets/0/width"),
        (body(text(height=1001)), "/widgets/0/height"),
        (body(text(height="6")), "/widgets/0/height"),
        (body({"type": "metric", "properties": {"metrics": []}}), "/widgets/0/properties"),
        (body({"type": "metric", "properties": {"region": "us-east-1"}}), "/widgets/0/properties"),
        (
            body({"type": "metric", "properties": {"region": "us-east-1", "metrics": {}}}),
            "/widgets/0/properties/metrics",
        ),
        (body(metric(["AWS/Lambda"])), "/widgets/0/properties/metrics/0"),
        (body(metric(["AWS/Lambda", "Errors", "FunctionName"])), "/widgets/0/properties/metrics/0"),
        (body(metric(["AWS/Lambda", 1])), "/widgets/0/properties/metrics/0/1"),
        (body(metric(["...", "f"])), "/widgets/0/properties/metrics/0"),
        (body(metric([{"label": "x"}])), "/widgets/0/properties/metrics/0"),
        (body(metric("x")), "/widgets/0/properties/metrics/0"),
        (body(metric(view="cake")), "/widgets/0/properties/view"),
        (body(metric(period="5m")), "/widgets/0/properties/period"),
        (body(metric(*[["a", "b"]] * 501)), "/widgets/0/properties/metrics"),
        (body(*[metric(*[["a", "b"]] * 500)] * 6), "/widgets"),
        (body(*[text()] * 501), "/widgets"),
        (body({"type": "log", "properties": {"region": "us-east-1"}}), "/widgets/0/properties"),
        (body({"type": "alarm", "properties": {"alarms": ["a"]}}), "/widgets/0/properties/alarms/0"),
        (body({"type": "alarm", "properties": {}}), "/widgets/0/properties"),
        (body({"type": "alarm", "properties": {"alarms": ["arn:a"] * 101}}), "/widgets/0/properties/alarms"),
        (body(end="-PT1H"), "/"),
        (body(periodOverride="never"), "/periodOverride"),
    ],
)
def test_a_bad_body_is_refused_and_says_where(cloudwatch: Any, refused: Any, wrong: str, path: str) -> None:
    with refused("InvalidParameterInput", f'"DataPath": "{path}"'):
        cloudwatch.put_dashboard(DashboardName="d", DashboardBody=wrong)
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_the_error_has_the_messages_as_members(cloudwatch: Any) -> None:
    with pytest.raises(cloudwatch.exceptions.DashboardInvalidInputError) as caught:
        cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{}")
    assert caught.value.response["dashboardValidationMessages"][0]["DataPath"] == "/"


def test_an_unknown_member_is_only_a_warning(cloudwatch: Any) -> None:
    answer = cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body(text(colour="red"), theme="dark"))
    assert [item["DataPath"] for item in answer["DashboardValidationMessages"]] == ["/theme", "/widgets/0/colour"]
    assert cloudwatch.get_dashboard(DashboardName="d")


@pytest.mark.parametrize("name", ["bad name", "x" * 256, "ä"])
def test_names(cloudwatch: Any, refused: Any, name: str) -> None:
    with refused("InvalidParameterInput"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=GOOD)


def test_tags_are_given_on_creation_only(cloudwatch: Any) -> None:
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=GOOD, Tags=[{"Key": "k", "Value": "1"}])
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=GOOD, Tags=[{"Key": "k", "Value": "2"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=f"{ARN}d")["Tags"] == [{"Key": "k", "Value": "1"}]
    cloudwatch.tag_resource(ResourceARN=f"{ARN}d", Tags=[{"Key": "k", "Value": "3"}])
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=body())
    assert cloudwatch.list_tags_for_resource(ResourceARN=f"{ARN}d")["Tags"] == [{"Key": "k", "Value": "3"}]


def test_a_missing_dashboard(cloudwatch: Any, refused: Any) -> None:
    with refused("ResourceNotFound", status=404):
        cloudwatch.get_dashboard(DashboardName="none")
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody=GOOD)
    with refused("ResourceNotFound", "none"):
        cloudwatch.delete_dashboards(DashboardNames=["none", "d"])
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
