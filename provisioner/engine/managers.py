"""Who else believes that a thing is theirs to manage, as far as its tags tell.

CloudFormation marks what it makes by AWS's own tags. Other tools mark nothing by themselves; people let them put a tag
such as ``ManagedBy``, which this tool puts, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from provisioner.engine.adoption import MANAGED_BY
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Live

_SHOWN = 10
"""How many addresses a note names."""

_STACK = "aws:cloudformation:stack-name"
_SERVICES = {"aws:cloudformation:": "CloudFormation", "aws:servicecatalog:": "Service Catalog"}
_TOOLS = {"terraform": "Terraform", "opentofu": "OpenTofu", "pulumi": "Pulumi", "cdktf": "CDKTF"}
_NO = ("", "false", "no", "0")


def managers(live: Live[Resource], want: Resource | None, ignored: tuple[str, ...] = ()) -> set[str]:
    """Who else manages ``live``, by tags whose keys have none of the ``ignored`` prefixes.

    A tag that the file itself gives it is nobody else's mark.
    """
    marks, tags = (
        {key: value for key, value in found.items() if not (ignored and key.startswith(ignored))}
        for found in (live.marks, live.resource.tags_if_any or {})
    )
    return {*_of_aws(marks), *_of_others(tags, (want and want.tags_if_any) or {})}


def _of_aws(marks: Mapping[str, str]) -> Iterator[str]:
    for prefix, name in _SERVICES.items():
        if any(key.startswith(prefix) for key in marks):
            stack = marks.get(_STACK) if prefix in _STACK else None
            yield f"{name} (stack {stack})" if stack else name


def _of_others(tags: Mapping[str, str], ours: Mapping[str, str]) -> Iterator[str]:
    for key, value in tags.items():
        word = key.rpartition("/")[2].lower().replace("-", "").replace("_", "").replace(" ", "")
        if ours.get(key) == value or value.lower() in _NO:
            continue
        if word == "managedby" and value != MANAGED_BY[1]:
            yield _TOOLS.get(value.lower(), value)
        elif word in _TOOLS:
            yield _TOOLS[word]


def warnings(things: Iterable[tuple[Live[Resource], Resource | None]], ignored: tuple[str, ...]) -> Iterator[str]:
    """One note for each other manager of ``things``: each as it is, and as the file wants it."""
    found: dict[str, list[str]] = {}
    for live, want in things:
        for manager in managers(live, want, ignored):
            found.setdefault(manager, []).append(str(live.resource.address))
    for manager, addresses in sorted(found.items()):
        more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
        yield (
            f"{manager} manages {', '.join(addresses[:_SHOWN])}{more} as well, by the tags: it will undo what is "
            "changed here, make anew what is removed here, and delete what is taken out of it. "
            "Have it forget them, and take its tag off: docs/coming-from-terraform.md"
        )
