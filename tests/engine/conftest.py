"""An empty toy cloud for each test."""

from __future__ import annotations

import pytest

from tests.engine.desk import Desk
from tests.engine.toys import Cloud


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def cloud(desk: Desk) -> Cloud:
    return desk.cloud
