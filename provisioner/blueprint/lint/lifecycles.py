"""Runtimes and SDKs near the end that AWS announced for them; ``lifecycles.json`` has the dates and their sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from typing import TypedDict

from provisioner.blueprint.file.findings import Flaw, Severity
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.lint.packages import required
from provisioner.blueprint.lint.subject import Subject
from provisioner.engine.errors import BundleError

NEAR_DAYS = 365
"""A year: time to plan a move that needs tests and a rollout."""


class _Table(TypedDict):
    source: str
    dates: dict[str, dict[str, str]]


def runtimes(subject: Subject) -> Iterator[Flaw]:
    """Functions that we deploy on a runtime that is deprecated, or will be within a year."""
    table = _dates("runtimes")
    for owner, function in subject.config.deployed.items():
        entry = table[function.runtime]
        ends, blocked = (date.fromisoformat(entry[key]) for key in ("deprecated", "creation_blocked"))
        if (ends - subject.today).days > NEAR_DAYS:
            continue
        severity: Severity = "error" if subject.today >= blocked else "warning"
        later = [
            name for name, dates in table.items() if name != "source" and dates["deprecated"] > entry["deprecated"]
        ]
        yield Flaw(
            ("functions", owner, "runtime"),
            f"Lambda's {function.runtime} {_when('is', 'was', 'deprecated', ends, subject.today)}",
            f"After that it gets no security fixes and no support; from {blocked} on AWS creates no function with it.",
            f"Set runtime to {' or '.join(later)} and try the function." if later else "Ask AWS for the next runtime.",
            severity,
        )


def packages(subject: Subject) -> Iterator[Flaw]:
    """Packages in a function's ``requirements.txt`` whose support ends within a year, or has ended."""
    table = _dates("packages")
    for owner, function in subject.config.deployed.items():
        for name in _required(subject.config, owner):
            ends = date.fromisoformat(table[name]["ends"]) if name in table else date.max
            if (ends - subject.today).days <= NEAR_DAYS:
                when = _when("loses", "lost", "its support", ends, subject.today)
                yield Flaw(
                    ("functions", owner, "source"),
                    f"{name}, required by {function.source}, {when}",
                    table[name]["note"],
                    f"Move to {table[name]['instead']}, and take {name} out of requirements.txt.",
                    "warning",
                )


def _when(future: str, past: str, what: str, ends: date, today: date) -> str:
    days = (ends - today).days
    if days >= 0:
        return f"{future} {what} on {ends}, in {days} days"
    return f"{past} {what} on {ends}, {-days} days ago"


def _required(config: Config, owner: str) -> list[str]:
    """The packages that a function requires, spelled as PEP 503 has it."""
    try:
        return [wanted.key for wanted in required(config, owner)]
    except BundleError:
        return []  # which `packages.requirements` says


@cache
def _dates(subject: str) -> dict[str, dict[str, str]]:
    tables: dict[str, _Table] = json.loads(resources.files(__package__).joinpath("lifecycles.json").read_text("utf-8"))
    return tables[subject]["dates"]
