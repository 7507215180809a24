"""What CloudWatch takes in a dashboard's body and nobody would want: widgets over the edge or upon each other.

CloudWatch moves such widgets when it draws them (believed), so that the dashboard is not the one that was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from provisioner.dashboards.body import JsonObject, Problem

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


def misplaced(body: JsonObject) -> Iterator[Problem]:
    """Widgets of ``body``, one that AWS takes, that cross the right edge or cover each other.

    A widget without x and y is put by CloudWatch where there is room, so nothing can be said of it.
    """
    widgets = body["widgets"]
    places = list(_places(widgets if isinstance(widgets, list) else []))
    for place in places:
        if (edge := place.x + place.width) > GRID_WIDTH:
            yield f"/widgets/{place.widget}", f"ends at column {edge}; a dashboard has {GRID_WIDTH}"
    for one, other in sorted(_meeting(places)):
        yield f"/widgets/{other.widget}", f"covers the widget /widgets/{one.widget}"


def _places(widgets: Sequence[JsonObject]) -> Iterator[_Place]:
    for index, widget in enumerate(widgets):
        x, y = widget.get("x"), widget.get("y")
        width, height = widget.get("width", _DEFAULT_WIDTH), widget.get("height", _DEFAULT_HEIGHT)
        if isinstance(x, int) and isinstance(y, int) and isinstance(width, int) and isinstance(height, int):
            yield _Place(index, x, y, width, height)


def _meeting(places: Sequence[_Place]) -> Iterator[tuple[_Place, _Place]]:
    """The pairs that meet, each in the order of the document. From top to bottom, so that only those that reach down
    to a widget are compared with it.
    """
    open_: list[_Place] = []
    for place in sorted(places, key=lambda place: place.y):
        open_ = [other for other in open_ if other.y + other.height > place.y]
        for other in open_:
            if place.meets(other):
                yield min(place, other), max(place, other)
        open_.append(place)
