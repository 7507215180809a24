"""Two writers, of whom one was paused until its lock had lapsed: it writes nothing more, and removes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from provisioner.engine.errors import LockedError, StateError
from provisioner.engine.keeping.lock import LAPSE_SECONDS, Lock, hold, unlock
from provisioner.engine.keeping.state import Ledger, State, claim, fence, load, state_name
from provisioner.engine.keeping.store import Blob, LocalStore, Store
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record
from provisioner.engine.steps import Step
from tests.engine.desk import Desk, box, executor
from tests.engine.stores import DeafStore, MemoryStore, WholeStore
from tests.engine.toys import SCOPE, Cloud

NAME = state_name(SCOPE)
LOCK = f"{NAME}.lock"
BOX, NOTE = Address("box", "a"), Address("note", "n")
NOW = 1_700_000_000.0
NEVER = 1e6

STORES: dict[str, Callable[[Path], Store]] = {
    "files": LocalStore,
    "blobs that grow": lambda _: MemoryStore(),
    "blobs that do not": lambda _: WholeStore(),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


class Claimant:
    """A run that has come as far as to its ledger. ``clock`` is its own: while it is paused, time passes for others."""

    def __init__(self, store: Store, stack: ExitStack, time: float = NOW) -> None:
        self.store, self.time = store, time
        self.lock: Lock = stack.enter_context(hold(store, LOCK, "apply", now=lambda: self.time, pause=NEVER))
        self.state: State = claim(store, SCOPE, self.lock)

    def ledger(self) -> Ledger:
        return Ledger(self.store, SCOPE, self.state)


@pytest.fixture
def stack() -> Any:
    with ExitStack() as opened:
        yield opened


LATER = NOW + LAPSE_SECONDS + 1


def contents(store: Store) -> dict[str, bytes | None]:
    """Everything that a run writes."""
    found = {name: store.read(name) for name in (NAME, LOCK, f"{NAME}.journal", f"{NAME}.backup")}
    return {name: blob.data if blob else None for name, blob in found.items()}


def document(store: Store) -> dict[str, Any]:
    blob = store.read(NAME)
    assert blob
    loaded: dict[str, Any] = json.loads(blob.data)
    return loaded


def test_each_run_that_takes_the_lock_has_a_generation_of_its_own(store: Store) -> None:
    writers = set()
    for generation in (1, 2, 3):
        with ExitStack() as opened:
            Claimant(store, opened)
            assert document(store)["generation"] == generation
            writers.add(document(store)["writer"])
    assert len(writers) == 3
    assert document(store)["serial"] == 0, "nothing was put on record"


WRITES: dict[str, Callable[[Ledger], None]] = {
    "begun": lambda ledger: ledger.begun(Record(BOX)),
    "remember": lambda ledger: ledger.remember(BOX, {"id": "1"}),
    "applied": lambda ledger: ledger.applied(Record(BOX)),
    "removed": lambda ledger: ledger.removed(BOX),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("before", [True, False], ids=["after a fact", "before any"])
@pytest.mark.parametrize("ended", [True, False], ids=["the other has ended", "the other is at work"])
def test_who_was_overtaken_writes_nothing(
    store: Store, stack: ExitStack, write: str, before: bool, ended: bool
) -> None:
    paused = Claimant(store, stack)
    ledger = paused.ledger()
    if before:
        ledger.applied(Record(BOX, {"id": "first"}))
        ledger.flush()
    with ExitStack() as opened:
        other = Claimant(store, opened, LATER)
        theirs = other.ledger()
        theirs.applied(Record(NOTE, {"id": "theirs"}))
        theirs.flush()
        if ended:
            theirs.close()
            opened.close()
        expected = contents(store)
        WRITES[write](ledger)
        with pytest.raises(LockedError, match="another run has taken over"):
            ledger.flush()
        with pytest.raises(LockedError):
            ledger.close()
        paused.time = LATER
        with pytest.raises(LockedError):
            paused.lock.check()
        paused.lock.release()
        assert contents(store) == expected
    theirs.close()
    assert set(load(store, SCOPE).records) == ({BOX, NOTE} if before else {NOTE}), "what it did before is on record"


def test_who_was_overtaken_before_it_claimed_the_state_claims_nothing(store: Store) -> None:
    with hold(store, LOCK, "apply", now=lambda: NOW, pause=NEVER) as lock:
        lock.release()
        with ExitStack() as opened:
            Claimant(store, opened, LATER)
            expected = contents(store)
            lock._now = lambda: LATER  # it is woken up
            with pytest.raises(LockedError):
                claim(store, SCOPE, lock)
            assert contents(store) == expected


def test_an_unlocked_run_writes_nothing_even_before_another_begins(store: Store, stack: ExitStack) -> None:
    ledger = Claimant(store, stack).ledger()
    ledger.applied(Record(BOX))
    ledger.flush()
    unlock(store, LOCK)
    fence(store, SCOPE)
    expected = contents(store)
    ledger.applied(Record(NOTE))
    with pytest.raises(LockedError):
        ledger.flush()
    with pytest.raises(LockedError):
        ledger.close()
    assert contents(store) == expected
    assert set(load(store, SCOPE).records) == {BOX}


def test_fencing_without_a_state_makes_none(store: Store) -> None:
    fence(store, SCOPE)
    assert store.read(NAME) is None


def test_whoever_writes_once_more_while_the_state_is_claimed_loses_no_fact(stack: ExitStack) -> None:
    class Overtaking(WholeStore):
        """Between look and claim the one who was overtaken puts one more fact on record."""

        then: Callable[[], object] | None = None

        def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
            then, self.then = self.then, None
            if name == NAME and then:
                then()
            elif then:
                self.then = then
            return super().put(name, data, over)

    late = Overtaking()
    ledger = Claimant(late, stack).ledger()
    ledger.applied(Record(BOX))
    late.then = ledger.flush
    with ExitStack() as opened:
        assert set(Claimant(late, opened, LATER).state.records) == {BOX}
        assert document(late)["generation"] == 2


def test_a_state_that_never_holds_still_is_not_claimed(stack: ExitStack) -> None:
    class Restless(MemoryStore):
        def put(self, name: str, data: bytes, over: Blob | None) -> Blob | None:
            return None if name == NAME else super().put(name, data, over)

    with pytest.raises(StateError, match="is being written by another run"):
        Claimant(Restless(), stack)


def test_a_write_whose_answer_was_lost_was_ours() -> None:
    deaf = DeafStore()
    with ExitStack() as opened:
        ledger = Claimant(deaf, opened).ledger()
        for number in range(3):
            ledger.remember(BOX, {"id": number})
            ledger.flush()
        ledger.close()
    assert load(deaf, SCOPE).records[BOX].outputs == {"id": 2}
    assert document(deaf)["generation"] < 5


def test_an_overtaken_run_starts_no_call(cloud: Cloud) -> None:
    """It was paused after the first call of a change that has two."""
    desk = Desk(cloud, store=WholeStore())
    desk.converge(box())
    plan = desk.plan(box(material="tin"))
    time = [NOW]
    with hold(desk.store, LOCK, "apply", now=lambda: time[0], pause=NEVER) as lock:
        ledger = Ledger(desk.store, SCOPE, claim(desk.store, SCOPE, lock))

        def perform(step: Step) -> Any:
            answer = desk.cloud.perform(step)
            with ExitStack() as opened:
                Claimant(desk.store, opened, LATER)
            time[0] = LATER
            return answer

        with pytest.raises(LockedError):
            executor(desk, perform).apply(plan, ledger, lock)
    assert cloud.calls == ["PutBox", "DeleteBox"]
