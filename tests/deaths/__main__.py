"""Every death of every journey, with the state here and in S3; ends with 0 when one more run mends each."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from provisioner.aws.connection import Connection
from provisioner.aws.rates import FACTOR_VARIABLE
from provisioner.emulator import Emulator
from tests.deaths.fate import AFTER, BEFORE, WITHIN
from tests.deaths.journeys import Journey, Traveller, journeys
from tests.deaths.places import buckets, folders
from tests.resources.compute import PACKAGES
from tests.resources.driver import Platform
from tests.resources.naming import REGION


def main(arguments: list[str]) -> int:
    known = journeys()
    parser = argparse.ArgumentParser(prog="scripts/deaths", description=__doc__)
    parser.add_argument("journeys", nargs="*", metavar="JOURNEY", help=f"{', '.join(known)}; all by default")
    parser.add_argument("--store", choices=["folder", "s3"], action="append", help="both by default")
    parser.add_argument("--every", type=int, default=1, help="try only every so many-th place")
    given = parser.parse_args(arguments)
    bad = tried = 0
    with travelling() as (platform, root):
        for place in given.store or ("folder", "s3"):
            traveller = Traveller(platform, folders(root) if place == "folder" else buckets(platform))
            for name in given.journeys or known:
                begun = time.monotonic()
                deaths, failures = die_everywhere(traveller, known[name], given.every)
                tried, bad = tried + deaths, bad + len(failures)
                print(f"{place} {name}: {deaths} deaths, {len(failures)} not mended, {time.monotonic() - begun:.0f} s")
                print(*failures, sep="\n", end="\n" if failures else "", flush=True)
    print(f"{tried} deaths, {bad} not mended")
    return 1 if bad else 0


def die_everywhere(traveller: Traveller, journey: Journey, every: int) -> tuple[int, list[str]]:
    """How many deaths were died, and what came of those that were not mended."""
    events, whole = traveller.clean(journey)
    deaths = [
        (number, when)
        for number, event in enumerate(events, start=1)
        for when in (BEFORE, AFTER, *([WITHIN] if event.startswith("append") else []))
    ][::every]
    failures = []
    for number, when in deaths:
        try:
            there = traveller.interrupted(journey, number, when)
            assert there == whole, f"{there - whole} too many, {whole - there} missing"
        except Exception as error:
            failures.append(f"  {when} {number} {events[number - 1]}: {type(error).__name__}: {error}")
    return len(deaths), failures


@contextlib.contextmanager
def travelling() -> Iterator[tuple[Platform, Path]]:
    """A platform in an AWS of its own, and a folder that is gone afterwards."""
    with Emulator() as emulator, tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, content in PACKAGES.items():
            Path(name).write_bytes(content)
        os.environ.update(
            {
                "AWS_ENDPOINT_URL": emulator.url,
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "secret",
                FACTOR_VARIABLE: "1000",
            }
        )
        yield Platform(Connection(region=REGION), emulator.url, Path(folder) / "state"), Path(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
