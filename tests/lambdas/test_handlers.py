"""The handlers outside Lambda: what is accepted, what is refused, and what the answer and the log line say."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import aws_xray_sdk.core  # noqa: F401  # else the first event imports it, which hypothesis takes for a slow example
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.order_processor import index as orders
from lambdas.payment_handler import index as payments
from lambdas.shared.service import Answer, Service, simulate_failure
from tests.lambdas.clients import PROJECT

CONTEXT = SimpleNamespace(aws_request_id="request-1")
NO_STRINGS: list[object] = [None, 7, True, ["p"], {}]
BAD_IDENTIFIERS = [*NO_STRINGS, "", "x" * 129, "two words", "[ERROR]", "p\n[ERROR] no", "p\u0661"]


def body(answer: Answer) -> dict[str, Any]:
    parsed = json.loads(answer["body"])
    assert isinstance(parsed, dict)
    return parsed


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the record carries through ``extra=``."""
    plain = logging.LogRecord("", 0, "", 0, "", (), None)
    added = {key: value for key, value in vars(record).items() if key not in vars(plain)}
    added.pop("message", None)
    return added


@pytest.mark.parametrize("amount", [1, 12.5, 0.01, 10**15, sys.float_info.max])
def test_a_payment_is_answered_with_its_amount(amount: float) -> None:
    answer = payments.handler({"payment_id": "p-1", "amount": amount}, CONTEXT)

    assert answer["statusCode"] == 200
    assert answer["headers"] == {"Content-Type": "application/json"}
    said = body(answer)
    assert isinstance(said.pop("duration_ms"), float)
    assert said == {"payment_id": "p-1", "amount": amount}


@pytest.mark.parametrize(
    "amount", [None, 0, -1, -0.0, True, False, "12", [], {}, float("nan"), float("inf"), float("-inf"), 10**400]
)
def test_an_amount_that_is_no_positive_number_is_refused(amount: object) -> None:
    answer = payments.handler({"payment_id": "p-1", "amount": amount}, CONTEXT)

    assert answer["statusCode"] == 400
    assert body(answer)["error"] == "amount must be a positive number"


def test_an_order_is_answered_with_the_number_of_its_items() -> None:
    answer = orders.handler({"order_id": "o-1", "items": ["a", {"b": 1}, None]}, CONTEXT)

    assert answer["statusCode"] == 200
    said = body(answer)
    assert isinstance(said.pop("duration_ms"), float)
    assert said == {"order_id": "o-1", "items_processed": 3}


@pytest.mark.parametrize("items", [None, [], (), {}, {"a": 1}, "abc", 3, True])
def test_items_that_are_no_list_or_an_empty_one_are_refused(items: object) -> None:
    answer = orders.handler({"order_id": "o-1", "items": items}, CONTEXT)

    assert answer["statusCode"] == 400
    assert body(answer)["error"] == "items must be a list that is not empty"


@pytest.mark.parametrize("identifier", BAD_IDENTIFIERS, ids=repr)
def test_an_identifier_that_is_missing_or_unfit_for_a_log_is_refused(identifier: object) -> None:
    assert payments.handler({"payment_id": identifier, "amount": 1}, CONTEXT)["statusCode"] == 400
    assert orders.handler({"order_id": identifier, "items": [1]}, CONTEXT)["statusCode"] == 400


def test_a_missing_key_is_refused() -> None:
    for event in ({}, {"payment_id": "p-1"}, {"amount": 1}, {"order_id": "o-1"}, {"items": [1]}):
        assert payments.handler(event, CONTEXT)["statusCode"] == 400
        assert orders.handler(event, CONTEXT)["statusCode"] == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(event=JSON | st.fixed_dictionaries({"payment_id": JSON, "amount": JSON, "order_id": JSON, "items": JSON}))
def test_no_event_whatsoever_is_an_unexpected_failure(event: object) -> None:
    assert payments.handler(event, None)["statusCode"] in (200, 400)
    assert orders.handler(event, None)["statusCode"] in (200, 400)


