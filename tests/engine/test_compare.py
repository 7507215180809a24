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
from provisioner.engine.stamps import is_stamp

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


def test_only_attributes_that_differ_are_changes_in_the_order_of_declaration() -> None:
    assert changes(chest(), chest()) == {}
    found = compare(chest(wood="ash", size=2), chest())
    assert found == [FieldChange("size", 1, 2), FieldChange("wood", "oak", "ash", immutable=True)]
    assert [(change.known, change.secret, change.immutable) for change in found] == [
        (True, False, False),
        (True, False, True),
    ]


def test_without_a_live_side_every_attribute_is_a_change_from_nothing() -> None:
    assert changes(chest(code=None), None) == {"size": (None, 1), "wood": (None, "oak"), "words": (None, {})}


def test_none_leaves_an_attribute_to_aws_and_is_never_compared() -> None:
    assert changes(chest(size=None), chest(size=7)) == {}
    assert changes(chest(size=7), chest(size=None)) == {"size": (None, 7)}


def test_a_value_that_aws_does_not_show_this_time_is_not_compared() -> None:
    assert changes(chest(size=7), chest(size=UNSEEN)) == {}


def test_a_write_only_attribute_is_not_compared() -> None:
    assert changes(chest(engraving="a"), chest(engraving="b")) == {}
    assert "engraving" not in changes(chest(engraving="a"), None)


def test_a_value_that_is_not_known_yet_is_a_change_and_marked_as_unknown() -> None:
    (found,) = compare(chest(size=LATER), chest())
    assert found == FieldChange("size", 1, LATER, known=False)


def test_a_secret_is_hidden_on_both_sides() -> None:
    (found,) = compare(chest(code="new"), chest(code="old"))
    assert (found.before, found.after, found.secret, found.known) == ("****", "****", True, True)


def test_a_secret_is_hidden_even_if_only_one_side_is_secret() -> None:
    (found,) = compare(chest(code="public"), chest(code="old"))
    assert (found.before, found.after, found.secret) == ("****", "public", True)
    (found,) = compare(chest(code="new"), chest())
    assert (found.before, found.after, found.secret) == ("public", "****", True)


def test_a_change_says_nothing_of_a_secret() -> None:
    """Not even whether it is the same as another."""
    changes = [compare(chest(code=code), chest()) for code in ("a", "b")]
    assert changes[0] == changes[1]
    assert not compare(chest(words={"x": "y"}), chest())[0].secret


def test_a_missing_or_unknown_secret_is_shown_as_missing_or_unknown() -> None:
    attribute = Chest.attributes()["code"]
    assert field_change("code", attribute, None, "new").before is None
    assert field_change("code", attribute, "old", None).after is None
    found = field_change("code", attribute, "old", LATER)
    assert (found.before, found.after, found.known) == ("****", LATER, False)


def test_a_field_change_says_whether_the_attribute_is_immutable() -> None:
    assert field_change("wood", Chest.attributes()["wood"], "a", "b").immutable
    assert not field_change("code", Chest.attributes()["code"], "a", "b").immutable


def test_the_secret_texts_of_a_resource_are_listed() -> None:
    words = {"secret": "s1", "deep secret": {"x": "s2"}, "open": "o", "empty secret": ""}
    assert secrets_of(chest(code="c1", words=words, size="shown")) == {"c1", "s1", "s2"}


@pytest.mark.parametrize("value", [None, UNSEEN, LATER, "public", 7])
def test_values_without_a_text_hide_nothing(value: object) -> None:
    assert secrets_of(chest(code=value)) == frozenset()


def test_any_value_can_be_written_in_json_types() -> None:
    value = {1: (LATER, None, True), "b": b"abc", "f": 1.5, "s": {"x"}, "fs": frozenset(["y"])}
    assert plain(value) == {
        "1": ["(known after apply: box.a arn)", None, True],
        "b": "(3 bytes)",
        "f": 1.5,
        "s": ["x"],
        "fs": ["y"],
    }


def test_a_fingerprint_depends_on_the_content_alone() -> None:
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": (2,), "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint("\ud800") != fingerprint("\ud801"), "JSON may hold half a pair of surrogates"
    assert fingerprint("ä") == "sha256:1e5f2b0a7756f4b45eed5d71769ae579e023f70efba74bd855057914c7e16d40"


def test_secrets_are_recorded_as_digests_and_everything_else_as_it_is() -> None:
    recorded = recordable(chest(size=UNSEEN, wood=None, engraving="e", code="c", words={"x": "y"}))
    assert is_stamp(recorded["code"])
    assert recorded == {"engraving": "e", "code": recorded["code"], "words": {"x": "y"}}


def test_a_recorded_value_is_recognised() -> None:
    for one in (chest(code="c", words={"secret": "s"}), chest(size=[1, (2,)])):
        for name, value in recordable(one).items():
            assert same_as_recorded(one, name, value)
    assert same_as_recorded(chest(code="c"), "code", fingerprint("c")), "as former versions recorded it"
    assert not same_as_recorded(chest(code="d"), "code", fingerprint("c"))
    assert not same_as_recorded(chest(code="c"), "code", "c")
    assert not same_as_recorded(chest(size=2), "size", 1)
    assert not same_as_recorded(chest(code=None), "code", "c")
    assert same_as_recorded(chest(code=None), "code", None)
    assert same_as_recorded(chest(size=UNSEEN), "size", 1)
