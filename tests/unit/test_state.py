"""Nothing is lost: the file, its journal, and the lock."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.lock import Holder, hold, unlock
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record, Scope
from provisioner.engine.state import Ledger, State, load, state_name
from provisioner.engine.store import LocalStore

SCOPE = Scope("shop", "dev", "123456789012", "us-east-1")
NAME = state_name(SCOPE)
KEY = Address("kms_key", "logs-dev")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def test_a_closed_ledger_reads_back(store: LocalStore) -> None:
    record = Record(KEY, {"id": "1"}, {"enabled": True}, (Address("iam_role", "r"),))
    ledger = Ledger(store, SCOPE, State())
    ledger.applied(record)
    ledger.close()
    assert load(store, SCOPE) == State({KEY: record}, serial=1)
    assert store.read(f"{NAME}.journal") is None


def test_a_killed_run_leaves_its_journal_and_the_next_folds_it_in(store: LocalStore) -> None:
    ledger = Ledger(store, SCOPE, State())
    ledger.begun(Record(KEY, applied={"enabled": True}))
    ledger.remember(KEY, {"id": "1"})
    assert load(store, SCOPE).records[KEY] == Record(KEY, {"id": "1"}, {"enabled": True}, partial=True)


def test_a_line_torn_by_the_machines_death_is_left_out(store: LocalStore) -> None:
    Ledger(store, SCOPE, State()).remember(KEY, {"id": "1"})
    store.append(f"{NAME}.journal", b'{"op": "remem')
    state = load(store, SCOPE)
    assert state.records[KEY].outputs == {"id": "1"}
    Ledger(store, SCOPE, state).remember(KEY, {"arn": "a"})
    assert load(store, SCOPE).records[KEY].outputs == {"id": "1", "arn": "a"}


def test_a_ledger_that_heard_nothing_writes_nothing(store: LocalStore) -> None:
    Ledger(store, SCOPE, State()).close()
    assert store.read(NAME) is None


def test_the_state_before_is_kept(store: LocalStore) -> None:
    for number in ("1", "2"):
        ledger = Ledger(store, SCOPE, load(store, SCOPE))
        ledger.remember(KEY, {"id": number})
        ledger.close()
    backup = json.loads(store.read(f"{NAME}.backup") or b"")
    assert backup["resources"][str(KEY)]["outputs"] == {"id": "1"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not a state file"),
        (b"[]", "not a state file"),
        (b'{"schema": 99}', "schema 99"),
        (
            b'{"schema": 1, "serial": 1, "account": "1", "region": "r", "platform": "p", "environment": "e",'
            b' "resources": {}}',
            "is the state of 1/r/p/e",
        ),
    ],
)
def test_a_state_that_cannot_be_trusted_is_refused_in_words(store: LocalStore, content: bytes, words: str) -> None:
    store.write(NAME, content)
    with pytest.raises(StateError, match=words) as caught:
        load(store, SCOPE)
    assert caught.value.remedy
    assert store.read(NAME) == content


def test_an_unwritable_place_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StateError, match="cannot"):
        LocalStore(tmp_path / "file").write(NAME, b"{}")


def test_one_at_a_time(store: LocalStore) -> None:
    with hold(store, "lock", "apply"), pytest.raises(LockedError, match="apply"), hold(store, "lock", "plan"):
        pass
    with hold(store, "lock", "apply"):
        assert store.read("lock") is not None
    assert store.read("lock") is None


def test_the_lock_of_a_dead_process_lapses(store: LocalStore) -> None:
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    here = Holder.here("apply")
    store.write("lock", Holder(here.host, here.user, gone, "apply", 0, time.time(), "t").to_bytes())
    with hold(store, "lock", "again"):
        pass


def test_the_lock_of_another_machine_lapses_without_a_heartbeat(store: LocalStore) -> None:
    elsewhere = Holder("elsewhere", "u", 1, "apply", 0, time.time(), "t")
    store.write("lock", elsewhere.to_bytes())
    with pytest.raises(LockedError, match="elsewhere"), hold(store, "lock", "again"):
        pass
    store.write("lock", Holder("elsewhere", "u", 1, "apply", 0, time.time() - 600, "t").to_bytes())
    with hold(store, "lock", "again"):
        pass


def test_unlock_says_whose_it_was(store: LocalStore) -> None:
    with hold(store, "lock", "apply"):
        holder = unlock(store, "lock")
        assert holder is not None
        assert holder.process == os.getpid()
