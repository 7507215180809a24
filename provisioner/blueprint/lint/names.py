"""Every name that a platform gives, compared with what AWS takes, and with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.file.schema import CLUSTER, Config
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import Naming, Resource

_TAG_VALUE = 256
_METRIC = Naming("metric", r"[^:*$]+", "no : * $", 255)


class _Name(NamedTuple):
    naming: Naming
    longest: int
    name: str
    path: KeyPath


def ambiguous(config: Config) -> Iterator[Flaw]:
    """Declared names that mean two things. Nothing else can be said of a configuration that has any."""
    for name in config.services:
        if name in config.functions:
            what = f"a function is called {name}, too; their names and rules could not be told apart"
            yield Flaw(("services", name), what)
    for section, declared in (("functions", config.functions), ("services", config.services)):
        if CLUSTER in declared:
            yield Flaw((section, CLUSTER), f"{CLUSTER!r} means the ECS cluster in rules; choose another name")


def names(subject: Subject) -> Iterator[Flaw]:
    """Names that AWS would refuse, and one name for two things."""
    seen: dict[tuple[str, str], KeyPath] = {}
    for naming, longest, name, path in _names(subject):
        if not re.fullmatch(naming.pattern, name):
            yield Flaw(path, f"{name!r} cannot be the name of a {naming.noun}; {naming.allowed}")
        if len(name) > longest:
            yield Flaw(path, f"the {naming.noun} {name!r} has {len(name)} characters; at most {longest}")
        if other := seen.get((naming.noun, name)):
            yield Flaw(path, f"{name!r} is also the {naming.noun} of {'.'.join(map(str, other[:2]))}")
        seen.setdefault((naming.noun, name), path)


def _names(subject: Subject) -> Iterator[_Name]:
    for item in subject.blueprint.items:
        if naming := item.kind.naming:
            yield _Name(naming, _longest(item.kind, naming), item.name, item.named_at or item.place)
        for metric in item.publishes if isinstance(item, Declared) else ():
            yield _Name(_METRIC, _METRIC.longest, metric.name, metric.named_at)


def _longest(kind: type[Resource], naming: Naming) -> int:
    """The tag provisioner:address repeats the name behind the kind, and may be the tighter limit."""
    in_tag = _TAG_VALUE - len(f"{kind.kind}.")
    return min(naming.longest, in_tag) if "tags" in kind.attributes() else naming.longest
