"""The platform's own patterns, on the lines that its services really write."""

from __future__ import annotations

import json

import pytest

from provisioner.patterns import Transformation, parse, validate

JSON_ERRORS = '{ $.level = "ERROR" || $.level = "CRITICAL" || $.level = "FATAL" || $.log_level = "ERROR" }'
TEXT_ERRORS = '[time, level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]'
TWO_FIELDS = '[date, time, level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]'
FUNCTION_ERRORS = '?"[ERROR]" ?"[CRITICAL]"'
FUNCTION_DURATION = '[r = REPORT, l = "RequestId:", id, d = "Duration:", duration, u = "ms", ...]'

REQUEST = "3604209a-e9a3-11e6-939a-754dd98c7be3"
FAILURE = f"[ERROR]\t2026-11-23T09:00:00.123Z\t{REQUEST}\tPayment 4711 failed: card declined"
CRASH = f"[CRITICAL]\t2026-11-23T09:00:00.123Z\t{REQUEST}\tno connection to the ledger"
PLAIN = f"[INFO]\t2026-11-23T09:00:00.123Z\t{REQUEST}\tPayment 4711 took 12 ms"
REPORT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 0.21 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 18 MB\tInit Duration: 101.5 ms\t"
)
START = f"START RequestId: {REQUEST} Version: $LATEST"
END = f"END RequestId: {REQUEST}"


def line(**members: object) -> str:
    return json.dumps({"timestamp": "2026-11-23T09:00:00Z", "message": "ERROR in a message", **members})


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        (line(level="ERROR"), True),
        (line(level="CRITICAL"), True),
        (line(level="FATAL"), True),
        (line(log_level="ERROR", errorType="Runtime.ImportModuleError"), True),
        (line(level="INFO"), False),
        (line(level="error"), False),
        (line(), False),
        (FAILURE, False),
        (REPORT, False),
    ],
)
def test_errors_of_json_services(text: str, matches: bool) -> None:
    assert (parse(JSON_ERRORS).match(text) is not None) is matches


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (TEXT_ERRORS, "2026-11-23T09:00:00Z ERROR order 17: out of stock", True),
        (TEXT_ERRORS, "2026-11-23T09:00:00Z FATAL cannot start", True),
        (TEXT_ERRORS, "2026-11-23T09:00:00Z CRITICAL", True),
        (TEXT_ERRORS, "2026-11-23T09:00:00Z INFO no ERROR here", False),
        (TEXT_ERRORS, "2026-11-23T09:00:00Z ERRORS 3", False),
        (TEXT_ERRORS, "Traceback (most recent call last):", False),
        (TEXT_ERRORS, "2026-11-23 12:00:00,123 ERROR no such order", False),
        (TWO_FIELDS, "2026-11-23 12:00:00,123 ERROR no such order", True),
        (FUNCTION_ERRORS, FAILURE, True),
        (FUNCTION_ERRORS, CRASH, True),
        (FUNCTION_ERRORS, PLAIN, False),
        (FUNCTION_ERRORS, REPORT, False),
        # What a reader expects to work and does not: the third field of Lambda's line is the request's id.
        ('[time, request_id, level = "ERROR", msg]', FAILURE, False),
    ],
)
def test_errors_of_text_services(pattern: str, text: str, matches: bool) -> None:
    assert (parse(pattern).match(text) is not None) is matches


def test_the_duration_of_a_report_line() -> None:
    latency = Transformation(parse(FUNCTION_DURATION), "$duration")
    samples = [latency.sample(text) for text in (START, FAILURE, END, REPORT)]
    assert [sample.value if sample else None for sample in samples] == [None, None, None, 0.21]


def test_the_duration_of_a_json_line() -> None:
    latency = Transformation(parse("{ $.duration_ms = * }"), "$.duration_ms")
    texts = [line(duration_ms=12.5), line(duration_ms="slow"), line(duration_ms=None), line(), "Duration: 0.21 ms"]
    samples = [latency.sample(text) for text in texts]
    assert [sample.value if sample else None for sample in samples] == [12.5, None, None, None, None]


@pytest.mark.parametrize(
    ("pattern", "value", "default"),
    [
        (JSON_ERRORS, "1", 0),
        (TEXT_ERRORS, "1", 0),
        (TWO_FIELDS, "1", 0),
        (FUNCTION_ERRORS, "1", 0),
        (FUNCTION_DURATION, "$duration", None),
        ("{ $.duration_ms = * }", "$.duration_ms", None),
    ],
)
def test_aws_takes_them_and_they_read_in_one_way(pattern: str, value: str, default: float | None) -> None:
    assert validate(pattern, value, default=default) == []
    assert parse(pattern).ambiguities == ()
