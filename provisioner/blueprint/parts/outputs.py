"""What others need to know of a platform that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from provisioner.blueprint.parts.blueprint import Blueprint
from provisioner.blueprint.parts.declared import Theirs
from provisioner.engine.model import Address, Ref, Resource
from provisioner.engine.reconciler import Live

Given: TypeAlias = "str | dict[str, str | None] | None"

_ALWAYS: Mapping[str, Given] = {
    "kms_key_id": None,
    "kms_key_arn": None,
    "alarm_topic_arn": None,
    "alarm_events_queue_url": None,
    "alarm_dlq_url": None,
    "ecs_cluster_name": None,
    "lambda_function_names": {},
    "dashboard_url": None,
}
"""What every platform has, in this order; a part may give more."""


def outputs(blueprint: Blueprint, lives: Mapping[Address, Live[Resource]]) -> dict[str, Given]:
    """The platform's outputs by name, from what is ``lives``; ``None`` for what is not there or on its way out.

    ``lambda_function_names`` leads from declared names to names in AWS. A function that others deploy is always in it:
    whether it is there is not ours to know.
    """
    found: dict[str, Given] = dict(_ALWAYS)
    there = {address: live.outputs for address, live in lives.items() if not live.gone}
    for item in blueprint.items:
        known = isinstance(item, Theirs) or item.resource.address in there
        for name, shown in item.outputs.items():
            if isinstance(shown, Ref):
                found[name] = there.get(shown.address, {}).get(shown.output)
            elif isinstance(shown, str):
                found[name] = shown if known else None
            else:
                found[name] = _with(found.get(name), shown, known)
    return found


def _with(table: Given, entries: Mapping[str, str], known: bool) -> dict[str, str | None]:
    before = table if isinstance(table, dict) else {}
    return {**before, **{key: value if known else None for key, value in entries.items()}}
