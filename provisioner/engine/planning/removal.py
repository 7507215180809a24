"""What is ours and no longer wanted: removed, or let go of, or left because something still needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from provisioner.engine.adoption import adopted
from provisioner.engine.graph import beneath, removal_order
from provisioner.engine.model import Address, Resource
from provisioner.engine.ownership import RETAIN_TAG
from provisioner.engine.plan import Action, Change, Why, steps_of
from provisioner.engine.planning.run import PlanningRun
from provisioner.engine.reconciler import Live, Record
from provisioner.engine.steps import preview

_ENDING = (Action.DELETE, Action.RELEASE)


def remove(run: PlanningRun, why: Why, but: AbstractSet[Address] = frozenset()) -> None:
    """Add a change for all that is there ``but`` for these: removed where it is ours and nothing stops it.

    In a teardown, what was taken over by consent is let go of, unless it goes with its parent.
    """
    found = [_removal(run, address, why) for address in run.observed.lives if address not in but]
    changes = _unobstructed(run, [change for change in found if change])
    going = {change.address for change in changes if change.action is Action.DELETE}
    _add(run, [_along(change, going, why) for change in changes])


def _along(change: Change, going: AbstractSet[Address], why: Why) -> Change:
    parent = change.live.resource.parent_address() if change.live else None
    lost = change.action is Action.RELEASE and parent in going
    return replace(change, action=Action.DELETE, why=why) if lost else change


def release(run: PlanningRun, chosen: AbstractSet[Address]) -> None:
    """Add the changes by which we let go of what is ``chosen``: it stays, and what we added to it goes.

    What is handed over keeps that, too.
    """
    ours = [live for live in run.observed.lives.values() if run.ownership.is_ours(live) and not live.gone]
    free = [live for live in ours if {live.resource.address, live.resource.parent_address()} & chosen]
    _add(run, [_release(run, live) for live in free])


def _release(run: PlanningRun, live: Live[Resource]) -> Change:
    address = live.resource.address
    if run.options.hand_over:
        return _change(run, address, Action.RELEASE, Why.HANDED_OVER, live)
    added = live.resource.tags_if_any is None and adopted(live, run.record(address)) is None
    return _change(run, address, Action.DELETE, Why.ADDED, live) if added else _let_go(run, live)


def _let_go(run: PlanningRun, live: Live[Resource]) -> Change:
    """``live`` without our tags. Where nothing on record says which they are, they are those declared."""
    change = _change(run, live.resource.address, Action.RELEASE, Why.RELEASED, live)
    want, record = run.observed.sought[change.address].want, change.recorded
    if want is None or (record and record.applied):
        return change
    return replace(change, recorded=Record(change.address, live.outputs, {"tags": want.tags_if_any}))


def _add(run: PlanningRun, changes: Sequence[Change]) -> None:
    """Keep ``changes`` with their calls: what uses other things comes before what it uses."""
    for change in sorted(changes, key=lambda change: removal_order(run.reconcilers, change)):
        reconciler = run.reconcilers[change.address.kind]
        calls = preview(steps_of(reconciler, change, None), change.address) if change.action in _ENDING else ()
        run.changes.append(replace(change, calls=tuple(calls)))


def _change(run: PlanningRun, address: Address, action: Action, why: Why, live: Live[Resource]) -> Change:
    return Change(address, action, why, live=live, recorded=run.record(address))


def _removal(run: PlanningRun, address: Address, why: Why) -> Change | None:
    live, record = run.observed.lives[address], run.record(address)
    if live.gone:
        return None
    unknown = record is None and run.observed.sought[address].want is None
    if not run.ownership.is_ours(live):  # one that nobody named was only seen as a parent
        return None if unknown else _change(run, address, Action.KEEP, Why.NOT_OURS, live)
    if address.kind in run.options.retain or address in run.options.keep:
        return _change(run, address, Action.KEEP, Why.RETAINED, live)
    if run.observed.sought[address].want is None and _is_marked(live, record):
        return _change(run, address, Action.KEEP, Why.MARKED, live)
    if run.teardown and not run.options.delete_adopted and adopted(live, record) is not None:
        return _let_go(run, live)
    change = _change(run, address, Action.DELETE, why, live)
    return replace(change, why=Why.ORPHAN, detail=str(live.outputs.get("arn", ""))) if unknown else change


def _is_marked(live: Live[Resource], record: Record | None) -> bool:
    """Whether it was declared as one to retain: by its tag, or by its record where somebody took that off."""
    recorded: Mapping[str, str] = (record.applied.get("tags") if record else None) or {}
    return RETAIN_TAG in (live.resource.tags_if_any or {}) or RETAIN_TAG in recorded


def _unobstructed(run: PlanningRun, changes: Sequence[Change]) -> list[Change]:
    """``changes`` without the removals that AWS would refuse, and without those of what the things that stay need."""
    going = [change for change in changes if change.action is Action.DELETE]
    left = {change.address for change in changes if change.action is not Action.DELETE}
    stays = _held(run, left) | _sealed(run, left | {change.address for change in run.changes})
    stopped = _obstacles(run, going, stays)
    needed = stays | beneath(stopped, run.stands_on)

    def held(change: Change) -> Change:
        if change.action is not Action.DELETE:
            return change
        if change.address in stopped:
            return replace(change, action=Action.KEEP, why=Why.OBSTRUCTED, detail=stopped[change.address])
        return replace(change, action=Action.KEEP, why=Why.NEEDED) if change.address in needed else change

    return [held(change) for change in changes]


def _sealed(run: PlanningRun, staying: AbstractSet[Address]) -> set[Address]:
    """What those that are ``staying`` are encrypted with."""
    return {address for address in beneath(staying, run.stands_on) if run.reconcilers[address.kind].seals}


def _held(run: PlanningRun, left: AbstractSet[Address]) -> set[Address]:
    """What AWS would not remove because of what is ``left``, and what that stands on."""
    held = {
        below
        for address in left
        for below in run.stands_on.get(address, ())
        if below.kind in run.reconcilers[address.kind].holds
    }
    return held | beneath(held, run.stands_on)


def _obstacles(run: PlanningRun, removals: Sequence[Change], stays: AbstractSet[Address]) -> Mapping[Address, str]:
    """What AWS would not remove, or others still use: known before the first removal.

    What uses other things comes first: for what stays anyway, because something that needs it stays, no call is made.
    """
    found = {change.address: "its deletion protection is on" for change in removals if _guarded(run, change)}
    for kind, reconciler in reversed(run.reconcilers.items()):
        needed = stays | beneath(found, run.stands_on)
        lives = [change.live for change in removals if change.address.kind == kind and change.address not in needed]
        going = [live for live in lives if live]
        if going and run.observed.memo:
            found |= reconciler.obstacles(going, run.observed.memo)
    return found


def _guarded(run: PlanningRun, change: Change) -> bool:
    guard = run.reconcilers[change.address.kind].guard
    there = change.live.resource.values() if change.live else {}
    return guard is not None and bool(there.get(guard)) and change.address not in run.options.lose
