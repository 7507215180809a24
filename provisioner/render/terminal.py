"""Rows on a terminal, and the live view of an apply."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

from rich.live import Live as LiveView
from rich.table import Table

from provisioner.engine.plan import Change, Plan
from provisioner.engine.reporter import Reporter
from provisioner.engine.steps import Call
from provisioner.render.rows import STYLES, SYMBOLS, Row
from provisioner.render.screen import Screen


def print_rows(screen: Screen, rows: Iterable[Row]) -> None:
    """Print ``rows``, never wrapped: a field change is one line, however long."""
    for row in rows:
        style = STYLES.get(row.symbol, "dim" if row.depth > 1 else "")
        lead = f"{row.symbol} " if row.symbol else "  " if row.depth else ""
        screen.say(f"{'    ' * row.depth}{lead}{row.text}", style=style)


class Lines(Reporter):
    """One plain line for each thing that is done: for a log, where nothing can be redrawn."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._guard = threading.Lock()
        self._total = 0
        self._done = 0

    def applying(self, plan: Plan) -> None:
        self._total = len(plan.pending)

    def done(self, change: Change) -> None:
        with self._guard:
            self._done += 1
            count = f"[{self._done}/{self._total}]"
            self._say(f"{count} {SYMBOLS[change.action]} {change.address}")

    def failed(self, change: Change, error: Exception) -> None:
        self._say(f"failed: {change.address}")

    def waiting(self, what: str, seconds: float, why: str) -> None:
        if seconds >= 5:
            self._say(f"waiting {seconds:.0f} s for {what}: {why}")

    def warned(self, what: str, message: str) -> None:
        self._say(f"{what} remarks: {message}")

    def checking(self, count: int) -> None:
        self._say(f"Reading back what changed: {count}.")

    def _say(self, text: str) -> None:
        self._screen.say(text)
        self._screen.flush()  # whoever follows a log sees it at once


class Progress(Reporter):
    """What runs, what waits, how many are done and how long it may take, redrawn in place."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._guard = threading.Lock()
        self._running: dict[str, str] = {}
        self._waits: dict[str, tuple[float, str]] = {}
        self._total = 0
        self._done = 0
        self._started = 0.0
        self._seconds = 0.0
        self._view = LiveView(console=screen, refresh_per_second=8, transient=True, get_renderable=self._table)

    def applying(self, plan: Plan) -> None:
        self._total, self._seconds, self._started = len(plan.pending), plan.estimate.seconds, time.monotonic()
        self._view.start()

    def started(self, change: Change) -> None:
        with self._guard:
            self._running[str(change.address)] = SYMBOLS[change.action]

    def calling(self, change: Change, call: Call) -> None:
        with self._guard:
            self._running[str(change.address)] = f"{SYMBOLS[change.action]} {call}"

    def waiting(self, what: str, seconds: float, why: str) -> None:
        with self._guard:
            self._waits[what] = (time.monotonic() + seconds, why)

    def done(self, change: Change) -> None:
        with self._guard:
            self._done += 1
            self._running.pop(str(change.address), None)

    def failed(self, change: Change, error: Exception) -> None:
        with self._guard:
            self._running.pop(str(change.address), None)

    def warned(self, what: str, message: str) -> None:
        self._screen.say(f"{what} remarks: {message}")  # above the view, where it stays

    def finished(self) -> None:
        self._view.stop()

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2))
        with self._guard:
            now = time.monotonic()
            left = max(0.0, self._seconds - (now - self._started))
            table.add_row(f"{self._done} of {self._total} done", f"at least {left:.0f} s left", style="bold")
            for address, doing in list(self._running.items())[:12]:
                table.add_row(address, doing)
            for what, (until, why) in self._waits.items():
                if until > now:
                    table.add_row(f"{what} waits {until - now:.1f} s", why, style="dim")
        return table
