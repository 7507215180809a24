"""The mutants that no test can catch, each with the reason why; ``survivors.toml`` beside the tests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from tests.mutation.mutants import Mutant

Key: TypeAlias = tuple[str, str, str, str]
"""What stands for a mutant: see :attr:`Mutant.key`."""

Named: TypeAlias = Mapping[Key, str]
"""A mutant -> why it may survive."""


def accepted(tests: Path) -> Named:
    """The mutants that may survive. ``SystemExit`` for an entry without a reason."""
    path = tests / "survivors.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []) if path.exists() else []
    for entry in entries:
        if not entry.get("reason"):
            raise SystemExit(f"{path}: {entry} has no reason")
    return {(e["module"], e["where"], e["was"], e["becomes"]): e["reason"] for e in entries}


def gone(entries: Named, mutants: list[Mutant]) -> list[Key]:
    """Entries for what no longer stands in the modules that were mutated."""
    there, modules = {mutant.key for mutant in mutants}, {mutant.module for mutant in mutants}
    return [key for key in entries if key[0] in modules and key not in there]
