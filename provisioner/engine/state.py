"""What AWS cannot be asked: ids that no name leads to, what we made and where we put it, what was last applied.

The file is rewritten once at the end of a run. During the run every fact goes to a journal beside it, one line
each, on disk before the next call of that change; what several changes have to tell at a time is written at once:

    {"op": "begun",    "address": ..., "record": {...}}                     before the first call of a change
    {"op": "remember", "address": ..., "values": {...}}                     an id that no name leads to
    {"op": "applied",  "address": ..., "record": {...}}                     a change is done
    {"op": "removed",  "address": ...}                                      a thing is gone

A journal found at the start belongs to a run that was killed; it is folded in, and that is how the run resumes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.engine.errors import StateError
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record, Scope
from provisioner.engine.store import Store

SCHEMA = 1


@dataclass(frozen=True)
class State:
    """The records of one environment, and the ``serial`` that each rewrite raises by one."""

    records: Mapping[Address, Record] = field(default_factory=dict)
    serial: int = 0


def state_name(scope: Scope) -> str:
    """The blob of ``scope``: ``<account>/<region>/<platform>-<env>.json``."""
    return f"{scope.account}/{scope.region}/{scope.platform}-{scope.environment}.json"


def load(store: Store, scope: Scope) -> State:
    """The state of ``scope`` with any journal of a killed run folded in; empty where there is none."""
    name = state_name(scope)
    state = _parse(store, name, scope)
    records = dict(state.records)
    for line in _journal_lines(store, f"{name}.journal"):
        _fold(records, line)
    return replace(state, records=records)


class Ledger:
    """The state while a run writes it, from one thread."""

    def __init__(self, store: Store, scope: Scope, state: State) -> None:
        self._store = store
        self._scope = scope
        self._name = state_name(scope)
        self._records = dict(state.records)
        self._serial = state.serial
        self._dirty = store.read(f"{self._name}.journal") is not None
        self._told: list[str] = []
        self.close()  # a journal of a killed run may end within a line, where nothing can be added

    def begun(self, record: Record) -> None:
        self._append({"op": "begun", "address": str(record.address), "record": _to_json(record)})

    def remember(self, address: Address, values: Mapping[str, Any]) -> None:
        self._append({"op": "remember", "address": str(address), "values": dict(values)})

    def applied(self, record: Record) -> None:
        self._append({"op": "applied", "address": str(record.address), "record": _to_json(record)})

    def removed(self, address: Address) -> None:
        self._append({"op": "removed", "address": str(address)})

    def record(self, address: Address) -> Record | None:
        return self._records.get(address)

    def close(self) -> None:
        """Rewrite the file if anything happened, keep the one before as a backup, and drop the journal."""
        if not self._dirty:
            return
        before = self._store.read(self._name)
        if before is not None:
            self._store.write(f"{self._name}.backup", before)
        self._serial += 1
        self._store.write(self._name, _dump(self._scope, State(self._records, self._serial)))
        self._store.remove(f"{self._name}.journal")
        self._told.clear()
        self._dirty = False

    def flush(self) -> None:
        """Put on disk what has been told since the last time."""
        if self._told:
            self._store.append(f"{self._name}.journal", "".join(self._told).encode())
            self._told.clear()

    def _append(self, line: dict[str, Any]) -> None:
        self._told.append(json.dumps(line) + "\n")
        self._dirty = True
        _fold(self._records, line)


def forget(store: Store, scope: Scope, address: Address) -> bool:
    """Drop the record of ``address`` without touching AWS. Returns whether there was one."""
    ledger = Ledger(store, scope, load(store, scope))
    if ledger.record(address) is None:
        return False
    ledger.removed(address)
    ledger.close()
    return True


def _fold(records: dict[Address, Record], line: Mapping[str, Any]) -> None:
    address = Address.parse(line["address"])
    match line["op"]:
        case "begun":
            records[address] = replace(_from_json(address, line["record"]), partial=True)
        case "remember":
            known = records.get(address, Record(address, partial=True))
            records[address] = replace(known, outputs={**known.outputs, **line["values"]})
        case "applied":
            records[address] = _from_json(address, line["record"])
        case "removed":
            records.pop(address, None)


def _journal_lines(store: Store, name: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    text = (store.read(name) or b"").decode(errors="replace")
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        try:
            lines.append(dict(json.loads(line)))
        except ValueError as error:
            if not line.endswith("\n"):
                break  # the machine died within this line, so the call it tells of was never followed by another
            raise StateError(
                f"{store.where(name)}, line {number}: not a journal ({error})",
                remedy="Move that file away and run again: plan finds by their tags the things it told of.",
            ) from error
    return lines


def _parse(store: Store, name: str, scope: Scope) -> State:
    data = store.read(name)
    if data is None:
        return State()
    where = store.where(name)
    try:
        document = json.loads(data)
        schema = document["schema"]
        if schema > SCHEMA:
            raise StateError(
                f"{where} has schema {schema}; this version of the provisioner knows {SCHEMA}",
                remedy="Nothing was changed. Use the newer version that wrote it.",
            )
        _check_scope(document, scope, where)
        records = {Address.parse(text): _from_json(Address.parse(text), r) for text, r in document["resources"].items()}
        return State(records, int(document["serial"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateError(
            f"{where} is not a state file: {error or type(error).__name__}",
            details=["Nothing was changed, in AWS or on disk."],
            remedy=f"Put {where}.backup in its place, or move the file away: plan finds by their tags what is ours.",
        ) from error


def _check_scope(document: Mapping[str, Any], scope: Scope, where: str) -> None:
    there = (document["account"], document["region"], document["platform"], document["environment"])
    here = (scope.account, scope.region, scope.platform, scope.environment)
    if there != here:
        raise StateError(
            f"{where} is the state of {'/'.join(there)}, and this run is for {'/'.join(here)}",
            remedy="Nothing was changed. Put the file where it belongs, or keep this state in another place.",
        )


def _dump(scope: Scope, state: State) -> bytes:
    document = {
        "schema": SCHEMA,
        "serial": state.serial,
        "account": scope.account,
        "region": scope.region,
        "platform": scope.platform,
        "environment": scope.environment,
        "resources": {str(address): _to_json(record) for address, record in sorted(state.records.items())},
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _to_json(record: Record) -> dict[str, Any]:
    return {
        "outputs": dict(record.outputs),
        "applied": dict(record.applied),
        "needs": [str(address) for address in record.needs],
        **({"partial": True} if record.partial else {}),
        **({"adopted": dict(record.adopted)} if record.adopted is not None else {}),
    }


def _from_json(address: Address, document: Mapping[str, Any]) -> Record:
    needs = tuple(Address.parse(text) for text in document["needs"])
    partial = bool(document.get("partial", False))
    adopted = document.get("adopted")
    return Record(
        address,
        dict(document["outputs"]),
        dict(document["applied"]),
        needs,
        partial,
        None if adopted is None else dict(adopted),
    )