def test_one_line_an_event_with_its_fields_and_never_the_payload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    payments.handler({"payment_id": "p-1", "amount": 4711.25, "card": "4111-1111"}, CONTEXT)
    payments.handler({"payment_id": "p-2", "amount": "4711.25", "card": "4111-1111"}, CONTEXT)
    payments.handler({"payment_id": "4111-1111 ", "amount": 1}, CONTEXT)

    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "WARNING"]
    logged = [fields(record) for record in caplog.records]
    assert all(isinstance(one.pop("duration_ms"), float) for one in logged)
    assert logged == [
        {"request_id": "request-1", "payment_id": "p-1", "status_code": 200},
        {"request_id": "request-1", "payment_id": "p-2", "status_code": 400},
        {"request_id": "request-1", "status_code": 400},
    ]
    assert "4711" not in caplog.text
    assert "4111" not in caplog.text


def test_an_unexpected_failure_is_a_500_and_one_error_line(caplog: pytest.LogCaptureFixture) -> None:
    def work(event: dict[str, Any]) -> dict[str, Any]:
        raise ZeroDivisionError("of the body")

    answer = Service("payment_handler", identifier="payment_id").serve(work, {"payment_id": "p-1"}, CONTEXT)

    assert answer["statusCode"] == 500
    assert body(answer).keys() == {"error", "duration_ms"}
    assert "of the body" not in answer["body"]
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert fields(record).items() >= {"payment_id": "p-1", "status_code": 500}.items()


@pytest.mark.parametrize("rate", ["", "0", "off", "ten", "10%", "nan", "inf", "-1", "1.5", "2", "0x1"])
def test_no_failure_is_simulated_unless_a_valid_rate_asks_for_it(monkeypatch: pytest.MonkeyPatch, rate: str) -> None:
    monkeypatch.setenv("SIMULATED_FAILURE_RATE", rate)
    for _ in range(50):
        simulate_failure(usual_rate=1.0)


@pytest.mark.parametrize("rate", ["1", "1.0", " 1 ", "on", "ON"])
def test_a_simulated_failure_looks_like_any_other(monkeypatch: pytest.MonkeyPatch, rate: str) -> None:
    monkeypatch.setenv("SIMULATED_FAILURE_RATE", rate)
    service = Service("payment_handler", identifier="payment_id")

    def work(event: dict[str, Any]) -> dict[str, Any]:
        simulate_failure(usual_rate=1.0)
        return {}

    assert service.serve(work, {"payment_id": "p-1"}, CONTEXT)["statusCode"] == 500


def test_a_bad_request_stays_one_while_failures_are_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATED_FAILURE_RATE", "1")
    assert payments.handler({"payment_id": "p-1", "amount": -1}, CONTEXT)["statusCode"] == 400
    assert orders.handler({"order_id": "o-1", "items": []}, CONTEXT)["statusCode"] == 400


@pytest.mark.parametrize(
    ("wish", "level"),
    [
        ("DEBUG", "DEBUG"),
        ("warning", "WARNING"),
        (" ERROR ", "ERROR"),
        ("FATAL", "CRITICAL"),
        ("TRACE", "DEBUG"),
        ("LOUD", "INFO"),
        ("", "INFO"),
        ("15", "INFO"),
    ],
)
def test_the_log_level_is_honoured_and_nonsense_is_info(monkeypatch: pytest.MonkeyPatch, wish: str, level: str) -> None:
    monkeypatch.setenv("LOG_LEVEL", wish)
    Service("log_level_probe", identifier="id")
    assert logging.getLevelName(logging.getLogger("log_level_probe").level) == level


def test_without_lambda_a_segment_or_a_daemon_there_is_no_noise() -> None:
    program = """
from lambdas.order_processor.index import handler as process
from lambdas.payment_handler.index import handler as pay
assert pay({"payment_id": "p-1", "amount": 1}, None)["statusCode"] == 200
assert process({"order_id": "o-1", "items": [1]}, None)["statusCode"] == 200
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, env={})
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize("handler", ["payment_handler", "order_processor"])
@pytest.mark.parametrize("environment", [{}, {"LAMBDA_TASK_ROOT": "."}], ids=["outside Lambda", "in Lambda"])
def test_importing_a_handler_loads_nothing_heavy(handler: str, environment: dict[str, str]) -> None:
    loaded = f"import lambdas.{handler}.index, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", loaded], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert not {"botocore", "boto3", "requests", "asyncio", "importlib.metadata"} & set(run.stdout.split())
    assert ("aws_xray_sdk.core" in run.stdout.split()) is bool(environment)
