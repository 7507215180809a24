"""The default of an attribute is AWS's: a resource made with only what AWS requires has our defaults."""

from __future__ import annotations

import dataclasses

import pytest

from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.model import Resource
from provisioner.resources import KINDS
from tests.resources.bare import BARE
from tests.resources.driver import Platform, fields
from tests.resources.examples import standing


def defaults(resource: Resource) -> dict[str, object]:
    """The attributes that may be left out, with what they are then."""
    found: dict[str, object] = {}
    for item in dataclasses.fields(resource):
        if item.name in resource.attributes():
            if item.default is not dataclasses.MISSING:
                found[item.name] = item.default
            elif item.default_factory is not dataclasses.MISSING:
                found[item.name] = item.default_factory()
    return found


@pytest.mark.parametrize("kind", [kind.resource.kind for kind in KINDS])
def test_what_was_made_with_only_what_aws_requires_has_our_defaults(platform: Platform, kind: str) -> None:
    bare = BARE[kind]
    wanted = standing(bare.resource)
    platform.converge([item for item in wanted if item.address != bare.resource.address])
    bare.make(platform.client)
    plan = platform.plan(wanted, Options(adopt=EVERYTHING))
    (change,) = [change for change in plan.changes if change.address == bare.resource.address]
    assert change.live is not None
    assert not change.live.resource.tags_if_any
    assert not set(fields(change)) & defaults(bare.resource).keys() - {"tags"}, "only the mark of an adoption is put"


@pytest.mark.parametrize("kind", BARE)
def test_the_least_says_nothing_that_has_a_default(kind: str) -> None:
    bare = BARE[kind]
    said = bare.resource.values()
    assert {name for name, value in defaults(bare.resource).items() if said[name] != value} == set(bare.needed)
