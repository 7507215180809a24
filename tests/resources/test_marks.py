"""AWS's own tags on a thing of any kind: apart from those that a plan compares, and read without a call more."""

from __future__ import annotations

from typing import Any

import pytest

from provisioner.engine.observer import Observer
from provisioner.engine.reconciler import Sought
from provisioner.engine.reporter import Reporter
from provisioner.resources import reconcilers
from tests.resources.answers import Kept
from tests.resources.driver import Platform
from tests.resources.examples import EXAMPLES, standing

MARK = "aws:cloudformation:stack-name"
TAGGED = [kind for kind, example in EXAMPLES.items() if example.base.tags_if_any is not None]


class MarkedByAStack(Kept):
    """AWS, with a mark of CloudFormation wherever it shows our tags."""

    def _kept(self, call: tuple[str, str, Any], fetch: Any, key: str = "") -> Any:
        return marked(super()._kept(call, fetch, key))


def marked(value: Any) -> Any:
    """``value`` with the mark among the tags in it, whether they are a mapping or a list."""
    if isinstance(value, dict):
        extra = {MARK: "shop"} if "provisioner:stack" in value else {}
        return {key: marked(item) for key, item in value.items()} | extra
    if isinstance(value, list):
        pairs = [item for item in value if isinstance(item, dict) and "provisioner:stack" in item.values()]
        extra_pairs = [dict(zip(pair, (MARK, "shop"), strict=True)) for pair in pairs]
        return [*map(marked, value), *extra_pairs]
    return value


@pytest.mark.parametrize("kind", TAGGED)
def test_marks_are_apart_from_tags(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    platform.converge(standing(base))
    world = MarkedByAStack(platform.world)
    sought = Sought(base.address, base.resolve({}), platform.state.records[base.address])
    live = Observer(world, reconcilers(world), Reporter()).observe([sought], orphans=False).lives[base.address]
    assert live.marks == {MARK: "shop"}
    assert live.resource.tags_if_any == base.tags_if_any
