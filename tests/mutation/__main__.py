"""Break each rule of the engine in turn, one comparison, boolean, returned value or statement at a time.

Each must make a test fail. Ends with 0 when all is caught but what ``survivors.toml`` beside the tests names, and that
is little, else with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.running import HUNG, SURVIVED, Suite, fates, seconds_of
from tests.mutation.survivors import Key, Named, accepted, gone

ALLOWED = 0.03
"""The part of all mutants that may survive, however good the reasons."""


@dataclass(frozen=True)
class Selection:
    """What is to be mutated, by which tests it is judged, and by how many processes at a time."""

    package: Path
    tests: Path
    workers: int
    limit: float | None
    """Seconds a mutant may take; by default by what the tests take as things are."""
    modules: list[str]
    """``planner``, wherever in the package it is, or ``planner:98`` for one line of it; none for all."""

    @classmethod
    def by(cls, arguments: list[str]) -> Selection:
        parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
        parser.add_argument("modules", nargs="*", metavar="MODULE[:LINE]", help="all by default")
        parser.add_argument("--package", type=Path, default=Path("provisioner/engine"), help="where the modules are")
        parser.add_argument("--tests", type=Path, default=Path("tests/engine"), help="the folder of tests")
        parser.add_argument("--workers", type=int, default=2, help="processes at a time (2)")
        parser.add_argument("--limit", type=float, help="seconds that a mutant may take")
        return cls(**vars(parser.parse_args(arguments)))

    def mutants(self) -> list[Mutant]:
        return [mutant for name in self.modules or self._all() for mutant in self._of(name)]

    def _all(self) -> list[str]:
        return sorted(self._name(path) for path in self.package.rglob("*.py"))

    def _name(self, path: Path) -> str:
        """``planning.planner`` of a module in a folder of the package."""
        return ".".join(path.relative_to(self.package).with_suffix("").parts)

    def _of(self, name: str) -> list[Mutant]:
        module, _, line = Path(name).name.partition(":")
        stem = module.removesuffix(".py").rpartition(".")[2]
        path = next(self.package.rglob(f"{stem}.py"), None)
        if path is None:
            sys.exit(f"{name}: there is no {stem}.py in {self.package}")
        found = mutants(self._name(path), path.read_text(encoding="utf-8"))
        return [mutant for mutant in found if not line or mutant.line == int(line)]


def main(arguments: list[str]) -> int:
    asked = Selection.by(arguments)
    made, named = asked.mutants(), accepted(asked.tests)
    with TemporaryDirectory(prefix="mutate-") as scratch:
        suite = Suite(".".join(asked.package.parts), asked.tests, Path(scratch))
        seconds = seconds_of(suite)
        limit = asked.limit or 5.0 + 5.0 * seconds  # others may be at work on the same machine
        found = []
        for mutant, fate in fates(suite, made, asked.workers, limit):
            found.append((mutant, fate))
            _tell(mutant, fate, named)
    missing = gone(named, made) if not any(":" in name for name in asked.modules) else []
    return _verdict(found, missing, named)


def _tell(mutant: Mutant, fate: str, named: Named) -> None:
    if fate == HUNG:
        print(f"hung      {mutant}", flush=True)
    elif fate == SURVIVED:
        print(f"survived  {mutant}\n          {named.get(mutant.key, 'NOT NAMED')}", flush=True)


def _verdict(found: Sequence[tuple[Mutant, str]], missing: Sequence[Key], named: Named) -> int:
    survivors = [mutant for mutant, fate in found if fate == SURVIVED]
    hung = sum(fate == HUNG for _, fate in found)
    part = len(survivors) / max(len(found), 1)
    caught = f"{len(found) - len(survivors)} caught ({hung} by the time limit)"
    print(f"{len(found)} mutants: {caught}, {len(survivors)} survived ({part:.1%})")
    for key in missing:
        print(f"named as a survivor, and no longer there: {' '.join(key)}")
    unnamed = [mutant for mutant in survivors if mutant.key not in named]
    return int(bool(unnamed or missing) or part > ALLOWED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
