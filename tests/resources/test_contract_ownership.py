"""A namesake that is not ours: named, left alone, and taken over only when somebody says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.model import Address, Resource
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Action, Change, Origin, Plan, Way
from provisioner.engine.steps import Call, Remember, Step, drive
from provisioner.resources import KINDS
from tests.cli.account import told
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.examples import EXAMPLES, PLATFORM, everything, only_on_record, standing

TAGGED = [kind for kind, item in EXAMPLES.items() if item.base.tags_if_any is not None]
RECORDED = [kind for kind, item in EXAMPLES.items() if only_on_record(item.base)]
ONCE = [kind.resource.kind for kind in KINDS if kind.once]


def stranger(resource: Resource) -> Any:
    """The same resource as another team would have made it."""
    return replace(resource, tags={"Team": "other"})  # type: ignore[call-arg]  # only those with tags come here


def given_a_stranger(platform: Platform, kind: str) -> tuple[Resource, list[Resource], set[Address]]:
    """What the stack stands on is ours; the resource itself was made elsewhere, and no state knows it.

    The resource, everything wanted, and the addresses of what is theirs: a thing without tags comes with its parent.
    """
    base = EXAMPLES[kind].base
    wanted = standing(base)
    parent = base.parent
    strange = {item.address for item in wanted if item.kind == (parent.kind if parent else kind)}
    platform.converge([item for item in wanted if item.address != base.address])
    theirs = [stranger(item) if item.address in strange and item.tags_if_any is not None else item for item in wanted]
    platform.apply(platform.plan(theirs))
    platform.lose_state()
    platform.clear_calls()
    return base, wanted, {*strange, base.address}


def changes_of(plan: Plan, addresses: set[Address]) -> list[Change]:
    return [change for change in plan.changes if change.address in addresses]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_stranger_of_the_same_name_is_refused(platform: Platform, kind: str) -> None:
    _, wanted, strange = given_a_stranger(platform, kind)
    plan = platform.plan(wanted)
    assert pending(plan) == {str(address): "adopt" for address in strange}
    assert all(change.refused is Way.ADOPT for change in plan.pending)
    for address in strange:
        assert any(str(address) in refusal.text and refusal.way is Way.ADOPT for refusal in plan.refusals)
    assert platform.writes() == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_stranger_is_adopted_when_asked(platform: Platform, kind: str) -> None:
    _, wanted, strange = given_a_stranger(platform, kind)
    plan = platform.converge(wanted, Options(adopt=EVERYTHING))
    assert pending(plan) == {str(address): "adopt" for address in strange}
    assert pending(platform.plan(wanted)) == {}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_stranger_survives_a_teardown(platform: Platform, kind: str) -> None:
    _, wanted, strange = given_a_stranger(platform, kind)
    changes = changes_of(platform.teardown(wanted), strange)
    assert {change.address for change in changes} == strange
    assert {(change.action, change.calls) for change in changes} == {(Action.KEEP, ())}
    assert all("not ours" in change.reason for change in changes)


def given_other_tags(platform: Platform, base: Resource, wanted: list[Resource], tags: dict[str, str]) -> Change:
    """Ours, on record, and somebody has put ``tags`` in place of all that it bore; what the next plan makes of it."""
    platform.converge(wanted)
    state = platform.state_text()
    other = replace(base, tags=tags)  # type: ignore[call-arg]  # only those with tags come here
    platform.apply(platform.plan([other if item.address == base.address else item for item in wanted]))
    platform.restore_state(state)
    return only(platform.plan(wanted))


@pytest.mark.parametrize("kind", TAGGED)
def test_a_record_is_no_leave_to_take_what_bears_other_tags(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    change = given_other_tags(platform, base, wanted, {"Team": "other"})
    assert (change.address, change.action, change.refused) == (base.address, Action.ADOPT, Way.ADOPT)
    assert "Team" in change.reason
    changes = changes_of(platform.teardown(wanted), {base.address})
    assert [change.action for change in changes] == [Action.KEEP]


@pytest.mark.parametrize("kind", TAGGED)
def test_lost_tags_of_what_is_on_record_are_drift(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    change = given_other_tags(platform, base, wanted, {})
    assert (change.address, change.action, change.origin) == (base.address, Action.UPDATE, Origin.DRIFT)
    assert fields(change) == ["tags"]
    assert not change.refused


def with_its_family(kind: str) -> set[str]:
    """``kind``, what it belongs to, and what belongs to one of the two: whose they are is one question."""
    parents = {item.base.kind: item.base.parent.kind if item.base.parent else "" for item in EXAMPLES.values()}
    above = {kind, parents[kind]} - {""}
    return above | {child for child, parent in parents.items() if parent in above}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_among_our_own_a_strangers_things_survive_every_command(platform: Platform, kind: str) -> None:
    """All is on record as ours; those of one kind bear somebody else's tags by now, and AWS tells the same of them."""
    strange = with_its_family(kind)
    wanted = standing(*PLATFORM)
    platform.converge(wanted)
    state = platform.state_text()
    platform.apply(
        platform.plan([stranger(item) if item.kind in strange and "tags" in item.values() else item for item in wanted])
    )
    platform.restore_state(state)
    before = told(platform.client, strange)
    platform.clear_calls()
    plan = platform.plan(wanted)
    theirs = {str(item.address) for item in wanted if item.kind in strange}
    assert pending(plan) == dict.fromkeys(theirs, "adopt")
    assert {str(refusal.address) for refusal in plan.refusals} == theirs
    assert {change.address.kind for change in platform.drift()} <= strange
    assert platform.writes() == []
    removal = platform.teardown(wanted)
    assert theirs.isdisjoint(pending(removal))
    assert removal.pending, "ours go"
    platform.apply(removal)
    assert told(platform.client, strange) == before


