"""The one comparison, and what people and files may see of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from provisioner.engine.compare import (
    FieldChange,
    compare,
    field_change,
    fingerprint,
    plain,
    recordable,
    same_as_recorded,
    secrets_of,
)
from provisioner.engine.model import UNSEEN, Address, Ref, Resource, attr

LATER = Ref(Address("box", "a"), "arn")


def hide(value: Any) -> Any:
    """Text is shown as stars, of a mapping each value whose key says so; what is public stays as it is."""
    if isinstance(value, dict):
        return {key: "****" if "secret" in key else item for key, item in value.items()}
    return "****" if value != "public" else value


@dataclass(frozen=True, kw_only=True)
class Chest(Resource):
    kind: ClassVar[str] = "chest"
    size: Any = attr(1)
    wood: Any = attr("oak", immutable=True)
    engraving: Any = attr("", write_only=True)
    code: Any = attr("public", conceal=hide)
    words: Any = attr({}, conceal=hide)


def chest(**values: Any) -> Chest:
    return Chest(name="c", **values)


def changes(want: Chest, live: Chest | None) -> dict[str, tuple[object, object]]:
    return {change.field: (change.before, change.after) for change in compare(want, live)}


def test_only_what_differs_is_a_change_in_the_order_of_declaration() -> None:
    assert changes(chest(), chest()) == {}
    found = compare(chest(wood="ash", size=2), chest())
    assert found == [FieldChange("size", 1, 2), FieldChange("wood", "oak", "ash", immutable=True)]
    assert [(change.known, change.secret, change.immutable) for change in found] == [
        (True, False, False),
        (True, False, True),
    ]


def test_without_a_live_side_all_is_a_change_from_nothing() -> None:
    assert changes(chest(code=None), None) == {"size": (None, 1), "wood": (None, "oak"), "words": (None, {})}


def test_what_is_left_to_aws_is_never_compared() -> None:
    assert changes(chest(size=None), chest(size=7)) == {}
    assert changes(chest(size=7), chest(size=None)) == {"size": (None, 7)}


def test_what_aws_does_not_show_is_never_compared() -> None:
    assert changes(chest(size=7), chest(size=UNSEEN)) == {}


def test_what_aws_never_shows_is_not_compared() -> None:
    assert changes(chest(engraving="a"), chest(engraving="b")) == {}
    assert "engraving" not in changes(chest(engraving="a"), None)


def test_what_is_not_known_yet_is_a_change_and_says_so() -> None:
    (found,) = compare(chest(size=LATER), chest())
    assert found == FieldChange("size", 1, LATER, known=False)


def test_a_secret_is_hidden_on_both_sides() -> None:
    (found,) = compare(chest(code="new"), chest(code="old"))
    assert (found.before, found.after, found.secret, found.known) == ("****", "****", True, True)
    assert found.stamp.startswith("sha256:")


def test_a_secret_is_hidden_where_only_one_side_is_one() -> None:
    (found,) = compare(chest(code="public"), chest(code="old"))
    assert (found.before, found.after, found.secret) == ("****", "public", True)
    (found,) = compare(chest(code="new"), chest())
    assert (found.before, found.after, found.secret) == ("public", "****", True)


def test_two_secrets_have_two_stamps_and_what_is_public_has_none() -> None:
    stamps = {compare(chest(code=code), chest())[0].stamp for code in ("a", "b")}
    assert len(stamps) == 2
    (found,) = compare(chest(words={"x": "y"}), chest())
    assert (found.secret, found.stamp) == (False, "")


def test_a_secret_that_is_new_or_not_known_yet_is_shown_as_such() -> None:
    attribute = Chest.attributes()["code"]
    assert field_change("code", attribute, None, "new").before is None
    assert field_change("code", attribute, "old", None).after is None
    found = field_change("code", attribute, "old", LATER)
    assert (found.before, found.after, found.known) == ("****", LATER, False)


def test_an_attribute_that_may_be_secret_can_be_fixed_too() -> None:
    assert field_change("wood", Chest.attributes()["wood"], "a", "b").immutable
    assert not field_change("code", Chest.attributes()["code"], "a", "b").immutable


def test_the_texts_that_nobody_may_see_are_known() -> None:
    words = {"secret": "s1", "deep secret": {"x": "s2"}, "open": "o", "empty secret": ""}
    assert secrets_of(chest(code="c1", words=words, size="shown")) == {"c1", "s1", "s2"}


@pytest.mark.parametrize("value", [None, UNSEEN, LATER, "public", 7])
def test_what_is_no_text_has_nothing_to_hide(value: object) -> None:
    assert secrets_of(chest(code=value)) == frozenset()


def test_any_value_can_be_written_in_jsons_own_types() -> None:
    value = {1: (LATER, None, True), "b": b"abc", "f": 1.5, "s": {"x"}, "fs": frozenset(["y"])}
    assert plain(value) == {
        "1": ["(known after apply: box.a arn)", None, True],
        "b": "(3 bytes)",
        "f": 1.5,
        "s": ["x"],
        "fs": ["y"],
    }


def test_a_fingerprint_is_that_of_the_content() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": (2,), "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint("ä") == "sha256:1e5f2b0a7756f4b45eed5d71769ae579e023f70efba74bd855057914c7e16d40"


def test_secrets_are_recorded_as_digests_and_all_else_as_it_is() -> None:
    recorded = recordable(chest(size=UNSEEN, wood=None, engraving="e", code="c", words={"x": "y"}))
    assert recorded == {"engraving": "e", "code": fingerprint("c"), "words": {"x": "y"}}


def test_what_was_recorded_is_recognised() -> None:
    for one in (chest(code="c", words={"secret": "s"}), chest(size=[1, (2,)])):
        for name, value in recordable(one).items():
            assert same_as_recorded(one, name, value)
    assert not same_as_recorded(chest(code="d"), "code", fingerprint("c"))
    assert not same_as_recorded(chest(size=2), "size", 1)
    assert not same_as_recorded(chest(code=None), "code", "c")
    assert same_as_recorded(chest(code=None), "code", None)
    assert same_as_recorded(chest(size=UNSEEN), "size", 1)
