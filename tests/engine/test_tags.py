"""The service is asked for tags where they may differ, and not for each of a thousand that the index lacks yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from provisioner.engine.model import Address
from provisioner.engine.reconciler import Birth, Record, Sought
from provisioner.engine.tags import INDEX_LAG_SECONDS, Tags
from tests.engine.desk import box, tags_of
from tests.engine.toys import Box

OURS = tags_of("box", "a")
NOW = 1_796_000_000_000
TOO_OLD = round(NOW - INDEX_LAG_SECONDS * 1000 - 1)


@dataclass
class Service:
    """The box's own service, which has ``there`` for tags."""

    there: Mapping[str, str] = field(default_factory=lambda: OURS)
    asked: int = 0

    def __call__(self) -> Mapping[str, str]:
        self.asked += 1
        return self.there


def observation() -> Tags:
    """One that is made ``NOW``, however long the other tests take."""
    return Tags(lambda: NOW / 1000)


def recorded(at: int | None = NOW, *, partial: bool = False, tags: Mapping[str, str] = OURS) -> Record:
    return Record(Address("box", "a"), {"made": at}, {"tags": tags}, partial=partial)


def sought(record: Record | None, want: Box | None = None, *, made: bool = False) -> Sought[Box]:
    return Sought(Address("box", "a"), want or box(), record, made=made)


def primed(at: int = NOW - 1000) -> Tags:
    """An observation that has seen the index lack a box made ``at`` that time."""
    tags = observation()
    tags.of(None, sought(recorded(at)), Service(), Birth("made", at))
    return tags


def test_the_first_that_the_index_lacks_is_confirmed_and_no_younger_one_is() -> None:
    tags, service = observation(), Service()
    for at in (NOW - 20, NOW - 20, NOW - 10, NOW):
        assert tags.of(None, sought(recorded(at)), service, Birth("made", at)) == OURS
    assert service.asked == 1


def test_an_older_one_is_confirmed_too() -> None:
    service = Service()
    primed(NOW - 10).of(None, sought(recorded(NOW - 11)), service, Birth("made", NOW - 11))
    assert service.asked == 1


def test_what_one_kind_shows_of_the_index_says_nothing_of_another() -> None:
    service = Service()
    other = Sought(Address("crate", "a"), box(), recorded())
    primed().of(None, other, service, Birth("made", NOW))
    assert service.asked == 1


def test_what_differs_shows_nothing_of_the_index() -> None:
    tags, service = observation(), Service({})
    for _ in range(3):
        assert tags.of(None, sought(recorded()), service, Birth("made", NOW)) == {}
    assert service.asked == 3


def test_tags_that_aws_itself_puts_are_no_difference() -> None:
    tags, service = observation(), Service({**OURS, "aws:stack": "x"})
    for _ in range(3):
        tags.of(None, sought(recorded()), service, Birth("made", NOW))
    assert service.asked == 1


@pytest.mark.parametrize(
    ("item", "at"),
    [
        (sought(recorded(NOW - 1)), NOW),
        (sought(None), NOW),
        (sought(recorded(partial=True)), NOW),
        (sought(recorded(TOO_OLD)), TOO_OLD),
        (sought(recorded(None)), None),
        (sought(recorded(), Box(name="a", tags={"other": "tag"})), NOW),
    ],
    ids=["another thing", "no record", "half made", "too old", "AWS does not say", "other tags are wanted"],
)
def test_in_doubt_the_service_is_asked(item: Sought[Box], at: int | None) -> None:
    tags, service = primed(TOO_OLD), Service()
    tags.of(None, item, service, Birth("made", at))
    assert service.asked == 1


def test_without_a_birth_the_service_is_asked() -> None:
    service = Service()
    assert primed().of(None, sought(recorded()), service, None) == OURS
    assert service.asked == 1


def test_what_this_run_made_has_no_birth_on_record_yet() -> None:
    service = Service()
    assert primed().of(None, sought(recorded(None), made=True), service, Birth("made", NOW)) == OURS
    assert primed().of(None, sought(recorded(None)), service, Birth("made", NOW)) == OURS
    assert service.asked == 1


def test_tags_listed_of_another_thing_are_confirmed() -> None:
    service = Service({"theirs": "1"})
    assert observation().of(OURS, sought(recorded(NOW - 1)), service, Birth("made", NOW)) == {"theirs": "1"}
    assert observation().of(OURS, sought(recorded(NOW)), service, Birth("made", NOW)) == OURS
    assert observation().of(OURS, sought(recorded(None)), service, Birth("made", NOW)) == OURS
    assert service.asked == 1
