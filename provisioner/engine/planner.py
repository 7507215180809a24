"""Wanted resources, the state and AWS -> a plan.

1. look for everything wanted and everything recorded, in one bulk observation
2. walk the wanted resources in the order of their needs, resolving references with what is known by then
3. decide each one's action, with the reason, the fields and the calls
4. whatever is ours and no longer wanted is removed: first what uses other things, then what it used
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from provisioner.engine.compare import FieldChange, compare, same_as_recorded
from provisioner.engine.consent import Options
from provisioner.engine.graph import beneath, foundations, in_order, removal_order
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed, Observer
from provisioner.engine.ownership import Owner, Ownership, Verdict
from provisioner.engine.plan import Action, Change, Estimate, Origin, Plan, Refusal, Way, Why, steps_of
from provisioner.engine.reconciler import Live, Reconcilers, Record, Scope, Sought
from provisioner.engine.state import State
from provisioner.engine.steps import Call, preview

Estimator = Callable[[Sequence[Call]], Estimate]

_UNKNOWN_KIND = "on record, and of a kind that this version does not know; left alone"


class Planner:
    """Makes plans for one scope. Planning only reads."""

    def __init__(self, scope: Scope, reconcilers: Reconcilers, observer: Observer, estimator: Estimator) -> None:
        self._scope = scope
        self._reconcilers = reconcilers
        self._observer = observer
        self._estimator = estimator

    def plan(self, wanted: Sequence[Resource], state: State, options: Options, notes: Sequence[str] = ()) -> Plan:
        """The plan that makes AWS what ``wanted`` says."""
        run = self._begin(wanted, state, options)
        for want in run.wanted:
            run.decide(want)
        run.remove(Why.UNDECLARED, but={want.address for want in run.wanted})
        foreign = [f"{f.parent}: {f.kind} {f.name} was added by others and is left alone" for f in run.observed.foreign]
        return self._finish(run, [*notes, *foreign])

    def teardown(self, wanted: Sequence[Resource], state: State, options: Options) -> Plan:
        """The plan that leaves nothing of ours, found by names, state and tags."""
        run = self._begin(wanted, state, options)
        run.remove(Why.TEARDOWN)
        going = {change.address.name for change in run.changes if change.action is Action.DELETE}
        foreign = [
            f"{f.parent}: {f.kind} {f.name} was added by others and goes with it"
            for f in run.observed.foreign
            if f.parent in going
        ]
        return self._finish(run, foreign)

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

    def _begin(self, wanted: Sequence[Resource], state: State, options: Options) -> _Run:
        ordered = in_order(wanted)
        return _Run(self._scope, self._reconcilers, ordered, self.observe(ordered, state, orphans=True), state, options)

    def _finish(self, run: _Run, notes: Sequence[str]) -> Plan:
        present = {change.address for change in run.changes} | set(run.observed.lives)
        gone = sorted(set(run.state.records) - present)
        return Plan(
            self._scope,
            tuple(run.changes),
            stale=tuple(address for address in gone if address.kind in self._reconcilers),
            notes=(*notes, *self._notes(run)),
            refusals=tuple(run.refusals()),
            stands_on=run.stands_on,
            estimate=self._estimator(run.calls()),
            outputs=run.outputs,
        )

    def _notes(self, run: _Run) -> list[str]:
        """What is worth knowing of what is there, and of what a newer version of this tool has left on record."""
        live = [f"{address}: {note}" for address, live in run.observed.lives.items() for note in live.notes]
        unknown = [address for address in run.state.records if address.kind not in self._reconcilers]
        return sorted([*live, *(f"{address}: {_UNKNOWN_KIND}" for address in unknown)])


class _Run:
    """One plan under way: what is wanted, recorded and there, and what has been decided so far."""

    def __init__(
        self,
        scope: Scope,
        reconcilers: Reconcilers,
        wanted: Sequence[Resource],
        observed: Observed,
        state: State,
        options: Options,
    ) -> None:
        self.wanted = wanted
        self.observed = observed
        self.state = state
        self.changes: list[Change] = []
        self.outputs: dict[Address, Mapping[str, object]] = {}
        self._reconcilers = reconcilers
        self._options = options
        self._ownership = Ownership(scope, state.records, observed.lives)
        declared = [item.want for item in observed.sought.values() if item.want]
        self.stands_on = foundations(observed.lives, state.records, declared, list(reconcilers))
        self._made: set[Address] = set()
        """What this plan creates or replaces. Whatever depended on the old one is gone with it."""

    def decide(self, wanted: Resource) -> None:
        """Add the change of one wanted resource; what it needs has been decided before."""
        want = wanted.resolve(self.outputs)
        change = self._change(want)
        reconciler = self._reconcilers[want.kind]
        fresh = change.live is None or change.action is Action.REPLACE
        if change.action in (Action.CREATE, Action.REPLACE):
            self._made.add(want.address)
        predicted = reconciler.predict(want)
        self.outputs[want.address] = predicted if fresh or change.live is None else {**predicted, **change.live.outputs}
        calls = preview(steps_of(reconciler, change, want), want.address)
        self.changes.append(replace(change, calls=tuple(calls), want=wanted))

    def _change(self, want: Resource) -> Change:
        live, record = self.observed.lives.get(want.address), self.state.records.get(want.address)
        fields = tuple(compare(want, live.resource if live else None))
        base = Change(want.address, Action.KEEP, Why.DECLARED, fields=fields, want=want, live=live, record=record)
        if live is None:
            return self._missing(base)
        base = replace(base, origin=_loss(record) if live.gone else _origin(fields, live, record))
        verdict = self._ownership.of(live)
        if verdict.owner is not Owner.OURS:
            return self._strange(base, live, verdict)
        if live.gone:
            return replace(base, action=Action.REVIVE, why=Why.LEAVING)
        if not fields:
            return base
        if fixed := _names(field for field in fields if field.immutable):
            return replace(base, action=Action.REPLACE, why=Why.FIXED, detail=fixed)
        return replace(base, action=Action.UPDATE, why=_cause(base.origin, fields), detail=_names(fields))

    def _strange(self, change: Change, live: Live[Resource], verdict: Verdict) -> Change:
        """Something of this name is there, and is not ours."""
        change = replace(change, action=Action.REVIVE if live.gone else Action.ADOPT)
        if verdict.owner is Owner.STRANGER and self._reconcilers[change.address.kind].implicit(live):
            return replace(change, why=Why.IMPLICIT)
        why = Why.CLAIMED if verdict.because else Why.STRANGER
        way = None if change.address in self._options.adopt else Way.ADOPT
        if verdict.owner is Owner.OTHER_STACK:
            way = Way.OTHER_STACK
        return replace(change, why=why, detail=verdict.because, refused=way)

    def _missing(self, change: Change) -> Change:
        kind, record = change.address.kind, change.record
        if record is not None and kind not in self._options.insist and not self._made & set(record.needs):
            held = self._reconcilers[kind].held_back(record)
            if held:
                return replace(change, why=Why.HELD, detail=held, fields=())
        origin = _loss(record)
        why = Why.LOST if origin is Origin.DRIFT else Why.NEW
        return replace(change, action=Action.CREATE, why=why, origin=origin)

    def remove(self, why: Why, but: set[Address] | frozenset[Address] = frozenset()) -> None:
        """Add a change for all that is there ``but`` for these: removed where it is ours and nothing stops it."""
        changes = [self._removal(address, why) for address in self.observed.lives if address not in but]
        found = self._unobstructed([change for change in changes if change])
        self.changes += sorted(found, key=lambda change: removal_order(self._reconcilers, change))

    def _unobstructed(self, changes: Sequence[Change]) -> list[Change]:
        """``changes`` without the removals that AWS would refuse, and without those of what these things stand on."""
        stopped = self._obstacles([change for change in changes if change.action is Action.DELETE])
        needed = beneath(stopped, self.stands_on)

        def held(change: Change) -> Change:
            if change.action is not Action.DELETE:
                return change
            if change.address in stopped:
                detail = stopped[change.address]
                return replace(change, action=Action.KEEP, why=Why.OBSTRUCTED, detail=detail, calls=())
            if change.address in needed:
                return replace(change, action=Action.KEEP, why=Why.NEEDED, calls=())
            return change

        return [held(change) for change in changes]

    def _obstacles(self, removals: Sequence[Change]) -> dict[Address, str]:
        found: dict[Address, str] = {}
        for kind, reconciler in self._reconcilers.items():
            going = [change.live for change in removals if change.address.kind == kind and change.live]
            if going and self.observed.memo:
                found |= reconciler.obstacles(going, self.observed.memo)
        return found

    def _removal(self, address: Address, why: Why) -> Change | None:
        live, record = self.observed.lives[address], self.state.records.get(address)
        if live.gone:
            return None
        change = Change(address, Action.DELETE, why, live=live, record=record)
        unknown = record is None and self.observed.sought[address].want is None
        if not self._ownership.is_ours(live):  # one that nobody named was only seen as a parent
            return None if unknown else replace(change, action=Action.KEEP, why=Why.NOT_OURS)
        if unknown:
            change = replace(change, why=Why.ORPHAN, detail=str(live.outputs.get("arn", "")))
        if address.kind in self._options.retain:
            return replace(change, action=Action.KEEP, why=Why.RETAINED)
        calls = preview(steps_of(self._reconcilers[address.kind], change, None), address)
        return replace(change, calls=tuple(calls))

    def calls(self) -> list[Call]:
        """The calls of all changes; removals in batches count once a batch."""
        calls: list[Call] = []
        removed: Counter[str] = Counter()
        for change in self.changes:
            kind = change.address.kind
            first = removed[kind] % self._reconcilers[kind].delete_batch == 0
            if change.action is not Action.DELETE or first:
                calls.extend(change.calls)
            if change.action is Action.DELETE:
                removed[kind] += 1
        return calls

    def refusals(self) -> Iterator[Refusal]:
        """Why what was decided must not be carried out."""
        for change in self.changes:
            if refusal := self._refusal(change):
                yield refusal
        for kind, reconciler in self._reconcilers.items():
            mine = [c.want for c in self.changes if c.action is Action.CREATE and c.address.kind == kind]
            creating = [want.resolve(self.outputs) for want in mine if want is not None]
            if creating and self.observed.memo:
                yield from map(Refusal, reconciler.refusals(creating, self.observed.memo))

    def _refusal(self, change: Change) -> Refusal | None:
        if change.refused:
            because = f" ({change.detail})" if change.detail else ""
            return Refusal(f"{change.address} exists and is not ours{because}", change.refused, change.address)
        fixed = _names(field for field in change.fields if field.immutable)
        keeps_data = self._reconcilers[change.address.kind].keeps_data
        if fixed and change.live is not None and (keeps_data or change.action is Action.ADOPT):
            return Refusal(
                f"{change.address}: {fixed} cannot be changed in place, and a replacement would destroy "
                "what it holds: remove it by hand, or declare what is there"
            )
        return None


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


def _names(fields: Iterator[FieldChange] | Sequence[FieldChange]) -> str:
    return ", ".join(field.field for field in fields)
