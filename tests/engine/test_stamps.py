"""What is on record of a secret tells whether it is the same, and nothing more."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from provisioner.engine.compare import fingerprint, recordable
from provisioner.engine.keeping.state import state_name
from provisioner.engine.model import Address
from provisioner.engine.stamps import is_of, is_outdated, is_stamp, plain_stamp, stamp
from tests.engine.desk import Desk, pending
from tests.engine.toys import SCOPE, Note

NOTE = Address("note", "n")
OLD = plain_stamp("pin")


def test_a_stamp_is_of_one_secret() -> None:
    made = stamp("pin", "a")
    assert is_stamp(made)
    assert is_of(made, "pin")
    assert not is_of(made, "pit")
    assert "pin" not in made
    assert not is_outdated(made)


def test_of_two_owners_nobody_sees_that_they_share_a_secret() -> None:
    assert stamp("pin", "a") != stamp("pin", "b")


def test_a_stamp_is_slow_and_made_once_a_run() -> None:
    """Some tens of milliseconds are enough to make ten thousand guesses a matter of many minutes."""
    begun = time.process_time()
    made = stamp("slow", "a")
    first = time.process_time() - begun
    begun = time.process_time()
    assert stamp("slow", "a") == made
    assert is_of(made, "slow")
    assert first > 0.02
    assert time.process_time() - begun < first / 4


def test_a_plain_stamp_of_a_former_version_is_one() -> None:
    assert is_stamp(OLD)
    assert is_of(OLD, "pin")
    assert not is_of(OLD, "pit")
    assert is_outdated(OLD)


@pytest.mark.parametrize(
    "value", ["", "pin", "sha256:", "\ud800", 7, None, ["sha256:"], {"scrypt": 1}, "scrypt:15:00:00"]
)
def test_anything_else_is_none(value: object) -> None:
    assert not is_stamp(value)
    assert not is_of(value, "pin")


@pytest.mark.parametrize("cost", ["00", "01", "13", "18", "30", "99"])
def test_whoever_wrote_the_state_does_not_choose_how_long_we_take(cost: str) -> None:
    made = f"scrypt:{cost}:{'0' * 32}:{'0' * 64}"
    begun = time.process_time()
    assert not is_of(made, "pin")
    assert time.process_time() - begun < 0.01
    assert is_outdated(made)


def test_a_stamp_of_another_cost_is_compared() -> None:
    import hashlib

    salt = "ab" * 16
    made = hashlib.scrypt(b"pin", salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32).hex()
    assert is_of(f"scrypt:14:{salt}:{made}", "pin")
    assert is_outdated(f"scrypt:14:{salt}:{made}")


def test_a_stamp_that_was_on_record_stays(desk: Desk) -> None:
    desk.converge(Note(name="n", pin="1234"))
    before = desk.state.records[NOTE].applied
    again = recordable(Note(name="n", pin="1234"), before)
    assert again == before
    assert recordable(Note(name="n", pin="1235"), before)["pin"] != before["pin"]


def rewritten(desk: Desk, **applied: Any) -> None:
    """Put something else on record, as a former version might have."""
    document = json.loads(desk.store.blobs[state_name(SCOPE)])
    document["resources"][str(NOTE)]["applied"].update(applied)
    for key in ("generation", "writer"):
        del document[key]
    desk.store.set(state_name(SCOPE), json.dumps(document).encode())


def test_a_state_of_a_former_version_shows_no_change_and_is_rewritten(desk: Desk) -> None:
    desk.converge(Note(name="n", pin="1234"))
    rewritten(desk, pin=fingerprint("1234"))
    assert pending(desk.plan(Note(name="n", pin="1234"))) == {}
    assert desk.drift() == []
    plan = desk.converge(Note(name="n", pin="1234"))
    assert pending(plan) == {}
    now = desk.state.records[NOTE].applied["pin"]
    assert now.startswith("scrypt:")
    assert fingerprint("1234") not in desk.store.blobs[state_name(SCOPE)].decode()
    desk.converge(Note(name="n", pin="1234"))
    assert desk.state.records[NOTE].applied["pin"] == now


def test_a_drift_from_a_state_of_a_former_version_is_seen(desk: Desk) -> None:
    desk.converge(Note(name="n", pin="1234"))
    rewritten(desk, pin=fingerprint("9999"))
    (change,) = desk.drift()
    assert (change.fields[0].field, change.fields[0].after) == ("pin", "(secret)")