@pytest.mark.parametrize("kind", RECORDED)
def test_the_record_tells_ours_from_a_namesake(platform: Platform, kind: str) -> None:
    """AWS draws the id of such a thing and takes any name twice."""
    base = EXAMPLES[kind].base
    wanted = standing(base)
    platform.converge(wanted)
    make(platform, base, wanted)
    assert pending(platform.plan(wanted)) == {}
    platform.apply(platform.teardown(wanted))
    left = platform.teardown(wanted)
    assert [change.action for change in changes_of(left, {base.address})] == [Action.KEEP], (
        "the stranger's is still there"
    )


def make(platform: Platform, base: Resource, wanted: Sequence[Resource]) -> None:
    """What somebody else makes with the same calls, under the same name."""
    resolved = base.resolve(platform.plan(wanted).outputs)
    steps = platform.reconcilers[base.kind].create(resolved)
    drive(steps, lambda step: platform.perform(step) if isinstance(step, Call) else None)


@pytest.mark.parametrize("kind", ONCE)
def test_what_must_be_made_once_is_remembered_at_once(platform: Platform, kind: str) -> None:
    """After the call, and before the next, its identity is on record: nothing else leads to the thing."""
    resource, beside = everything(kind)
    outputs = platform.plan([*beside, resource]).outputs
    reconciler, steps = platform.reconcilers[kind], []

    def note(step: Step) -> Any:
        steps.append(step)
        return platform.perform(step) if isinstance(step, Call) else None

    platform.converge(beside)
    drive(reconciler.create(resource.resolve(outputs)), note)
    made = [index for index, step in enumerate(steps) if isinstance(step, Call) and step.once]
    assert made
    for index in made:
        following = steps[index + 1]
        assert isinstance(following, Remember)
        assert set(resource.identity) <= set(following.values)


@pytest.mark.parametrize("kind", ONCE)
def test_a_lost_answer_makes_no_second_one(platform: Platform, kind: str) -> None:
    """The call had its effect, and nobody heard of it: what it made is looked for, and the run goes on."""
    base = EXAMPLES[kind].base
    wanted = standing(base)
    platform.converge([item for item in wanted if item.address != base.address])
    reconciler = platform.reconcilers[kind]
    (operation,) = reconciler.once
    platform.control("POST", "faults", service=reconciler.service, operation=operation, drop_connection=True)
    platform.clear_calls()
    platform.apply(platform.plan(wanted))
    assert platform.writes().count(f"{reconciler.service}:{operation}") == 1
    assert pending(platform.plan(wanted)) == {}


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
    plan = platform.plan([base], Options(adopt=EVERYTHING))
    assert only(plan).action is Action.ADOPT
    (refusal,) = plan.refusals
    assert refusal.way is Way.OTHER_STACK
    assert "shop/prod/us-east-1" in refusal.text


def test_a_strangers_key_on_its_way_out_is_not_brought_back(platform: Platform) -> None:
    """It stands under our alias, bears other tags, and its owner wants it gone."""
    base, wanted, _ = given_a_stranger(platform, "kms_key")
    kms = platform.client("kms")
    kms.schedule_key_deletion(KeyId=kms.describe_key(KeyId=f"alias/{base.name}")["KeyMetadata"]["KeyId"])
    plan = platform.plan(wanted)
    assert only(plan).refused is Way.ADOPT
    assert plan.refusals


@pytest.mark.parametrize("kind", [kind for kind, item in EXAMPLES.items() if item.base.parent])
@pytest.mark.parametrize("alone", [False, True])
def test_nothing_is_made_in_what_is_a_strangers(platform: Platform, kind: str, alone: bool) -> None:
    """Its parent is theirs, and it is not there yet; ``alone`` it is all that is declared."""
    base = EXAMPLES[kind].base
    assert base.parent
    wanted = standing(base)
    theirs = [stranger(item) if item.kind == base.parent.kind else item for item in wanted if item is not base]
    platform.converge(theirs)
    platform.lose_state()
    platform.clear_calls()
    (parent,) = (item.address for item in theirs if item.kind == base.parent.kind)
    outputs = platform.plan(wanted).outputs
    plan = platform.plan([base.resolve(outputs)] if alone else wanted)
    told = [refusal for refusal in plan.refusals if str(base.address) in refusal.text]
    assert [(refusal.address, refusal.way) for refusal in told] == [(parent, Way.BY_HAND if alone else Way.ADOPT)]
    assert platform.writes() == []
