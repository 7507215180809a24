"""Under the real Lambda runtime client: every failure is one ERROR event and one fault, and nothing else is either."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.blueprint.parts.filters import log_metric
from provisioner.patterns import DataPoint, Transformation, parse
from provisioner.runtime import FunctionRun, LogFormat
from provisioner.runtime.api import trace_id
from tests.lambdas.clients import CLIENTS, LAMBDAS, PROJECT, run

GOOD: dict[str, dict[str, Any]] = {
    "payment_handler": {"payment_id": "p-1", "amount": 12.5},
    "order_processor": {"order_id": "o-1", "items": ["a", "b"]},
}
BAD: dict[str, dict[str, Any]] = {
    "payment_handler": {"payment_id": "p-2", "amount": -1},
    "order_processor": {"order_id": "o-2", "items": []},
}

each_format = pytest.mark.parametrize("log_format", ["JSON", "Text"])
each_function = pytest.mark.parametrize("function", sorted(GOOD))
each_client = pytest.mark.parametrize("client", CLIENTS)


def transformation(signal: str, log_format: LogFormat) -> Transformation:
    """The platform's own filter for a function of this log format, as it is put to AWS."""
    config = blueprint.load(PROJECT / "platform.toml", "dev")
    function = config.functions["payment-handler"].model_copy(update={"log_format": log_format.lower()})
    made = log_metric(config.model_copy(update={"functions": {"x": function}}), "x", signal)
    return Transformation(parse(made.pattern), made.value, default=made.default)


def failures(outcome: FunctionRun, log_format: LogFormat) -> list[str]:
    """The events that the error filters of a function count."""
    pattern = transformation("errors", log_format).pattern
    return [event for event in outcome.events if pattern.match(event)]


def samples(signal: str, log_format: LogFormat, outcome: FunctionRun) -> list[DataPoint]:
    """What a filter of the platform publishes for the log of a run."""
    made = transformation(signal, log_format)
    return [sample for event in outcome.events if (sample := made.sample(event))]


def records(outcome: FunctionRun) -> list[dict[str, Any]]:
    """The log events of a JSON run, parsed."""
    return [json.loads(event) for event in outcome.events]


def request_of(event: str, log_format: LogFormat) -> str:
    return str(json.loads(event)["requestId"]) if log_format == "JSON" else event.split("\t")[2]


def requests_answered(outcome: FunctionRun, status: int) -> set[str]:
    return {request for request, answer in outcome.answers.items() if answer["statusCode"] == status}


def faulty_requests(outcome: FunctionRun) -> Iterator[str]:
    numbers = {trace_id(number): number for number in range(len(outcome.answers))}
    return (f"request-{numbers[doc['trace_id']]}" for doc in outcome.documents if doc.get("fault"))


@each_client
@each_format
@each_function
def test_over_200_mixed_calls_all_signals_agree_on_every_single_one(
    function: str, log_format: LogFormat, client: str
) -> None:
    payloads = [BAD[function] if number % 4 == 3 else GOOD[function] for number in range(200)]
    outcome = run(
        LAMBDAS / function,
        payloads,
        log_format=log_format,
        environment={"SIMULATED_FAILURE_RATE": "0.5"},
        modules=CLIENTS[client],
    )

    statuses = Counter(answer["statusCode"] for answer in outcome.answers.values())
    assert statuses[400] == 50
    assert statuses[200] + statuses[500] == 150
    assert statuses[200] > 0
    failed = requests_answered(outcome, 500)
    assert failed
    assert sorted(request_of(event, log_format) for event in failures(outcome, log_format)) == sorted(failed)
    assert sorted(faulty_requests(outcome)) == sorted(failed)
    assert len(outcome.events) == len(outcome.documents) == 200
    if log_format == "JSON":  # with Text the duration is the platform's own to report, and no handler writes it
        durations = [json.loads(answer["body"])["duration_ms"] for answer in outcome.answers.values()]
        assert [sample.value for sample in samples("latency", log_format, outcome)] == durations
    assert sum(sample.value for sample in samples("errors", log_format, outcome)) == len(failed)
    assert (outcome.crashes, outcome.init_errors, outcome.output) == ({}, [], "")


@each_function
def test_a_json_line_has_the_fields_at_top_level(function: str) -> None:
    outcome = run(LAMBDAS / function, [GOOD[function], BAD[function]])
    identifier = next(iter(GOOD[function]))

    good, bad = records(outcome)
    assert (good["level"], good["message"], good["logger"]) == ("INFO", "processed", function)
    assert (bad["level"], bad["logger"]) == ("WARNING", function)
    assert bad["message"].startswith("refused: ")
    for number, (record, payload) in enumerate([(good, GOOD[function]), (bad, BAD[function])]):
        assert record["requestId"] == record["request_id"] == f"request-{number}"
        assert record[identifier] == payload[identifier]
        assert isinstance(record["duration_ms"], float)


def test_a_text_line_has_the_level_first_and_the_fields_last() -> None:
    outcome = run(LAMBDAS / "payment_handler", [GOOD["payment_handler"]], log_format="Text")

    [line] = outcome.events
    level, _, request_id, message = line.split("\t")
    assert (level, request_id) == ("[INFO]", "request-0")
    text, brace, rest = message.partition(" {")
    logged = json.loads(brace + rest)
    assert isinstance(logged.pop("duration_ms"), float)
    assert (text, logged) == ("processed", {"request_id": "request-0", "payment_id": "p-1", "status_code": 200})


