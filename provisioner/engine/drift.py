"""What differs from what was last applied; the configuration has no say in it."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.engine.compare import FieldChange, field_change, is_fingerprint, plain, same_as_recorded
from provisioner.engine.model import Resource
from provisioner.engine.observer import Observed
from provisioner.engine.plan import Action, Change, Origin, Why
from provisioner.engine.reconciler import Live, Reconcilers, Record
from provisioner.engine.state import State


def drifted(state: State, observed: Observed, reconcilers: Reconcilers) -> list[Change]:
    """A change for everything on record that AWS shows otherwise: ``before`` is AWS's, ``after`` what was applied."""
    known = [record for address, record in sorted(state.records.items()) if address.kind in reconcilers]
    records = [record for record in known if record.applied and not record.partial]
    changes = [_drift(record, observed.lives.get(record.address), reconcilers) for record in records]
    return [change for change in changes if change]


def _drift(record: Record, live: Live[Resource] | None, reconcilers: Reconcilers) -> Change | None:
    if live is None:
        expected = reconcilers[record.address.kind].held_back(record)
        return None if expected else _change(record, Action.CREATE, Why.GONE)
    if live.gone:
        return _change(record, Action.REVIVE, Why.LEAVING, live)
    fields = tuple(_fields(live.resource, record))
    if not fields:
        return None
    return _change(record, Action.UPDATE, Why.DRIFTED, live, fields)


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
        if attribute.conceal and (is_fingerprint(applied) or attribute.conceal(now) != now):
            yield FieldChange(name, attribute.conceal(now), "(secret)", secret=True)
        else:
            yield field_change(name, attribute, now, applied)
