"""Statistics over samples: "CloudWatch statistics definitions"."""

from __future__ import annotations

import pytest

from provisioner.evaluation import Samples, is_statistic, percentile_of, statistic

VALUES = [Samples.of([1.0, 2.0, 3.0]), Samples.of([10.0], [2.0])]
SUMMARY = Samples(count=4, total=40.0, least=5.0, most=15.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("SampleCount", 5), ("Sum", 26), ("Average", 5.2), ("Minimum", 1), ("Maximum", 10), ("p0", 1), ("p50", 3)],
)
def test_over_values(name: str, value: float) -> None:
    assert statistic(name, VALUES) == pytest.approx(value)


@pytest.mark.parametrize(("name", "value"), [("p25", 2), ("p60", 5.8), ("p90", 10), ("p100", 10), ("P99.9", 10)])
def test_percentiles_lie_between_the_two_nearest_values(name: str, value: float) -> None:
    assert statistic(name, VALUES) == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "value"), [("SampleCount", 9), ("Sum", 66), ("Minimum", 1), ("Maximum", 15), ("p50", None)]
)
def test_what_is_only_summarised_has_no_percentile(name: str, value: float | None) -> None:
    assert statistic(name, [*VALUES, SUMMARY]) == value


def test_a_summary_of_equal_values_has_one() -> None:
    assert statistic("p99", [Samples(count=100, total=700.0, least=7.0, most=7.0)]) == 7


def test_there_is_none_without_data() -> None:
    assert statistic("Sum", []) is None


@pytest.mark.parametrize(
    ("name", "percentile"), [("p99.9", 99.9), ("p0", 0.0), ("p100", 100.0), ("p101", None), ("Sum", None), ("px", None)]
)
def test_which_statistics_are_percentiles(name: str, percentile: float | None) -> None:
    assert percentile_of(name) == percentile


def test_which_statistics_are_computed() -> None:
    assert [name for name in ("Sum", "p95", "tm99", "IQM", "sum") if is_statistic(name)] == ["Sum", "p95"]
