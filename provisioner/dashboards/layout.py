"""What CloudWatch takes in a dashboard's body and nobody would want: widgets over the edge or on top of each other.

CloudWatch moves such widgets when it draws them (believed), so that the dashboard is not the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from provisioner.dashboards.body import Problem

GRID_WIDTH = 24
"""Columns of a dashboard ("Dashboard body structure and syntax", CloudWatch API reference)."""

_DEFAULT_WIDTH, _DEFAULT_HEIGHT = 6, 6


class _Place(NamedTuple):
    widget: int
    x: int
    y: int
    width: int
    height: int

    def meets(self, other: _Place) -> bool:
        apart = self.x + self.width <= other.x or other.x + other.width <= self.x
        return not (apart or self.y + self.height <= other.y or other.y + other.height <= self.y)


def misplaced(body: Mapping[str, Any]) -> Iterator[Problem]:
    """Widgets of ``body``, one that AWS takes, that cross the right edge or cover each other.

    A widget without x and y is put by CloudWatch where there is room, so nothing can be said of it.
    """
    places = [
        _Place(index, item["x"], item["y"], item.get("width", _DEFAULT_WIDTH), item.get("height", _DEFAULT_HEIGHT))
        for index, item in enumerate(body["widgets"])
        if "x" in item and "y" in item
    ]
    for place in places:
        if (edge := place.x + place.width) > GRID_WIDTH:
            yield f"/widgets/{place.widget}", f"ends at column {edge}; a dashboard has {GRID_WIDTH}"
    for one, other in combinations(places, 2):
        if one.meets(other):
            yield f"/widgets/{other.widget}", f"covers the widget /widgets/{one.widget}"
