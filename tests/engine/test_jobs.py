"""Changes are grouped by the calls that carry them out, without a change of the order between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from provisioner.engine.graph import edges
from provisioner.engine.model import Address, Resource
from provisioner.engine.plan import Action, Change, Plan, Why
from provisioner.engine.reconciler import Live
from provisioner.engine.running.jobs import Agenda, Frontier, Job, agenda_of
from provisioner.engine.steps import Steps
from tests.engine.desk import Desk, Pacer, box, pending
from tests.engine.toys import (
    Box,
    BoxReconciler,
    Cloud,
    Lid,
    LidReconciler,
    LooseLid,
    LooseLidReconciler,
    Note,
    NoteReconciler,
    arn_of,
    reconcilers,
)


class Taking(LidReconciler):
    """The last lid is removed together with its box."""

    takes: ClassVar[Mapping[str, int]] = {"box": 1}

    def delete_many(self, lives: Sequence[Live[Resource]]) -> Steps:
        yield self.call("DeleteLids", lids=[(live.resource.values().get("box"), live.resource.name) for live in lives])


LOOSE = (BoxReconciler, LooseLidReconciler, NoteReconciler)


def loose(of: str, name: str) -> LooseLid:
    return LooseLid(name=name, box=arn_of(of))


def jobs(desk: Desk, plan: Plan) -> list[tuple[str, ...]]:
    """The addresses of each job, its lead first."""
    return [
        tuple(str(change.address) for change in job.changes)
        for job in agenda_of(desk.reconcilers, plan.pending, plan.stands_on).jobs
    ]


def calls(plan: Plan) -> dict[str, list[str]]:
    return {str(change.address): [str(call) for call in change.calls] for change in plan.pending}


def test_a_change_is_a_job_of_its_own(desk: Desk) -> None:
    assert jobs(desk, desk.plan(box("a"), box("b"), Note(name="n"))) == [("box.a",), ("box.b",), ("note.n",)]


def test_what_goes_along_with_its_parent_needs_no_call() -> None:
    desk = Desk(Cloud(boxes_take_lids=True), kinds=LOOSE)
    desk.converge(box("a"), box("b"), loose("a", "l"), loose("a", "m"))
    plan = desk.plan(box("b"))
    assert jobs(desk, plan) == [("box.a", "lid.l", "lid.m")]
    assert calls(plan) == {"lid.l": [], "lid.m": [], "box.a": ["toy:DeleteBox"]}
    desk.apply(plan)
    assert (desk.cloud.calls[-1], desk.cloud.lids) == ("DeleteBox", {})
    assert list(desk.state.records) == [Address("box", "b")]


def test_where_the_parent_stays_the_child_is_removed_by_itself() -> None:
    desk = Desk(Cloud(boxes_take_lids=True), kinds=LOOSE)
    desk.converge(box("a"), loose("a", "l"))
    assert calls(desk.plan(box("a"))) == {"lid.l": ["toy:DeleteLids"]}


def test_a_child_goes_by_itself_where_what_it_stands_on_must_go_before_the_parent() -> None:
    """The parent waits for the box that stands on it, and that box for the lid."""
    desk = Desk(Cloud(boxes_take_lids=True), kinds=LOOSE)
    upper = box("upper", label=box("a").arn)
    desk.converge(box("a"), upper, LooseLid(name="l", box=arn_of("a"), depends_on=(upper.address,)))
    plan = desk.plan()
    assert sorted(jobs(desk, plan)) == [("box.a",), ("box.upper",), ("lid.l",)]
    desk.apply(plan)
    assert desk.cloud.calls[-3:] == ["DeleteLids", "DeleteBox", "DeleteBox"]


def test_what_stands_on_a_child_is_removed_before_its_parent() -> None:
    desk = Desk(Cloud(boxes_take_lids=True), kinds=LOOSE)
    child = loose("a", "l")
    desk.converge(box("a"), child, Note(name="n", depends_on=(child.address,)))
    desk.apply(desk.plan())
    assert desk.cloud.calls[-2:] == ["DeleteNote", "DeleteBox"]


def test_a_removal_takes_along_what_nothing_else_stands_on() -> None:
    desk = Desk(kinds=(BoxReconciler, Taking, NoteReconciler))
    desk.converge(box("a"), Lid(name="l", box=arn_of("a")), box("b"), *(Lid(name=x, box=arn_of("b")) for x in "mn"))
    assert sorted(jobs(desk, desk.plan())) == [("lid.l", "box.a"), ("lid.m",), ("lid.n", "box.b")]


def test_not_more_is_taken_along_than_fits() -> None:
    desk = Desk(kinds=(BoxReconciler, Taking, NoteReconciler))
    second = box("b")
    desk.converge(box("a"), second, Lid(name="l", box=arn_of("a"), depends_on=(second.address,)))
    assert sorted(len(job) for job in jobs(desk, desk.plan())) == [1, 2]


def test_only_removals_of_one_depth_are_batched(desk: Desk) -> None:
    first = Lid(name="l", box=arn_of("a"))
    desk.converge(box(), first, Lid(name="m", box=arn_of("a"), depends_on=(first.address,)))
    assert sorted(jobs(desk, desk.plan(box()))) == [("lid.l",), ("lid.m",)]


def test_the_shared_call_stands_at_the_lead(desk: Desk) -> None:
    desk.converge(box(), Lid(name="l", box=arn_of("a")), Lid(name="m", box=arn_of("a")))
    plan = desk.plan(box())
    assert pending(plan) == {"lid.l": "delete", "lid.m": "delete"}
    assert calls(plan) == {"lid.l": ["toy:DeleteLids"], "lid.m": []}


def test_a_chain_weighs_as_much_as_all_of_it() -> None:
    note = Note(name="n")
    agenda = agenda_with_calls(Desk(), note, box("b", label=note.id), box("c"))
    weights = {str(job.lead.address): weight for job, weight in zip(agenda.jobs, agenda.weights(Pacer()), strict=True)}
    assert weights == {"note.n": 2.0, "box.b": 1.0, "box.c": 1.0}


def agenda_with_calls(desk: Desk, *wanted: Resource) -> Agenda:
    plan = desk.plan(*wanted)
    return agenda_of(desk.reconcilers, plan.pending, plan.stands_on)


def started(frontier: Frontier) -> list[int]:
    return list(frontier.start())


def lone(name: str, *keys: str) -> Job:
    return Job(Change(Address("box", name), Action.CREATE, Why.NEW), keys=frozenset(keys))


def test_a_job_starts_when_all_that_it_needs_is_done() -> None:
    frontier = Frontier(Agenda([lone("a"), lone("b"), lone("c")], [frozenset(), frozenset(), frozenset({0, 1})]))
    assert started(frontier) == [0, 1]
    frontier.end(0, done=True)
    assert started(frontier) == []
    frontier.end(1, done=True)
    assert started(frontier) == [2]


def test_what_needs_a_failure_never_starts() -> None:
    frontier = Frontier(Agenda([lone("a"), lone("b")], [frozenset(), frozenset({0})]))
    assert started(frontier) == [0]
    frontier.end(0, done=False)
    assert started(frontier) == []


def test_of_jobs_with_a_key_in_common_one_runs_at_a_time_also_after_a_failure() -> None:
    frontier = Frontier(Agenda([lone("a", "k"), lone("b", "k"), lone("c", "k", "l")], [frozenset()] * 3))
    assert started(frontier) == [0]
    frontier.end(0, done=False)
    assert started(frontier) == [1]
    frontier.end(1, done=True)
    assert started(frontier) == [2]


Stack = dict[Address, set[Address]]


@st.composite
def stacks(draw: st.DrawFn) -> tuple[list[Change], Stack]:
    """Things to be removed, some of them in others, each standing on some of those before it."""
    things: list[Resource] = []
    stands_on: Stack = {}
    for number in range(draw(st.integers(1, 9))):
        boxes = [thing.name for thing in things if isinstance(thing, Box)]
        name = f"x{number}"
        inside = draw(st.sampled_from([None, *boxes]))
        thing: Resource = LooseLid(name=name, box=arn_of(inside)) if inside else Box(name=name)
        below = {other.address for other in things if draw(st.booleans())}
        stands_on[thing.address] = below | ({Address("box", inside)} if inside else set())
        things.append(thing)
    changes = [Change(thing.address, Action.DELETE, Why.TEARDOWN, live=Live(thing)) for thing in things]
    return draw(st.permutations(changes)), stands_on


class Sharing(Taking):
    resource = LooseLid


@given(stacks())
def test_whatever_is_removed_together_the_order_holds(stack: tuple[list[Change], Stack]) -> None:
    changes, stands_on = stack
    agenda = agenda_of(reconcilers(Cloud(), (BoxReconciler, Sharing, NoteReconciler)), changes, stands_on)
    assert sorted(addresses(agenda.jobs)) == sorted(change.address for change in changes)
    place = {change.address: number for number, job in enumerate(agenda.jobs) for change in job.changes}
    rank = {number: at for at, number in enumerate(order(agenda))}
    for address, before in edges(changes, stands_on).items():
        assert all(rank[place[other]] <= rank[place[address]] for other in before)


def addresses(found: Iterable[Job]) -> list[Address]:
    return [change.address for job in found for change in job.changes]


def order(agenda: Agenda) -> list[int]:
    """The numbers of the jobs in an order that holds; there is one, for none of them waits for itself."""
    return list(TopologicalSorter(dict(enumerate(agenda.needs))).static_order())
