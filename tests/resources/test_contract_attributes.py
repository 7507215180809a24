"""What every attribute of every kind keeps: a change is shown alone and made, drift is shown and healed."""

from __future__ import annotations

import pytest

from provisioner.engine.plan import Action, Change, Origin, Plan
from provisioner.resources import KINDS
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.examples import EXAMPLES, altered, everything, example, rows, standing


def assert_nothing_to_do(platform: Platform, plan: Plan) -> None:
    assert pending(plan) == {}
    assert not plan.refusals
    platform.clear_calls()
    platform.apply(plan)
    assert platform.writes() == []


def declared() -> list[tuple[str, str]]:
    return [(kind.resource.kind, name) for kind in KINDS for name in kind.resource.attributes()]


def ordinary() -> list[tuple[str, str]]:
    """Rows whose other value can be declared and then be seen in AWS."""
    return [
        (kind, name)
        for kind, name in rows()
        if not EXAMPLES[kind].others[name].renamed and not EXAMPLES[kind].others[name].planned_only
    ]


@pytest.mark.parametrize(("kind", "attribute"), declared())
def test_every_attribute_has_an_example(kind: str, attribute: str) -> None:
    other = EXAMPLES[kind].others[attribute]
    assert other.drift is not None or other.why, "say how others change it, or why nobody can"
    assert (other.drift is None) == (other.heal == "")


def test_every_example_is_of_a_declared_attribute() -> None:
    assert set(rows()) == set(declared())


@pytest.mark.parametrize(("kind", "attribute"), ordinary())
def test_a_changed_declaration_is_shown_alone_and_made(platform: Platform, kind: str, attribute: str) -> None:
    base, other, beside = example(kind, attribute)
    platform.converge([*beside, base])
    if other.confirm:
        platform.confirm(other.confirm)
        platform.converge([*beside, base])
    wanted = [*beside, altered(base, attribute, other)]
    plan = platform.plan(wanted)
    declaration = type(base).attributes()[attribute]
    if declaration.write_only:
        assert_nothing_to_do(platform, plan)
        return
    change = only(plan)
    assert (change.address, fields(change)) == (base.address, [attribute])
    assert change.origin is Origin.CONFIG
    assert change.action is (Action.REPLACE if declaration.immutable else Action.UPDATE)
    platform.clear_calls()
    platform.apply(plan)
    assert platform.writes() == [str(call) for call in change.calls]
    assert_nothing_to_do(platform, platform.plan(wanted))


@pytest.mark.parametrize(("kind", "attribute"), rows(drifting=True))
def test_drift_is_shown_alone_and_healed(platform: Platform, kind: str, attribute: str) -> None:
    base, other, beside = example(kind, attribute)
    wanted = [*beside, base]
    platform.converge(wanted)
    if other.confirm:
        platform.confirm(other.confirm)
        platform.converge(wanted)
    assert other.drift is not None
    other.drift(platform.client)
    plan = platform.plan(wanted)
    change = only(plan)
    assert (change.address, fields(change)) == (base.address, [attribute])
    assert change.origin is Origin.DRIFT
    assert_shows_both_sides(change, altered(base, attribute, other).resolve(plan.outputs), base.resolve(plan.outputs))
    assert [call.operation for call in change.calls] == other.heal.split()
    platform.clear_calls()
    platform.apply(plan)
    assert platform.writes() == [str(call) for call in change.calls]
    assert_nothing_to_do(platform, platform.plan(wanted))


def assert_shows_both_sides(change: Change, before: object, after: object) -> None:
    (field,) = change.fields
    conceal = change.want.attributes()[field.field].conceal if change.want else None
    shown = [getattr(side, field.field) for side in (before, after)]
    assert [field.before, field.after] == [conceal(value) if conceal else value for value in shown]


@pytest.mark.parametrize(
    ("kind", "attribute"), [(k, name) for k, name in rows() if EXAMPLES[k].others[name].planned_only]
)
def test_what_cannot_be_tried_is_planned(platform: Platform, kind: str, attribute: str) -> None:
    base, other, beside = example(kind, attribute)
    platform.converge([*beside, base])
    change = only(platform.plan([*beside, altered(base, attribute, other)]))
    assert (change.action, fields(change)) == (Action.REPLACE, [attribute])


@pytest.mark.parametrize(("kind", "attribute"), [(k, name) for k, name in rows() if EXAMPLES[k].others[name].renamed])
def test_what_the_name_says_makes_another_resource(platform: Platform, kind: str, attribute: str) -> None:
    base, other, beside = example(kind, attribute)
    assert other.renamed is not None
    beside = [
        item for item in standing(base, other.renamed) if item.address not in (base.address, other.renamed.address)
    ]
    platform.converge([*beside, base])
    plan = platform.converge([*beside, other.renamed])
    assert pending(plan) == {str(other.renamed.address): "create", str(base.address): "delete"}
    assert_nothing_to_do(platform, platform.plan([*beside, other.renamed]))


@pytest.mark.parametrize("kind", EXAMPLES)
def test_everything_declared_at_once(platform: Platform, kind: str) -> None:
    resource, beside = everything(kind)
    platform.converge([*beside, resource])
    assert_nothing_to_do(platform, platform.plan([*beside, resource]))
