"""AWS is read once, in bulk and side by side, and orphans are found."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from provisioner.engine.errors import AwsError
from provisioner.engine.model import Address
from provisioner.engine.observer import Foreign, Observed, Observer, Shared
from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.engine.reconciler import Live, Record, Sought
from provisioner.engine.reporter import Reporter
from tests.engine.desk import Desk, box, tags_of
from tests.engine.stores import LONG
from tests.engine.toys import SCOPE, Box, BoxReconciler, Cloud, Lid, Note, arn_of, reconcilers

A, B, LID, NOTE = Address("box", "a"), Address("box", "b"), Address("lid", "l"), Address("note", "n")


def observe(cloud: Cloud, *sought: Address | Box, orphans: bool = False) -> Observed:
    items = [Sought(item.address, item) if isinstance(item, Box) else Sought(item) for item in sought]
    return Observer(cloud, reconcilers(cloud), Reporter()).observe(items, orphans=orphans)


def fill(cloud: Cloud, *names: str, ours: bool = True) -> None:
    for name in names:
        cloud.PutBox(name, tags=tags_of("box", name) if ours else {})


def shared(cloud: Cloud, *sought: Address) -> Shared:
    return Shared(cloud, {address: Sought(address) for address in sought}, Observed())


def test_sought_resources_that_exist_are_found(cloud: Cloud) -> None:
    fill(cloud, "a", "c")
    cloud.CreateNote("n", text="t", pin="")
    observed = observe(cloud, A, B, NOTE)
    assert observed.lives == {
        A: Live(box("a"), {"arn": arn_of("a"), "made": 1}),
        NOTE: Live(Note(name="n", text="t"), {"id": "n-3"}),
    }
    assert list(observed.sought) == [A, B, NOTE]


def test_each_kind_is_read_once_and_only_if_something_is_sought(cloud: Cloud) -> None:
    observe(cloud, LID, NOTE)
    assert sorted(cloud.asked) == ["ListLids", "ListNotes"]


def test_the_reporter_hears_of_each_read(desk: Desk) -> None:
    fill(desk.cloud, "a")
    desk.observer.observe([Sought(A), Sought(B)], orphans=False)
    said = [line for line in desk.listener.heard if "box" in line]
    assert said == ["reading 2 box", "read 1 box"]


def test_a_recorded_id_finds_the_resource(cloud: Cloud) -> None:
    cloud.CreateNote("other title", text="", pin="")
    sought = Sought[Note](NOTE, record=Record(NOTE, {"id": "n-1"}))
    observed = Observer(cloud, reconcilers(cloud), Reporter()).observe([sought], orphans=False)
    assert list(observed.lives) == [NOTE]


class Meeting(Cloud):
    """Answers only when four questions are asked at once."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(4)

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        self.barrier.wait(LONG)
        return super().pages(service, operation, key, **params)

    def tagged(self) -> dict[str, dict[str, str]]:
        self.barrier.wait(LONG)
        return super().tagged()


def test_kinds_and_the_listing_by_tags_are_read_side_by_side() -> None:
    assert observe(Meeting(), A, NOTE, orphans=True).lives == {}


def test_a_read_that_fails_fails_the_observation(cloud: Cloud) -> None:
    class Failing(BoxReconciler):
        def read(self, sought: Any, memo: Any) -> Any:
            raise AwsError("toy", "ListBoxes", "No", "no")

    with pytest.raises(AwsError, match="ListBoxes"):
        Observer(cloud, reconcilers(cloud, (Failing,)), Reporter()).observe([Sought(A)], orphans=False)


def test_a_listing_by_tags_that_fails_fails_the_observation() -> None:
    class BlindCloud(Cloud):
        def tagged(self) -> dict[str, dict[str, str]]:
            raise AwsError("tagging", "GetResources", "No", "no")

    with pytest.raises(AwsError, match="GetResources"):
        observe(BlindCloud(), NOTE, orphans=True)


