"""Some of the deaths that ``scripts/deaths`` tries all of."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from provisioner.engine.keeping.store import LocalStore
from tests.deaths.fate import AFTER, BEFORE, WITHIN, Fate, MortalStore
from tests.deaths.journeys import Traveller, journeys
from tests.deaths.places import buckets, folders
from tests.resources.driver import Platform, Stopped
from tests.resources.examples import EXAMPLES

SOME = journeys([EXAMPLES["kms_key"].base, EXAMPLES["sns_subscription"].base])


@pytest.mark.parametrize("place", ["folder", "s3"])
@pytest.mark.parametrize("name", SOME)
def test_one_more_run_mends_it(platform: Platform, tmp_path: Path, name: str, place: str) -> None:
    """A death half-way; here also a late one, and one in the middle of what is written first."""
    traveller = Traveller(platform, folders(tmp_path) if place == "folder" else buckets(platform))
    events, whole = traveller.clean(SOME[name])
    assert len(events) > 8
    assert any(event.startswith("put") for event in events)
    assert traveller.interrupted(SOME[name], len(events) // 2, AFTER) == whole
    if appends := [number for number, event in enumerate(events, start=1) if event.startswith("append")]:
        assert traveller.interrupted(SOME[name], len(events) - 1, BEFORE) == whole
        assert traveller.interrupted(SOME[name], appends[0], WITHIN) == whole


def test_what_was_made_twice_or_left_behind_would_be_seen(platform: Platform, tmp_path: Path) -> None:
    traveller = Traveller(platform, folders(tmp_path))
    _, whole = traveller.clean(SOME["apply"])
    assert whole["Enabled"] == 1
    platform.client("kms").create_key()
    assert traveller.census() - whole == Counter({"Enabled": 1})


def test_the_dead_do_nothing(tmp_path: Path) -> None:
    fate = Fate(2, AFTER)
    store = MortalStore(LocalStore(tmp_path), fate)
    first = store.put("a.json", b"1", None)
    with pytest.raises(Stopped):
        store.put("a.json", b"2", first)
    with pytest.raises(Stopped):
        store.read("a.json")
    with pytest.raises(Stopped):
        store.put("b.json", b"3", None)
    there = LocalStore(tmp_path).read("a.json")
    assert there is not None
    assert (there.data, fate.events) == (b"2", ["put a.json", "put a.json"])
