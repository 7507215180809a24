"""The time that a plan foretells is that of its lines and its chains."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Change, Estimate, Why
from provisioner.engine.running.forecast import forecast
from provisioner.engine.running.jobs import Agenda, Job
from provisioner.engine.steps import Call
from tests.engine.desk import Desk, Pacer, box, lid
from tests.engine.toys import Note


def job(name: str, *operations: str, keys: Sequence[str] = ()) -> Job:
    calls = tuple(Call("toy", operation) for operation in operations)
    return Job(Change(Address("box", name), Action.CREATE, Why.NEW, calls=calls), keys=frozenset(keys))


def agenda(*jobs: Job, needs: dict[int, set[int]] | None = None) -> Agenda:
    return Agenda(jobs, [frozenset((needs or {}).get(number, ())) for number in range(len(jobs))])


def seconds(found: Agenda, round_trip: float = 0.1) -> float:
    return forecast(found, Pacer(1.0), round_trip).seconds


def test_nothing_takes_no_time() -> None:
    assert forecast(agenda(), Pacer()) == Estimate(0.0, None)
    assert forecast(agenda(job("a")), Pacer()) == Estimate(0.0, None)


def test_calls_of_one_line_come_one_after_another() -> None:
    assert seconds(agenda(*(job(name, "PutBox") for name in "abc"))) == pytest.approx(2.1)


def test_lines_run_side_by_side() -> None:
    assert seconds(agenda(job("a", "PutBox"), job("b", "PutBox"), job("c", "PutLid"))) == pytest.approx(1.1)


def test_the_calls_of_a_job_and_the_jobs_of_a_chain_follow_each_other() -> None:
    assert seconds(agenda(job("a", "One", "Two"), job("b", "Three"), needs={1: {0}})) == pytest.approx(0.3)


def test_a_long_chain_is_begun_first() -> None:
    chained = agenda(job("x", "One"), job("a", "One"), job("b", "Two"), job("c", "Two"), needs={2: {1}, 3: {1}})
    assert seconds(chained) == pytest.approx(1.2)


def test_jobs_with_a_key_in_common_run_one_after_another() -> None:
    assert seconds(agenda(job("a", "One", keys="k"), job("b", "Two", keys="k"), job("c", "Three"))) == pytest.approx(
        0.2
    )


def test_the_operation_that_keeps_everybody_waiting_is_named() -> None:
    assert forecast(agenda(job("a", "One"), job("b", "Two"), job("c", "Two")), Pacer()).limited_by == "toy:Two"


def test_removals_that_share_a_call_count_once(desk: Desk) -> None:
    desk.converge(box(), *[lid(box(), name) for name in "lmn"], Note(name="n"))
    assert desk.plan(box(size=2)).estimate.seconds == pytest.approx(1.15)
    desk.converge(box(), *[lid(box(), name) for name in "abcd"])
    recoloured = desk.plan(box(), *[lid(box(), name, colour="red") for name in "abc"])
    assert recoloured.estimate.seconds == pytest.approx(2.15)
    assert recoloured.estimate.limited_by == "toy:PutLid"
