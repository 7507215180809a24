"""The mutants that no test can catch, each with the reason why; ``survivors.toml`` beside the tests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.mutation.mutants import Mutant

Key = tuple[str, str, str, str]


def accepted(tests: Path) -> Mapping[Key, str]:
    """What stands for a mutant -> why it may survive. ``SystemExit`` for an entry without a reason."""
    path = tests / "survivors.toml"
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("survivor", []) if path.exists() else []
    for entry in entries:
        if not entry.get("reason"):
            raise SystemExit(f"{path}: {entry} has no reason")
    return {(e["module"], e["where"], e["was"], e["becomes"]): e["reason"] for e in entries}


def gone(entries: Mapping[Key, str], mutants: list[Mutant]) -> list[Key]:
    """Entries for what no longer stands in the modules that were mutated."""
    there, modules = {mutant.key for mutant in mutants}, {mutant.module for mutant in mutants}
    return [key for key in entries if key[0] in modules and key not in there]
