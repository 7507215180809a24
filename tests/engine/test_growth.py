"""What a run costs grows with the platform and no faster: counted in lines, edges and bytes, not in seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioner.engine.keeping.state import state_name
from provisioner.engine.model import Resource
from provisioner.engine.running.jobs import agenda_of
from tests.engine.counting import LinesRun
from tests.engine.desk import Desk, box
from tests.engine.toys import SCOPE, Cloud, LooseLid, LooseLidReconciler, Note
from tests.engine.toys import BoxReconciler as Boxes
from tests.engine.toys import NoteReconciler as Notes

SIZE = 8


def desk() -> Desk:
    return Desk(Cloud(boxes_take_lids=True), kinds=(Boxes, LooseLidReconciler, Notes))


def platform(times: int, colour: str = "grey") -> list[Resource]:
    """Boxes, each with two lids, and with a note on it that others stand on."""
    wanted: list[Resource] = []
    for number in range(SIZE * times):
        note = Note(name=f"n{number}")
        on_it = box(f"b{number}", label=note.id)
        lids = [LooseLid(name=f"l{number}{side}", box=on_it.arn, colour=colour) for side in "ab"]
        wanted += [note, on_it, *lids]
    return wanted


def grows_linearly(measured: Callable[[int], float]) -> None:
    measured(1)  # what is read once
    one, two, three = (measured(times) for times in (1, 2, 3))
    assert three - two <= 1.05 * (two - one)


@pytest.mark.parametrize("command", ["create", "nothing to do", "one changed attribute", "teardown"])
def test_the_lines_that_a_run_takes(command: str) -> None:
    def lines(times: int) -> float:
        here = desk()
        if command != "create":
            here.converge(*platform(times))
        colour = "red" if command == "one changed attribute" else "grey"
        with LinesRun() as counted:
            plan = here.teardown(*platform(times)) if command == "teardown" else here.plan(*platform(times, colour))
            here.execute(plan)
        return counted.count

    grows_linearly(lines)


@pytest.mark.parametrize("removing", [False, True])
def test_the_edges_between_jobs(removing: bool) -> None:
    def edges(times: int) -> float:
        here = desk()
        if removing:
            here.converge(*platform(times))
        plan = here.teardown() if removing else here.plan(*platform(times))
        return sum(map(len, agenda_of(here.reconcilers, plan.pending, plan.stands_on).needs))

    grows_linearly(edges)


def test_the_bytes_that_a_run_puts_on_record() -> None:
    name = state_name(SCOPE)

    def written(times: int) -> float:
        here = desk()
        here.converge(*platform(times))
        return here.store.written[name] + here.store.written[f"{name}.journal"]

    grows_linearly(written)
