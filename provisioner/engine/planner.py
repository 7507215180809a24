"""Wanted resources, the state and AWS -> a plan.

1. look for everything wanted and everything recorded, in one bulk observation
2. walk the wanted resources in the order of their needs, resolving references with what is known by then
3. decide each one's action, with the reason, the fields and the calls
4. whatever is ours and no longer wanted is removed, users before the used
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.engine.compare import FieldChange, compare, same_as_recorded
from provisioner.engine.graph import in_order, removal_order
from provisioner.engine.model import Address, Resource
from provisioner.engine.observer import Observed, Observer, Reconcilers
from provisioner.engine.ownership import is_ours, is_untagged
from provisioner.engine.plan import Action, Change, Estimate, Origin, Plan, steps_of
from provisioner.engine.reconciler import Live, Record, Scope, Sought
from provisioner.engine.state import State
from provisioner.engine.steps import Call, preview

Estimator = Callable[[Sequence[Call]], Estimate]


@dataclass(frozen=True)
class Options:
    """What the person allows: ``adopt`` strangers of our names, ask for expired subscriptions again, keep logs."""

    adopt: bool = False
    resubscribe: bool = False
    retain: frozenset[str] = frozenset()
    """Kinds that a teardown leaves standing."""
    made: set[Address] = field(default_factory=set)
    """What the plan under way makes anew; whatever stood on it is gone with its forerunner."""


class Planner:
    """Makes plans for one scope. Planning only reads."""

    def __init__(self, scope: Scope, reconcilers: Reconcilers, observer: Observer, estimator: Estimator) -> None:
        self._scope = scope
        self._reconcilers = reconcilers
        self._observer = observer
        self._estimator = estimator

    def plan(self, wanted: Sequence[Resource], state: State, options: Options, notes: Sequence[str] = ()) -> Plan:
        """The plan that makes AWS what ``wanted`` says."""
        ordered = in_order(wanted)
        observed = self.observe(ordered, state)
        outputs: dict[Address, Mapping[str, Any]] = {}
        made: set[Address] = set()
        changes = [self._decide(want, observed, state, outputs, replace(options, made=made)) for want in ordered]
        wanted_now = {want.address for want in ordered}
        orphans = self._removals(observed, state, wanted_now, options, "no longer declared")
        foreign = [f"{f.parent}: {f.kind} {f.name} was added by others and is left alone" for f in observed.foreign]
        return self._finish(changes + orphans, [*notes, *foreign], outputs, observed, state)

    def teardown(self, wanted: Sequence[Resource], state: State, options: Options) -> Plan:
        """The plan that leaves nothing of ours, found by names, state and tags."""
        observed = self.observe(in_order(wanted), state)
        changes = self._removals(observed, state, set(), options, "teardown")
        going = {change.address.name for change in changes if change.action is Action.DELETE}
        foreign = [
            f"{f.parent}: {f.kind} {f.name} was added by others and goes with it"
            for f in observed.foreign
            if f.parent in going
        ]
        return self._finish(changes, foreign, {}, observed, state)

    def observe(self, ordered: Sequence[Resource], state: State, *, orphans: bool = True) -> Observed:
        """What AWS shows of ``ordered`` and of all that is recorded."""
        predicted: dict[Address, Mapping[str, Any]] = {}
        sought: dict[Address, Sought[Any]] = {a: Sought(a, record=r) for a, r in state.records.items()}
        for resource in ordered:
            want = resource.resolve(predicted)
            predicted[want.address] = self._reconcilers[want.kind].predict(want)
            sought[want.address] = Sought(want.address, want, state.records.get(want.address))
        known = {a: s for a, s in sought.items() if a.kind in self._reconcilers}
        return self._observer.observe(known.values(), orphans=orphans)

    def _decide(
        self,
        wanted: Resource,
        observed: Observed,
        state: State,
        outputs: dict[Address, Mapping[str, Any]],
        options: Options,
    ) -> Change:
        want = wanted.resolve(outputs)
        live = observed.lives.get(want.address)
        record = state.records.get(want.address)
        change = self._change(want, live, record, options)
        fresh = live is None or change.action is Action.REPLACE
        if change.action in (Action.CREATE, Action.REPLACE):
            options.made.add(want.address)
        predicted = self._reconcilers[want.kind].predict(want)
        outputs[want.address] = predicted if fresh or live is None else {**predicted, **live.outputs}
        calls = preview(steps_of(self._reconcilers[want.kind], change, want), want.address)
        return replace(change, calls=tuple(calls), want=wanted)

    def _change(self, want: Resource, live: Live[Any] | None, record: Record | None, options: Options) -> Change:
        base = Change(want.address, Action.KEEP, "as declared", want=want, live=live, record=record)
        fields = tuple(compare(want, live.resource if live else None))
        if live is None:
            return self._missing(replace(base, fields=fields), options)
        base = replace(base, fields=fields, origin=_origin(fields, live, record))
        if live.gone:
            return replace(base, action=Action.REVIVE, reason="on its way out in AWS", origin=_loss(record))
        if not is_ours(live, record, self._scope):
            implicit = self._reconcilers[want.kind].adopts_untagged and is_untagged(live)
            reason = "made implicitly, by its first user" if implicit else "exists, and is not ours"
            return replace(base, action=Action.ADOPT, reason=reason, consent=not implicit and not options.adopt)
        if not fields:
            return base
        stuck = ", ".join(field.field for field in fields if field.immutable)
        if stuck:
            return replace(base, action=Action.REPLACE, reason=f"{stuck} cannot be changed in place")
        return replace(base, action=Action.UPDATE, reason=_reason(base.origin, fields))

    def _missing(self, change: Change, options: Options) -> Change:
        want, record = change.want, change.record
        if want is not None and record is not None and not options.resubscribe and not options.made & set(record.needs):
            held = self._reconcilers[want.kind].hold_back(want, record)
            if held:
                return replace(change, reason=held, fields=())
        origin = _loss(record)
        reason = "recorded, and gone from AWS" if origin is Origin.DRIFT else "new"
        return replace(change, action=Action.CREATE, reason=reason, origin=origin)

    def _removals(
        self, observed: Observed, state: State, wanted: set[Address], options: Options, reason: str
    ) -> list[Change]:
        changes = []
        for address, live in observed.lives.items():
            if address in wanted or live.gone:
                continue
            record = state.records.get(address)
            change = Change(address, Action.DELETE, reason, live=live, record=record)
            if not is_ours(live, record, self._scope):
                change = replace(change, action=Action.KEEP, reason="not ours: left alone")
            elif address.kind in options.retain:
                change = replace(change, action=Action.KEEP, reason="retained")
            else:
                change = replace(change, calls=self._removal_calls(change))
            changes.append(change)
        return sorted(changes, key=lambda change: removal_order(self._reconcilers, change))

    def _calls(self, changes: Sequence[Change]) -> list[Call]:
        """The calls of ``changes``; removals in batches count once a batch."""
        calls: list[Call] = []
        removed: Counter[str] = Counter()
        for change in changes:
            kind = change.address.kind
            first = removed[kind] % self._reconcilers[kind].delete_batch == 0
            if change.action is not Action.DELETE or first:
                calls.extend(change.calls)
            if change.action is Action.DELETE:
                removed[kind] += 1
        return calls

    def _removal_calls(self, change: Change) -> tuple[Call, ...]:
        return tuple(preview(steps_of(self._reconcilers[change.address.kind], change, None), change.address))

    def _finish(
        self,
        changes: list[Change],
        notes: Sequence[str],
        outputs: Mapping[Address, Mapping[str, Any]],
        observed: Observed,
        state: State,
    ) -> Plan:
        live_notes = [f"{address}: {note}" for address, live in observed.lives.items() for note in live.notes]
        held = [f"{c.address}: {c.reason}" for c in changes if c.action is Action.KEEP and c.reason not in _QUIET]
        calls = self._calls(changes)
        refusals = tuple(self._refusals(changes, observed, outputs))
        present = {change.address for change in changes} | set(observed.lives)
        return Plan(
            self._scope,
            tuple(changes),
            stale=tuple(sorted(set(state.records) - present)),
            notes=(*notes, *sorted(live_notes), *held),
            refusals=refusals,
            estimate=self._estimator(calls),
            outputs=outputs,
        )

    def _refusals(
        self, changes: Sequence[Change], observed: Observed, outputs: Mapping[Address, Mapping[str, Any]]
    ) -> list[str]:
        refusals = []
        for change in changes:
            reconciler = self._reconcilers[change.address.kind]
            stuck = [field.field for field in change.fields if field.immutable]
            if change.consent:
                refusals.append(f"{change.address} exists and is not ours: --adopt takes it over, as shown")
            elif stuck and change.live is not None and (reconciler.keeps_data or change.action is Action.ADOPT):
                refusals.append(
                    f"{change.address}: {', '.join(stuck)} cannot be changed in place, and a replacement would destroy "
                    "what it holds: remove it by hand, or declare what is there"
                )
        for kind, reconciler in self._reconcilers.items():
            mine = [c.want for c in changes if c.action is Action.CREATE and c.address.kind == kind]
            creating = [want.resolve(outputs) for want in mine if want is not None]
            if creating and observed.memo:
                refusals.extend(reconciler.refusals(creating, observed.memo))
        return refusals


_QUIET = ("as declared", "retained")


def _origin(fields: Sequence[FieldChange], live: Live[Any], record: Record | None) -> Origin:
    """Drift, where AWS shows other than what we last applied; without a record nobody can tell."""
    applied = record.applied if record and not record.partial else {}
    drifted = any(
        field.field in applied and not same_as_recorded(live.resource, field.field, applied[field.field])
        for field in fields
    )
    return Origin.DRIFT if drifted else Origin.CONFIG


def _loss(record: Record | None) -> Origin:
    """Drift, where the record says that it was there; a run that was stopped half-way says nothing of the kind."""
    return Origin.DRIFT if record and record.applied and not record.partial else Origin.CONFIG


def _reason(origin: Origin, fields: Sequence[FieldChange]) -> str:
    names = ", ".join(field.field for field in fields)
    if not all(field.known for field in fields):
        return f"{names}: follows what is made anew"
    return f"{names} changed in AWS" if origin is Origin.DRIFT else f"{names} declared otherwise"
