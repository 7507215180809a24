"""What runs as one, and what before what: the changes of a plan, grouped by the calls that carry them out.

Most changes are a job of their own. Removals may share one: AWS takes some kinds many at a time (``delete_batch``),
some together with another (``takes``), and what dies with its parent needs no call at all (``Parent.goes_along``).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from provisioner.engine.graph import Edges, beneath, edges
from provisioner.engine.model import Address, Resource
from provisioner.engine.plan import Action, Change, steps_of
from provisioner.engine.reconciler import Reconcilers
from provisioner.engine.steps import Pace, Steps, preview


@dataclass(frozen=True)
class Job:
    """``lead`` is carried out, ``beside`` by the same call, ``along`` by AWS itself: these go with their parent."""

    lead: Change
    beside: tuple[Change, ...] = ()
    along: tuple[Change, ...] = ()
    keys: frozenset[str] = frozenset()
    """What no two jobs that run at the same time may share."""

    @property
    def changes(self) -> tuple[Change, ...]:
        return (self.lead, *self.beside, *self.along)

    def steps(self, reconcilers: Reconcilers, want: Resource | None) -> Steps:
        """The steps that carry it out; ``want`` is what is wanted of the lead, as far as it is known."""
        reconciler = reconcilers[self.lead.address.kind]
        if not self.beside:
            return steps_of(reconciler, self.lead, want)
        return reconciler.delete_many([change.live for change in (self.lead, *self.beside) if change.live])

    def one_by_one(self, reconcilers: Reconcilers) -> Steps:
        """The steps without a shared call, for one name that AWS does not take makes it refuse all."""
        for change in (self.lead, *self.beside):
            yield from steps_of(reconcilers[change.address.kind], change, None)


@dataclass(frozen=True)
class Agenda:
    """The jobs of a plan. ``needs`` has for each the numbers of those that must be done before it."""

    jobs: Sequence[Job]
    needs: Sequence[frozenset[int]]

    def weights(self, pace: Pace) -> list[float]:
        """For each job the seconds that its calls and those of the longest chain that waits for it take at ``pace``."""
        weights = [
            sum(pace.interval(pace.line(call)) for change in job.changes for call in change.calls) for job in self.jobs
        ]
        own = list(weights)
        for number in reversed(tuple(TopologicalSorter(dict(enumerate(self.needs))).static_order())):
            for before in self.needs[number]:
                weights[before] = max(weights[before], own[before] + weights[number])
        return weights


class Frontier:
    """Which jobs of ``agenda`` may start: what they need is done, and nothing that runs has a key of theirs."""

    def __init__(self, agenda: Agenda) -> None:
        self._jobs = agenda.jobs
        self._missing = [len(needs) for needs in agenda.needs]
        self._waiting: dict[int, list[int]] = defaultdict(list)
        for number, needs in enumerate(agenda.needs):
            for before in needs:
                self._waiting[before].append(number)
        self._ready = deque(number for number, missing in enumerate(self._missing) if not missing)
        self._busy: dict[str, deque[int]] = {}

    def start(self) -> Iterator[int]:
        """The numbers of the jobs that start now."""
        while self._ready:
            number = self._ready.popleft()
            taken = next((key for key in self._jobs[number].keys if key in self._busy), None)
            if taken is not None:
                self._busy[taken].append(number)
                continue
            self._busy.update({key: deque() for key in self._jobs[number].keys})
            yield number

    def end(self, number: int, *, done: bool) -> None:
        """Job ``number`` has ended, ``done`` or in failure: what needs it may start now, or never."""
        for key in self._jobs[number].keys:
            self._ready.extend(self._busy.pop(key))
        for after in self._waiting.pop(number, ()) if done else ():
            self._missing[after] -= 1
            if not self._missing[after]:
                self._ready.append(after)


def agenda_of(reconcilers: Reconcilers, changes: Sequence[Change], stands_on: Edges) -> Agenda:
    """``changes``, all of them pending, as jobs with as few calls as AWS allows."""
    before = edges(changes, stands_on)
    removals = {change.address: change for change in changes if change.action is Action.DELETE and change.live}
    along = dict(_going_along(removals, stands_on))
    beside = _going_beside(reconcilers, [address for address in removals if address not in along], before)
    agenda = _agenda(reconcilers, changes, before, along, beside)
    try:
        TopologicalSorter(dict(enumerate(agenda.needs))).prepare()
    except CycleError:  # shared calls can close a circle through things that have nothing to do with each other
        return _agenda(reconcilers, changes, before, {}, {})
    return agenda


def _agenda(
    reconcilers: Reconcilers,
    changes: Sequence[Change],
    before: Edges,
    along: Mapping[Address, Address],
    beside: Mapping[Address, Address],
) -> Agenda:
    """The jobs where each change goes with the one that it is said to go ``along`` with, or ``beside``."""
    groups: dict[Address, list[Change]] = defaultdict(list)
    for change in changes:
        place = along.get(change.address, change.address)
        groups[beside.get(place, place)].append(change)
    jobs = [_job(reconcilers, lead, group, along) for lead, group in groups.items()]
    number = {change.address: index for index, job in enumerate(jobs) for change in job.changes}
    needs = [
        frozenset(number[address] for change in job.changes for address in before[change.address]) - {index}
        for index, job in enumerate(jobs)
    ]
    return Agenda(jobs, needs)


def _job(reconcilers: Reconcilers, lead: Address, group: Sequence[Change], along: Container[Address]) -> Job:
    (first,) = [change for change in group if change.address == lead]
    beside = tuple(change for change in group if change is not first and change.address not in along)
    carried = tuple(change for change in group if change.address in along)
    keys = {_key(reconcilers, change) for change in (first, *beside)}
    job = Job(first, beside, carried, frozenset(key for key in keys if key))
    return _with_shared_calls(reconcilers, job) if len(group) > 1 else job


def _with_shared_calls(reconcilers: Reconcilers, job: Job) -> Job:
    """The calls that ``job`` makes stand at its lead."""
    calls = preview(job.steps(reconcilers, None), job.lead.address)
    beside, along = (tuple(replace(change, calls=()) for change in part) for part in (job.beside, job.along))
    return replace(job, lead=replace(job.lead, calls=tuple(calls)), beside=beside, along=along)


def _key(reconcilers: Reconcilers, change: Change) -> str | None:
    resource = change.want or (change.live.resource if change.live else None)
    return reconcilers[change.address.kind].serial(resource) if resource else None


def _parent(change: Change) -> Address | None:
    """The parent with which AWS removes what ``change`` removes."""
    resource = change.live.resource if change.live else None
    return resource.parent_address() if resource and resource.parent and resource.parent.goes_along else None


def _going_along(removals: Mapping[Address, Change], stands_on: Edges) -> Iterator[tuple[Address, Address]]:
    """What dies with its parent; but not where another thing that it stands on must itself go before the parent."""
    for address, change in removals.items():
        parent = _parent(change)
        if parent and parent in removals:
            others = [below for below in stands_on.get(address, ()) if below != parent and below in removals]
            if parent not in beneath(others, stands_on):
                yield address, parent


def _going_beside(reconcilers: Reconcilers, removals: Sequence[Address], before: Edges) -> dict[Address, Address]:
    """For each removal that AWS carries out by the same call as another that other one."""
    depth = _depths(removals, before)
    taken = dict(_taken(reconcilers, removals, before, depth))
    alone = [address for address in removals if address not in taken and address not in taken.values()]
    return taken | dict(_batched(reconcilers, alone, depth))


def _depths(removals: Iterable[Address], before: Edges) -> dict[Address, int]:
    """How many removals, one waiting for the other, come before each."""
    chosen = set(removals)
    order = TopologicalSorter({address: before[address] & chosen for address in removals})
    depth: dict[Address, int] = {}
    for address in order.static_order():
        depth[address] = max((depth[other] + 1 for other in before[address] & chosen), default=0)
    return depth


def _taken(
    reconcilers: Reconcilers, removals: Sequence[Address], before: Edges, depth: Mapping[Address, int]
) -> Iterator[tuple[Address, Address]]:
    """What goes by the call of the last thing that stands on it, where AWS takes both by one."""
    rank = {address: (depth[address], index) for index, address in enumerate(removals)}
    room: dict[tuple[Address, str], int] = {}
    for address in removals:
        standing = [other for other in before[address] if other in rank]
        if not standing:
            continue
        last = max(standing, key=rank.__getitem__)
        key = (last, address.kind)
        room.setdefault(key, reconcilers[last.kind].takes.get(address.kind, 0))
        if room[key]:
            room[key] -= 1
            yield address, last


def _batched(
    reconcilers: Reconcilers, removals: Sequence[Address], depth: Mapping[Address, int]
) -> Iterator[tuple[Address, Address]]:
    """What AWS removes many at a time: things of one depth, of which none waits for another."""
    open_batches: dict[tuple[str, int], tuple[Address, int]] = {}
    for address in removals:
        key = (address.kind, depth[address])
        lead, room = open_batches.get(key, (address, 0))
        if room:
            open_batches[key] = (lead, room - 1)
            yield address, lead
        else:
            open_batches[key] = (address, reconcilers[address.kind].delete_batch - 1)
