"""What no plan does without a person's consent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from provisioner.engine.consent import EVERYTHING, Consent
from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Loss, Plan, Way, Why
from provisioner.engine.reconciler import Live, Memo
from tests.engine.desk import Desk, box, change_of, lid, pending
from tests.engine.toys import Box, BoxReconciler, Cloud, Lid, LidReconciler, Note, NoteReconciler

A, B, NOTE = Address("box", "a"), Address("box", "b"), Address("note", "n")


class Treasury(BoxReconciler):
    """Every box is full of gold but those that are labelled otherwise, and gold falls out of one that shrinks."""

    def losses(self, going: Sequence[Live[Box]], memo: Memo) -> dict[Address, str]:
        assert memo.sought("box")
        return {live.resource.address: "all the gold" for live in going if live.resource.label != "empty"}

    def spoils(self, want: Box, live: Live[Box], changed: frozenset[str]) -> dict[str, str]:
        shrinks = "size" in changed and want.size < live.resource.size
        return {"size": f"{live.resource.size - want.size} bars"} if shrinks else {}


@pytest.fixture
def treasury(cloud: Cloud) -> Desk:
    desk = Desk(cloud, kinds=(Treasury, LidReconciler, NoteReconciler))
    desk.converge(box(size=5), box("b", label="empty"), Note(name="n"))
    return desk


def ways(plan: Plan) -> list[tuple[Way, Address | None]]:
    return [(refusal.way, refusal.address) for refusal in plan.refusals]


def test_a_removal_that_destroys_data_is_refused(treasury: Desk) -> None:
    plan = treasury.plan()
    assert plan.losses == (Loss(A, "all the gold"),)
    assert ways(plan) == [(Way.LOSE, A)]
    assert plan.refusals[0].text == "box.a would be lost for good: all the gold"


def test_a_replacement_that_destroys_data_is_refused(treasury: Desk) -> None:
    assert ways(treasury.plan(box(size=5, material="tin"), box("b", label="empty"), Note(name="n"))) == [(Way.LOSE, A)]


@pytest.mark.parametrize(("lose", "agreed"), [(EVERYTHING, True), (Consent.to([A]), True), (Consent.to([B]), False)])
def test_data_is_destroyed_by_consent_to_its_address(treasury: Desk, lose: Consent, agreed: bool) -> None:
    plan = treasury.plan(lose=lose)
    assert plan.losses == (Loss(A, "all the gold", agreed=agreed),)
    assert (plan.refusals == ()) is agreed


def test_a_teardown_is_consent_to_the_loss_of_data(treasury: Desk) -> None:
    plan = treasury.teardown()
    assert plan.losses == (Loss(A, "all the gold", agreed=True),)
    assert plan.refusals == ()


def test_resources_that_stay_lose_nothing(treasury: Desk) -> None:
    plan = treasury.plan(box(size=6), box("b", label="empty"), Note(name="n"))
    assert (plan.losses, plan.refusals) == ((), ())


def test_a_change_that_destroys_data_is_held_back_and_the_rest_is_done(treasury: Desk, cloud: Cloud) -> None:
    wanted = (box(size=2, label="x"), box("b", label="empty"), Note(name="n"))
    plan = treasury.plan(*wanted)
    change = change_of(plan, "box.a")
    assert (change.action, [field.field for field in change.fields]) == (Action.UPDATE, ["label"])
    assert (change.detail, change.held, change.spoils) == ("label", {"size": "3 bars"}, {})
    assert (plan.losses, plan.refusals) == ((Loss(A, "3 bars", "size"),), ())
    assert change.calls[0].params["size"] == 5
    treasury.apply(plan)
    assert (cloud.boxes["a"]["size"], cloud.boxes["a"]["label"]) == (5, "x")
    assert treasury.state.records[A].applied["size"] == 5, "what was applied is what stays on record"
    spared = change_of(treasury.plan(*wanted), "box.a")
    assert (spared.action, spared.why, spared.reason) == (Action.KEEP, Why.SPARED, "left as it is: size: 3 bars")
    assert treasury.plan(*wanted).held == (spared,)


def test_what_is_held_back_stays_on_record_as_it_was_applied(treasury: Desk, cloud: Cloud) -> None:
    cloud.boxes["a"]["size"] = 50
    wanted = (box(size=5), box("b", label="empty"), Note(name="n"))
    plan = treasury.plan(*wanted)
    assert pending(plan) == {}
    treasury.apply(plan)
    assert treasury.state.records[A].applied["size"] == 5
    cloud.boxes["a"]["label"] = "drifted"
    treasury.apply(treasury.plan(*wanted))
    assert treasury.state.records[A].applied["size"] == 5
    assert (cloud.boxes["a"]["size"], cloud.boxes["a"]["label"]) == (50, "")


def test_a_creation_that_stopped_half_way_has_nothing_to_lose(treasury: Desk) -> None:
    record = treasury.state.records[A]
    treasury.record(record, begun=True)
    change = change_of(treasury.plan(box(size=2), box("b", label="empty"), Note(name="n")), "box.a")
    assert (change.action, change.detail, change.held) == (Action.UPDATE, "size", {})


def test_with_consent_such_a_change_is_made(treasury: Desk, cloud: Cloud) -> None:
    plan = treasury.plan(box(size=2), box("b", label="empty"), Note(name="n"), lose=Consent.to([A]))
    change = change_of(plan, "box.a")
    assert (change.action, change.detail, change.held, change.spoils) == (Action.UPDATE, "size", {}, {"size": "3 bars"})
    assert (plan.losses, plan.refusals) == ((Loss(A, "3 bars", "size", agreed=True),), ())
    treasury.apply(plan)
    assert cloud.boxes["a"]["size"] == 2


def test_an_adoption_holds_back_such_a_change_too(treasury: Desk, cloud: Cloud) -> None:
    cloud.PutBox("theirs", size=9)
    change = change_of(treasury.plan(box("theirs", size=1), adopt=EVERYTHING), "box.theirs")
    assert (change.action, change.held) == (Action.ADOPT, {"size": "8 bars"})
    assert [field.field for field in change.fields] == ["tags"]


class Hoard(BoxReconciler):
    precious = True


@pytest.fixture
def hoard(cloud: Cloud) -> Desk:
    desk = Desk(cloud, kinds=(Hoard, LidReconciler, NoteReconciler))
    desk.converge(box(), Note(name="n"))
    return desk


def test_a_protected_environment_keeps_precious_resources(hoard: Desk) -> None:
    plan = hoard.plan(protected=True, lose=EVERYTHING)
    assert [refusal.text for refusal in plan.refusals] == ["box.a is neither removed nor replaced here"]
    assert ways(plan) == [(Way.UNPROTECT, None)]
    assert ways(hoard.plan(box(material="tin"), Note(name="n"), protected=True)) == [(Way.UNPROTECT, None)]
    assert hoard.plan(box(size=2), protected=True).refusals == ()
    assert hoard.plan().refusals == ()


def test_a_protected_environment_is_not_torn_down(hoard: Desk) -> None:
    plan = hoard.teardown(protected=True)
    assert [refusal.text for refusal in plan.refusals] == ["this environment is protected: nothing of it is torn down"]
    assert plan.refusals[0].way is Way.UNPROTECT
    assert hoard.teardown().refusals == ()


def many(count: int) -> list[Box]:
    return [box(f"b{number:02}") for number in range(count)]


@pytest.mark.parametrize(("there", "left", "refused"), [(10, 7, False), (10, 6, True), (9, 0, False), (10, 10, False)])
def test_a_great_part_of_ours_is_not_removed_at_once(desk: Desk, there: int, left: int, refused: bool) -> None:
    desk.converge(*many(there))
    plan = desk.plan(*many(left))
    assert [refusal.way for refusal in plan.refusals] == ([Way.REMOVE] if refused else [])
    if refused:
        assert plan.refusals[0].text == "4 of the 10 resources that are ours would be removed"
    assert desk.plan(*many(left), removals=True).refusals == ()
    assert desk.teardown(*many(there)).refusals == ()


def test_only_what_is_ours_is_counted(desk: Desk, cloud: Cloud) -> None:
    desk.converge(*many(9))
    for number in range(5):
        cloud.PutBox(f"theirs{number}")
    wanted = [Box(name=f"theirs{number}") for number in range(5)]
    assert not [refusal for refusal in desk.plan(*wanted, adopt=EVERYTHING).refusals if refusal.way is Way.REMOVE]


def test_only_removals_are_counted(desk: Desk) -> None:
    desk.converge(*many(10))
    changed = [box(item.name, size=2) for item in many(10)]
    assert desk.plan(*changed).refusals == ()


def test_refusals_come_in_order(cloud: Cloud) -> None:
    class Scarce(LidReconciler):
        def refusals(self, creating: Sequence[Lid], memo: Any) -> list[str]:
            return ["no more lids"]

    class Rare(Treasury):
        precious = True

    desk = Desk(cloud, kinds=(Rare, Scarce, NoteReconciler))
    desk.converge(*many(10))
    cloud.PutBox("theirs")
    wanted = [box("theirs"), box("b00"), lid(box("b00"))]
    plan = desk.plan(*wanted, protected=True)
    found = [refusal.way for refusal in plan.refusals]
    assert found == [Way.UNPROTECT] * 9 + [Way.ADOPT] + [Way.LOSE] * 9 + [Way.REMOVE, Way.BY_HAND]
