"""What differs from what was last applied; the configuration has no say in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from provisioner.engine.compare import FieldChange, field_change, plain, same_as_recorded
from provisioner.engine.keeping.state import State
from provisioner.engine.model import Resource
from provisioner.engine.observer import Observed
from provisioner.engine.ownership import Owner, Ownership
from provisioner.engine.plan import Action, Change, Origin, Why
from provisioner.engine.reconciler import Live, Reconcilers, Record, Scope
from provisioner.engine.stamps import is_stamp


def drifted(scope: Scope, state: State, observed: Observed, reconcilers: Reconcilers) -> list[Change]:
    """A change for everything on record that AWS shows otherwise: ``before`` is AWS's, ``after`` what was applied.

    Where somebody else's thing stands under the name, the reason says so.
    """
    known = [record for address, record in sorted(state.records.items()) if address.kind in reconcilers]
    records = [record for record in known if record.applied and not record.partial]
    ownership = Ownership(scope, state.records, observed.lives)
    changes = [_drift(record, observed.lives.get(record.address), reconcilers, ownership) for record in records]
    return [change for change in changes if change]


def _drift(
    record: Record, live: Live[Resource] | None, reconcilers: Reconcilers, ownership: Ownership
) -> Change | None:
    if live is None:
        expected = reconcilers[record.address.kind].held_back(record)
        return None if expected else _change(record, Action.CREATE, Why.GONE)
    if live.gone:
        return _change(record, Action.REVIVE, Why.LEAVING, live)
    fields, whose = tuple(_fields(live.resource, record)), ownership.of(live)
    if whose.owner is not Owner.OURS:
        return replace(_change(record, Action.ADOPT, Why.CLAIMED, live, fields), detail=whose.because)
    return _change(record, Action.UPDATE, Why.DRIFTED, live, fields) if fields else None


def _change(
    record: Record,
    action: Action,
    why: Why,
    live: Live[Resource] | None = None,
    fields: tuple[FieldChange, ...] = (),
) -> Change:
    detail = ", ".join(field.field for field in fields)
    return Change(record.address, action, why, detail, Origin.DRIFT, fields, live=live, recorded=record)


def _fields(there: Resource, record: Record) -> Iterator[FieldChange]:
    declared = there.attributes()
    for name, applied in record.applied.items():
        attribute = declared.get(name)
        if attribute is None or attribute.write_only or same_as_recorded(there, name, applied):
            continue
        now = plain(getattr(there, name))
        odd = type(applied) is not type(now)  # others may have written the state
        if attribute.conceal and (odd or is_stamp(applied) or attribute.conceal(now) != now):
            yield FieldChange(name, attribute.conceal(now), "(secret)", secret=True)
        else:
            yield field_change(name, attribute, now, applied)
