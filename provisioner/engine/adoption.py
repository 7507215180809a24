"""Taking over what others made, and letting go of it: whose tags stay.

Tags that stand on a thing when it is taken over by consent are recorded, and stay unless their key is ours. The thing
bears :data:`ADOPTED_TAG` from then on, so that this is known without the state, too: a teardown lets go of it and does
not remove it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from provisioner.engine.model import Resource, tagged
from provisioner.engine.ownership import OURS_PREFIX
from provisioner.engine.reconciler import Live, Record

ADOPTED_TAG = "provisioner:adopted"
MANAGED_BY = ("ManagedBy", "provisioner")

R = TypeVar("R", bound=Resource)


def adopted(live: Live[Resource], record: Record | None) -> Mapping[str, str] | None:
    """The tags that ours had when it was taken over by consent, as far as anybody knows; ``None`` if we made it."""
    if record is not None and record.adopted is not None:
        return record.adopted
    tags = live.resource.tags_if_any or {}
    return others(tags) if ADOPTED_TAG in tags else None


def others(tags: Mapping[str, str]) -> dict[str, str]:
    """``tags`` without those that only this tool puts."""
    return {key: value for key, value in tags.items() if not key.startswith(OURS_PREFIX) and (key, value) != MANAGED_BY}


def with_tags_of_others(want: R, live: Live[Resource], taken: Mapping[str, str] | None, ignored: tuple[str, ...]) -> R:
    """``want`` with the tags of others that stay: those from before it was ``taken`` over, and the ``ignored``."""
    wanted, there = want.tags_if_any, live.resource.tags_if_any or {}
    if wanted is None:
        return want
    stay = {key: value for key, value in there.items() if key in (taken or {}) or (ignored and key.startswith(ignored))}
    mark = {ADOPTED_TAG: "true"} if taken is not None else {}
    tags = {**stay, **wanted, **mark}
    return want if tags == wanted else tagged(want, tags)


def released(live: Live[R], record: Record | None) -> R:
    """The thing as it is when we have let go of it: with the tags that others gave it, and none of ours."""
    there = live.resource.tags_if_any
    if there is None:
        return live.resource
    ours: Mapping[str, str] = (record.applied.get("tags") if record else None) or {}
    before = (record.adopted if record else None) or {}
    stay = {key: value for key, value in others(there).items() if key not in ours or key in before}
    return tagged(live.resource, {**stay, **{key: value for key, value in before.items() if key in there}})


def handed_over(live: Live[R]) -> R:
    """The thing as another tool finds it that has it from now on: with all its tags but those of this tool itself."""
    there = live.resource.tags_if_any
    return live.resource if there is None else tagged(live.resource, others(there))
