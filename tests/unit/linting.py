"""Files that are linted, for the tests of the rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeAlias

from provisioner.blueprint import Finding

Lint: TypeAlias = Callable[..., list[Finding]]

LONG_AGO = date(2026, 1, 1)
"""Before anything is near its end, so that a test sees what it is about."""

HEARD = """
[[notifications.subscriptions]]
protocol = "email"
endpoint = "oncall@example.com"
"""
