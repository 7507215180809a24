"""The table that the contract is held against: kind -> its base, and for every attribute another value.

The rows are in ``keys.py``, ``messaging.py``, ``compute.py`` and ``watching.py``, beside the resources they change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from provisioner.engine.model import Address, Resource
from tests.resources.compute import (
    ECS_CLUSTER,
    IAM_ROLE,
    LAMBDA_FUNCTION,
    LOG_GROUP,
    SECOND_GROUP,
    SECOND_ROLE,
)
from tests.resources.keys import KMS_KEY
from tests.resources.messaging import DEAD, LOUD, SNS_SUBSCRIPTION, SNS_TOPIC, SQS_QUEUE
from tests.resources.shapes import Example, Other
from tests.resources.watching import (
    COMPOSITE_ALARM,
    DASHBOARD_EXAMPLE,
    METRIC_ALARM,
    METRIC_FILTER,
    SAMPLING_RULE,
    SECOND_ALARM,
)

EXAMPLES: dict[str, Example] = {
    example.base.kind: example
    for example in (
        KMS_KEY,
        SQS_QUEUE,
        SNS_TOPIC,
        SNS_SUBSCRIPTION,
        LOG_GROUP,
        ECS_CLUSTER,
        IAM_ROLE,
        LAMBDA_FUNCTION,
        SAMPLING_RULE,
        METRIC_FILTER,
        METRIC_ALARM,
        COMPOSITE_ALARM,
        DASHBOARD_EXAMPLE,
    )
}

BASES = tuple(example.base for example in EXAMPLES.values())
EVERYONE: dict[Address, Resource] = {
    resource.address: resource for resource in (*BASES, SECOND_GROUP, SECOND_ROLE, DEAD, LOUD, SECOND_ALARM)
}
PLATFORM = (*BASES, SECOND_ALARM)
"""One resource of each kind, and the second alarm that the composite is about."""


def only_on_record(resource: Resource) -> bool:
    """Whether nothing but the state says whose it is: without the state it is a stranger's."""
    return resource.tags_if_any is None and resource.parent is None


def standing(*resources: Resource) -> list[Resource]:
    """``resources`` with all that they stand on."""
    found: dict[Address, Resource] = {}

    def add(resource: Resource) -> None:
        for address in sorted(resource.needs()):
            if address not in found:
                add(EVERYONE[address])
        found[resource.address] = resource

    for resource in resources:
        add(resource)
    return list(found.values())


def rows(*, drifting: bool | None = None) -> list[tuple[str, str]]:
    """Kind and attribute of every row; with ``drifting`` only those that somebody else can change, or cannot."""
    return [
        (kind, attribute)
        for kind, example in EXAMPLES.items()
        for attribute, other in example.others.items()
        if drifting in (None, other.drift is not None)
    ]


def example(kind: str, attribute: str) -> tuple[Resource, Other, list[Resource]]:
    """The base of a row, the row, and what has to stand beside the base."""
    other = EXAMPLES[kind].others[attribute]
    base = other.on or EXAMPLES[kind].base
    beside = [item for item in standing(base, *other.also) if item.address != base.address]
    return base, other, beside


def altered(base: Resource, attribute: str, other: Other) -> Resource:
    return replace(base, **{attribute: other.value, **other.along})


def everything(kind: str, *, immutable: bool = True) -> tuple[Resource, list[Resource]]:
    """The kind's base with all other values at once that go together, and what stands beside it."""
    found = EXAMPLES[kind]
    fixed = () if immutable else [name for name, item in type(found.base).attributes().items() if item.immutable]
    chosen: dict[str, Other] = {
        name: other
        for name, other in found.others.items()
        if other.on is None
        and not other.renamed
        and not other.planned_only
        and name in (found.together or found.others)
        and name not in fixed
    }
    resource = replace(found.base, **{name: other.value for name, other in chosen.items()})
    also: Iterable[Resource] = (item for other in chosen.values() for item in other.also)
    return resource, [item for item in standing(resource, *also) if item.address != resource.address]
