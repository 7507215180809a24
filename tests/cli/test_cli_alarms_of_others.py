"""An alarm of a form that we never make, under a name of ours: put right where it is ours, refused where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import Cli

Aws = Callable[[str], Any]

ALARM = "order-service-high-error-rate-dev"
COMPOSITE = "ecs-resource-exhaustion-dev"
QUERY = {
    "EvaluationCriteria": {"PromQLCriteria": {"Query": "sum(rate(errors[5m])) > 1", "PendingPeriod": 300}},
    "EvaluationInterval": 60,
}


def a_query(aws: Aws, tags: list[dict[str, str]]) -> None:
    aws("cloudwatch").put_metric_alarm(AlarmName=ALARM, Tags=tags, **QUERY)


def a_composite(aws: Aws, tags: list[dict[str, str]]) -> None:
    aws("cloudwatch").put_composite_alarm(AlarmName=ALARM, AlarmRule="FALSE", Tags=tags)


def a_metric(aws: Aws, tags: list[dict[str, str]]) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName=COMPOSITE, Namespace="Shop", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", Tags=tags,
    )  # fmt: skip


Form = tuple[str, str, Callable[[Aws, list[dict[str, str]]], None], str]
FORMS: dict[str, Form] = {
    "a query": (f"metric_alarm.{ALARM}", ALARM, a_query, "update"),
    "a composite": (f"metric_alarm.{ALARM}", ALARM, a_composite, "replace"),
    "a metric": (f"composite_alarm.{COMPOSITE}", COMPOSITE, a_metric, "replace"),
}
"""What stands there -> our address, the name, how it is made, and what becomes of it where it is ours."""


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> Form:
    return FORMS[request.param]


def described(aws: Aws, name: str) -> dict[str, Any]:
    answer = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    found: list[dict[str, Any]] = [*answer["MetricAlarms"], *answer["CompositeAlarms"]]
    assert len(found) == 1
    return found[0]


def settings(alarm: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in alarm.items() if not name.startswith("State") and "Timestamp" not in name}


def ours(aws: Aws, name: str) -> list[dict[str, str]]:
    answer = aws("cloudwatch").list_tags_for_resource(ResourceARN=described(aws, name)["AlarmArn"])
    tags: list[dict[str, str]] = answer["Tags"]
    return tags


def test_in_the_place_of_ours_it_is_put_right(cli: Cli, aws: Aws, form: Form) -> None:
    address, name, make, action = form
    cli.ok("apply", "--yes")
    tags, before = ours(aws, name), described(aws, name)
    if action == "replace":
        aws("cloudwatch").delete_alarms(AlarmNames=[name])
    make(aws, tags)

    assert cli.pending() == {address: action}
    drift = cli("drift", "--json")
    assert (drift.code, [change["address"] for change in drift.json()["changes"]]) == (2, [address])
    assert any(address in problem for problem in cli.ok("status", "--json").json()["problems"])
    assert address in cli("validate", "--live").out
    cli.apply()
    assert cli.pending() == {}
    assert "No drift." in cli.ok("drift").out
    assert settings(described(aws, name)) == settings(before)
    assert ours(aws, name) == tags


def test_a_strangers_is_refused_and_survives(cli: Cli, aws: Aws, form: Form) -> None:
    address, name, make, action = form
    make(aws, [{"Key": "Owner", "Value": "others"}])
    before = described(aws, name)

    plan = cli("plan", "--json")
    assert plan.code == 1
    assert [refusal for refusal in plan.json()["refusals"] if address in refusal]
    assert cli("apply", "--yes").code == 1
    cli.ok("status")
    cli.ok("teardown", "--yes")
    assert described(aws, name) == before

    taken = cli("apply", "--yes", "--adopt", address)
    if action == "update":
        assert taken.code == 0, taken.said
        assert "EvaluationCriteria" not in described(aws, name)
    else:
        assert taken.code == 1
        assert "type cannot be changed in place" in taken.said
        assert described(aws, name) == before


def test_torn_down_where_it_is_ours(cli: Cli, aws: Aws, form: Form) -> None:
    _, name, make, action = form
    cli.ok("apply", "--yes")
    tags = ours(aws, name)
    if action == "replace":
        aws("cloudwatch").delete_alarms(AlarmNames=[name])
    make(aws, tags)
    cli.ok("teardown", "--yes")
    listed = aws("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (listed["MetricAlarms"], listed["CompositeAlarms"]) == ([], [])
