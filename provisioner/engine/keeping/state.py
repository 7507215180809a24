"""What AWS cannot be asked: ids that no name leads to, what we made and where we put it, what was last applied.

The file is rewritten once at the end of a run. During the run every fact goes to a journal beside it, one line
each, on disk before the next call of that change; what several changes have to tell at a time is written at once:

    {"op": "begun",    "address": ..., "record": {...}}                     before the first call of a change
    {"op": "remember", "address": ..., "values": {...}}                     an id that no name leads to
    {"op": "done",     "address": ..., "outputs": {...}}                    a change is done as it was begun
    {"op": "applied",  "address": ..., "record": {...}}                     what is there is as this says
    {"op": "removed",  "address": ...}                                      a thing is gone

A journal found at the start belongs to a run that was killed; it is folded in, and that is how the run resumes. Where
blobs cannot grow (S3) there is no journal: the file itself is rewritten with each fact.

**Fencing.** A lock may lapse while its holder is only paused. So whoever has taken it rewrites the file at once, with
the next ``generation`` and a ``writer`` of its own (:func:`claim`). Every later write stands on the one before, which
nobody can make who was overtaken: the file is not what he last saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from provisioner.engine.errors import StateError
from provisioner.engine.keeping.lock import Lock, overtaken
from provisioner.engine.keeping.state_file import (
    State,
    dump,
    fold,
    folded,
    journal_lines,
    parse,
    state_name,
    to_json,
    to_lines,
    writer_of,
)
from provisioner.engine.keeping.store import Blob, Store
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record, Scope

__all__ = ["Ledger", "State", "claim", "fence", "forget", "load", "state_name"]

ATTEMPTS = 5
"""At claiming a state that somebody else writes at the same time: he has lost the lock, and must soon see it."""


def load(store: Store, scope: Scope) -> State:
    """The state of ``scope`` with any journal of a killed run folded in; empty where there is none."""
    name = state_name(scope)
    lines = journal_lines(store, f"{name}.journal")  # before the file, into which a run that ends just now folds it
    state = parse(store, name, scope)
    return replace(state, records=folded(state.records, lines))


def claim(store: Store, scope: Scope, lock: Lock) -> State:
    """The state of ``scope`` for the run that has just taken ``lock``: with a new generation, so that nobody else can
    write it any more. ``LockedError`` where the lock is another's by now.
    """
    name = state_name(scope)
    journal_lines(store, f"{name}.journal")  # refused, where it is none, before anything is written
    for _ in range(ATTEMPTS):
        there = parse(store, name, scope)
        if there.writer == lock.token:
            return replace(there, records=folded(there.records, journal_lines(store, f"{name}.journal")))
        mine = replace(there, generation=there.generation + 1, writer=lock.token)
        lock.check()
        store.put(name, dump(scope, mine), there.blob)  # what became of it is read: its answer may be lost
    raise StateError(
        f"{store.where(name)} is being written by another run",
        remedy="Nothing was touched. See who runs (state unlock shows it), then run the command again.",
    )


class Ledger:
    """The state while a run writes it, from one thread.

    What writes raises ``LockedError`` where another run has taken the state over: then nothing is written.
    """

    def __init__(self, store: Store, scope: Scope, state: State) -> None:
        self._store = store
        self._scope = scope
        self._name = state_name(scope)
        self._records = dict(state.records)
        self._state = replace(state, records=self._records)
        self._former = state.blob if state.serial else None
        self._dirty = store.read(f"{self._name}.journal") is not None
        self._told: list[dict[str, Any]] = []
        self.close()  # a journal of a killed run may end within a line, where nothing can be added

    def begun(self, record: Record) -> None:
        self._append({"op": "begun", "address": str(record.address), "record": to_json(record)})

    def remember(self, address: Address, values: Mapping[str, Any]) -> None:
        self._append({"op": "remember", "address": str(address), "values": dict(values)})

    def applied(self, record: Record) -> None:
        begun = self._records.get(record.address)
        if begun and replace(begun, outputs=record.outputs, partial=False) == record:
            self._append({"op": "done", "address": str(record.address), "outputs": dict(record.outputs)})
        else:
            self._append({"op": "applied", "address": str(record.address), "record": to_json(record)})

    def removed(self, address: Address) -> None:
        self._append({"op": "removed", "address": str(address)})

    def record(self, address: Address) -> Record | None:
        return self._records.get(address)

    def close(self) -> None:
        """Rewrite the file if anything happened, keep the one before as a backup, and drop the journal."""
        if not self._dirty:
            return
        try:
            self._write(replace(self._state, serial=self._state.serial + 1))
        except StateError:
            if self._store.appends:
                with suppress(StateError):  # there may be room for some lines still
                    self.flush()
            raise
        if self._former:
            self._store.put(f"{self._name}.backup", self._former.data, self._store.read(f"{self._name}.backup"))
        self._former = self._state.blob
        if journal := self._store.read(f"{self._name}.journal"):
            self._store.remove(f"{self._name}.journal", journal)
        self._told.clear()
        self._dirty = False

    def flush(self) -> None:
        """Put on disk what has been told since the last time."""
        if not self._told:
            return
        if not self._store.appends:
            self._write(self._state)
        elif not self._store.append(f"{self._name}.journal", to_lines(self._told), self._name, self._state.blob):
            raise overtaken(self._store.where(self._name))
        self._told.clear()

    def _append(self, line: dict[str, Any]) -> None:
        self._told.append(line)
        self._dirty = True
        fold(self._records, line)

    def _write(self, state: State) -> None:
        """Put ``state`` in the place of what we last wrote."""
        data, over = dump(self._scope, state), self._state.blob
        for _ in range(ATTEMPTS):
            there = self._store.put(self._name, data, over) or self._ours()  # the answer to a write may be lost
            if there is None:
                break
            if there.data == data:
                self._state = replace(state, blob=there)
                return
            over = there
        raise overtaken(self._store.where(self._name))

    def _ours(self) -> Blob | None:
        """The file as it is, if this run was the last to write it."""
        there = self._store.read(self._name)
        return there if there and writer_of(there) == self._state.writer != "" else None


def fence(store: Store, scope: Scope) -> None:
    """Give the state, where there is one, a new generation: whoever writes it is stopped."""
    name = state_name(scope)
    for _ in range(ATTEMPTS):
        there = parse(store, name, scope)
        nobodys = replace(there, generation=there.generation + 1, writer="")
        if there.blob is None or store.put(name, dump(scope, nobodys), there.blob):
            break


def forget(store: Store, scope: Scope, state: State, address: Address) -> bool:
    """Drop the record of ``address`` from the claimed ``state`` without touching AWS. Returns whether there was one."""
    ledger = Ledger(store, scope, state)
    if ledger.record(address) is None:
        return False
    ledger.removed(address)
    ledger.close()
    return True
