"""What a plan takes away from resources that stay."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.engine.compare import FieldChange
from provisioner.engine.model import Address
from provisioner.engine.plan import Action, Change, Why
from provisioner.engine.planning.taken import Taken, taken_away
from provisioner.engine.reconciler import Live
from tests.engine.toys import Box

A = Address("box", "a")


def taken(
    before: Any,
    after: Any,
    *,
    action: Action = Action.UPDATE,
    live: Live[Box] | None = Live(Box(name="a")),  # noqa: B008  (a value)
    known: bool = True,
    spoils: str = "",
) -> list[str]:
    """The items taken from one field."""
    change = Change(
        A,
        action,
        Why.EDITED,
        fields=(FieldChange("f", before, after, known),),
        live=live,
        spoils={"f": spoils} if spoils else {},
    )
    found = list(taken_away([change]))
    assert all((item.address, item.field) == (A, "f") for item in found)
    return [text for item in found for text in item.items]


def test_keys_that_go_are_taken_away_with_their_text() -> None:
    assert taken({"a": "1", "b": "2", "c": 3}, {"a": "9"}) == ["b = 2", "c"]
    assert taken({"a": "1"}, None) == ["a = 1"]


def test_list_entries_that_go_are_taken_away() -> None:
    assert taken(["x", "y", 3], ["y"]) == ["x", "3"]
    assert taken(["x"], None) == ["x"]


def test_documents_in_a_list_go_by_their_sid_or_id() -> None:
    entries = [{"Sid": "s", "Id": "i"}, {"Id": "i"}, {"x": 1}]
    assert taken(entries, []) == ["s", "i", '{"x": 1}']


def test_of_a_policy_the_statements_count() -> None:
    before = {"Version": "1", "Statement": [{"Sid": "a"}, {"Sid": "b"}]}
    assert taken(before, {"Statement": [{"Sid": "b"}]}) == ["a"]
    assert taken(before, {}) == ["a", "b"]
    assert taken({"Statement": "x"}, {}) == ["Statement = x"]


def test_a_changed_text_or_number_takes_nothing_away() -> None:
    assert taken("a", "b") == taken(1, 2) == []
    assert taken({"a": "1"}, {"a": "1", "b": "2"}) == []


def test_of_a_value_that_is_not_known_yet_nothing_can_be_said() -> None:
    assert taken(["x"], [], known=False) == []


def test_agreed_losses_are_taken_away() -> None:
    assert taken(9, 1, spoils="8 days of data") == ["8 days of data"]
    assert taken(["x"], [], spoils="data") == ["x"]


@pytest.mark.parametrize("action", Action)
def test_only_from_resources_that_stay_and_change_something_is_taken(action: Action) -> None:
    staying = (Action.UPDATE, Action.ADOPT, Action.REPLACE, Action.REVIVE)
    assert taken(["x"], [], action=action) == (["x"] if action in staying else [])


def test_from_a_resource_that_is_not_there_nothing_is_taken() -> None:
    assert taken(["x"], [], live=None) == []


def test_each_field_is_told_in_order() -> None:
    fields = (FieldChange("one", ["a", "b"], []), FieldChange("two", 1, 2), FieldChange("three", {"k": "v"}, {}))
    change = Change(A, Action.UPDATE, Why.EDITED, fields=fields, live=Live(Box(name="a")))
    assert list(taken_away([change, change])) == [Taken(A, "one", ("a", "b")), Taken(A, "three", ("k = v",))] * 2
