"""Widgets that CloudWatch takes and draws elsewhere than they were written."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.dashboards import misplaced


def found(*places: dict[str, int]) -> list[tuple[str, str]]:
    widgets: list[Any] = [{"type": "text", "properties": {"markdown": "."}, **place} for place in places]
    return list(misplaced({"widgets": widgets}))


def at(x: int, y: int, width: int = 12, height: int = 6) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}


@pytest.mark.parametrize(
    "places",
    [
        [at(0, 0), at(12, 0), at(0, 6, 24)],
        [at(0, 0), {"width": 24, "height": 6}],
        [{"x": 18, "y": 0}, at(0, 0, 18)],
        [at(0, 0), at(0, 6)],
    ],
    ids=["side by side", "one without a place", "six columns by default", "beneath each other"],
)
def test_widgets_that_stay_where_they_are(places: list[dict[str, int]]) -> None:
    assert found(*places) == []


def test_a_widget_over_the_right_edge() -> None:
    assert found(at(0, 0), at(13, 0)) == [("/widgets/1", "ends at column 25; a dashboard has 24")]
    assert found({"x": 19, "y": 0}) == [("/widgets/0", "ends at column 25; a dashboard has 24")]


def test_widgets_upon_each_other() -> None:
    assert found(at(0, 0), at(11, 5)) == [("/widgets/1", "covers the widget /widgets/0")]
    assert found(at(0, 0, 24, 1000), at(6, 999, 1, 1)) == [("/widgets/1", "covers the widget /widgets/0")]
