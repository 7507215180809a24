"""What no plan does unasked: take what others have, destroy data, remove half a platform, touch what is protected."""

from __future__ import annotations

from collections.abc import Iterator

from provisioner.engine.plan import Action, Change, Loss, Refusal, Way, Why
from provisioner.engine.planning.decision import names
from provisioner.engine.planning.run import PlanningRun

FEW = 10
"""With fewer resources than this, removing any share of them needs no consent of its own."""
GREAT_PART = 0.3


def losses(run: PlanningRun) -> Iterator[Loss]:
    """The data that would be destroyed by what was decided, and what is held back so that it is not."""
    for kind, lives in run.going():
        if run.observed.memo:
            found = run.reconcilers[kind].losses(lives, run.observed.memo)
            for address, text in found.items():
                yield Loss(address, text, agreed=run.teardown or address in run.options.lose)
    for change in run.changes:
        for name, text in change.held.items():
            yield Loss(change.address, text, name)
        for name, text in change.spoils.items():
            yield Loss(change.address, text, name, agreed=True)


def refusals(run: PlanningRun, losing: tuple[Loss, ...]) -> Iterator[Refusal]:
    """Why what was decided must not be carried out."""
    yield from _protection(run)
    for change in run.changes:
        if refusal := _refusal(run, change):
            yield refusal
    for loss in losing:
        if not loss.agreed and not loss.field:
            yield Refusal(f"{loss.address} would be lost for good: {loss.text}", Way.LOSE, loss.address)
    yield from _great_part(run)
    yield from _quotas(run)


def _refusal(run: PlanningRun, change: Change) -> Refusal | None:
    if change.refused and change.why is Why.BELONGS and change.want:
        parent = change.want.resolve(run.outputs).parent_address()
        return Refusal(f"{change.address}: {change.reason}", change.refused, parent)
    if change.refused:
        because = f" ({change.detail})" if change.detail else ""
        return Refusal(f"{change.address} exists and is not ours{because}", change.refused, change.address)
    fixed = names(field for field in change.fields if field.immutable)
    if fixed and change.action is Action.ADOPT:
        return Refusal(
            f"{change.address}: {fixed} cannot be changed in place, and a replacement would destroy "
            "what it holds: remove it by hand, or declare what is there"
        )
    return None


def _protection(run: PlanningRun) -> Iterator[Refusal]:
    if not run.options.protected:
        return
    if run.teardown:
        yield Refusal("this environment is protected: nothing of it is torn down", Way.UNPROTECT)
        return
    for kind, lives in run.going():
        if run.reconcilers[kind].precious:
            for live in lives:
                yield Refusal(f"{live.resource.address} is neither removed nor replaced here", Way.UNPROTECT)


def _great_part(run: PlanningRun) -> Iterator[Refusal]:
    """A file that lost half of itself by mistake, or the file of another platform."""
    removed = sum(1 for change in run.changes if change.action is Action.DELETE)
    if run.options.removals or run.teardown or not removed:
        return
    ours = sum(1 for live in run.observed.lives.values() if run.ownership.is_ours(live))
    if ours >= FEW and removed > GREAT_PART * ours:
        yield Refusal(f"{removed} of the {ours} resources that are ours would be removed", Way.REMOVE)


def _quotas(run: PlanningRun) -> Iterator[Refusal]:
    for kind, reconciler in run.reconcilers.items():
        mine = [c.want for c in run.changes if c.action is Action.CREATE and c.address.kind == kind]
        creating = [want.resolve(run.outputs) for want in mine if want is not None]
        if creating and run.observed.memo:
            yield from map(Refusal, reconciler.refusals(creating, run.observed.memo))
