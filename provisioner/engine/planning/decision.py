"""What happens to one wanted resource, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from provisioner.engine.adoption import adopted, others, with_tags_of_others
from provisioner.engine.compare import FieldChange, compare, same_as_recorded
from provisioner.engine.model import Resource
from provisioner.engine.ownership import Attribution, Owner
from provisioner.engine.plan import Action, Change, Origin, Way, Why, steps_of
from provisioner.engine.planning.run import PlanningRun
from provisioner.engine.reconciler import Live, Record
from provisioner.engine.steps import preview


def decide(run: PlanningRun, wanted: Resource) -> None:
    """Add the change of ``wanted``; what it needs has been decided before."""
    live, record = run.live(wanted.address), run.record(wanted.address)
    taken: Mapping[str, str] | None = None
    if live is None:
        change = _missing(run, _compared(run, wanted, None, record))
    else:
        verdict = run.ownership.of(live)
        taken = _taken(run, live, record, verdict)
        wanted = with_tags_of_others(wanted, live, taken, run.options.ignore_tags)
        base = _compared(run, wanted, live, record)
        change = _ours(run, base, live) if verdict.owner is Owner.OURS else _strange(run, base, live, verdict)
    _add(run, replace(_grounded(run, change), adopted=taken), wanted)


def _add(run: PlanningRun, change: Change, wanted: Resource) -> None:
    """Keep ``change``, with its calls and with what it makes known to those that come after it."""
    reconciler, want, live = run.reconcilers[wanted.kind], wanted.resolve(run.outputs), change.live
    if change.action in (Action.CREATE, Action.REPLACE):
        run.made.add(wanted.address)
    predicted = reconciler.predict(want)
    fresh = live is None or change.action is Action.REPLACE
    run.outputs[wanted.address] = predicted if fresh or live is None else {**predicted, **live.outputs}
    calls = preview(steps_of(reconciler, change, want), wanted.address)
    run.changes.append(replace(change, calls=tuple(calls), want=wanted))


def _compared(run: PlanningRun, wanted: Resource, live: Live[Resource] | None, record: Record | None) -> Change:
    """The change with its fields and their origin, before anything is decided."""
    want = wanted.resolve(run.outputs)
    fields = tuple(compare(want, live.resource if live else None))
    origin = _origin(fields, live, record) if live and not live.gone else _loss(record)
    return Change(
        want.address, Action.KEEP, Why.DECLARED, origin=origin, fields=fields, want=want, live=live, recorded=record
    )


def _taken(
    run: PlanningRun, live: Live[Resource], record: Record | None, verdict: Attribution
) -> Mapping[str, str] | None:
    """The tags that a thing bore when it was taken over by consent, or bears now that it would be."""
    if verdict.owner is Owner.OURS:
        return adopted(live, record)
    return None if _is_implicit(run, live, verdict) else others(live.resource.tags_if_any or {})


def _missing(run: PlanningRun, change: Change) -> Change:
    kind, record = change.address.kind, change.recorded
    if record is not None and kind not in run.options.insist and not run.made & set(record.needs):
        held = run.reconcilers[kind].held_back(record)
        if held:
            return replace(change, why=Why.HELD, detail=held, fields=())
    why = Why.LOST if change.origin is Origin.DRIFT else Why.NEW
    return replace(change, action=Action.CREATE, why=why)


def _ours(run: PlanningRun, change: Change, live: Live[Resource]) -> Change:
    if live.gone:
        return replace(change, action=Action.REVIVE, why=Why.LEAVING)
    if not change.fields:
        return change
    if fixed := names(field for field in change.fields if field.immutable):
        return replace(change, action=Action.REPLACE, why=Why.FIXED, detail=fixed)
    change = without_what_spoils(run, change, live)
    if not change.fields:
        return replace(change, why=Why.SPARED, detail=_spared(change))
    return replace(change, action=Action.UPDATE, why=_cause(change.origin, change.fields), detail=names(change.fields))


def _strange(run: PlanningRun, change: Change, live: Live[Resource], verdict: Attribution) -> Change:
    """Something of this name is there, and is not ours."""
    change = replace(change, action=Action.REVIVE if live.gone else Action.ADOPT)
    if _is_implicit(run, live, verdict):
        return replace(change, why=Why.IMPLICIT, spoils=_spoils(run, change, live))
    why = Why.CLAIMED if verdict.because else Why.STRANGER
    change = replace(change, why=why, detail=verdict.because, refused=_way_to(run, live, verdict))
    return without_what_spoils(run, change, live)


def _is_implicit(run: PlanningRun, live: Live[Resource], verdict: Attribution) -> bool:
    return verdict.owner is Owner.STRANGER and run.reconcilers[live.resource.kind].implicit(live)


def _way_to(run: PlanningRun, live: Live[Resource], verdict: Attribution) -> Way | None:
    """What would have to happen before ``live`` is ours; ``None`` where it is, or will be by this plan."""
    address = live.resource.address
    if verdict.owner is Owner.OURS:
        return None
    if verdict.owner is Owner.OTHER_STACK:
        return Way.OTHER_STACK
    if run.observed.sought[address].want is None:
        return Way.BY_HAND
    return None if address in run.options.adopt or _is_implicit(run, live, verdict) else Way.ADOPT


def _grounded(run: PlanningRun, change: Change) -> Change:
    """``change``, refused where what it makes or takes over would belong to something that is not ours."""
    address = change.want.parent_address() if change.want else None
    parent = run.live(address) if address else None
    if parent is None or change.refused or change.action is Action.KEEP:
        return change
    way = _way_to(run, parent, run.ownership.of(parent))
    return replace(change, why=Why.BELONGS, detail=str(address), refused=way) if way else change


def without_what_spoils(run: PlanningRun, change: Change, live: Live[Resource]) -> Change:
    """``change`` without the attributes whose change would destroy data, unless somebody has agreed to that."""
    if change.recorded is not None and change.recorded.partial:
        return change  # a creation of ours that stopped half-way holds nothing that anybody would miss
    spoils = _spoils(run, change, live)
    if not spoils:
        return change
    if change.address in run.options.lose:
        return replace(change, spoils=spoils)
    fields = tuple(field for field in change.fields if field.field not in spoils)
    return replace(change, held=spoils, fields=fields)


def _spoils(run: PlanningRun, change: Change, live: Live[Resource]) -> Mapping[str, str]:
    assert change.want is not None
    changed = frozenset(field.field for field in change.fields)
    return run.reconcilers[change.address.kind].spoils(change.want, live, changed)


def _spared(change: Change) -> str:
    return "; ".join(f"{name}: {what}" for name, what in change.held.items())


def names(fields: Iterable[FieldChange]) -> str:
    """The names of ``fields`` for a person."""
    return ", ".join(field.field for field in fields)


def _origin(fields: Sequence[FieldChange], live: Live[Resource], record: Record | None) -> Origin:
    """Drift where AWS shows something else than what was last applied; without a record that cannot be told."""
    applied = record.applied if record and not record.partial else {}
    drifted = any(
        field.field in applied and not same_as_recorded(live.resource, field.field, applied[field.field])
        for field in fields
    )
    return Origin.DRIFT if drifted else Origin.CONFIG


def _loss(record: Record | None) -> Origin:
    """Drift where the record says that it was there. The record of a run that stopped half-way does not say so."""
    return Origin.DRIFT if record and record.applied and not record.partial else Origin.CONFIG


def _cause(origin: Origin, fields: Sequence[FieldChange]) -> Why:
    if not all(field.known for field in fields):
        return Why.FOLLOWS
    return Why.DRIFTED if origin is Origin.DRIFT else Why.EDITED
