"""What every kind keeps: making, finding again, losing, removing, and the calls that are shown before they are made."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.validate import ParamValidator

from provisioner.engine.model import Resource
from provisioner.engine.plan import Action, Origin
from provisioner.engine.steps import Call, drive
from tests.resources.driver import Platform, only, pending
from tests.resources.examples import EXAMPLES, PLATFORM, everything, only_on_record, standing
from tests.resources.removals import REMOVALS

KINDS = list(EXAMPLES)


def stands(kind: str) -> tuple[Resource, list[Resource]]:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    return base, wanted


@pytest.mark.parametrize("kind", KINDS)
def test_made_once(platform: Platform, kind: str) -> None:
    base, wanted = stands(kind)
    plan = platform.converge(wanted)
    assert pending(plan) == {str(item.address): "create" for item in wanted}
    platform.clear_calls()
    again = platform.converge(wanted)
    assert pending(again) == {}
    assert platform.writes() == []
    assert base.address in platform.state.records


@pytest.mark.parametrize("kind", KINDS)
def test_no_longer_declared(platform: Platform, kind: str) -> None:
    base, wanted = stands(kind)
    platform.converge(wanted)
    rest = [item for item in wanted if item.address != base.address]
    plan = platform.plan(rest)
    change = only(plan)
    assert (change.address, change.action) == (base.address, Action.DELETE)
    platform.apply(plan)
    assert pending(platform.plan(rest)) == {}
    assert change.live is not None
    removal = platform.reconcilers[kind].delete(change.live)
    drive(removal, platform.perform)  # what is gone already may be removed again


@pytest.mark.parametrize("kind", KINDS)
def test_deleted_by_somebody_else(platform: Platform, kind: str) -> None:
    base, wanted = stands(kind)
    platform.converge(wanted)
    REMOVALS[kind](platform.client)
    plan = platform.plan(wanted)
    change = only(plan)
    expected = Action.REVIVE if kind == "kms_key" else Action.CREATE
    assert (change.address, change.action, change.origin) == (base.address, expected, Origin.DRIFT)
    platform.apply(plan)
    assert pending(platform.plan(wanted)) == {}


@pytest.mark.parametrize("removing", [False, True])
def test_the_calls_shown_are_the_calls_made(platform: Platform, removing: bool) -> None:
    wanted = standing(*PLATFORM)
    if removing:
        platform.converge(wanted)
    plan = platform.teardown(wanted) if removing else platform.plan(wanted)
    shown = [(change.address, str(call)) for change in plan.pending for call in change.calls]
    platform.clear_calls()
    platform.apply(plan)
    made = [(address, str(call)) for address, call in platform.diary.calls]
    for address in {change.address for change in plan.pending}:
        assert [call for a, call in made if a == address] == [call for a, call in shown if a == address]
    assert Counter(platform.writes()) == Counter(call for _, call in shown)


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_is_one_that_aws_knows(platform: Platform, kind: str) -> None:
    """In botocore's model of the service: the operation, its members and their enumerations."""
    resource, beside = everything(kind)
    base = EXAMPLES[kind].base
    calls = []
    for wanted in ([*beside, resource], standing(base, *beside), []):
        plan = platform.plan(wanted)
        platform.apply(plan)
        calls += [call for _, call in platform.diary.calls]
    assert calls
    for call in calls:
        check_call(platform, call)


def check_call(platform: Platform, call: Call) -> None:
    shape = platform.client(call.service).meta.service_model.operation_model(call.operation).input_shape
    report = ParamValidator().validate(dict(call.params), shape)
    assert not report.has_errors(), report.generate_report()
    check_enumerations(shape, dict(call.params))


def check_enumerations(shape: Any, value: Any) -> None:
    match shape.type_name:
        case "structure":
            for name, item in value.items():
                check_enumerations(shape.members[name], item)
        case "list":
            for item in value:
                check_enumerations(shape.member, item)
        case "map":
            for name, item in value.items():
                check_enumerations(shape.key, name)
                check_enumerations(shape.value, item)
        case "string" if getattr(shape, "enum", None):
            assert value in shape.enum, f"{value} is not one of {shape.enum}"


def test_a_whole_platform_without_state(platform: Platform) -> None:
    wanted = standing(*(item for item in PLATFORM if not only_on_record(item)))
    platform.converge(wanted)
    platform.lose_state()
    platform.clear_calls()
    assert pending(platform.converge(wanted)) == {}
    assert platform.writes() == []
    platform.lose_state()
    plan = platform.teardown(wanted)
    assert pending(plan) == {str(item.address): "delete" for item in wanted}
    platform.apply(plan)
    platform.lose_state()
    assert pending(platform.teardown(wanted)) == {}


def test_that_a_thing_is_absent_is_an_answer(platform: Platform) -> None:
    """Taken for AWS's lag behind our own writes it would cost minutes, for each thing that was just removed."""
    wanted = standing(*PLATFORM)
    platform.converge(wanted)
    platform.apply(platform.teardown(wanted))
    assert [wait for wait in platform.diary.waits if "published rate" not in wait] == []
