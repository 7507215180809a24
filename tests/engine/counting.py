"""Counting what a run costs, where seconds would say something else each time."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any


class LinesRun:
    """How many lines of the product run inside of it; a loop counts once a round, wherever it is written."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> LinesRun:
        sys.settrace(self._enter)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        sys.settrace(None)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if "/provisioner/" in frame.f_code.co_filename else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.count += event == "line"
        return self._line
