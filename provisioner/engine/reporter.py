"""The only door from the core to any screen: methods that do nothing, for a subclass to fill.

They are called from worker threads, several at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioner.engine.steps import Call

if TYPE_CHECKING:
    from provisioner.engine.plan import Change, Plan


class Reporter:
    """Hears of everything; says nothing."""

    def reading(self, kind: str, count: int) -> None:
        """A kind's read begins; ``count`` resources are sought."""

    def read(self, kind: str, found: int) -> None:
        """A kind's read is done."""

    def applying(self, plan: Plan) -> None:
        """The first change is about to start."""

    def started(self, change: Change) -> None:
        """A change begins: all that it needs is done."""

    def calling(self, change: Change, call: Call) -> None:
        """A call is about to be made."""

    def waiting(self, what: str, seconds: float, why: str) -> None:
        """``what``, an operation, waits ``seconds``: for its published rate, or for AWS to catch up."""

    def warned(self, what: str, message: str) -> None:
        """AWS accepted a call, with a remark."""

    def done(self, change: Change) -> None:
        """A change is done and recorded."""

    def failed(self, change: Change, error: Exception) -> None:
        """A change failed; what depends on it will not start."""

    def checking(self, count: int) -> None:
        """The closing read of ``count`` changed resources begins."""

    def finished(self) -> None:
        """Nothing more will happen."""