@each_format
def test_a_failure_is_one_event_with_its_traceback(log_format: LogFormat) -> None:
    outcome = run(
        LAMBDAS / "payment_handler",
        [GOOD["payment_handler"]],
        log_format=log_format,
        environment={"SIMULATED_FAILURE_RATE": "1"},
    )
    [event] = outcome.events
    assert failures(outcome, log_format) == [event]
    assert "take_payment" in event
    assert "SimulatedFailure" in event


@each_function
def test_the_subsegment_tells_who_what_and_why(function: str) -> None:
    outcome = run(LAMBDAS / function, [GOOD[function]], environment={"SIMULATED_FAILURE_RATE": "1"})
    identifier = next(iter(GOOD[function]))

    [document] = outcome.documents
    assert (document["type"], document["name"], document["in_progress"]) == ("subsegment", function, False)
    assert document["parent_id"] == "53995c3f42cd8ad8"
    assert document["annotations"] == {identifier: GOOD[function][identifier]}
    assert document["fault"] is True
    [cause] = document["cause"]["exceptions"]
    assert cause["type"] == "SimulatedFailure"
    assert [frame["label"] for frame in cause["stack"]][-1] == "simulate_failure"


@each_client
@each_format
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def handler(event, context):\n    raise ValueError('boom')\n", "ValueError"),
        ("def handler(event, context):\n    return object()\n", "Runtime.MarshalError"),
        ("import no_such_module_at_all\n", "Runtime.ImportModuleError"),
        ("def handler(event, context)\n", "Runtime.UserCodeSyntaxError"),
        ("raise RuntimeError('while loading')\n", "RuntimeError"),
    ],
)
def test_what_nobody_caught_is_one_event_of_the_same_filter(
    tmp_path: Path, log_format: LogFormat, source: str, said: str, client: str
) -> None:
    (tmp_path / "index.py").write_text(source)
    outcome = run(tmp_path, [{}], log_format=log_format, modules=CLIENTS[client])

    [event] = failures(outcome, log_format)
    assert said in event
    assert [report["errorType"] for report in [*outcome.crashes.values(), *outcome.init_errors]] == [said]


@each_format
def test_a_caller_cannot_write_a_failure_into_the_log(log_format: LogFormat) -> None:
    spoofs = ["[ERROR]", "p\n[ERROR]\tx", '"level": "ERROR"', "p ERROR", "[CRITICAL]"]
    payloads = [{"payment_id": spoof, "amount": spoof} for spoof in spoofs]
    payloads += [{"payment_id": "p-1", "amount": spoof} for spoof in spoofs]
    outcome = run(LAMBDAS / "payment_handler", payloads, log_format=log_format)

    assert len(requests_answered(outcome, 400)) == len(outcome.events) == 10
    assert failures(outcome, log_format) == []


@each_format
def test_nothing_of_the_payload_is_logged(log_format: LogFormat) -> None:
    payloads: list[object] = [
        {"order_id": "o-1", "items": ["hush-hush"], "card": "hush-hush"},
        {"order_id": "o-1", "items": "hush-hush"},
        {"order_id": ["hush-hush"], "items": []},
        ["hush-hush"],
        "hush-hush",
    ]
    for environment in ({}, {"SIMULATED_FAILURE_RATE": "1"}):
        outcome = run(LAMBDAS / "order_processor", payloads, log_format=log_format, environment=environment)
        assert len(outcome.events) == 5
        assert "hush" not in "".join([*outcome.events, outcome.output])


@each_format
def test_an_unsampled_trace_costs_no_signal_of_the_log(log_format: LogFormat) -> None:
    outcome = run(
        LAMBDAS / "payment_handler",
        [GOOD["payment_handler"]] * 3,
        log_format=log_format,
        environment={"SIMULATED_FAILURE_RATE": "1"},
        sampled=False,
    )
    assert len(failures(outcome, log_format)) == len(outcome.events) == 3
    assert list(outcome.documents) == []


@each_format
@pytest.mark.parametrize(
    "tracing",
    [
        {"AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9"},
        # The kernel refuses to send there, which the SDK by itself would log at ERROR.
        {"AWS_XRAY_DAEMON_ADDRESS": "255.255.255.255:9"},
        {"AWS_XRAY_SDK_ENABLED": "false"},
    ],
    ids=["no daemon", "unreachable daemon", "switched off"],
)
def test_tracing_that_does_not_work_is_no_failure(log_format: LogFormat, tracing: dict[str, str]) -> None:
    outcome = run(
        LAMBDAS / "payment_handler", [GOOD["payment_handler"]] * 2, log_format=log_format, environment=tracing
    )

    assert len(requests_answered(outcome, 200)) == len(outcome.events) == 2
    assert failures(outcome, log_format) == []
    assert (list(outcome.documents), outcome.output) == ([], "")


@each_format
def test_the_log_level_silences_what_is_below_it(log_format: LogFormat) -> None:
    payloads = [GOOD["payment_handler"], BAD["payment_handler"]]
    for level, lines in {"DEBUG": 2, "INFO": 2, "WARN": 1, "ERROR": 0, "no level": 2}.items():
        outcome = run(LAMBDAS / "payment_handler", payloads, log_format=log_format, environment={"LOG_LEVEL": level})
        assert (level, len(outcome.events)) == (level, lines)
        assert len(outcome.answers) == 2
