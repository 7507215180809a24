"""What is ours. What is not is never changed and never removed, whatever the action.

A kind declares how that is known (see :class:`~provisioner.engine.model.Resource`):

1. it has ``tags``: those of this stack make it ours. Where they are missing, the record of this very object does, but
   not if it bears tags that we never gave it: somebody else has taken it, and a record does not allow to take it back
2. it has a ``parent``: it belongs to whoever its parent belongs to
3. it has neither: it is ours when the state records this very object

"This very object" is told by the outputs that the kind declares as its ``identity``. A name is none: somebody may have
removed ours and made another under the same name.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.engine.compare import same_as_recorded
from provisioner.engine.model import Address, Resource
from provisioner.engine.reconciler import Live, Record, Scope

STACK_TAG = "provisioner:stack"
ADDRESS_TAG = "provisioner:address"
RETAIN_TAG = "provisioner:retain"
"""With any value: it was declared as one that stays, and stays also when it is not declared any more."""
OURS_PREFIX = "provisioner:"
"""Of the keys of all tags that only this tool puts."""


class Owner(enum.Enum):
    """Whose a thing is."""

    OURS = enum.auto()
    STRANGER = enum.auto()
    OTHER_STACK = enum.auto()
    """Another platform, environment or Region of this tool has it. It is never taken, whatever anybody consents to."""


@dataclass(frozen=True)
class Attribution:
    """Whose a thing is; ``because`` says why it is not ours."""

    owner: Owner
    because: str = ""


_OURS = Attribution(Owner.OURS)


class Ownership:
    """Whose the things of one observation are: ``lives`` as AWS shows them, ``records`` as the state has them."""

    def __init__(
        self, scope: Scope, records: Mapping[Address, Record], lives: Mapping[Address, Live[Resource]]
    ) -> None:
        self._scope = scope
        self._records = records
        self._lives = lives

    def is_ours(self, live: Live[Resource]) -> bool:
        """Whether ``live`` may be changed and removed."""
        return self.of(live).owner is Owner.OURS

    def of(self, live: Live[Resource]) -> Attribution:
        """Whose ``live`` is."""
        tags, record = live.resource.tags_if_any, self._records.get(live.resource.address)
        stack = tags.get(STACK_TAG) if tags else None
        if stack is not None:
            ours = stack == self._scope.stack
            return _OURS if ours else Attribution(Owner.OTHER_STACK, f"it belongs to {stack} of this tool")
        if live.resource.parent is not None:
            return self._of_parent(live)
        return _by_record(live, record) if record else Attribution(Owner.STRANGER)

    def _of_parent(self, live: Live[Resource]) -> Attribution:
        address = live.resource.parent_address()
        parent = self._lives.get(address) if address else None
        if parent is None or not live.resource.is_child_of(parent.outputs):
            return Attribution(Owner.STRANGER, f"what it belongs to is not ours{f': {address}' if address else ''}")
        verdict = self.of(parent)
        return verdict if verdict.owner is Owner.OURS else Attribution(verdict.owner, f"{address} is not ours")


def _by_record(live: Live[Resource], record: Record) -> Attribution:
    """Whose the thing is without a tag of ours."""
    recorded = {name: record.outputs.get(name) for name in live.resource.identity}
    if all(value is None for value in recorded.values()):
        lost = live.resource.tags_if_any is None and _is_what_a_lost_answer_made(live, record)
        return _OURS if lost else Attribution(Owner.STRANGER)
    there = {name: live.outputs.get(name) for name in recorded}
    if recorded != there:
        return Attribution(Owner.STRANGER, f"on record is {_shown(recorded)}, and here is {_shown(there)}")
    if not record.applied:
        return Attribution(Owner.STRANGER, "it is on record as removed")
    theirs = _tags_of_others(live, record)
    return Attribution(Owner.STRANGER, f"somebody else's tags stand on it: {', '.join(theirs)}") if theirs else _OURS


def _tags_of_others(live: Live[Resource], record: Record) -> list[str]:
    """Keys of the tags that we did not give it as they are."""
    ours = record.applied.get("tags") or {}
    tags = live.resource.tags_if_any or {}
    return sorted(key for key, value in tags.items() if ours.get(key) != value)


def _shown(identity: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in identity.items())


def _is_what_a_lost_answer_made(live: Live[Resource], record: Record) -> bool:
    """Whether ``record`` is of a creation whose answer never came, and ``live`` is exactly what it asked for.

    When the creation began there was nothing of this name. Without this, a thing whose id AWS draws would be refused as
    a stranger's for ever after one dropped connection.
    """
    return (
        record.partial
        and bool(record.applied)
        and all(same_as_recorded(live.resource, name, applied) for name, applied in record.applied.items())
    )
