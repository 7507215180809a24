"""The sample and a small platform, built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.engine.reconciler import Scope
from tests.unit.building import SAMPLE, SMALL, Built, built


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Write ``extra`` behind a small platform and build it."""

    def write(extra: str = "", where: Scope | None = None) -> Built:
        path = tmp_path / "platform.toml"
        path.write_text(SMALL + extra)
        return built(path, where)

    return write


@pytest.fixture(scope="module")
def sample() -> Built:
    return built(SAMPLE)
