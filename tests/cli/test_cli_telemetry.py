"""The sample platform at work: failures become an alarm and a message, and verify, live, says what is proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import Cli, Control, Sample
from tests.lambdas.clients import LAMBDAS, run

Aws = Callable[[str], Any]

PAYMENTS, PROCESSOR = "/aws/lambda/payment-handler-dev", "/ecs/payment-processor-dev"
FAILING = {"payment_id": "p-1", "amount": 5}


@pytest.fixture
def platform(cli: Cli) -> Cli:
    """The sample, built, ten seconds past a minute: no test is long enough to see it end by itself."""
    cli.ok("apply", "--yes")
    now = cli.control.request("GET", "time")["now"]
    pass_time(cli.control, 190 - now % 60)
    return cli


def pass_time(control: Control, seconds: float) -> None:
    control.request("POST", "time", advance_seconds=seconds)


def write(aws: Aws, control: Control, group: str, lines: list[str]) -> None:
    logs, now = aws("logs"), control.request("GET", "time")["now"]
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    if not streams:
        logs.create_log_stream(logGroupName=group, logStreamName="s")
    events = [{"timestamp": int(now * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def failing_calls(count: int) -> list[str]:
    """What the real handler writes under the real runtime client when it fails, and when it does not."""
    failed = run(LAMBDAS / "payment_handler", [FAILING] * count, environment={"SIMULATED_FAILURE_RATE": "1"})
    served = run(LAMBDAS / "payment_handler", [FAILING] * 3)
    return [*failed.events, *served.events]


def burst(aws: Aws, control: Control) -> None:
    """More failures than the thresholds in each of two periods of five minutes, and time to look at them."""
    for _ in range(2):
        write(aws, control, PAYMENTS, failing_calls(6))
        write(
            aws, control, PROCESSOR, [f"2026-11-23T09:14:02.117Z ERROR p-{number} not booked" for number in range(11)]
        )
        pass_time(control, 300)
    pass_time(control, 60)


def told(aws: Aws, queue: str = "alarm-events-dev") -> list[str]:
    """Which alarms a queue holds messages of."""
    sqs = aws("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted(json.loads(json.loads(message["Body"])["Message"])["AlarmName"] for message in messages)


def test_failing_calls_end_as_messages_in_the_event_queue(platform: Cli, aws: Aws) -> None:
    burst(aws, platform.control)

    alarms = platform.ok("status", "--json").json()["alarms"]
    ringing = sorted(name for name, alarm in alarms.items() if alarm["state"] == "ALARM")
    assert ringing == ["ecs-high-error-rate-dev", "lambda-high-error-rate-dev", "system-wide-critical-dev"]
    assert told(aws) == ringing
    assert told(aws, "alarm-dlq-dev") == []


def test_invocations_that_fail_do_the_same_from_the_very_beginning(cli: Cli, sample: Sample, aws: Aws) -> None:
    sample.edit(r"^# environment = .*SIMULATED_FAILURE_RATE.*$", 'environment = { SIMULATED_FAILURE_RATE = "1" }')
    sample.add("[functions.payment-handler.alarms.errors]\nthreshold = 1")
    cli.ok("apply", "--yes")
    now = cli.control.request("GET", "time")["now"]
    pass_time(cli.control, 190 - now % 60)
    for _ in range(2):
        for number in range(2):
            payload = json.dumps({"payment_id": f"p-{number}", "amount": 5}).encode()
            answer = aws("lambda").invoke(FunctionName="payment-handler-dev", Payload=payload)
            assert json.load(answer["Payload"])["statusCode"] == 500
        pass_time(cli.control, 300)

    assert told(aws) == ["lambda-high-error-rate-dev"]


def test_a_key_that_does_not_admit_cloudwatch_silences_everything(platform: Cli, aws: Aws) -> None:
    kms = aws("kms")
    key = kms.describe_key(KeyId="alias/logs-dev")["KeyMetadata"]["KeyId"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    policy["Statement"] = [item for item in policy["Statement"] if "cloudwatch" not in json.dumps(item["Principal"])]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    burst(aws, platform.control)

    assert platform.ok("status", "--json").json()["alarms"]["lambda-high-error-rate-dev"]["state"] == "ALARM"
    assert told(aws) == told(aws, "alarm-dlq-dev") == []


def test_what_the_event_queue_does_not_admit_is_a_dead_letter(platform: Cli, aws: Aws) -> None:
    sqs = aws("sqs")
    url = sqs.get_queue_url(QueueName="alarm-events-dev")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    burst(aws, platform.control)

    assert told(aws) == []
    assert "lambda-high-error-rate-dev" in told(aws, "alarm-dlq-dev")


def live(cli: Cli, code: int, *arguments: str) -> dict[str, Any]:
    """Filter -> what AWS has of it."""
    run = cli("verify", "--json", *arguments)
    assert run.code == code, run.said
    return {item["address"].partition(".")[2]: item for item in run.json()["filters"]}


def test_live_events_prove_the_filters_and_verify_only_reads(platform: Cli, aws: Aws) -> None:
    burst(aws, platform.control)
    platform.control.clear()
    found = live(platform, 0)

    assert {item["verdict"] for item in found.values()} == {"proved"}
    errors, latency = found["lambda-error-rate-dev"]["live"], found["lambda-latency-dev"]["live"]
    assert (errors["events"], errors["matched"], errors["problems"], errors["disputed"]) == (18, 12, [], [])
    assert (latency["matched"], len(latency["values"])) == (18, 18)
    assert all(value > 0 for value in latency["values"])
    assert found["order-processor-errors-dev"]["live"]["events"] == 0
    assert platform.control.writes() == [
        call for call in platform.control.writes() if call in ("logs:FilterLogEvents", "logs:TestMetricFilter")
    ]


def test_more_events_than_one_question_takes_are_asked_in_batches_the_newest_first(platform: Cli, aws: Aws) -> None:
    for _ in range(2):
        write(aws, platform.control, PROCESSOR, [f"2026-11-23T09:14:02.117Z INFO p-{n} booked" for n in range(100)])
        pass_time(platform.control, 30)
    write(aws, platform.control, PROCESSOR, ["2026-11-23T09:14:02.117Z ERROR newest"])
    platform.control.clear()
    found = live(platform, 0, "--events", "151")["ecs-error-rate-dev"]["live"]

    assert (found["events"], found["matched"]) == (151, 1)
    # A hundred different texts and the failure: each is asked once, 50 at a time.
    assert platform.control.calls().count("logs:TestMetricFilter") == 3


def test_a_pattern_that_misses_what_is_written_is_found_with_its_nearest_misses(platform: Cli, aws: Aws) -> None:
    write(aws, platform.control, PROCESSOR, [f"09:14 pay-7 ERROR p-{number} not booked" for number in range(37)])
    write(aws, platform.control, PROCESSOR, ["09:14 pay-7 INFO booked"] * 5)

    run = platform("verify")
    assert run.code == 2
    assert "- metric_filter.ecs-error-rate-dev  wrong  (payment-processor errors)" in run.out
    assert "0 of 42 events matched, 37 contain ERROR in some spelling" in run.out
    assert "09:14 pay-7 ERROR p-36 not booked" in run.out
    assert "there: $time = '09:14', $level = 'pay-7'" in run.out


@pytest.mark.parametrize(
    ("group", "lines"),
    [
        (PROCESSOR, ["2026-11-23T09:14:01.004Z INFO request 7 served, 0 errors"] * 40),
        (PROCESSOR, ["2026-11-23T09:14:01.004Z INFO the last ERROR was long ago", "0 errors today"]),
        (PAYMENTS, ['{"level":"INFO","message":"no error","error_count":0,"duration_ms":1.5}'] * 10),
        (PAYMENTS, ['{"level":"ERROR","message":"x"}', '{"type":"platform.report","record":{"durationMs":3}}']),
    ],
)
def test_a_service_that_is_well_is_not_called_wrong(platform: Cli, aws: Aws, group: str, lines: list[str]) -> None:
    write(aws, platform.control, group, lines)
    assert {item["verdict"] for item in live(platform, 0).values()} == {"proved"}


@pytest.mark.parametrize("line", ['{"severity": "error", "message": "x"}', '{"lvl":"ERROR"}', "Error: no such order"])
def test_a_line_that_looks_like_an_error_and_is_not_counted_is_a_miss(platform: Cli, aws: Aws, line: str) -> None:
    write(aws, platform.control, PAYMENTS, [line])
    problems = live(platform, 2)["lambda-error-rate-dev"]["live"]["problems"]
    assert problems == ["0 of 1 events matched, 1 contain ERROR in some spelling"]


@pytest.mark.parametrize(
    ("operation", "about"),
    [
        ("DescribeMetricFilters", ""),
        ("FilterLogEvents", "while reading the newest events of /"),
        ("TestMetricFilter", "while testing metric_filter.ecs-error-rate-dev on 1 events"),
    ],
)
def test_what_aws_refuses_costs_no_offline_proof(platform: Cli, aws: Aws, operation: str, about: str) -> None:
    write(aws, platform.control, PROCESSOR, ["2026-11-23T09:14:02.117Z ERROR p-1 not booked"])
    platform.control.fault("logs", operation, code="AccessDeniedException", message="not you", times=None)
    run = platform("verify")
    assert run.code == 1
    assert "+ metric_filter.ecs-error-rate-dev  proved" in run.out
    assert f"logs {operation} failed: AccessDeniedException: not you" in run.err
    assert about in run.err

    document = platform("verify", "--json")
    assert document.code == 1
    assert "AccessDeniedException" in document.json()["error"]
    assert {item["verdict"] for item in document.json()["filters"]} == {"proved"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"filterPattern": "[date, time, level = ERROR, ...]"},
            "its pattern in AWS is [date, time, level = ERROR, ...]",
        ),
        ({"metricName": "errors"}, "its metric in AWS is errors, declared is ECSErrors-dev"),
        ({"metricValue": "2"}, "its value in AWS is 2, declared is 1"),
        ({"defaultValue": None, "dimensions": {"Level": "$level"}}, "its dimensions in AWS is {'Level': '$level'}"),
        (None, "the filter does not exist in AWS, nothing is counted: run apply"),
    ],
)
def test_a_filter_that_somebody_changed_is_named(
    platform: Cli, aws: Aws, change: dict[str, Any] | None, said: str
) -> None:
    logs = aws("logs")
    [found] = logs.describe_metric_filters(logGroupName=PROCESSOR)["metricFilters"]
    if change is None:
        logs.delete_metric_filter(logGroupName=PROCESSOR, filterName="ecs-error-rate-dev")
    else:
        transformation = {**found["metricTransformations"][0], **change}
        pattern = transformation.pop("filterPattern", found["filterPattern"])
        logs.put_metric_filter(
            logGroupName=PROCESSOR,
            filterName="ecs-error-rate-dev",
            filterPattern=pattern,
            metricTransformations=[{name: value for name, value in transformation.items() if value is not None}],
        )
    item = live(platform, 2)["ecs-error-rate-dev"]
    assert item["verdict"] == "disproved"
    assert said in item["live"]["problems"][0]


def test_before_anything_is_built_it_says_so(cli: Cli) -> None:
    problems = live(cli, 2)["ecs-error-rate-dev"]["live"]["problems"]
    assert problems == ["the log group /ecs/payment-processor-dev does not exist: run apply"]


def test_a_day_that_is_none_is_refused(cli: Cli) -> None:
    run = cli("verify", "--hours", "0")
    assert (run.code, "0 hours are not allowed" in run.err) == (1, True)
