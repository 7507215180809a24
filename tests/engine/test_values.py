"""Plans, records, resources and the like are values: nobody changes them after they are made."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path

import pytest

import provisioner

ENGINE = Path(provisioner.__file__ or "").parent / "engine"
GROWING = {"Observed", "Outcome", "PlanningRun", "Tries", "_Due", "_Running", "_Waiting"}
"""Filled while a run goes on."""


def values() -> list[type]:
    """Every dataclass that a module of the engine declares."""
    names = [".".join(path.relative_to(ENGINE).with_suffix("").parts) for path in sorted(ENGINE.rglob("*.py"))]
    modules = [importlib.import_module(f"provisioner.engine.{name}") for name in names]
    declared = [thing for module in modules for thing in vars(module).values() if dataclasses.is_dataclass(thing)]
    return sorted({thing for thing in declared if isinstance(thing, type)}, key=lambda thing: thing.__name__)


@pytest.mark.parametrize("value", [value for value in values() if value.__name__ not in GROWING])
def test_values_are_immutable(value: type) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        object.__new__(value).__setattr__("anything", 1)


def test_only_the_results_of_a_run_are_mutable() -> None:
    assert {value.__name__ for value in values()} >= GROWING
