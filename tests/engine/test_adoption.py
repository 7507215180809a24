"""Whose tags stay on a resource that was taken over, and on one that we let go of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from provisioner.engine.adoption import ADOPTED_TAG, adopted, others, released, with_tags_of_others
from provisioner.engine.consent import EVERYTHING
from provisioner.engine.model import Address
from provisioner.engine.plan import Action
from provisioner.engine.reconciler import Live, Record
from tests.engine.desk import Desk, box, change_of, only, pending, tags_of
from tests.engine.toys import Box, Cloud, Note

A = Address("box", "a")
OURS = tags_of("box", "a")
MARKED = {**OURS, ADOPTED_TAG: "true"}


def tagged(tags: Mapping[str, str]) -> Live[Box]:
    return Live(Box(name="a", tags=dict(tags)))


def test_tags_that_only_this_tool_puts_are_not_those_of_others() -> None:
    assert others({**MARKED, "ManagedBy": "provisioner", "Team": "b"}) == {"Team": "b"}
    assert others({"ManagedBy": "terraform", "provision": "x"}) == {"ManagedBy": "terraform", "provision": "x"}


def test_the_record_says_what_was_taken_over() -> None:
    assert adopted(tagged(MARKED), Record(A, adopted={"Team": "b"})) == {"Team": "b"}
    assert adopted(tagged({}), Record(A, adopted={})) == {}


def test_without_a_record_the_mark_says_it() -> None:
    assert adopted(tagged({**MARKED, "Team": "b"}), None) == {"Team": "b"}
    assert adopted(tagged({**MARKED, "Team": "b"}), Record(A)) == {"Team": "b"}


def test_what_we_made_was_not_taken_over() -> None:
    assert adopted(tagged({**OURS, "Team": "b"}), Record(A)) is None
    assert adopted(Live(Note(name="n")), None) is None


def wanted_tags(
    there: Mapping[str, str], taken: Mapping[str, str] | None, ignored: tuple[str, ...] = ()
) -> dict[str, str]:
    want = Box(name="a", tags={**OURS, "Name": "ours"})
    return with_tags_of_others(want, tagged(there), taken, ignored).tags


def test_of_what_we_made_no_tag_of_others_stays() -> None:
    assert wanted_tags({"Team": "b"}, None) == {**OURS, "Name": "ours"}


def test_tags_from_before_an_adoption_stay_unless_their_key_is_ours() -> None:
    there = {"Team": "b", "Name": "theirs", "Later": "x"}
    assert wanted_tags(there, {"Team": "a", "Name": "theirs", "Gone": "y"}) == {**MARKED, "Name": "ours", "Team": "b"}


def test_tags_with_an_ignored_prefix_stay() -> None:
    there = {"cost:center": "7", "owner": "x", "Team": "b"}
    assert wanted_tags(there, None, ("cost:", "own")) == {**OURS, "Name": "ours", "cost:center": "7", "owner": "x"}


def test_a_kind_without_tags_is_wanted_as_it_is() -> None:
    note = Note(name="n")
    assert with_tags_of_others(note, Live(note), {}, ("a",)) is note


def free(there: Mapping[str, str], record: Record | None) -> dict[str, str]:
    return released(tagged(there), record).tags


def test_letting_go_takes_our_tags_away_and_puts_theirs_back() -> None:
    there = {**MARKED, "ManagedBy": "provisioner", "Name": "ours", "Cost": "9", "Team": "b", "Later": "x"}
    record = Record(
        A, applied={"tags": {**MARKED, "Name": "ours", "Cost": "9"}}, adopted={"Name": "theirs", "Gone": "y"}
    )
    assert free(there, record) == {"Name": "theirs", "Team": "b", "Later": "x"}


def test_of_what_nobody_remembers_the_tags_stay() -> None:
    there = {**OURS, "Name": "ours", "Team": "b"}
    assert free(there, Record(A)) == free(there, None) == {"Name": "ours", "Team": "b"}


def test_letting_go_of_a_kind_without_tags_changes_nothing() -> None:
    note = Note(name="n", text="x")
    assert released(Live(note), None) is note


@pytest.fixture
def taken(desk: Desk, cloud: Cloud) -> Desk:
    """Somebody's box of our name, taken over by consent."""
    cloud.PutBox("a", tags={"Team": "b", "ManagedBy": "provisioner"})
    desk.converge(box(), adopt=EVERYTHING)
    return desk


def test_an_adoption_is_recorded_and_marked(taken: Desk, cloud: Cloud) -> None:
    assert taken.state.records[A].adopted == {"Team": "b"}
    assert cloud.boxes["a"]["tags"] == {**MARKED, "Team": "b"}
    assert only(taken, box()).adopted == {"Team": "b"}


@pytest.mark.parametrize("forgetful", [False, True])
def test_an_adopted_resource_is_as_declared_with_its_former_tags(taken: Desk, forgetful: bool) -> None:
    if forgetful:
        taken.store.blobs.clear()
    assert pending(taken.converge(box())) == {}
    assert taken.state.records[A].adopted == {"Team": "b"}


def test_a_resource_that_we_made_is_not_marked(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    assert desk.state.records[A].adopted is None
    assert cloud.boxes["a"]["tags"] == OURS


def test_ignored_tags_are_no_difference(desk: Desk, cloud: Cloud) -> None:
    desk.converge(box())
    cloud.boxes["a"]["tags"]["cost:center"] = "7"
    assert pending(desk.plan(box())) == {"box.a": "update"}
    assert pending(desk.plan(box(), ignore_tags=("cost:",))) == {}


def test_a_teardown_lets_go_of_what_was_taken_over(taken: Desk, cloud: Cloud) -> None:
    taken.converge(box(), box("b"))
    plan = taken.teardown(box(), box("b"))
    assert pending(plan) == {"box.a": "release", "box.b": "delete"}
    assert change_of(plan, "box.a").reason == "stays, and is not ours any more"
    taken.apply(plan)
    assert list(cloud.boxes) == ["a"]
    assert cloud.boxes["a"]["tags"] == {"Team": "b"}
    assert taken.state.records == {}
    assert only(taken, box()).action is Action.ADOPT


@pytest.mark.parametrize("declared", [True, False])
def test_without_a_state_our_tags_are_those_declared(taken: Desk, cloud: Cloud, declared: bool) -> None:
    named = replace(box(), tags={**box().tags, "Name": "ours"})
    taken.converge(named)
    taken.store.blobs.clear()
    taken.apply(taken.teardown(*([named] if declared else [])))
    assert cloud.boxes["a"]["tags"] == ({"Team": "b"} if declared else {"Name": "ours", "Team": "b"})


def test_a_teardown_can_be_told_to_remove_it(taken: Desk) -> None:
    assert pending(taken.teardown(box(), delete_adopted=True)) == {"box.a": "delete"}


def test_outside_a_teardown_it_is_removed_as_any_other(taken: Desk) -> None:
    assert pending(taken.plan()) == {"box.a": "delete"}
