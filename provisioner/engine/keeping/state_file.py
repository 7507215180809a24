"""The state as bytes: the file, and the lines of its journal; and what both are refused for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.engine.compare import is_shallow
from provisioner.engine.errors import StateError
from provisioner.engine.keeping.store import Blob, Store
from provisioner.engine.model import Address
from provisioner.engine.reconciler import Record, Scope

SCHEMA = 1


@dataclass(frozen=True)
class State:
    """The records of one environment, and the ``serial`` that each rewrite raises by one.

    ``generation`` goes up with each run that writes, which is the ``writer``; ``blob`` is the file that was read.
    """

    records: Mapping[Address, Record] = field(default_factory=dict)
    serial: int = 0
    generation: int = field(default=0, compare=False)
    writer: str = field(default="", compare=False)
    blob: Blob | None = field(default=None, compare=False, repr=False)


def state_name(scope: Scope) -> str:
    """The blob of ``scope``: ``<account>/<region>/<platform>-<env>.json``.

    ``StateError`` where one of them is no name, but would lead to another place.
    """
    names = (scope.account, scope.region, scope.platform, scope.environment)
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise StateError(f"{wrong[0]!r} is no name for a state", remedy="Nothing was changed, in AWS or on disk.")
    return f"{scope.account}/{scope.region}/{scope.platform}-{scope.environment}.json"


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")


def folded(records: Mapping[Address, Record], lines: Iterable[Mapping[str, Any]]) -> dict[Address, Record]:
    """``records`` after what the ``lines`` of a journal tell."""
    after = dict(records)
    for line in lines:
        fold(after, line)
    return after


def fold(records: dict[Address, Record], line: Mapping[str, Any]) -> None:
    """Change ``records`` as one fact tells."""
    address = Address.parse(line["address"])
    match line["op"]:
        case "begun":
            records[address] = replace(_from_json(address, line["record"]), partial=True)
        case "remember":
            known = records.get(address, Record(address, partial=True))
            records[address] = replace(known, outputs={**known.outputs, **_outputs(line["values"])})
        case "applied":
            records[address] = _from_json(address, line["record"])
        case "done":
            known = records.get(address, Record(address))
            records[address] = replace(known, outputs=_outputs(line["outputs"]), partial=False)
        case "removed":
            records.pop(address, None)


def to_lines(facts: Iterable[Mapping[str, Any]]) -> bytes:
    """Facts as the lines of a journal."""
    return _bytes("".join(_text(fact) + "\n" for fact in facts))


def journal_lines(store: Store, name: str) -> list[dict[str, Any]]:
    """The facts in the journal ``name``, without one that its writer could not end. ``StateError`` where it is none."""
    journal = store.read(name)
    lines: list[dict[str, Any]] = []
    for number, line in enumerate((journal.data if journal else b"").splitlines(keepends=True), start=1):
        try:
            fact = dict(json.loads(line))
            fold({}, fact)
        except _MALFORMED as error:
            if not line.endswith(b"\n"):
                break  # the machine died within this line, so the call it tells of was never followed by another
            raise StateError(
                f"{store.where(name)}, line {number}: not a journal ({error or type(error).__name__})",
                remedy="Move that file away and run again: plan finds by their tags the things it told of.",
            ) from error
        lines.append(fact)
    return lines


_MALFORMED = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What comes of reading JSON that is none, or of another shape."""


def parse(store: Store, name: str, scope: Scope) -> State:
    """The file ``name``, without its journal; ``StateError`` where it is none of ``scope`` and of this version."""
    blob = store.read(name)
    if blob is None:
        return State()
    where = store.where(name)
    try:
        document = json.loads(blob.data)
        schema = _whole(document["schema"])
        if schema > SCHEMA:
            raise StateError(
                f"{where} has schema {schema}; this version of the provisioner knows {SCHEMA}",
                remedy="Nothing was changed. Use the newer version that wrote it.",
            )
        _check_scope(document, scope, where)
        found = [(Address.parse(text), record) for text, record in _mapping(document["resources"]).items()]
        records = {address: _from_json(address, record) for address, record in found}
        generation, writer = _whole(document.get("generation", 0)), str(document.get("writer", ""))
        return State(records, _whole(document["serial"]), generation, writer, blob)
    except _MALFORMED as error:
        raise StateError(
            f"{where} is not a state file: {error or type(error).__name__}",
            details=["Nothing was changed, in AWS or on disk."],
            remedy=f"Put {where}.backup in its place, or move the file away: plan finds by their tags what is ours.",
        ) from error


def writer_of(blob: Blob) -> str:
    """Whose file it is."""
    try:
        return str(json.loads(blob.data)["writer"])
    except _MALFORMED:
        return ""


def _check_scope(document: Mapping[str, Any], scope: Scope, where: str) -> None:
    there = (document["account"], document["region"], document["platform"], document["environment"])
    here = (scope.account, scope.region, scope.platform, scope.environment)
    if there != here:
        raise StateError(
            f"{where} is the state of {'/'.join(map(str, there))}, and this run is for {'/'.join(here)}",
            remedy="Nothing was changed. Put the file where it belongs, or keep this state in another place.",
        )


def dump(scope: Scope, state: State) -> bytes:
    """The file of ``state``, a line for each record."""
    head = {
        "schema": SCHEMA,
        "serial": state.serial,
        "generation": state.generation,
        "writer": state.writer,
        "account": scope.account,
        "region": scope.region,
        "platform": scope.platform,
        "environment": scope.environment,
    }
    records = [f"{_text(str(address))}: {_text(to_json(record))}" for address, record in sorted(state.records.items())]
    lines = ",\n".join(records)
    start = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    return _bytes(f'{start},\n "resources": {{\n{lines}\n }}\n}}\n')


def _bytes(text: str) -> bytes:
    """In UTF-8, and half a pair of surrogates, which JSON may hold, as it is read again."""
    return text.encode("utf-8", "surrogatepass")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_json(record: Record) -> dict[str, Any]:
    """One record as the file and the journal have it."""
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
        _outputs(document["outputs"]),
        _attributes(_mapping(document["applied"])),
        needs,
        partial,
        None if adopted is None else {key: str(value) for key, value in _mapping(adopted).items()},
    )


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"a table is expected in place of {str(value)[:40]!r}")
    return value


def _outputs(value: object) -> dict[str, str | int | float | None]:
    return {key: _scalar(item) for key, item in _mapping(value).items()}


def _scalar(value: object) -> str | int | float | None:
    if value is not None and not isinstance(value, str | int | float):
        raise TypeError(f"a single value is expected in place of {str(value)[:40]!r}")
    return value


def _attributes(applied: dict[str, Any]) -> dict[str, Any]:
    """``applied``, which is compared; of it the engine itself looks at the tags."""
    if not is_shallow(applied):
        raise TypeError("it is nested too deep")
    for value in _mapping(applied.get("tags", {})).values():
        _scalar(value)
    return applied


def _whole(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:  # what it is followed by can be written, too
        raise TypeError(f"a number is expected in place of {str(value)[:40]!r}")
    return value
