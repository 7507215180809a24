"""Addresses, references, and resources in one normal form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from provisioner.engine.model import (
    UNSEEN,
    Address,
    Join,
    Output,
    Ref,
    Resource,
    attr,
    is_known,
    join,
    references,
    substitute,
    texts,
)
from tests.engine.toys import Box, Lid, Note, arn_of

A, B = Address("box", "a"), Address("box", "b")
ARN = Ref(A, "arn")


@dataclass(frozen=True, kw_only=True)
class Crate(Resource):
    kind: ClassVar[str] = "crate"
    lid = Output()
    labels: list[Any] = attr([])
    marks: dict[str, Any] = attr({})
    weight: Any = attr(1, normal=float)


@pytest.mark.parametrize("text", ["box.a", "log_group./ecs/shop.dev", "box.."])
def test_an_address_is_parsed_and_spelled_the_same(text: str) -> None:
    assert str(Address.parse(text)) == text


def test_the_first_dot_separates_kind_and_name() -> None:
    assert Address.parse("box.a.b") == Address("box", "a.b")


@pytest.mark.parametrize("text", ["", "box", "box.", ".a", "."])
def test_a_text_without_kind_or_name_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an address: kind\.name is expected"):
        Address.parse(text)


def test_addresses_are_sorted_by_kind_and_name() -> None:
    assert sorted([Address("lid", "a"), B, A]) == [A, B, Address("lid", "a")]


def test_a_reference_says_what_it_refers_to() -> None:
    assert str(ARN) == "(known after apply: box.a arn)"
    assert ARN["part"][0] == Ref(A, "arn.part.0")
    assert str(Join(("x/", ARN))) == "x/(known after apply: box.a arn)"


def test_texts_are_joined_at_once() -> None:
    assert join("a", "b") == "ab"
    assert join() == ""


def test_a_text_with_a_reference_is_joined_later() -> None:
    joined = join("a/", ARN, join("/", ARN, "/b"))
    assert joined == Join(("a/", ARN, "/", ARN, "/b"))
    assert substitute(joined, {A: {"arn": "x"}}) == "a/x/x/b"


def test_an_output_of_an_instance_is_a_reference_to_it() -> None:
    assert Crate(name="a").lid == Ref(Address("crate", "a"), "lid")
    assert isinstance(Crate.lid, Output)


def test_attributes_are_those_declared_in_their_order() -> None:
    assert list(Crate.attributes()) == ["labels", "marks", "weight"]
    assert Crate(name="a", labels=[1]).values() == {"labels": [1], "marks": {}, "weight": 1.0}
    assert Lid.attributes()["box"].immutable
    assert not Lid.attributes()["colour"].immutable
    assert not Lid.attributes()["colour"].write_only


def test_a_resource_takes_keyword_arguments_only() -> None:
    with pytest.raises(TypeError, match="positional"):
        Resource("a")  # type: ignore[call-arg]  # that is what is refused


def test_resources_do_not_share_a_default() -> None:
    first, second = Crate(name="a"), Crate(name="b")
    first.labels.append("x")
    first.marks["x"] = "y"
    assert (second.labels, second.marks, Crate(name="c").labels) == ([], {}, [])


def test_a_value_is_brought_into_its_normal_form() -> None:
    assert Crate(name="a", weight="7").weight == 7.0
    assert Lid(name="a", box="b", colour="Red") == Lid(name="a", box="b", colour="RED")


@pytest.mark.parametrize("value", [None, UNSEEN, ARN, Join(("1", ARN))])
def test_unknown_values_are_not_normalised(value: object) -> None:
    assert Crate(name="a", weight=value).weight is value


def test_a_resource_needs_all_that_it_refers_to_at_any_depth() -> None:
    deep = Crate(
        name="c", labels=[("x", {"y": ARN})], depends_on=(Address("note", "n"),), weight=Join(("", Ref(B, "made")))
    )
    assert deep.needs() == {A, B, Address("note", "n")}
    assert Crate(name="c").needs() == frozenset()


def test_references_are_found_at_any_depth() -> None:
    other = Ref(B, "arn")
    assert list(references({"x": [ARN, (Join(("t", other)),)], "y": "text"})) == [ARN, other]
    assert is_known({"x": ["text", (1, None)]})
    assert not is_known({"x": [ARN]})


def test_texts_are_found_at_any_depth() -> None:
    assert list(texts({"key": ["a", ({"b": "c"}, 1)], "d": "", "e": None})) == ["a", "c", ""]


def test_mentions_are_the_texts_of_the_attributes_named_by_stands_on() -> None:
    assert list(Box(name="a", label="x", material="y").mentions()) == ["x"]
    assert list(Lid(name="a", box="x").mentions()) == []


def test_each_reference_is_replaced_by_what_is_known() -> None:
    value = {"a": [ARN, (ARN, 1)], "b": Ref(B, "arn"), "c": Ref(A, "made")}
    assert substitute(value, {A: {"arn": "x"}}) == {"a": ["x", ("x", 1)], "b": Ref(B, "arn"), "c": Ref(A, "made")}
    assert isinstance(substitute([ARN], {}), list)
    resolved = Lid(name="l", box=ARN).resolve({A: {"arn": arn_of("a")}})
    assert resolved == Lid(name="l", box=arn_of("a"))


def test_a_kind_without_tags_has_none() -> None:
    assert Box(name="a").tags_if_any == {}
    assert Lid(name="a", box="x").tags_if_any is None


def test_a_child_is_looked_for_at_its_parents_address() -> None:
    lid = Lid(name="l", box=arn_of("a"))
    assert lid.parent_address() == A
    assert Lid(name="l", box=ARN).parent_address() is None
    assert Note(name="n").parent_address() is None


def test_a_child_belongs_to_the_very_parent_that_it_names() -> None:
    lid = Lid(name="l", box=arn_of("a"))
    assert lid.is_child_of({"arn": arn_of("a")})
    assert not lid.is_child_of({"arn": f"{arn_of('elsewhere')}/a"})
    assert not lid.is_child_of({})
    assert not Note(name="n", text=arn_of("a")).is_child_of({"arn": arn_of("a")})
