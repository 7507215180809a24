"""What is ours. What is not is never changed and never removed, whatever the action.

A kind declares how that is known (see :class:`~provisioner.engine.model.Resource`):

1. it has ``tags``: those of this stack make it ours; where they are missing, the record of this very object does
2. it has a ``parent``: it is ours when its parent is
3. it has neither: it is ours when the state records this very object

"This very object" is told by the outputs that the kind declares as its ``identity``. A name is none: somebody may have
removed ours and made another under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping

from provisioner.engine.compare import same_as_recorded
from provisioner.engine.model import Address, Resource
from provisioner.engine.reconciler import Live, Record, Scope

STACK_TAG = "provisioner:stack"
ADDRESS_TAG = "provisioner:address"


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
        tags = live.resource.tags_if_any
        if tags is not None and tags.get(STACK_TAG) == self._scope.stack:
            return True
        if live.resource.parent is not None:
            return self._parent_is_ours(live)
        return self._is_recorded(live)

    def _parent_is_ours(self, live: Live[Resource]) -> bool:
        parent = live.resource.parent_address()
        there = self._lives.get(parent) if parent else None
        return there is not None and live.resource.is_child_of(there.outputs) and self.is_ours(there)

    def _is_recorded(self, live: Live[Resource]) -> bool:
        record = self._records.get(live.resource.address)
        if record is None or not record.applied:
            return False
        recorded = {name: record.outputs.get(name) for name in live.resource.identity}
        if any(value is not None for value in recorded.values()):
            return all(live.outputs.get(name) == value for name, value in recorded.items())
        return live.resource.tags_if_any is None and _is_what_a_lost_answer_made(live, record)


def is_untagged(live: Live[Resource]) -> bool:
    """Whether nobody ever put a tag on it: it was made implicitly, by the first thing that used its name."""
    return not live.resource.tags_if_any


def _is_what_a_lost_answer_made(live: Live[Resource], record: Record) -> bool:
    """Whether ``record`` is of a creation whose answer never came, and ``live`` is exactly what it asked for.

    When the creation began there was nothing of this name. Without this, a thing whose id AWS draws would be refused as
    a stranger's for ever after one dropped connection.
    """
    return record.partial and all(
        same_as_recorded(live.resource, name, applied) for name, applied in record.applied.items()
    )
