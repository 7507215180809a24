"""What the program costs: API calls, seconds, processor, memory and bytes; it reports, and never judges.

Commands run as whole processes against an embedded AWS of their own, at AWS's published rates, with the platform of the
sample and 0, 10, 100 or 1,000 more services in it: each a function that others deploy, with a composite alarm.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.commands import Measurement, measure
from tests.bench.handlers import import_times
from tests.bench.patterns import speeds

PARTS = ("commands", "handlers", "patterns")


@dataclass(frozen=True)
class Figures:
    """What is to be measured."""

    parts: list[str]
    services: str
    latency: str
    rates: str
    runs: int
    json: Path | None

    @classmethod
    def by(cls, arguments: list[str]) -> Figures:
        parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
        parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
        parser.add_argument("--services", default="0", help="how many besides the sample: 0,10,100,1000 (0)")
        parser.add_argument("--latency", default="0ms", help="that AWS adds to each call (0ms)")
        parser.add_argument(
            "--rates", choices=("published", "any"), default="published", help="whether AWS refuses what is faster"
        )
        parser.add_argument("--runs", type=int, default=5, help="plans, of which the median counts (5)")
        parser.add_argument("--json", type=Path, help="a file to which the results are added, one line a run")
        return cls(**vars(parser.parse_args(arguments)))


def main(arguments: list[str]) -> int:
    asked = Figures.by(arguments)
    parts = asked.parts or PARTS
    history: dict[str, object] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine()}
    print(", ".join(f"{key} {value}" for key, value in machine().items()), flush=True)
    if "commands" in parts:
        seconds = float(asked.latency.removesuffix("ms")) / 1000
        found: list[Measurement] = []
        for services in map(int, asked.services.split(",")):
            for measured in measure(services, asked.runs, latency=seconds, throttled=asked.rates == "published"):
                print(measured, flush=True)
                found.append(measured)
        history["commands"] = [vars(measured) for measured in found]
        history |= {"latency": asked.latency, "rates": asked.rates}
    if "handlers" in parts:
        history["handlers"] = import_times(3 * asked.runs)
    if "patterns" in parts:
        history["patterns"] = speeds()
    if asked.json:
        with asked.json.open("a", encoding="utf-8") as file:
            file.write(json.dumps(history) + "\n")
    return 0


def machine() -> dict[str, str | int | float | None]:
    """What the figures depend on. The load is that of the last minute, before anything is measured."""
    load = round(os.getloadavg()[0], 1)
    return {"Python": platform.python_version(), "processors": os.cpu_count(), "load": load}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
