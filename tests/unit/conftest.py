"""The sample and a small platform, built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from provisioner import blueprint
from provisioner.blueprint import Finding
from provisioner.engine.reconciler import Scope
from tests.unit.building import SAMPLE, SMALL, Built, built
from tests.unit.linting import HEARD, LONG_AGO, Lint


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Write ``extra`` after a small platform and build it."""

    def write(extra: str = "", where: Scope | None = None) -> Built:
        path = tmp_path / "platform.toml"
        path.write_text(SMALL + extra)
        return built(path, where)

    return write


@pytest.fixture(scope="module")
def sample() -> Built:
    return built(SAMPLE)


@pytest.fixture
def lint(tmp_path: Path) -> Lint:
    """Write ``extra`` after a small platform whose alarms reach a person; what lint finds in dev."""

    def write(extra: str = "", today: date = LONG_AGO, head: str = SMALL + HEARD) -> list[Finding]:
        path = tmp_path / "platform.toml"
        path.write_text(head + extra)
        return [finding for finding in blueprint.lint(path, today).findings if finding.environment in ("dev", "")]

    return write
