"""Metrics and log events over HTTP: what is published, how it is read again, what is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from provisioner.patterns import parse
from tests.emulator.conftest import Client
from tests.emulator.telemetry import FAILURE, GROUP, PATTERN, SPACE, STREAM, SUCCESS, Telemetry


@pytest.fixture
def telemetry(client: Client, control: Callable[..., Any]) -> Telemetry:
    return Telemetry(client, control)


def read(telemetry: Telemetry, *statistics: str, name: str = "errors", **more: Any) -> list[dict[str, Any]]:
    now = datetime.fromtimestamp(telemetry.now(), UTC)
    plain = [item for item in statistics if not item.startswith("p")]
    extended = [item for item in statistics if item.startswith("p")]
    wanted = {**({"Statistics": plain} if plain else {}), **({"ExtendedStatistics": extended} if extended else {})}
    answer = telemetry.cloudwatch.get_metric_statistics(
        Namespace=SPACE, MetricName=name, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
        Period=7200, **wanted, **more,
    )  # fmt: skip
    points = answer["Datapoints"]
    assert isinstance(points, list)
    return points


def test_a_default_of_zero_is_data_and_adds_nothing(telemetry: Telemetry) -> None:
    telemetry.filter(defaultValue=0)
    telemetry.log(SUCCESS, SUCCESS, SUCCESS)
    [quiet] = read(telemetry, "Sum", "SampleCount")
    assert (quiet["Sum"], quiet["SampleCount"]) == (0.0, 1.0)  # one for the minute, not one for each line
    telemetry.log(FAILURE, SUCCESS)
    [point] = read(telemetry, "Sum")
    assert point["Sum"] == 1.0


def test_without_a_default_quiet_lines_are_no_data(telemetry: Telemetry) -> None:
    telemetry.filter()
    telemetry.log(SUCCESS)
    assert read(telemetry, "Sum") == []


def test_values_units_and_dimensions_come_from_the_line(telemetry: Telemetry) -> None:
    telemetry.filter("{ $.ms = * }", "$.ms", unit="Milliseconds", dimensions={"Route": "$.route"})
    telemetry.log('{"ms": 12.5, "route": "/a"}', '{"ms": 30, "route": "/a"}', '{"ms": "slow", "route": "/a"}')
    assert read(telemetry, "Maximum") == []
    [point] = read(telemetry, "Maximum", "Average", "p50", Dimensions=[{"Name": "Route", "Value": "/a"}])
    assert (point["Maximum"], point["Average"], point["Unit"]) == (30.0, 21.25, "Milliseconds")
    assert point["ExtendedStatistics"] == {"p50": 21.25}


def test_a_metric_is_put_and_read_as_data_with_percentiles_and_math(telemetry: Telemetry) -> None:
    telemetry.cloudwatch.put_metric_data(
        Namespace=SPACE,
        MetricData=[
            {"MetricName": "used", "Values": [1.0, 2.0, 3.0], "Counts": [1.0, 2.0, 1.0]},
            {"MetricName": "reserved", "Value": 8.0},
            {"MetricName": "sets", "StatisticValues": {"SampleCount": 2, "Sum": 10, "Minimum": 4, "Maximum": 6}},
        ],
    )
    now = datetime.fromtimestamp(telemetry.now(), UTC)

    def query(name: str, statistic: str) -> dict[str, Any]:
        metric = {"Namespace": SPACE, "MetricName": name}
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": 7200, "Stat": statistic}}

    answer = telemetry.cloudwatch.get_metric_data(
        MetricDataQueries=[
            query("used", "p100"),
            {**query("reserved", "Sum"), "ReturnData": False},
            query("sets", "Average"),
            {"Id": "share", "Expression": "100 * used / (reserved - 2)"},
        ],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
    )
    values = {item["Id"]: item["Values"] for item in answer["MetricDataResults"]}
    assert values == {"used": [3.0], "sets": [5.0], "share": [50.0]}
    assert read(telemetry, "p90", name="sets")[0].get("ExtendedStatistics") is None
    assert read(telemetry, "SampleCount", name="used")[0]["SampleCount"] == 4.0


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"Value": 1.0, "Values": [1.0]}, "Exactly one of"),
        ({"Value": 1.0, "Timestamp": datetime(2020, 1, 1, tzinfo=UTC)}, "past two weeks"),
        ({"Values": [1.0], "Counts": [1.0, 2.0]}, "same size"),
        ({}, "Exactly one of"),
    ],
)
def test_data_that_are_none_are_refused(telemetry: Telemetry, item: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        telemetry.cloudwatch.put_metric_data(Namespace=SPACE, MetricData=[{"MetricName": "x", **item}])


def test_only_aws_publishes_as_aws_and_here_the_control_call_does(telemetry: Telemetry) -> None:
    with pytest.raises(ClientError, match="reserved"):
        telemetry.cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=[{"MetricName": "Errors", "Value": 1}])
    telemetry.control(
        "POST", "metrics", namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": "f"}, value=1
    )
    [metric] = telemetry.cloudwatch.list_metrics(Dimensions=[{"Name": "FunctionName"}])["Metrics"]
    assert metric["Dimensions"] == [{"Name": "FunctionName", "Value": "f"}]
    assert telemetry.cloudwatch.list_metrics(Namespace="Other")["Metrics"] == []


def put(telemetry: Telemetry, *events: tuple[float, str]) -> Any:
    """Put events of so many seconds ago."""
    now = telemetry.now()
    batch = [{"timestamp": int((now - ago) * 1000), "message": message} for ago, message in events]
    return telemetry.logs.put_log_events(logGroupName=GROUP, logStreamName=STREAM, logEvents=batch)


def search(telemetry: Telemetry, pattern: str = "", **more: Any) -> list[str]:
    pages = telemetry.logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, filterPattern=pattern, **more
    )
    return [event["message"] for page in pages for event in page["events"]]


def test_events_too_old_too_new_and_expired_are_told_and_left_out(telemetry: Telemetry) -> None:
    telemetry.logs.put_retention_policy(logGroupName=GROUP, retentionInDays=1)
    day = 86_400
    assert put(telemetry, (20 * day, "a"))["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 1,
        "expiredLogEventEndIndex": 1,
    }
    assert put(telemetry, (1.5 * day, "b"), (0.9 * day, "c"))["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert put(telemetry, (0, "d"), (-3 * 3600, "e"))["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}
    assert search(telemetry) == ["c", "d"]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([(0, "x"), (10, "y")], "chronological order"),
        ([(90_000, "x"), (0, "y")], "24 hours"),
        ([(0, "x" * 1_048_560)], "too large"),
    ],
)
def test_batches_that_are_none_are_refused(telemetry: Telemetry, events: list[tuple[float, str]], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        put(telemetry, *events)


def test_a_stream_that_is_not_there_takes_nothing(telemetry: Telemetry) -> None:
    event = {"timestamp": int(time.time() * 1000), "message": "x"}
    with pytest.raises(telemetry.logs.exceptions.ResourceNotFoundException, match="stream"):
        telemetry.logs.put_log_events(logGroupName=GROUP, logStreamName="nowhere", logEvents=[event])


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", ["a ERROR", "b INFO", '{"level": "ERROR"}']),
        ("ERROR -a", ['{"level": "ERROR"}']),
        ('[x, level = "ERROR"]', ["a ERROR"]),
        ('{ $.level = "ERROR" }', ['{"level": "ERROR"}']),
        ("?INFO ?a", ["a ERROR", "b INFO"]),
    ],
)
def test_events_are_searched_with_the_real_language(telemetry: Telemetry, pattern: str, found: list[str]) -> None:
    put(telemetry, (30, "a ERROR"), (20, "b INFO"), (10, '{"level": "ERROR"}'))
    assert search(telemetry, pattern) == found


def test_a_search_is_bounded_by_time_stream_and_page(telemetry: Telemetry) -> None:
    put(telemetry, (30, "a"), (20, "b"), (10, "c"))
    telemetry.logs.create_log_stream(logGroupName=GROUP, logStreamName="other")
    now = telemetry.now()
    middle: dict[str, Any] = {"startTime": int((now - 25) * 1000), "endTime": int((now - 15) * 1000)}
    assert search(telemetry, **middle) == ["b"]
    assert search(telemetry, logStreamNames=["other"]) == []
    assert search(telemetry, logStreamNamePrefix="task") == ["a", "b", "c"]
    first = telemetry.logs.filter_log_events(logGroupName=GROUP, limit=2)
    assert [event["message"] for event in first["events"]] == ["a", "b"]
    second = telemetry.logs.filter_log_events(logGroupName=GROUP, nextToken=first["nextToken"])
    assert ([event["message"] for event in second["events"]], second.get("nextToken")) == (["c"], None)


def test_a_page_may_be_empty_and_still_not_the_last(telemetry: Telemetry) -> None:
    for _ in range(2):
        put(telemetry, *[(5, SUCCESS)] * 8_000)
    put(telemetry, (1, FAILURE))
    first = telemetry.logs.filter_log_events(logGroupName=GROUP, filterPattern="ERROR")
    assert first["events"] == []
    assert first["nextToken"]
    assert search(telemetry, "ERROR") == [FAILURE]


def test_a_bad_pattern_and_a_bad_token_are_refused(telemetry: Telemetry) -> None:
    for bad in ({"filterPattern": "{ $.a"}, {"nextToken": "no token"}):
        with pytest.raises(telemetry.logs.exceptions.InvalidParameterException):
            telemetry.logs.filter_log_events(logGroupName=GROUP, **bad)


@pytest.mark.parametrize("pattern", [PATTERN, "{ $.level = * }", "ERROR", '?"[ERROR]" ?INFO'])
def test_a_filter_is_tested_by_the_same_engine(telemetry: Telemetry, pattern: str) -> None:
    messages = [FAILURE, SUCCESS, '{"level": "ERROR"}', "[ERROR] x", "ERROR"]
    answer = telemetry.logs.test_metric_filter(filterPattern=pattern, logEventMessages=messages)
    parsed = parse(pattern)
    assert [(item["eventMessage"], item["extractedValues"]) for item in answer["matches"]] == [
        (message, match.fields) for message in messages if (match := parsed.match(message))
    ]
    assert all(messages[item["eventNumber"] - 1] == item["eventMessage"] for item in answer["matches"])


def test_fifty_messages_at_most(telemetry: Telemetry) -> None:
    with pytest.raises(ClientError, match="50"):
        telemetry.logs.test_metric_filter(filterPattern="x", logEventMessages=["x"] * 51)
