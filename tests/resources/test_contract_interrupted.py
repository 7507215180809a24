"""A process that dies at any of its calls: the next one ends where the first would have, and makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.model import Resource
from provisioner.engine.plan import Plan
from provisioner.resources import KINDS as RECONCILERS
from tests.resources.driver import Platform, Stopped, Wrap, dying_after, dying_before, pending
from tests.resources.examples import EXAMPLES, everything, only_on_record, standing

KINDS = list(EXAMPLES)
DEATH = pytest.mark.parametrize(
    ("death", "forgetful"),
    [(dying_before, False), (dying_after, True)],
    ids=["before, state kept", "after, state lost"],
)


def die_everywhere(
    platform: Platform,
    given: list[Resource],
    plan: Callable[[], Plan],
    death: Callable[[int], Wrap],
    *,
    forgetful: bool,
) -> None:
    """From ``given`` carry out ``plan``, dying at its first call; in a fresh account at its second; and so on."""
    number = 0
    while True:
        number += 1
        platform.reset()
        platform.converge(given)
        first = plan()
        assert not first.refusals
        try:
            platform.apply(first, death(number))
        except Stopped:
            if forgetful:
                platform.lose_state()
            again = plan()
            assert not again.refusals
            platform.apply(again)
            assert pending(plan()) == {}
            assert_nothing_twice(platform)
        else:
            assert number > 1, "there was no call to die at"
            return


def assert_nothing_twice(platform: Platform) -> None:
    for kind, example in EXAMPLES.items():
        assert example.count is None or example.count(platform.client) <= 1, kind


def test_what_aws_gives_an_id_is_made_once() -> None:
    """Nothing but an answer that may be lost tells such an id."""
    drawn = [kind for kind in RECONCILERS if only_on_record(EXAMPLES[kind.resource.kind].base)]
    assert all(kind.once for kind in drawn)


@pytest.mark.parametrize("kind", [kind.resource.kind for kind in RECONCILERS if kind.once])
def test_what_could_be_made_twice_is_counted(kind: str) -> None:
    assert EXAMPLES[kind].count, "say how many there are: nothing else shows a second one"


@DEATH
@pytest.mark.parametrize("kind", KINDS)
def test_a_creation(platform: Platform, kind: str, forgetful: bool, death: Callable[[int], Wrap]) -> None:
    resource, beside = everything(kind)
    wanted = [*beside, resource]
    # What only the record makes ours is a stranger's when the record is lost, and has to be adopted.
    options = Options(adopt=EVERYTHING) if forgetful and only_on_record(resource) else Options()
    die_everywhere(platform, beside, lambda: platform.plan(wanted, options), death, forgetful=forgetful)


@pytest.mark.parametrize("kind", KINDS)
def test_an_update(platform: Platform, kind: str) -> None:
    resource, beside = everything(kind, immutable=False)
    given = standing(EXAMPLES[kind].base, *beside)
    wanted = [resource if item.address == resource.address else item for item in given]
    die_everywhere(platform, given, lambda: platform.plan(wanted), dying_before, forgetful=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_removal(platform: Platform, kind: str) -> None:
    given = standing(EXAMPLES[kind].base)
    die_everywhere(platform, given, lambda: platform.teardown(given), dying_before, forgetful=False)


@pytest.mark.parametrize("kind", ["kms_key", "iam_role", "metric_filter"])
def test_a_removal_that_nobody_remembers(platform: Platform, kind: str) -> None:
    """A key has lost its alias by then, a role its policies."""
    given = standing(EXAMPLES[kind].base)
    die_everywhere(platform, given, lambda: platform.teardown(given), dying_after, forgetful=True)


def test_a_replacement(platform: Platform) -> None:
    """Between its removal and its creation there is none: the next run makes it."""
    base = EXAMPLES["iam_role"].base
    resource, _ = everything("iam_role")
    die_everywhere(platform, [base], lambda: platform.plan([resource]), dying_before, forgetful=False)


def test_a_revival(platform: Platform) -> None:
    """A key comes back disabled; whoever dies then leaves it to be enabled by the next run."""
    base = EXAMPLES["kms_key"].base

    def revive() -> Plan:
        return platform.plan([base])

    number = 0
    while True:
        number += 1
        platform.reset()
        platform.converge([base])
        platform.apply(platform.teardown([base]))
        try:
            platform.apply(revive(), dying_before(number))
        except Stopped:
            platform.converge([base])
            assert pending(revive()) == {}
            assert_nothing_twice(platform)
        else:
            assert number > 3, "cancel, enable, alias"
            return
