"""Whatever lies where state, journal and lock should be is read, or refused in words, and a refusal changes nothing.

What was found once is kept as the corpus.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.keeping.lock import Holder, hold, read_holder, unlock
from provisioner.engine.keeping.state import Ledger, claim, load, state_name
from provisioner.engine.keeping.state_file import State, dump, to_json
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record
from tests.engine.stores import MemoryStore
from tests.engine.toys import SCOPE
from tests.spoiling import NOW, changed, texts

NAME = state_name(SCOPE)
JOURNAL, LOCK = f"{NAME}.journal", f"{NAME}.lock"
NEVER = 1e6

BOX = Address("box", "a")
RECORD = Record(BOX, {"id": "b-1"}, {"size": 3, "tags": {"a": "b"}}, (Address("note", "n"),), True, {"a": "b"})
STATE = json.loads(dump(SCOPE, State({BOX: RECORD}, 7, 3, "w")))
LINES = [
    {"op": "begun", "address": "box.a", "record": to_json(RECORD)},
    {"op": "remember", "address": "box.a", "values": {"id": "b-2"}},
    {"op": "done", "address": "box.a", "outputs": {"id": "b-2"}},
    {"op": "applied", "address": "box.b", "record": to_json(RECORD)},
    {"op": "removed", "address": "box.a"},
]
HOLDER = json.loads(Holder.here("apply", NOW).to_bytes())


def run(store: MemoryStore) -> None:
    """Read the state, take it over, put something on record, and read it again; or a refusal that changes nothing."""
    before = dict(store.blobs)
    try:
        _run(store)
    except (StateError, LockedError) as error:
        refusal = error
    else:
        assert load(store, SCOPE).records[BOX] == RECORD
        assert JOURNAL not in store.blobs
        return
    assert str(refusal)
    assert refusal.remedy
    assert store.blobs == before


def _run(store: MemoryStore) -> None:
    load(store, SCOPE)
    with hold(store, LOCK, "apply", now=lambda: NOW, pause=NEVER) as lock:
        ledger = Ledger(store, SCOPE, claim(store, SCOPE, lock))
        ledger.applied(RECORD)
        ledger.flush()
        ledger.close()


@settings(max_examples=150, deadline=None)
@given(texts(STATE))
def test_a_state(data: bytes) -> None:
    store = MemoryStore()
    store.set(NAME, data)
    run(store)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(LINES).flatmap(texts), min_size=1, max_size=3), st.sampled_from([b"\n", b"", b"{"]))
def test_a_journal(lines: list[bytes], end: bytes) -> None:
    store = MemoryStore()
    store.set(NAME, dump(SCOPE, State({BOX: RECORD})))
    store.set(JOURNAL, b"\n".join(lines) + end)
    run(store)


@settings(max_examples=150, deadline=None)
@given(texts(HOLDER))
def test_a_lock(data: bytes) -> None:
    store = MemoryStore()
    store.set(LOCK, data)
    holder = read_holder(store, LOCK)
    assert holder is None or str(holder)
    run(store)
    store.set(LOCK, data)
    assert unlock(store, LOCK) == holder


@pytest.mark.parametrize("field", ["serial", "generation", "schema"])
def test_a_counter_that_has_no_successor(field: str) -> None:
    store = MemoryStore()
    store.set(NAME, json.dumps({**STATE, field: 10**4300 - 1}).encode())
    with pytest.raises(StateError):
        load(store, SCOPE)


def test_half_a_surrogate_stays_what_it_is() -> None:
    store = MemoryStore()
    store.set(NAME, json.dumps(changed(STATE, [(("resources", "box.a", "outputs", "id"), ("\ud800",))])).encode())
    other = Record(Address("box", "b"))
    with hold(store, LOCK, "apply", now=lambda: NOW, pause=NEVER) as lock:
        ledger = Ledger(store, SCOPE, claim(store, SCOPE, lock))
        ledger.applied(other)
        ledger.close()
    assert load(store, SCOPE).records[BOX].outputs == {"id": "\ud800"}


@pytest.mark.parametrize("levels", [100, 600, 980])
def test_what_is_nested_too_deep_to_be_compared(levels: int) -> None:
    store = MemoryStore()
    nested = json.dumps(changed(STATE, [(("resources", "box.a", "applied", "size"), ("@",))]))
    store.set(NAME, nested.replace('"@"', "[" * levels + "]" * levels).encode())
    with pytest.raises(StateError, match="is not a state file"):
        load(store, SCOPE)


@pytest.mark.parametrize("line", ['{"op": "begun", "address": "box.a"}', '{"op": "done", "address": 5}', '{"op": []}'])
def test_a_last_line_that_was_cut_and_still_is_json(line: str) -> None:
    store = MemoryStore()
    store.set(JOURNAL, line.encode())
    assert load(store, SCOPE).records == {}
    run(store)
