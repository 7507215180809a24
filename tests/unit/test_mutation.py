"""``scripts/mutate`` on a package of ten lines: it finds what is untested, and says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants
from tests.mutation.survivors import accepted, gone

ROOT = Path(__file__).parents[2]

WHEEL = """from threading import Event
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import nothing
def turns(speed: int) -> bool:
    "A text with a < b."
    return speed > 3
def rings(bell: Event, words: list[str]) -> None:
    bell.set()
    bell.wait()
    words = words or [f"{1 < 2}"]
    raise ValueError(words)
"""

TESTS = """from threading import Event
import pytest
from wheels.wheel import rings, turns
def test_a_bell_rings():
    with pytest.raises(ValueError):
        rings(Event(), [])
@pytest.mark.parametrize("speed", SPEEDS)
def test_a_wheel_turns(speed):
    assert turns(speed) is (speed in (4, 5))
"""


def mutated(folder: Path, speeds: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the command, in ``folder`` and with tests of these ``speeds``."""
    for name in ("wheels", "checks"):
        (folder / name).mkdir()
    (folder / "wheels" / "wheel.py").write_text(WHEEL)
    (folder / "checks" / "test_wheel.py").write_text(TESTS.replace("SPEEDS", speeds))
    command = [sys.executable, "-m", "tests.mutation", "--package", "wheels", "--tests", "checks", *arguments]
    environment = {"PYTHONPATH": f"{ROOT}:{folder}"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not ended.stderr
    return ended.returncode, ended.stdout


def test_every_place_where_a_sample_can_be_wrong() -> None:
    found = [(mutant.line, mutant.where, mutant.was, mutant.becomes) for mutant in mutants("wheel", WHEEL)]
    assert found == [
        (7, "turns", "speed > 3", "speed >= 3"),
        (7, "turns", "speed > 3", "speed <= 3"),
        (7, "turns", "speed > 3", "False"),
        (7, "turns", "speed > 3", "True"),
        (9, "rings", "bell.set()", "pass"),
        (10, "rings", "bell.wait()", "pass"),
        (11, "rings", "words = words or [f'{1 < 2}']", "pass"),
        (11, "rings", "words or [f'{1 < 2}']", "words and [f'{1 < 2}']"),
        (11, "rings", "words", "not words"),
        (11, "rings", "[f'{1 < 2}']", "not [f'{1 < 2}']"),
        (12, "rings", "raise ValueError(words)", "pass"),
    ]


def test_tests_that_look_closely_catch_all(tmp_path: Path) -> None:
    code, said = mutated(tmp_path, "[3, 4]", "wheel:7")
    assert "4 mutants: 4 caught (0 by the time limit), 0 survived" in said
    assert code == 0


def test_what_no_test_catches_is_shown(tmp_path: Path) -> None:
    code, said = mutated(tmp_path, "[2, 5]", "wheel:7")
    assert "survived  wheel.py:7 turns: `speed > 3` -> `speed >= 3`\n          NOT NAMED" in said
    assert "4 mutants: 3 caught" in said
    assert code == 1


def test_what_hangs_is_caught_by_the_time_limit(tmp_path: Path) -> None:
    code, said = mutated(tmp_path, "[]", "wheel:9", "--limit", "1.5")
    assert "hung      wheel.py:9 rings" in said
    assert "1 mutants: 1 caught (1 by the time limit)" in said
    assert code == 0


def test_a_survivor_is_named_with_its_reason(tmp_path: Path) -> None:
    made = mutants("wheel", WHEEL)
    entry = '[[survivor]]\nmodule = "wheel"\nwhere = "turns"\nwas = "speed > 3"\nbecomes = "{}"\nreason = "{}"\n'
    named = tmp_path / "survivors.toml"

    named.write_text(entry.format("speed >= 3", "nobody goes at 3"))
    entries = accepted(tmp_path)
    assert entries[made[0].key] == "nobody goes at 3"
    assert not gone(entries, made)

    named.write_text(entry.format("speed == 3", "it is not there any more"))
    assert gone(accepted(tmp_path), made) == [("wheel", "turns", "speed > 3", "speed == 3")]

    named.write_text(entry.format("speed >= 3", ""))
    with pytest.raises(SystemExit, match="has no reason"):
        accepted(tmp_path)
