"""Another tool's marks on what we manage: named in the plan, and never touched."""

from __future__ import annotations

import pytest

from provisioner.engine.managers import managers
from provisioner.engine.reconciler import Live
from tests.engine.desk import Desk, box
from tests.engine.toys import Box

STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "A"}


@pytest.mark.parametrize(
    ("tags", "named"),
    [
        ({"ManagedBy": "terraform"}, {"Terraform"}),
        ({"managed-by": "the SRE team"}, {"the SRE team"}),
        ({"app.kubernetes.io/managed_by": "crossplane"}, {"crossplane"}),
        ({"Terraform": "true"}, {"Terraform"}),
        ({"terraform": "false"}, set()),
        ({"ManagedBy": "provisioner"}, set()),
        ({"Owner": "terraform"}, set()),
        ({}, set()),
    ],
)
def test_a_tag_tells_who_else_manages_it(tags: dict[str, str], named: set[str]) -> None:
    assert managers(Live(Box(name="a", tags=tags)), None) == named


def test_a_tag_that_the_file_gives_is_nobody_elses() -> None:
    mine = Box(name="a", tags={"managed-by": "us"})
    assert managers(Live(mine), mine) == set()
    assert managers(Live(mine), Box(name="a", tags={"managed-by": "them"})) == {"us"}


def test_a_stack_is_named() -> None:
    assert managers(Live(Box(name="a"), marks=STACK), None) == {"CloudFormation (stack shop)"}
    assert managers(Live(Box(name="a"), marks={"aws:servicecatalog:x": ""}), None) == {"Service Catalog"}
    assert managers(Live(Box(name="a"), marks={"aws:backup:x": ""}), None) == set()


def test_marks_of_ignored_tags_are_none() -> None:
    live = Live(Box(name="a", tags={"terraform": "true"}), marks=STACK)
    assert managers(live, None, ("aws:cloudformation:",)) == {"Terraform"}
    assert managers(live, None, ("aws:", "terra")) == set()


def test_the_plan_says_what_the_other_will_do(desk: Desk) -> None:
    desk.converge(box("a"), box("b"))
    for name in ("a", "b"):
        desk.cloud.boxes[name]["tags"] |= STACK
    plan = desk.plan(box("a"), box("b"))
    assert not plan.pending, "nobody can change those tags"
    (note,) = plan.notes
    assert note.startswith("CloudFormation (stack shop) manages box.a, box.b as well")
    (note,) = desk.plan(box("a")).notes
    assert "box.b" in note, "also of what is removed"


def test_what_is_to_be_adopted_is_told_by_its_tags_and_after_that_too(desk: Desk) -> None:
    desk.cloud.PutBox("a", tags={"terraform": "true"}, material="wood", color="")
    assert [note for note in desk.plan(box("a")).notes if note.startswith("Terraform")]


def test_many_are_counted(desk: Desk) -> None:
    boxes = [box(f"b{number:02}") for number in range(12)]
    desk.converge(*boxes)
    for name in desk.cloud.boxes:
        desk.cloud.boxes[name]["tags"] |= STACK
    (note,) = desk.plan(*boxes).notes
    assert " and 2 more" in note
