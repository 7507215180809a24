"""Alarms change their state as time passes: each kind of condition, through the API. The tables are unit tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import Client
from tests.emulator.telemetry import SPACE, Telemetry

BAD, GOOD = 5, 0


@pytest.fixture
def telemetry(client: Client, control: Callable[..., Any]) -> Telemetry:
    return Telemetry(client, control)


def publish(telemetry: Telemetry, points: str) -> None:
    """One value a minute, the last in the minute before the alarms are looked at for the first time: ``0 X -`` are
    good, breaching and missing.
    """
    for back, mark in enumerate(reversed(points.split())):
        if mark != "-":
            telemetry.publish(BAD if mark == "X" else GOOD, ago=60 * back - 60)
    telemetry.pass_time(120)


@pytest.mark.parametrize(
    ("needed", "of", "points", "states"),
    [
        (3, 3, "- - X - -", {"missing": "ALARM", "ignore": "", "breaching": "ALARM", "notBreaching": "OK"}),
        (2, 3, "0 - X - -", {"missing": "OK", "ignore": "OK", "breaching": "ALARM", "notBreaching": "OK"}),
    ],
)
def test_m_of_n_and_missing_data(
    telemetry: Telemetry, needed: int, of: int, points: str, states: dict[str, str]
) -> None:
    for treatment in states:
        telemetry.alarm(treatment, TreatMissingData=treatment, EvaluationPeriods=of, DatapointsToAlarm=needed)
    publish(telemetry, points)
    found = {treatment: telemetry.state(treatment) for treatment in states}
    assert found == {treatment: state or "INSUFFICIENT_DATA" for treatment, state in states.items()}


def test_a_new_alarm_has_no_data_until_it_was_looked_at(telemetry: Telemetry) -> None:
    telemetry.alarm()
    assert (telemetry.state(), telemetry.described()["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Unchecked: Initial alarm creation",
    )
    telemetry.pass_time(120)
    assert (telemetry.state(), telemetry.described()["StateReason"]) == (
        "OK",
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[NonBreaching].",
    )


def test_the_window_slides_by_the_minute(telemetry: Telemetry) -> None:
    telemetry.alarm(Period=300, EvaluationPeriods=1)
    telemetry.pass_time(120)
    telemetry.publish(BAD)
    telemetry.pass_time(60)  # the minute of the value is over
    assert telemetry.state() == "ALARM"
    telemetry.pass_time(4 * 60)
    assert telemetry.state() == "ALARM"
    telemetry.pass_time(2 * 60)
    assert telemetry.state() == "ALARM"  # the newest real point is looked for a little further back
    telemetry.pass_time(15 * 60)
    assert telemetry.state() == "OK"


def test_a_long_time_passes_quickly_and_ends_in_the_right_state(telemetry: Telemetry) -> None:
    telemetry.alarm(TreatMissingData="missing", EvaluationPeriods=1)
    publish(telemetry, "X")
    assert telemetry.state() == "ALARM"
    telemetry.pass_time(40 * 86_400)
    assert telemetry.state() == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(("low_samples", "state"), [("ignore", "INSUFFICIENT_DATA"), ("evaluate", "ALARM")])
def test_a_percentile_of_few_samples_is_ignored_if_asked_for(
    telemetry: Telemetry, low_samples: str, state: str
) -> None:
    telemetry.alarm(
        ExtendedStatistic="p99", Threshold=4, EvaluationPeriods=1, EvaluateLowSampleCountPercentile=low_samples
    )
    publish(telemetry, "X")
    assert telemetry.state() == state


def test_a_percentile_of_many_samples_counts(telemetry: Telemetry) -> None:
    telemetry.alarm(
        ExtendedStatistic="p99", Threshold=97, EvaluationPeriods=1, EvaluateLowSampleCountPercentile="ignore"
    )
    telemetry.pass_time(120)
    values = [float(number % 100) for number in range(1000)]
    telemetry.control("POST", "metrics", namespace=SPACE, name="errors", values=values)
    telemetry.pass_time(60)
    assert telemetry.state() == "ALARM"


def percentage() -> list[dict[str, Any]]:
    def part(name: str) -> dict[str, Any]:
        metric = {"Namespace": SPACE, "MetricName": name}
        stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    return [{"Id": "percent", "Expression": "100*used/reserved"}, part("used"), part("reserved")]


@pytest.mark.parametrize(
    ("used", "reserved", "state"), [(81, 100, "ALARM"), (80, 100, "OK"), (5, 0, "OK"), (None, 100, "OK")]
)
def test_metric_math_is_computed(telemetry: Telemetry, used: float | None, reserved: float, state: str) -> None:
    telemetry.alarm(Metrics=percentage(), Threshold=80, EvaluationPeriods=1)
    telemetry.pass_time(120)
    for name, value in (("used", used), ("reserved", reserved)):
        if value is not None:
            telemetry.publish(value, name=name)
    telemetry.pass_time(60)
    assert telemetry.state() == state


@pytest.mark.parametrize("expression", ["FILL(used, 100)", "used + nobody"])
def test_an_alarm_on_math_that_is_not_here_keeps_its_state(telemetry: Telemetry, expression: str) -> None:
    queries = percentage()
    queries[0]["Expression"] = expression
    telemetry.alarm(Metrics=queries, Threshold=80)
    telemetry.pass_time(300)
    assert telemetry.state() == "INSUFFICIENT_DATA"


def test_only_data_of_the_unit_asked_for_count(telemetry: Telemetry) -> None:
    telemetry.alarm("any", EvaluationPeriods=1)
    telemetry.alarm("count", EvaluationPeriods=1, Unit="Count")
    publish(telemetry, "X")
    assert (telemetry.state("any"), telemetry.state("count")) == ("ALARM", "OK")
