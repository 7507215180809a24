"""Whatever lies where a saved plan or a sample should be: words and an exit code, no call, and no traceback.

``cli`` sees to it that no traceback and nothing invisible is written. What was found once is kept as the corpus.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.cli.running import Cli, Control, Sample
from tests.spoiling import ODD, texts

MOST = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))

LINES = st.lists(st.binary(max_size=30) | st.text(max_size=30).map(str.encode) | st.just(b"12:00 ERROR x"), max_size=5)
EVENTS = [{"name": "x", "event": {"payment_id": "p"}, "errors": 1}]


@pytest.fixture
def small(cli: Cli, tmp_path: Path) -> Path:
    """The folder of a platform with one filter and nothing to pack."""
    cli.config = tmp_path / "platform.toml"
    cli.config.write_text('[platform]\nname = "shop"\n[environments.dev]\n[services.web]\n', encoding="utf-8")
    return tmp_path


def test_any_saved_plan(cli: Cli, control: Control, small: Path) -> None:
    file = small / "plan.json"
    cli.ok("plan", "--out", str(file))
    sound = json.loads(file.read_text(encoding="utf-8"))
    control.clear()

    @MOST
    @given(texts(sound))
    def spoiled(data: bytes) -> None:
        assume(data != json.dumps(sound).encode())
        file.write_bytes(data)
        run = cli("apply", str(file))
        assert run.code in (1, 64)
        assert str(file) in run.err
        assert control.calls() == []

    spoiled()


def test_any_lines(cli: Cli, control: Control, small: Path) -> None:
    folder = small / "samples" / "web"
    folder.mkdir(parents=True)

    @MOST
    @given(LINES, st.sampled_from(["match", "nomatch"]))
    def kept(lines: list[bytes], word: str) -> None:
        (folder / f"errors.{word}.log").write_bytes(b"\n".join(lines))
        began = time.process_time()
        assert cli("verify", "--offline").code in (0, 1, 2)
        assert time.process_time() - began < 10

    kept()
    assert control.calls() == []


def test_any_events(cli: Cli, control: Control, sample: Sample) -> None:
    path = sample.path.parent / "samples" / "payment-handler" / "events.json"
    path.parent.mkdir(parents=True)
    none = ODD.filter(lambda value: not isinstance(value, list)).map(lambda value: json.dumps(value).encode())

    @settings(MOST, max_examples=20)
    @given(none | st.binary(max_size=20) | st.integers(0, 40).map(lambda end: json.dumps(EVENTS).encode()[:end]))
    def kept(data: bytes) -> None:
        path.write_bytes(data)
        run = cli("verify", "--offline")
        assert run.code == 1
        assert f"{path} is not a list of events" in run.err

    kept()
    assert control.calls() == []
