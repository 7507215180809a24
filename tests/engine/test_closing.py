"""A change counts as done when AWS shows it, and the record has what AWS shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provisioner.engine.errors import NotConvergedError
from provisioner.engine.keeping.state import Ledger
from provisioner.engine.model import Address
from provisioner.engine.plan import Plan
from provisioner.engine.reconciler import Record
from provisioner.engine.running.closing import settle
from provisioner.engine.running.executor import Outcome
from provisioner.engine.steps import Step
from tests.engine.desk import Desk, box, change_of, pending
from tests.engine.toys import (
    BoxReconciler,
    Cloud,
    Lid,
    LooseLid,
    LooseLidReconciler,
    Note,
    NoteReconciler,
    arn_of,
)

BOX, NOTE = Address("box", "a"), Address("note", "n")


class Late:
    """AWS says yes to each call, and shows it only once :meth:`catch_up` was called ``after`` times."""

    def __init__(self, cloud: Cloud, after: int = 1) -> None:
        self._cloud = cloud
        self._left = after
        self._steps: list[Step] = []

    def __call__(self, step: Step) -> Any:
        self._steps.append(step)

    def catch_up(self, _: float = 0.0) -> None:
        self._left -= 1
        if self._left == 0:
            for step in self._steps:
                self._cloud.perform(step)


def refused(desk: Desk, outcome: Outcome, sleep: Callable[[float], None] | None = None) -> tuple[str, ...]:
    """What an impatient closing read complains of."""
    with pytest.raises(NotConvergedError, match="AWS accepted every call, and still shows something else") as caught:
        desk.close(outcome, sleep)
    assert "Run plan" in caught.value.remedy
    return caught.value.details


def test_a_change_that_shows_at_once_is_read_once(desk: Desk) -> None:
    desk.close(desk.execute(desk.plan(box(), Note(name="n"))))
    assert desk.slept == []
    assert desk.listener.heard.count("checking 2") == 1


def test_tags_that_a_change_left_alone_are_not_asked_for(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box(), box("b"))
    outcome = desk.execute(desk.plan(box(size=2)))  # and b is removed
    cloud.asked.clear()
    desk.close(outcome)
    assert cloud.asked == ["ListBoxes"]


def test_tags_that_were_to_change_are_read_back(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["tags"]["Team"] = "theirs"
    outcome = desk.execute(desk.plan(box()), lambda step: None)
    assert refused(desk, outcome)[0].startswith("box.a.tags: ")


def test_what_was_let_go_of_is_not_looked_at(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    outcome = desk.execute(desk.release(None, box()))
    cloud.asked.clear()
    desk.close(outcome)
    assert cloud.asked == []


def test_the_record_takes_the_outputs_that_aws_shows(desk: Desk) -> None:
    outcome = desk.execute(desk.plan(box(), Lid(name="l", box=box().arn)))
    assert desk.state.records[BOX].outputs == {"arn": arn_of("a")}
    desk.close(outcome)
    assert desk.state.records[BOX].outputs == {"arn": arn_of("a"), "made": 1}
    lid = desk.state.records[Address("lid", "l")]
    assert lid == Record(Address("lid", "l"), {}, {"box": arn_of("a"), "colour": "grey"}, (BOX,))


def test_an_unchanged_record_is_not_written_again(desk: Desk) -> None:
    desk.converge(box())
    outcome = desk.execute(desk.plan(box(size=2)))
    serial = desk.state.serial
    desk.close(outcome)
    assert desk.state.serial == serial


def test_each_pause_is_twice_the_last_and_ten_seconds_at_most(desk: Desk, cloud: Cloud) -> None:
    late = Late(cloud, after=7)
    outcome = desk.execute(desk.plan(box()), late)
    desk.close(outcome, late.catch_up, patience=60.0)
    assert desk.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_after_the_patience_has_ended_it_is_an_error(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(box()), Late(cloud))
    with pytest.raises(NotConvergedError):
        desk.close(outcome, patience=1.5)
    assert desk.slept == [0.5, 1.0], "the second look at 1.5 s is within it, the third would not be"


def test_the_error_names_each_field_that_still_differs(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    outcome = desk.execute(desk.plan(box(size=2, label="x")), Late(cloud))
    assert refused(desk, outcome) == (
        "box.a.size: AWS shows 1, wanted 2",
        "box.a.label: AWS shows '', wanted 'x'",
    )


def test_a_created_resource_must_exist(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(box()), Late(cloud))
    assert refused(desk, outcome) == ("box.a.exists: AWS shows False, wanted True",)


def test_a_resource_on_its_way_out_does_not_count_as_existing(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(box()))
    cloud.boxes["a"]["going"] = True
    assert refused(desk, outcome) == ("box.a.exists: AWS shows False, wanted True",)


def test_a_removed_resource_must_be_gone(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    late = Late(cloud)
    outcome = desk.execute(desk.plan(), late)
    assert refused(desk, outcome) == ("box.a.exists: AWS shows True, wanted False",)
    desk.close(outcome, late.catch_up)
    assert cloud.boxes == {}


def test_a_removed_resource_may_linger_on_its_way_out(cloud: Cloud) -> None:
    class Leaving(BoxReconciler):
        lingers = True

    desk = Desk(cloud, kinds=(Leaving,))
    desk.converge(box())
    outcome = desk.execute(desk.plan(), lambda step: cloud.boxes["a"].update(going=True))
    desk.close(outcome)
    assert desk.slept == []
    assert desk.state.records[BOX] == Record(BOX, {"arn": arn_of("a"), "made": 1})


def test_a_removed_resource_is_looked_for_by_its_former_record(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n"))
    cloud.notes["n-1"]["title"] = "renamed"
    outcome = desk.execute(desk.plan(), Late(cloud))
    assert refused(desk, outcome) == ("note.n.exists: AWS shows True, wanted False",)


def test_a_recreated_resource_is_looked_for_by_its_new_id(desk: Desk, cloud: Cloud) -> None:
    desk.converge(Note(name="n"))
    note = cloud.notes.pop("n-1")
    outcome = desk.execute(desk.plan(Note(name="n")))
    cloud.notes["n-1"] = {**note, "text": "came back from somewhere"}
    desk.close(outcome)
    assert desk.state.records[NOTE].outputs == {"id": "n-2"}


def test_a_reference_is_compared_by_the_value_it_got_during_the_apply(desk: Desk, cloud: Cloud) -> None:
    note = Note(name="n")
    outcome = desk.execute(desk.plan(note, box(label=note.id)))
    cloud.boxes["a"]["label"] = "changed meanwhile"
    assert refused(desk, outcome) == ("box.a.label: AWS shows 'changed meanwhile', wanted 'n-1'",)


def test_a_finished_change_is_recorded_even_if_another_never_shows(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(box("a"), box("b")))
    del cloud.boxes["b"]
    assert refused(desk, outcome) == ("box.b.exists: AWS shows False, wanted True",)
    assert "made" in desk.state.records[BOX].outputs
    assert "made" not in desk.state.records[Address("box", "b")].outputs


def test_a_finished_change_is_not_read_again(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(box(), Note(name="n")))
    del cloud.boxes["a"]
    cloud.asked.clear()
    refused(desk, outcome)
    assert (cloud.asked.count("ListNotes"), cloud.asked.count("ListBoxes")) == (1, 3)


def test_the_closing_read_looks_for_no_orphans(desk: Desk, cloud: Cloud) -> None:
    outcome = desk.execute(desk.plan(Note(name="n")))
    cloud.asked.clear()
    desk.close(outcome)
    assert cloud.asked == ["ListNotes"]


def settled(desk: Desk, plan: Plan) -> int:
    """How often the state was rewritten for it."""
    before = desk.state.serial
    ledger = Ledger(desk.store, desk.cloud.scope, desk.state)
    settle(plan, desk.state, ledger)
    ledger.close()
    return desk.state.serial - before


def test_a_resource_found_as_declared_is_put_on_record(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    desk.store.blobs.clear()
    plan = desk.plan(box(), Lid(name="l", box=box().arn))
    assert pending(plan) == {"lid.l": "create"}
    assert settled(desk, plan) == 1
    assert desk.state.records == {
        BOX: Record(BOX, {"arn": arn_of("a"), "made": 1}, desk.state.records[BOX].applied),
    }
    assert desk.state.records[BOX].applied["material"] == "wood"
    assert settled(desk, plan) == 0


def test_the_record_of_a_resource_that_is_left_alone_stays(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), box("b"))
    cloud.boxes["a"].update(tags={}, made=7)
    plan = desk.teardown(retain=frozenset({"box"}))
    assert [change_of(plan, name).action.value for name in ("box.a", "box.b")] == ["keep", "keep"]
    assert settled(desk, plan) == 0


def test_a_resource_that_is_held_back_is_not_recorded_as_existing(cloud: Cloud) -> None:
    class Shy(BoxReconciler):
        def held_back(self, record: Record) -> str | None:
            return "it left by itself"

    desk = Desk(cloud, kinds=(Shy,))
    desk.converge(box(size=1))
    del cloud.boxes["a"]
    plan = desk.plan(box(size=2))
    assert pending(plan) == {}
    assert settled(desk, plan) == 0


def test_the_record_of_a_resource_that_is_gone_and_undeclared_is_dropped(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("a"), box("b"))
    del cloud.boxes["a"]
    plan = desk.plan(box("b"))
    assert plan.stale == (BOX,)
    assert settled(desk, plan) == 1
    assert list(desk.state.records) == [Address("box", "b")]


def test_what_does_not_go_with_its_parent_is_removed_by_itself() -> None:
    cloud = Cloud(boxes_take_lids=True, left_behind={"m"})
    desk = Desk(cloud, kinds=(BoxReconciler, LooseLidReconciler, NoteReconciler))
    desk.converge(box(), *(LooseLid(name=name, box=arn_of("a")) for name in "lm"))
    desk.apply(desk.plan())
    assert (cloud.calls[-2:], cloud.lids, desk.state.records) == (["DeleteBox", "DeleteLids"], {}, {})
    assert desk.slept == [0.5, 1.0]
