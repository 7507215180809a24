"""What is ours. What is not is never changed and never deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.engine.reconciler import Live, Record, Scope

STACK_TAG = "provisioner:stack"
ADDRESS_TAG = "provisioner:address"

_IDENTITY = ("arn", "id", "created")
"""Outputs that tell one object from a namesake that was made later."""


def is_ours(live: Live[Any], record: Record | None, scope: Scope) -> bool:
    """Whether ``live`` bears this stack's tag, or is the very object that the state records as made or adopted.

    What cannot be tagged is owned through its parent, and nobody looks for it unless we declare or record it.
    """
    tags = getattr(live.resource, "tags", None)
    if tags is None or tags.get(STACK_TAG) == scope.stack:
        return True
    return record is not None and bool(record.applied) and _same_object(record.outputs, live.outputs)


def is_untagged(live: Live[Any]) -> bool:
    """Whether nobody ever put a tag on it: it was made implicitly, by the first thing that used its name."""
    return not getattr(live.resource, "tags", None)


def _same_object(recorded: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    shared = [name for name in _IDENTITY if recorded.get(name) is not None and live.get(name) is not None]
    return bool(shared) and all(recorded[name] == live[name] for name in shared)
