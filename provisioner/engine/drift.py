"""What differs from what was last applied; the configuration has no say in it."""

from __future__ import annotations

from typing import Any

from provisioner.engine.compare import FieldChange, field_change, plain, same_as_recorded
from provisioner.engine.observer import Observed
from provisioner.engine.plan import Action, Change, Origin
from provisioner.engine.reconciler import Live, Record
from provisioner.engine.state import State


def drifted(state: State, observed: Observed) -> list[Change]:
    """A change for everything on record that AWS shows otherwise: ``before`` is AWS's, ``after`` what was applied."""
    changes = []
    for address, record in sorted(state.records.items()):
        if not record.applied or record.partial:
            continue
        live = observed.lives.get(address)
        if live is None:
            if record.outputs.get("confirmed") is not False:
                changes.append(Change(address, Action.CREATE, "gone from AWS", Origin.DRIFT, record=record))
        elif live.gone:
            changes.append(Change(address, Action.REVIVE, "on its way out in AWS", Origin.DRIFT, live=live))
        elif fields := _fields(live, record):
            reason = f"{', '.join(field.field for field in fields)} changed in AWS"
            changes.append(Change(address, Action.UPDATE, reason, Origin.DRIFT, tuple(fields), live=live))
    return changes


def _fields(live: Live[Any], record: Record) -> list[FieldChange]:
    declared = live.resource.attributes()
    fields = []
    for name, applied in record.applied.items():
        attribute = declared.get(name)
        if attribute is None or attribute.write_only or same_as_recorded(live.resource, name, applied):
            continue
        now = plain(getattr(live.resource, name))
        if attribute.conceal and attribute.conceal(now) != now:
            fields.append(FieldChange(name, attribute.conceal(now), "(secret)", secret=True))
        else:
            fields.append(field_change(name, attribute, now, applied))
    return fields