def test_orphans_are_found_by_our_tag(cloud: Cloud) -> None:
    fill(cloud, "a", "b")
    fill(cloud, "c", ours=False)
    cloud.asked.clear()
    observed = observe(cloud, A, orphans=True)
    assert set(observed.lives) == {A, B}
    assert observed.sought[B] == Sought(B)
    assert sorted(cloud.asked) == ["GetResources", "ListBoxes", "ListBoxes", "ListLids", "ListLids"]


def test_orphans_are_looked_for_only_on_request(cloud: Cloud) -> None:
    fill(cloud, "a", "b")
    assert set(observe(cloud, A).lives) == {A}


def test_an_orphan_is_addressed_by_its_arn_not_by_its_tags(cloud: Cloud) -> None:
    fill(cloud, "b")
    cloud.boxes["b"]["tags"][ADDRESS_TAG] = "lid.l"
    assert set(observe(cloud, orphans=True).lives) == {B}


def test_a_tagged_resource_of_an_unknown_kind_is_ignored(cloud: Cloud) -> None:
    cloud.index = {"arn:toy:barrel/x": {STACK_TAG: SCOPE.stack}}
    observed = observe(cloud, orphans=True)
    assert (observed.lives, observed.sought) == ({}, {})


def test_without_orphans_there_is_no_second_read(cloud: Cloud) -> None:
    fill(cloud, "a")
    cloud.index = {arn_of("a"): tags_of("box", "a"), arn_of("b"): tags_of("box", "b")}  # it still lists what is gone
    observe(cloud, A, B, orphans=True)
    assert sorted(cloud.asked) == ["GetResources", "ListBoxes", "ListLids"]


def test_a_resource_that_was_found_is_not_taken_for_an_orphan(cloud: Cloud) -> None:
    class Elsewhere(BoxReconciler):
        """An ARN of it says nothing of its name."""

        def name_of(self, arn: str) -> str | None:
            return f"number of {arn}"

    fill(cloud, "a", "b")
    observed = Observer(cloud, reconcilers(cloud, (Elsewhere,)), Reporter()).observe([Sought(A)], orphans=True)
    assert list(observed.sought) == [A, Address("box", f"number of {arn_of('b')}")]


def test_foreign_children_are_listed_in_order(cloud: Cloud) -> None:
    fill(cloud, "a", "b")
    for parent, name in (("b", "x"), ("a", "z"), ("a", "l"), ("a", "y")):
        cloud.PutLid(arn_of(parent), name)
    observed = observe(cloud, A, LID)
    assert [(found.parent, found.name) for found in observed.foreign] == [(A, "y"), (A, "z"), (B, "x")]
    assert observed.lives[LID].resource == Lid(name="l", box=arn_of("a"))


def test_a_foreign_child_hears_nothing_unless_its_kind_says_so(cloud: Cloud) -> None:
    observed = Observed()
    memo = Shared(cloud, {}, observed)
    memo.foreign("lid", A, "x")
    memo.foreign("lid", A, "y", hears=True)
    assert observed.foreign == [Foreign("lid", A, "x", hears=False), Foreign("lid", A, "y", hears=True)]


def test_foreign_children_are_found_where_no_child_is_sought(cloud: Cloud) -> None:
    fill(cloud, "a")
    cloud.PutLid(arn_of("a"), "x")
    assert [(found.parent, found.name) for found in observe(cloud, A).foreign] == [(A, "x")]
    cloud.asked.clear()
    assert observe(cloud, NOTE).foreign == []
    assert cloud.asked == ["ListNotes"], "without a box nobody looks for lids"


def test_what_is_ours_can_be_asked_for(cloud: Cloud) -> None:
    fill(cloud, "a")
    fill(cloud, "b", "c", ours=False)
    cloud.boxes["c"]["tags"] = {}
    recorded = Sought[Box](
        Address("box", "c"), record=Record(Address("box", "c"), {"made": cloud.boxes["c"]["made"]}, {"size": 1})
    )
    observed = Observer(cloud, reconcilers(cloud), Reporter()).observe([Sought(A), Sought(B), recorded], orphans=False)
    assert observed.memo is not None
    assert observed.memo.ours("box") == {"a", "c"}
    assert observed.memo.ours("lid") == set()


