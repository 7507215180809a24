"""Who waits stands in a line; each line has its own pace, and the heaviest goes first."""

from __future__ import annotations

from provisioner.engine.running.turns import Turns
from tests.engine.desk import Pacer


def through(turns: Turns[str], until: float) -> list[tuple[float, str]]:
    """Who went through by ``until``, and when."""
    found = []
    while (at := turns.next) is not None and at <= until:
        found += [(at, item) for item in turns.due(at)]
    return found


def test_one_goes_through_at_each_turn() -> None:
    turns: Turns[str] = Turns(Pacer(2.0))
    assert [turns.join(item, "a", 1.0, 0.0) for item in "xyz"] == [1, 2, 3]
    assert through(turns, 9.0) == [(0.0, "x"), (2.0, "y"), (4.0, "z")]
    assert turns.next is None


def test_lines_do_not_wait_for_each_other() -> None:
    turns: Turns[str] = Turns(Pacer(2.0))
    for item, line in (("x", "a"), ("y", "a"), ("z", "b")):
        turns.join(item, line, 1.0, 0.0)
    assert through(turns, 0.0) == [(0.0, "x"), (0.0, "z")]
    assert turns.next == 2.0


def test_the_heaviest_goes_first_and_of_equals_who_came_first() -> None:
    turns: Turns[str] = Turns(Pacer(1.0))
    for item, weight in (("light", 1.0), ("heavy", 9.0), ("as heavy", 9.0)):
        turns.join(item, "a", weight, 0.0)
    assert [item for _, item in through(turns, 9.0)] == ["heavy", "as heavy", "light"]


def test_who_comes_late_and_is_heavy_goes_before_those_who_wait() -> None:
    turns: Turns[str] = Turns(Pacer(1.0))
    for item in ("x", "y", "z"):
        turns.join(item, "a", 1.0, 0.0)
    assert list(turns.due(0.0)) == ["x"]
    turns.join("heavy", "a", 2.0, 0.5)
    assert through(turns, 9.0) == [(1.0, "heavy"), (2.0, "y"), (3.0, "z")]


def test_who_comes_back_later_joins_the_line_then() -> None:
    turns: Turns[str] = Turns(Pacer(1.0))
    turns.join_later("again", "a", 1.0, 5.0)
    turns.join("x", "a", 1.0, 0.0)
    assert through(turns, 9.0) == [(0.0, "x"), (5.0, "again")]


def test_an_empty_line_keeps_its_pace() -> None:
    turns: Turns[str] = Turns(Pacer(2.0))
    turns.join("x", "a", 1.0, 0.0)
    assert through(turns, 0.0) == [(0.0, "x")]
    turns.join("y", "a", 1.0, 0.5)
    assert through(turns, 9.0) == [(2.0, "y")]
