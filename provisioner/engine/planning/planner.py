"""Wanted resources, the state and AWS -> a plan.

1. look for everything wanted and everything recorded, in one bulk observation
2. walk the wanted resources in the order of their needs, resolving references with what is known by then
3. decide each one's action, with the reason, the fields and the calls
4. whatever is ours and no longer wanted is removed: first what uses other things, then what it used
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType

from provisioner.engine.consent import Options
from provisioner.engine.graph import Edges, beneath, in_order
from provisioner.engine.keeping.state import State
from provisioner.engine.managers import warnings
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed, Observer
from provisioner.engine.plan import Action, Plan, Why
from provisioner.engine.planning.decision import decide
from provisioner.engine.planning.guards import losses, refusals
from provisioner.engine.planning.removal import release, remove
from provisioner.engine.planning.run import PlanningRun
from provisioner.engine.reconciler import Live, Reconcilers, Scope, Sought, live_notes
from provisioner.engine.running.forecast import forecast
from provisioner.engine.running.jobs import agenda_of
from provisioner.engine.steps import Pace

_UNKNOWN_KIND = "on record, and of a kind that this version does not know; left alone"


class Planner:
    """Makes plans for one scope. Planning only reads. ``pace`` gives empty lines, by which the time is foretold."""

    def __init__(self, scope: Scope, reconcilers: Reconcilers, observer: Observer, pace: Callable[[], Pace]) -> None:
        self._scope = scope
        self._reconcilers = reconcilers
        self._observer = observer
        self._pace = pace

    def plan(
        self,
        wanted: Sequence[Resource],
        state: State,
        options: Options,
        notes: Sequence[str] = (),
        unheard: Mapping[Address, str] = MappingProxyType({}),
    ) -> Plan:
        """The plan that makes AWS what ``wanted`` says.

        ``unheard`` has notes that hold as long as nobody else has added a receiver to that thing.
        """
        run = self._begin(wanted, state, options)
        for want in run.wanted:
            decide(run, want)
        remove(run, Why.UNDECLARED, but={want.address for want in run.wanted})
        heard = {found.parent for found in run.observed.foreign if found.hears}
        return self._finish(run, [*notes, *(note for address, note in unheard.items() if address not in heard)])

    def teardown(self, wanted: Sequence[Resource], state: State, options: Options) -> Plan:
        """The plan that leaves nothing of ours, found by names, state and tags."""
        run = self._begin(wanted, state, options, teardown=True)
        remove(run, Why.TEARDOWN)
        return self._finish(run)

    def release(
        self, wanted: Sequence[Resource], state: State, options: Options, chosen: AbstractSet[Address] | None
    ) -> Plan:
        """The plan that lets go of what is ``chosen``, or of everything: it stays in AWS, and is not ours any more."""
        run = self._begin(wanted, state, options)
        release(run, frozenset(run.observed.lives) if chosen is None else chosen)
        free = {change.address for change in run.changes if change.action is Action.RELEASE}
        below = [live for address in sorted(beneath(free, run.stands_on) - free) if (live := run.live(address))]
        ours = [live.resource.address for live in below if run.ownership.is_ours(live)]
        seals = [address for address in ours if self._reconcilers[address.kind].seals]
        return self._finish(run, [f"{address} stays ours, and what is released needs it" for address in seals])

    def ours(self, wanted: Sequence[Resource], state: State) -> tuple[list[Live[Resource]], Edges]:
        """What is ours and there, in the order of creation, and what each thing stands on."""
        run = self._begin(wanted, state, Options())
        ours = [live for live in run.observed.lives.values() if run.ownership.is_ours(live) and not live.gone]
        rank = {kind: index for index, kind in enumerate(self._reconcilers)}
        ours.sort(key=lambda live: (rank[live.resource.kind], live.resource.name))
        return ours, run.stands_on

    def observe(self, ordered: Sequence[Resource], state: State, *, orphans: bool) -> Observed:
        """What AWS shows of ``ordered``, of all that is recorded, and of their parents."""
        predicted: dict[Address, Mapping[str, object]] = {}
        sought: dict[Address, Sought[Resource]] = {a: Sought(a, record=r) for a, r in state.records.items()}
        for resource in ordered:
            want = resource.resolve(predicted)
            predicted[want.address] = self._reconcilers[want.kind].predict(want)
            sought[want.address] = Sought(want.address, want, state.records.get(want.address))
        known = {a: s for a, s in sought.items() if a.kind in self._reconcilers}
        parents = [parent for item in known.values() for parent in self._parents(item)]
        looked_for: dict[Address, Sought[Resource]] = {**{parent: Sought(parent) for parent in parents}, **known}
        return self._observer.observe(looked_for.values(), orphans=orphans)

    def _parents(self, item: Sought[Resource]) -> Iterator[Address]:
        """The parents that decide whose ``item`` is: the one that it should have, and the one that it last had."""
        parent = self._reconcilers[item.address.kind].resource.parent
        if parent:
            wanted = item.want.parent_address() if item.want else None
            recorded = parent.address(item.last(parent.attribute))
            yield from (address for address in (wanted, recorded) if address)

    def _begin(
        self, wanted: Sequence[Resource], state: State, options: Options, *, teardown: bool = False
    ) -> PlanningRun:
        ordered = in_order(wanted)
        observed = self.observe(ordered, state, orphans=True)
        return PlanningRun(self._scope, self._reconcilers, ordered, observed, state, options, teardown=teardown)

    def _finish(self, run: PlanningRun, notes: Sequence[str] = ()) -> Plan:
        present = {change.address for change in run.changes} | set(run.observed.lives)
        losing = tuple(losses(run))
        pending = [change for change in run.changes if change.action is not Action.KEEP]
        agenda = agenda_of(self._reconcilers, pending, run.stands_on)
        jobs = {change.address: change for job in agenda.jobs for change in job.changes}
        changes = tuple(jobs.get(change.address, change) for change in run.changes)
        return Plan(
            self._scope,
            changes,
            stale=tuple(sorted(a for a in set(run.state.records) - present if a.kind in self._reconcilers)),
            notes=(*notes, *_foreign(run), *self._notes(run), *_managers(run)),
            losses=losing,
            refusals=tuple(refusals(run, losing)),
            stands_on=run.stands_on,
            estimate=forecast(agenda, self._pace()),
            outputs=run.outputs,
        )

    def _notes(self, run: PlanningRun) -> list[str]:
        """What is worth knowing of what is there, and of what a newer version of this tool has left on record."""
        unknown = [address for address in run.state.records if address.kind not in self._reconcilers]
        live = live_notes(run.observed.lives.values())
        unseen = [f"could not be looked at: {what} ({code})" for what, code in run.observed.unseen.items()]
        return sorted([*live, *(f"{address}: {_UNKNOWN_KIND}" for address in unknown), *unseen])


def _foreign(run: PlanningRun) -> Iterator[str]:
    """What others have added to what is ours, or will be by this plan, and what becomes of it."""
    ending = {live.resource.address for _, lives in run.going() for live in lives}
    taken = {change.address for change in run.changes if change.action is Action.ADOPT and not change.refused}
    for found in run.observed.foreign:
        parent = run.live(found.parent)
        if parent and (found.parent in taken or run.ownership.is_ours(parent)):
            fate = "goes with it" if found.parent in ending else "is left alone"
            yield f"{found.parent}: {found.kind} {found.name} was added by others and {fate}"


def _managers(run: PlanningRun) -> Iterator[str]:
    """Who else manages what this plan is about; where we let go of a thing, that is how it should be."""
    things = (
        (change.live, run.observed.sought[change.address].want)
        for change in run.changes
        if change.live and change.action is not Action.RELEASE and change.why is not Why.NOT_OURS
    )
    return warnings(things, run.options.ignore_tags)