def test_the_answers_of_an_observation_stay_available(cloud: Cloud) -> None:
    observed = observe(cloud, A)
    assert observed.memo is not None
    assert observed.memo.once("asked before", lambda: 1) == 1
    assert observed.memo.once("asked before", lambda: 2) == 1
    assert [item.address for item in observed.memo.sought("box")] == [A]


def test_a_kind_can_see_what_is_sought_of_other_kinds(cloud: Cloud) -> None:
    memo = shared(cloud, A, LID, NOTE)
    assert [item.address for item in memo.sought("box", "note")] == [A, NOTE]


def test_an_answer_is_fetched_once_even_if_two_threads_ask(cloud: Cloud) -> None:
    memo, within, second = shared(cloud), threading.Event(), threading.Event()

    def slow() -> int:
        within.set()
        second.wait(0.02)
        return 1

    def quick() -> int:
        second.set()
        return 2

    answers: list[int] = []
    first = threading.Thread(target=lambda: answers.append(memo.once("key", slow)))
    first.start()
    assert within.wait(LONG)
    answers.append(memo.once("key", quick))
    first.join()
    assert answers == [1, 1]


def test_different_answers_are_fetched_side_by_side(cloud: Cloud) -> None:
    memo, barrier = shared(cloud), threading.Barrier(2)
    asking = threading.Thread(target=lambda: memo.once("one", lambda: barrier.wait(LONG)))
    asking.start()
    memo.once("other", lambda: barrier.wait(LONG))
    asking.join()


def test_arns_tagged_with_an_address_are_listed_in_order(cloud: Cloud) -> None:
    cloud.index = {"z": tags_of("box", "a"), "y": tags_of("box", "b"), "x": tags_of("box", "a"), "w": {}}
    assert shared(cloud).listed(A) == ["x", "z"]


def test_tags_listed_as_wanted_are_not_read_again(cloud: Cloud) -> None:
    cloud.index = {arn_of("a"): tags_of("box", "a")}
    cloud.PutBox("a", tags={})
    assert observe(cloud, box("a")).lives[A].resource == box("a")
    assert observe(cloud, A).lives[A].resource == box("a")
    assert "ListTags" not in cloud.asked


@pytest.mark.parametrize("listed", [{}, {arn_of("a"): {"old": "tag"}}])
def test_other_or_missing_tags_are_confirmed_by_the_service_itself(
    cloud: Cloud, listed: dict[str, dict[str, str]]
) -> None:
    fill(cloud, "a")
    cloud.index = listed
    assert observe(cloud, box("a")).lives[A].resource == box("a")
    assert cloud.asked.count("ListTags") == 1


def test_listed_tags_suffice_for_a_kind_without_tags(cloud: Cloud) -> None:
    cloud.index = {"arn": {"listed": "tag"}}
    assert shared(cloud).tags("arn", Sought(NOTE, Note(name="n")), dict) == {"listed": "tag"}


def test_tags_that_aws_itself_puts_are_marks_and_no_tags(cloud: Cloud) -> None:
    fill(cloud, "a")
    cloud.boxes["a"]["tags"] |= {"aws:stack": "x", "awsome": "y"}
    live = observe(cloud, box("a")).lives[A]
    assert live.resource.tags_if_any == {**box("a").tags, "awsome": "y"}
    assert live.marks == {"aws:stack": "x"}


def test_tags_that_aws_itself_puts_cost_no_call(cloud: Cloud) -> None:
    fill(cloud, "a")
    cloud.boxes["a"]["tags"] |= {"aws:stack": "x"}
    assert observe(cloud, box("a")).lives[A].resource == box("a")
    assert "ListTags" not in cloud.asked
