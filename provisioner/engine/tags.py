"""The tags of what was read: from AWS's index of tags where it has them, else from the service itself.

The index lags behind, and lacks some kinds. So a difference counts only when the service confirms it. That is a call
for each thing, and after a run that made a thousand it would be a thousand. Three facts together spare them:

1. the thing is the very one that this run made, or that is on record: it has the same birth
2. it is young enough for the index not to know it yet
3. the service has confirmed the tags of one that is no younger, of the same kind, that the index does not know either

Of such a thing the tags are those that it was given. In any other case the service is asked; also where the index lists
the wanted tags, but the thing is another one than is on record: they may be those of the former.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Birth, Sought

INDEX_LAG_SECONDS = 300.0
"""After this the index has heard of a thing (a guess: AWS publishes no figure)."""

_AWS = "aws:"


def parted(tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """``tags`` that can be managed, and those that AWS itself has put."""
    parts: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for key, value in tags.items():
        parts[key.startswith(_AWS)][key] = value
    return parts


class Tags:
    """What one observation has learned of the index. Kinds use it side by side. ``now`` is in epoch seconds."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._unknown_since: dict[str, int] = {}
        """Kind -> the time from which on the index is known to lack what was made."""
        self._guard = threading.Lock()

    def of(
        self,
        listed: Mapping[str, str] | None,
        item: Sought[Resource],
        native: Callable[[], Mapping[str, str]],
        birth: Birth | None,
    ) -> dict[str, str]:
        """The tags of ``item``, of which the index has ``listed``; ``native`` asks the service itself."""
        if listed is not None and not _is_another(item, birth):
            wanted = item.want.tags_if_any if item.want else None
            return dict(listed if wanted is None or parted(listed)[0] == wanted else native())
        at = birth.at if birth else None
        given = _given(item, birth, self._now()) if birth and listed is None else None
        return dict(native()) if at is None or given is None else self._unlisted(item.address.kind, at, given, native)

    def _unlisted(
        self, kind: str, at: int, given: Mapping[str, str], native: Callable[[], Mapping[str, str]]
    ) -> dict[str, str]:
        """The tags of a young thing, made ``at`` that time with those ``given``, that the index does not know."""
        with self._guard:
            if at < self._unknown_since.get(kind, at + 1):
                told = dict(native())
                if parted(told)[0] == given:
                    self._unknown_since[kind] = at
                return told
        return dict(given)


def _is_another(item: Sought[Resource], birth: Birth | None) -> bool:
    """Whether it may be another one than is on record, and what the index lists may be the tags of that one."""
    recorded = item.record.outputs.get(birth.output) if item.record and birth else None
    return birth is not None and recorded not in (None, birth.at)


def _given(item: Sought[Resource], birth: Birth, now: float) -> Mapping[str, str] | None:
    """The tags on record of a young thing that is the recorded one; ``None`` where others are wanted by now."""
    record = item.record
    if record is None or record.partial or birth.at is None:
        return None
    if abs(now - birth.at / 1000) > INDEX_LAG_SECONDS:
        return None
    if not item.made and record.outputs.get(birth.output) != birth.at:
        return None
    given: Mapping[str, str] | None = record.applied.get("tags")
    return given if item.want is None or given == item.want.tags_if_any else None
