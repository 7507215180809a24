"""What every rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.schema import Config
from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.context import Context
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import R


@dataclass(frozen=True)
class Subject:
    """One environment in one Region, and the day on which it is judged."""

    blueprint: Blueprint
    today: date

    @property
    def context(self) -> Context:
        return self.blueprint.context

    @property
    def config(self) -> Config:
        return self.context.config

    def all(self, kind: type[R]) -> list[Declared[R]]:
        """What is declared of ``kind``."""
        return self.blueprint.all(kind)


Rule: TypeAlias = Callable[[Subject], Iterator[Flaw]]
