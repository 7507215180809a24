"""What a part yields, and what follows from that alone: places, names, outputs, notes, and what others may ask."""

from __future__ import annotations

import typing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel

from provisioner import blueprint
from provisioner.blueprint import Blueprint, Declared, Theirs
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import Document
from provisioner.blueprint.lint.names import names
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.context import Context
from provisioner.engine.model import Naming, Output, Resource
from provisioner.engine.reconciler import Live
from provisioner.resources import KINDS
from provisioner.resources.metric_alarm import MetricAlarm
from provisioner.resources.sqs_queue import SqsQueue
from tests.unit.building import SAMPLE, scope
from tests.unit.linting import LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Bell(Resource):
    """A kind that AWS does not have."""

    kind: ClassVar[str] = "bell"
    naming = Naming("bell", r"[a-z-]+", "a-z and -", 12)
    sound = Output()


@pytest.fixture
def sample() -> Blueprint:
    return blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None)


def bells(*declared: Declared[Bell] | Theirs) -> Blueprint:
    built = Blueprint(Context(blueprint.load(SAMPLE, "dev"), scope()))
    built.add(declared)
    return built


def known(path: KeyPath) -> bool:
    """Whether a file may have a key at ``path``."""
    kind: object = Document
    for part in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if part not in kind.model_fields:
                return False
            kind = kind.model_fields[str(part)].annotation
        else:
            kind = typing.get_args(kind)[-1]
    return True


def test_every_place_is_one_that_a_file_may_have(sample: Blueprint) -> None:
    for item in sample.items:
        assert known(item.place), item
        assert known(item.named_at), item
    for declared in sample.declared:
        assert all(known(metric.named_at) for metric in declared.publishes)
        assert all(known(metric.at) for metric in declared.watches)


def test_what_is_asked_for_is_found_by_kind_owner_and_purpose(sample: Blueprint) -> None:
    assert sample.one(SqsQueue, purpose="events").name == "alarm-events-dev"
    alarm = sample.find(MetricAlarm, "payment-handler", "errors")
    assert alarm
    assert alarm.place == sample.place(alarm.resource.address) == ("functions", "payment-handler", "alarms", "errors")
    assert sample.find(MetricAlarm, "payment-handler", "no such") is None
    assert sample.find(SqsQueue) is None, "there are two, and neither is for everything"


def test_a_part_that_asks_too_early_is_told_so() -> None:
    with pytest.raises(LookupError, match="no part before this one declares one bell tower noon"):
        bells().one(Bell, "tower", "noon")


def test_names_are_checked_by_what_the_kind_says_and_where_they_are_chosen() -> None:
    built = bells(
        Declared(Bell(name="noon"), ("logs",)),
        Declared(Bell(name="NOON"), ("logs",), named_at=("cluster", "name")),
        Theirs(Bell, "a-very-long-name", ("functions", "x")),
        Theirs(Bell, "noon", ("functions", "y")),
    )
    assert [(flaw.path, flaw.what) for flaw in names(Subject(built, LONG_AGO))] == [
        (("cluster", "name"), "'NOON' cannot be the name of a bell; a-z and -"),
        (("functions", "x"), "the bell 'a-very-long-name' has 16 characters; at most 12"),
        (("functions", "y"), "'noon' is also the bell of logs"),
    ]


def test_every_name_that_aws_sees_has_its_rule() -> None:
    assert [kind.resource.kind for kind in KINDS if kind.resource.naming is None] == ["sns_subscription"]


def test_outputs_are_what_the_parts_give(sample: Blueprint) -> None:
    here, gone = Bell(name="here"), Bell(name="gone")
    built = bells(
        Declared(here, (), outputs={"sound": here.sound, "bell": here.name, "bells": {"a": here.name}}),
        Declared(gone, (), outputs={"silence": gone.sound, "bells": {"b": gone.name}}),
        Theirs(Bell, "theirs", (), outputs={"bells": {"c": "theirs"}}),
    )
    found = blueprint.outputs(built, {here.address: Live(here, {"sound": "ding"}), gone.address: Live(gone, gone=True)})
    assert {name: found[name] for name in ("sound", "bell", "silence")} == {
        "sound": "ding",
        "bell": "here",
        "silence": None,
    }
    assert found["bells"] == {"a": "here", "b": None, "c": "theirs"}
    assert list(found)[: len(blueprint.outputs(sample, {}))] == list(blueprint.outputs(sample, {}))


def test_a_function_of_others_is_an_output_and_no_resource(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text("[platform]\nname = 'shop'\n[environments.dev]\n[functions.api]\n")
    built = blueprint.build(blueprint.load(path, "dev"), scope(), None)
    assert blueprint.outputs(built, {})["lambda_function_names"] == {"api": "api-dev"}
    assert not [item for item in built.resources if item.kind == "lambda_function"]


def test_notes_come_in_the_order_in_which_things_are_made() -> None:
    first = Bell(name="first")
    later = Bell(name="later", depends_on=(first.address,))
    built = bells(Declared(later, (), notes=("later",)), Declared(first, (), notes=("first", "too")))
    assert built.notes == ["first", "too", "later"]


def test_loading_judges_nothing(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text("[platform]\nname = 'shop'\n[environments.dev]\n[composites.c]\nrule = 'nobody.errors'\n")
    config = blueprint.load(path, "dev")
    assert [flaw.path for flaw in blueprint.refusals(config, date.today())] == [("composites", "c", "rule")]
