"""Rates: no faster than AWS publishes, slower when it says so, and honest about the time it takes."""

from __future__ import annotations

import pytest

from provisioner.aws.rates import Bucket, Rates, published
from provisioner.engine.steps import Call, Wait

NOW = 1000.0


def test_calls_of_one_operation_are_spaced_by_its_rate() -> None:
    bucket = Rates(factor=1).bucket("cloudwatch:PutMetricAlarm")
    waits = [bucket.take(NOW) for _ in range(4)]
    assert waits[0] == 0
    assert waits[3] == pytest.approx(1.0, abs=0.05)


def test_a_published_burst_is_used() -> None:
    bucket = Rates(factor=1).bucket("ecs:CreateCluster")
    assert [bucket.take(NOW) for _ in range(20)] == [0.0] * 20
    assert bucket.take(NOW) > 0.9


def test_operations_that_aws_counts_together_share_a_bucket() -> None:
    rates = Rates(factor=1)
    assert rates.bucket("lambda:CreateFunction") is rates.bucket("lambda:DeleteFunction")
    assert rates.bucket("lambda:CreateFunction") is not rates.bucket("lambda:GetFunction")


def test_a_throttled_bucket_shrinks_and_grows_back() -> None:
    bucket = Bucket(tps=10)
    bucket.throttled()
    slow = [bucket.take(NOW) for _ in range(3)]
    for _ in range(40):
        bucket.succeeded()
    fast = [bucket.take(NOW) for _ in range(3)]
    assert slow[2] - slow[1] == pytest.approx(0.2, abs=0.02)
    assert fast[2] - fast[1] == pytest.approx(0.1, abs=0.02)


def test_steps_that_aws_counts_together_stand_in_one_line() -> None:
    rates = Rates(factor=1)
    made, gone = (rates.line(Call("ecs", f"{verb}Cluster")) for verb in ("Create", "Delete"))
    assert made == gone != rates.line(Call("ecs", "TagResource"))
    assert rates.interval(made) == 1.0
    assert [rates.turn(made, NOW) for _ in range(22)][19:] == [0.0, 1.0, 2.0]


def test_looking_whether_a_thing_is_ready_waits_in_no_line() -> None:
    rates = Rates(factor=1)
    line = rates.line(Wait("lambda", "function_active_v2"))
    assert [rates.turn(line, NOW) for _ in range(50)] == [0.0] * 50
    assert rates.interval(line) == 0.0


def test_unused_rates_are_those_of_the_account_without_what_was_called() -> None:
    rates = Rates(factor=2)
    rates.learn("cloudwatch:PutMetricAlarm", 30)
    line = rates.line(Call("cloudwatch", "PutMetricAlarm"))
    assert rates.turn(line, NOW) == 0.0
    assert rates.turn(line, NOW) == pytest.approx(1 / 60)
    fresh = rates.unused()
    assert fresh.turn(line, 0.0) == 0.0
    assert fresh.interval(line) == pytest.approx(1 / 60)


def test_an_accounts_own_quota_takes_the_place_of_the_published_one() -> None:
    rates = Rates(factor=1)
    rates.learn("cloudwatch:PutMetricAlarm", 30)
    bucket = rates.bucket("cloudwatch:PutMetricAlarm")
    assert [bucket.take(NOW) for _ in range(4)][3] == pytest.approx(0.1, abs=0.02)


def test_every_rate_says_where_it_comes_from() -> None:
    assert {entry.source for entry in published().values()} <= {"documented", "memory", "guess"}
    assert published()["cloudwatch:PutMetricAlarm"].tps == 3


@pytest.mark.parametrize("text", ["nonsense", "0", "-1", "inf", "nan"])
def test_a_factor_that_is_none_is_ignored(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVISIONER_RATE_FACTOR", text)
    assert Rates().interval("cloudwatch:PutMetricAlarm") == pytest.approx(1 / 3)
