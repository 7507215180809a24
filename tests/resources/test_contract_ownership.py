"""A namesake that is not ours: named, left alone, and taken over only when somebody says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.model import Resource
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Action, Origin
from provisioner.engine.planner import Options
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.examples import EXAMPLES, standing

TAGGED = [kind for kind, item in EXAMPLES.items() if hasattr(item.base, "tags")]


def stranger(resource: Resource) -> Any:
    """The same resource as another team would have made it."""
    return replace(resource, tags={"Team": "other"})  # type: ignore[call-arg]  # only those with tags come here


def given_a_stranger(platform: Platform, kind: str) -> tuple[Resource, list[Resource]]:
    """What the stack stands on is ours; the resource itself was made elsewhere, and no state knows it."""
    base = EXAMPLES[kind].base
    wanted = standing(base)
    beside = [item for item in wanted if item.address != base.address]
    platform.converge(beside)
    platform.apply(platform.plan([*beside, stranger(base)]))
    platform.lose_state()
    platform.clear_calls()
    return base, wanted


@pytest.mark.parametrize("kind", TAGGED)
def test_a_stranger_of_the_same_name_is_refused(platform: Platform, kind: str) -> None:
    base, wanted = given_a_stranger(platform, kind)
    plan = platform.plan(wanted)
    change = only(plan)
    assert (change.address, change.action, change.consent) == (base.address, Action.ADOPT, True)
    assert any(str(base.address) in refusal and "--adopt" in refusal for refusal in plan.refusals)
    assert platform.writes() == []


@pytest.mark.parametrize("kind", TAGGED)
def test_a_stranger_is_adopted_when_asked(platform: Platform, kind: str) -> None:
    base, wanted = given_a_stranger(platform, kind)
    plan = platform.converge(wanted, Options(adopt=True))
    assert pending(plan) == {str(base.address): "adopt"}
    assert pending(platform.plan(wanted)) == {}


@pytest.mark.parametrize("kind", TAGGED)
def test_a_stranger_survives_a_teardown(platform: Platform, kind: str) -> None:
    base, wanted = given_a_stranger(platform, kind)
    plan = platform.teardown(wanted)
    (change,) = (item for item in plan.changes if item.address == base.address)
    assert (change.action, change.calls) == (Action.KEEP, ())
    assert "not ours" in change.reason


@pytest.mark.parametrize("kind", TAGGED)
def test_lost_tags_of_what_is_on_record_are_drift(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    platform.converge(wanted)
    state = platform.state_text()
    platform.apply(platform.plan([stranger(item) if item.address == base.address else item for item in wanted]))
    platform.restore_state(state)
    plan = platform.plan(wanted)
    change = only(plan)
    assert (change.address, change.action, change.origin) == (base.address, Action.UPDATE, Origin.DRIFT)
    assert fields(change) == ["tags"]
    assert not plan.refusals


def test_a_log_group_without_tags_is_adopted_without_asking(platform: Platform) -> None:
    """Its first writer made it, before anybody declared it."""
    base = EXAMPLES["log_group"].base
    platform.client("logs").create_log_group(logGroupName=base.name)
    plan = platform.converge([base])
    assert pending(plan) == {str(base.address): "adopt"}
    assert pending(platform.plan([base])) == {}


def test_another_environment_is_a_stranger(platform: Platform) -> None:
    base = EXAMPLES["sqs_queue"].base
    other = {**base.values()["tags"], STACK_TAG: "shop/prod/us-east-1"}
    platform.converge([replace(base, tags=other)])  # type: ignore[call-arg]  # a queue has tags
    platform.lose_state()
    assert only(platform.plan([base])).action is Action.ADOPT
