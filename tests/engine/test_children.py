"""What belongs to something of somebody else's is neither made nor taken over, until that is ours."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.engine.consent import EVERYTHING, Consent
from provisioner.engine.model import Address
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Plan, Way
from tests.engine.desk import Desk, box, lid, pending
from tests.engine.toys import BoxReconciler, Cloud, Lid, LidReconciler, NoteReconciler, arn_of

A, LID = Address("box", "a"), Address("lid", "l")


@pytest.fixture
def theirs(cloud: Cloud) -> Cloud:
    cloud.PutBox("a", tags={"Owner": "they"})
    return cloud


def refusals(plan: Plan) -> dict[str, tuple[Way, Address | None]]:
    """What is refused, by the first word of the refusal."""
    return {refusal.text.split()[0].rstrip(":"): (refusal.way, refusal.address) for refusal in plan.refusals}


def test_a_child_of_a_strangers_thing_is_refused_by_its_own_address(desk: Desk, theirs: Cloud) -> None:
    plan = desk.plan(box(), lid(box()))
    assert pending(plan) == {"box.a": "adopt", "lid.l": "create"}
    assert refusals(plan) == {"box.a": (Way.ADOPT, A), "lid.l": (Way.ADOPT, A)}
    assert plan.refusals[1].text == "lid.l: it would belong to box.a, which is not ours"


@pytest.mark.parametrize("adopt", [EVERYTHING, Consent.to([A])])
def test_it_is_made_once_its_parent_is_taken_over(desk: Desk, theirs: Cloud, adopt: Consent) -> None:
    desk.apply(desk.plan(box(), lid(box()), adopt=adopt))
    assert (arn_of("a"), "l") in theirs.lids
    assert pending(desk.plan(box(), lid(box()))) == {}


def test_consent_to_the_child_is_no_consent_to_its_parent(desk: Desk, theirs: Cloud) -> None:
    assert refusals(desk.plan(box(), lid(box()), adopt=Consent.to([LID]))) == {
        "box.a": (Way.ADOPT, A),
        "lid.l": (Way.ADOPT, A),
    }


@pytest.mark.parametrize("there", [False, True])
def test_a_parent_that_nobody_declares_cannot_be_taken_over(desk: Desk, theirs: Cloud, there: bool) -> None:
    """Taken over by itself, the child would be a stranger's again in the next plan."""
    if there:
        theirs.PutLid(arn_of("a"), "l", colour="grey")
    plan = desk.plan(Lid(name="l", box=arn_of("a")), adopt=EVERYTHING)
    assert refusals(plan) == {"lid.l": (Way.BY_HAND, A)}


def test_a_child_of_what_another_stack_has_is_refused_despite_consent(desk: Desk, cloud: Cloud) -> None:
    cloud.PutBox("a", tags={STACK_TAG: "other/dev/us-east-1"})
    plan = desk.plan(box(), lid(box()), adopt=EVERYTHING)
    assert refusals(plan) == {"box.a": (Way.OTHER_STACK, A), "lid.l": (Way.OTHER_STACK, A)}


def test_a_child_of_ours_does_not_move_into_a_strangers_thing(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box("b"), lid(box("b")))
    cloud.PutBox("a", tags={"Owner": "they"})
    plan = desk.plan(box("b"), Lid(name="l", box=arn_of("a")), adopt=EVERYTHING)
    assert pending(plan) == {"lid.l": "replace"}
    assert refusals(plan) == {"lid.l": (Way.BY_HAND, A)}


class Eager(BoxReconciler):
    """A box without tags was made by its first user."""

    def implicit(self, live: Any) -> bool:
        return not live.resource.tags


@pytest.fixture
def implicit(cloud: Cloud) -> Desk:
    cloud.PutBox("a", tags={})
    return Desk(cloud, kinds=(Eager, LidReconciler, NoteReconciler))


def test_a_child_of_an_implicitly_made_thing_needs_no_consent(implicit: Desk) -> None:
    plan = implicit.plan(box(), lid(box()))
    assert (pending(plan), plan.refusals) == ({"box.a": "adopt", "lid.l": "create"}, ())


def test_what_others_added_is_noted_already_when_the_thing_is_taken_over(implicit: Desk, cloud: Cloud) -> None:
    cloud.PutLid(arn_of("a"), "theirs", colour="red")
    assert implicit.plan(box()).notes == ("box.a: lid theirs was added by others and is left alone",)


def test_a_child_taken_over_by_consent_is_not_said_to_stay_when_its_parent_goes(implicit: Desk, cloud: Cloud) -> None:
    cloud.PutLid(arn_of("a"), "l", colour="red")
    implicit.converge(box(), lid(box()), adopt=Consent.to([LID]))
    assert pending(implicit.teardown(box(), lid(box()))) == {"lid.l": "delete", "box.a": "delete"}
    kept = implicit.teardown(box(), lid(box()), keep=frozenset({A}))
    assert pending(kept) == {"lid.l": "release"}


def test_a_child_of_what_is_not_there_yet_is_made(desk: Desk) -> None:
    plan = desk.plan(box(), lid(box()))
    assert (pending(plan), plan.refusals) == ({"box.a": "create", "lid.l": "create"}, ())
