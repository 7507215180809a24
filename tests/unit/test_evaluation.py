"""How alarms are evaluated: M of N, missing data, percentiles of few samples, metric math, and the words for it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from provisioner.evaluation import (
    AlarmState,
    Condition,
    Formula,
    Math,
    Measure,
    Measured,
    MetricId,
    Query,
    Samples,
    Stat,
    evaluate,
    statistic,
)
from provisioner.evaluation.condition import Missing

NOW = 1_800_000_000.0  # a whole minute
ERRORS, USED, RESERVED = (MetricId("Shop", name) for name in ("errors", "used", "reserved"))
SUM = Stat(ERRORS, "Sum", period=60)
BAD, GOOD = 5.0, 0.0


def recorded(data: Mapping[MetricId, Mapping[float, list[float]]]) -> Measure:
    """Measures values that were published so many seconds before NOW."""

    def measure(stat: Stat, start: float, end: float) -> Measured:
        found = [Samples.of(values) for ago, values in data.get(stat.metric, {}).items() if start <= NOW - ago < end]
        return Measured(statistic(stat.statistic, found), sum(item.count for item in found))

    return measure


def minutes(points: str) -> Measure:
    """One value a minute, the newest last: ``0 X -`` are good, breaching and missing."""
    marks = {"X": BAD, "0": GOOD}
    newest_first = enumerate(reversed(points.split()))
    return recorded({ERRORS: {60.0 * (back + 1): [marks[mark]] for back, mark in newest_first if mark != "-"}})


def state(condition: Condition, measure: Measure, before: str = "INSUFFICIENT_DATA", now: float = NOW) -> str:
    found = evaluate(condition, before, measure, now)
    return before if found is None else found.value


def finding(condition: Condition, points: str, before: str = "OK") -> AlarmState:
    found = evaluate(condition, before, minutes(points), NOW)
    assert found is not None
    return found


# "Configuring how CloudWatch alarms treat missing data", the two tables; "" means: stays as it was.
CASES = [
    (3, 3, "0 - X - X", {"missing": "OK", "ignore": "OK", "breaching": "OK", "notBreaching": "OK"}),
    (3, 3, "- - - - 0", {"missing": "OK", "ignore": "OK", "breaching": "OK", "notBreaching": "OK"}),
    (3, 3, "- - - - -", {"missing": "INSUFFICIENT_DATA", "ignore": "", "breaching": "ALARM", "notBreaching": "OK"}),
    (3, 3, "0 X X - X", {"missing": "ALARM", "ignore": "ALARM", "breaching": "ALARM", "notBreaching": "ALARM"}),
    (3, 3, "- - X - -", {"missing": "ALARM", "ignore": "", "breaching": "ALARM", "notBreaching": "OK"}),
    (2, 3, "0 - X - X", {"missing": "ALARM", "ignore": "ALARM", "breaching": "ALARM", "notBreaching": "ALARM"}),
    (2, 3, "0 0 X 0 X", {"missing": "ALARM", "ignore": "ALARM", "breaching": "ALARM", "notBreaching": "ALARM"}),
    (2, 3, "0 - X - -", {"missing": "OK", "ignore": "OK", "breaching": "ALARM", "notBreaching": "OK"}),
    (2, 3, "- - - - 0", {"missing": "OK", "ignore": "OK", "breaching": "ALARM", "notBreaching": "OK"}),
    (2, 3, "- - - X -", {"missing": "ALARM", "ignore": "", "breaching": "ALARM", "notBreaching": "OK"}),
]


@pytest.mark.parametrize(("needed", "of", "points", "states"), CASES)
@pytest.mark.parametrize("before", ["OK", "ALARM", "INSUFFICIENT_DATA"])
def test_the_tables_of_the_guide(needed: int, of: int, points: str, states: dict[Missing, str], before: str) -> None:
    for treatment, wanted in states.items():
        condition = Condition(SUM, "GreaterThanThreshold", 1, of, needed, treatment)
        assert state(condition, minutes(points), before) == (wanted or before), treatment


def test_all_points_are_needed_unless_a_number_is_given() -> None:
    assert state(Condition(SUM, "GreaterThanThreshold", 1, 3), minutes("0 X X")) == "OK"
    assert state(Condition(SUM, "GreaterThanThreshold", 1, 3), minutes("X X X")) == "ALARM"


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        ("GreaterThanThreshold", "OK", "OK", "ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK", "ALARM", "ALARM"),
        ("LessThanThreshold", "ALARM", "OK", "OK"),
        ("LessThanOrEqualToThreshold", "ALARM", "ALARM", "OK"),
    ],
)
def test_comparisons(comparison: str, below: str, at: str, above: str) -> None:
    found = [state(Condition(SUM, comparison, threshold), minutes("X")) for threshold in (6.0, 5.0, 4.0)]
    assert found == [below, at, above]


def test_the_window_slides_by_the_minute() -> None:
    condition = Condition(Stat(ERRORS, "Sum", period=300), "GreaterThanThreshold", 1, missing="notBreaching")
    published = recorded({ERRORS: {0: [BAD]}})
    later = {minute: state(condition, published, now=NOW + 60 * minute) for minute in (0, 1, 5, 6, 15, 16)}
    # Two periods further back than asked for, the newest real point is still found.
    assert later == {0: "OK", 1: "ALARM", 5: "ALARM", 6: "ALARM", 15: "ALARM", 16: "OK"}


class TestPercentiles:
    @pytest.mark.parametrize(("ignore", "wanted"), [(True, "INSUFFICIENT_DATA"), (False, "ALARM")])
    def test_of_few_samples_change_nothing_if_asked_for(self, ignore: bool, wanted: str) -> None:
        condition = Condition(Stat(ERRORS, "p99", 60), "GreaterThanThreshold", 4, ignore_few_samples=ignore)
        assert state(condition, minutes("X")) == wanted

    @pytest.mark.parametrize(
        ("percentile", "samples", "wanted"),
        [("p99", 1000, "ALARM"), ("p99", 999, "OK"), ("p50", 20, "ALARM"), ("p50", 19, "OK"), ("p10", 99, "OK")],
    )
    def test_need_ten_samples_beyond_them(self, percentile: str, samples: int, wanted: str) -> None:
        condition = Condition(Stat(ERRORS, percentile, 60), "GreaterThanThreshold", 4, ignore_few_samples=True)
        assert state(condition, recorded({ERRORS: {60: [BAD] * samples}}), "OK") == wanted

    def test_of_a_hundred_never_have_too_few(self) -> None:
        condition = Condition(Stat(ERRORS, "p100", 60), "GreaterThanThreshold", 4, ignore_few_samples=True)
        assert state(condition, minutes("X")) == "ALARM"


def percentage(formula: str = "100*used/reserved", **more: Query) -> Condition:
    parts = {"used": Stat(USED, "Average", 60), "reserved": Stat(RESERVED, "Average", 60)}
    math = Math({"percent": Formula(formula), **parts, **more}, "percent")
    return Condition(math, "GreaterThanThreshold", 80, missing="notBreaching")


class TestMetricMath:
    @pytest.mark.parametrize(
        ("used", "reserved", "wanted"), [(81.0, 100.0, "ALARM"), (80.0, 100.0, "OK"), (5.0, 0.0, "OK")]
    )
    def test_is_computed(self, used: float, reserved: float, wanted: str) -> None:
        assert state(percentage(), recorded({USED: {60: [used]}, RESERVED: {60: [reserved]}})) == wanted

    def test_has_no_value_where_a_part_has_none(self) -> None:
        assert state(percentage(), recorded({RESERVED: {60: [100]}})) == "OK"

    def test_may_stand_on_other_math(self) -> None:
        condition = percentage("twice / 2", twice=Formula("-(-used) + (used * 1)"))
        assert condition.computable
        assert state(condition, recorded({USED: {60: [81]}})) == "ALARM"

    @pytest.mark.parametrize("formula", ["FILL(used, 100)", "used +", "used ** 2", "'used'", "nobody", "percent + 1"])
    def test_beyond_arithmetic_or_without_an_end_is_not_computable(self, formula: str) -> None:
        assert percentage().computable
        assert not percentage(formula).computable

    def test_its_points_are_as_long_as_the_longest_period(self) -> None:
        assert percentage(slow=Stat(USED, "Sum", 300)).period == 300


@pytest.mark.parametrize(
    "condition",
    [
        Condition(Stat(ERRORS, "tm99", 60), "GreaterThanThreshold", 1),
        Condition(SUM, "LessThanLowerOrGreaterThanUpperThreshold", 1),
        percentage(extra=Stat(USED, "IQM", 60)),
    ],
)
def test_what_is_not_computable(condition: Condition) -> None:
    assert not condition.computable


class TestReasons:
    def test_of_an_alarm_name_the_points_that_tell(self) -> None:
        condition = Condition(SUM, "GreaterThanThreshold", 1, 3, 2)
        assert finding(condition, "X 0 X").reason == (
            "Threshold Crossed: 2 out of the last 3 datapoints [5.0 (15/01/27 07:59:00), 5.0 (15/01/27 07:57:00)] were "
            "greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
        )
        assert finding(condition, "0 0 X", "ALARM").reason.endswith(
            "were not greater than the threshold (1.0) (minimum 2 datapoints for ALARM -> OK transition)."
        )

    @pytest.mark.parametrize(
        ("missing", "periods", "words"),
        [
            ("missing", 2, "Insufficient Data: 2 datapoints were unknown."),
            ("missing", 1, "Insufficient Data: 1 datapoint was unknown."),
            (
                "notBreaching",
                2,
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
                "[NonBreaching].",
            ),
            (
                "breaching",
                1,
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
                "[Breaching].",
            ),
        ],
    )
    def test_without_any_data(self, missing: Missing, periods: int, words: str) -> None:
        condition = Condition(SUM, "GreaterThanThreshold", 1, periods, missing=missing)
        assert finding(condition, "- - - -").reason == words

    def test_have_data_in_json(self) -> None:
        assert json.loads(finding(Condition(SUM, "GreaterThanThreshold", 1), "X").data) == {
            "version": "1.0",
            "queryDate": "2027-01-15T08:00:00.000+0000",
            "startDate": "2027-01-15T07:59:00.000+0000",
            "period": 60,
            "statistic": "Sum",
            "threshold": 1.0,
            "recentDatapoints": [5.0],
            "evaluatedDatapoints": [{"timestamp": "2027-01-15T07:59:00.000+0000", "value": 5.0}],
        }
