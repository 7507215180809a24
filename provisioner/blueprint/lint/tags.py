"""Tags that AWS would refuse, or that are not the user's to set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from provisioner.blueprint.file.fields import show
from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.context import RESERVED_TAGS
from provisioner.engine.ownership import OURS_PREFIX

_TAGS, _TAG_KEY, _TAG_VALUE = 50, 128, 256
_TAG_TEXT = re.compile(r"[\w .:/=+@-]*")
"""Limits of the API reference of each service, as published in 2026."""


def tags(subject: Subject) -> Iterator[Flaw]:
    """The platform's own tags, and those of each function and service besides."""
    config = subject.config
    platform = config.platform.tags
    yield from _tag_table(("platform", "tags"), platform, len(platform) + len(RESERVED_TAGS))
    for owner, workload in config.workloads.items():
        path = (*config.table_of(owner), "tags")
        yield from _tag_table(path, workload.tags, len({*platform, *workload.tags}) + len(RESERVED_TAGS))
        for key in workload.tags:
            if other := next((name for name in platform if name != key and name.lower() == key.lower()), None):
                yield Flaw((*path, key), f"platform.tags has {other!r}; IAM does not tell capitals apart")


def _tag_table(path: KeyPath, tags: Mapping[str, str], total: int) -> Iterator[Flaw]:
    if total > _TAGS and tags:
        yield Flaw(path, f"{total} tags, the platform's own {len(RESERVED_TAGS)} among them; at most {_TAGS}")
    folded: dict[str, str] = {}
    for key, value in tags.items():
        other = folded.setdefault(key.lower(), key)
        if key.lower().startswith(OURS_PREFIX) or key.lower() in {reserved.lower() for reserved in RESERVED_TAGS}:
            yield Flaw((*path, key), "a tag that the platform itself sets; choose another key")
        elif key.lower().startswith("aws:"):
            yield Flaw((*path, key), "keys that begin with aws: are AWS's own")
        elif not (1 <= len(key) <= _TAG_KEY and _TAG_TEXT.fullmatch(key)):
            yield Flaw((*path, key), f"not a tag's key; 1 to {_TAG_KEY} letters, digits, spaces and _ . : / = + - @")
        elif other != key:
            yield Flaw((*path, key), f"{other!r} is there, too; IAM does not tell capitals apart")
        if not (len(value) <= _TAG_VALUE and _TAG_TEXT.fullmatch(value)):
            allowed = f"at most {_TAG_VALUE} letters, digits, spaces and _ . : / = + - @"
            yield Flaw((*path, key), f"{show(value)} is not allowed; {allowed}")
