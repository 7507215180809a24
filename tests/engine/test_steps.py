"""Steps are straight lines: the preview sees the calls that will be made, and makes none."""

from __future__ import annotations

from provisioner.engine.model import Address, Ref
from provisioner.engine.steps import Call, Remember, Step, Steps, Wait, drive, preview

HERE = Address("note", "n")


def steps() -> Steps:
    made = yield Call("toy", "Make", {"name": "n"})
    yield Remember({"id": made["note"]["id"]})
    yield Wait("toy", "note_exists")
    yield Call("toy", "Bind", {"id": made["note"]["id"]})


def nothing() -> Steps:
    yield from ()


def test_a_call_is_named_in_aws_words() -> None:
    assert str(Call("toy", "Make")) == "toy:Make"
    assert Call("toy", "Make") == Call("toy", "Make", {}, once=False)


def test_a_preview_lists_the_calls_with_references_in_place_of_answers() -> None:
    assert preview(steps(), HERE) == [
        Call("toy", "Make", {"name": "n"}),
        Call("toy", "Bind", {"id": Ref(HERE, "Make.note.id")}),
    ]


def test_each_answer_goes_back_to_the_step_that_asked() -> None:
    heard: list[Step] = []

    def perform(step: Step) -> object:
        heard.append(step)
        return {"note": {"id": "n-1"}} if isinstance(step, Call) else None

    drive(steps(), perform)
    assert heard == [
        Call("toy", "Make", {"name": "n"}),
        Remember({"id": "n-1"}),
        Wait("toy", "note_exists"),
        Call("toy", "Bind", {"id": "n-1"}),
    ]


def test_a_generator_without_steps_is_fine() -> None:
    assert preview(nothing(), HERE) == []
