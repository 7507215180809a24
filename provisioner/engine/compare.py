"""want x live -> field changes. The only comparison in the program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from provisioner.engine import stamps
from provisioner.engine.model import UNSEEN, Attribute, R, Resource, is_known, texts

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
"""A value in JSON's own types."""


@dataclass(frozen=True)
class FieldChange:
    """One attribute that differs. ``before`` is AWS's, ``after`` ours; both are concealed already where secret."""

    field: str
    before: object
    after: object
    known: bool = True
    secret: bool = False
    immutable: bool = False
    grants: bool = False
    """Every plan shows it, and in full."""


def compare(want: R, live: R | None) -> list[FieldChange]:
    """The declared attributes in which ``live`` is not what ``want`` says, in the order of their declaration.

    Without ``live`` every attribute with a value of its own is a change from nothing. ``None`` in ``want`` and
    :data:`UNSEEN` in ``live`` are never compared.
    """
    return [
        field_change(name, attribute, getattr(live, name) if live else None, value)
        for name, attribute in want.attributes().items()
        if (value := getattr(want, name)) is not None and _differs(attribute, value, live, name)
    ]


def _differs(attribute: Attribute, want: object, live: Resource | None, name: str) -> bool:
    if live is None:
        return not attribute.write_only
    there = getattr(live, name)
    return not attribute.write_only and there is not UNSEEN and want != there


def field_change(name: str, attribute: Attribute, before: object, after: object) -> FieldChange:
    """The change of one attribute as a person may see it."""
    known = is_known(after)
    conceal = attribute.conceal
    if not conceal:
        return FieldChange(name, before, after, known, immutable=attribute.immutable, grants=attribute.grants)
    shown_before = conceal(before) if before is not None else None
    shown_after = conceal(after) if after is not None and known else after
    secret = (shown_before, shown_after) != (before, after)
    return FieldChange(name, shown_before, shown_after, known, secret, attribute.immutable, attribute.grants)


def secrets_of(resource: Resource) -> frozenset[str]:
    """The texts in ``resource`` that nobody may see."""
    hidden: set[str] = set()
    for name, attribute in resource.attributes().items():
        value = getattr(resource, name)
        if attribute.conceal and value is not None and value is not UNSEEN and is_known(value):
            hidden |= set(texts(value)) - set(texts(attribute.conceal(value)))
    return frozenset(hidden - {""})


def without(value: Plain, hidden: frozenset[str]) -> Plain:
    """``value`` with ``(secret)`` in place of every text that is ``hidden``."""
    if isinstance(value, dict):
        return {key: without(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [without(item, hidden) for item in value]
    return "(secret)" if isinstance(value, str) and value in hidden else value


def plain(value: object) -> Plain:
    """``value`` in JSON's own types, unresolved references spelled out."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"({len(value)} bytes)" if isinstance(value, bytes) else str(value)


DEEPEST = 60
"""Levels of an attribute. A policy has 6 at most, a dashboard some ten."""


def is_shallow(value: object, levels: int = DEEPEST) -> bool:
    """Whether parsed JSON is nested no deeper than what is compared here ever is, and is compared without trouble."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and all(is_shallow(item, levels - 1) for item in inner)


def canonical(value: object) -> str:
    """``value`` as canonical JSON."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: object) -> str:
    """``sha256:...`` of ``value`` as canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def recordable(resource: Resource, before: Mapping[str, object] | None = None) -> dict[str, Plain]:
    """The attributes of ``resource`` for the state file: plain, and a stamp in place of whatever holds a secret.

    A stamp of the same secret that was on record ``before`` stays.
    """
    return {
        name: _recorded(resource, name, (before or {}).get(name))
        for name in resource.attributes()
        if (value := getattr(resource, name)) is not None and value is not UNSEEN
    }


def same_as_recorded(resource: Resource, name: str, recorded: object) -> bool:
    """Whether the attribute ``name`` of ``resource`` is what :func:`recordable` once made of it."""
    value = getattr(resource, name)
    if value is UNSEEN:
        return True
    if _is_secret(resource, name):
        return stamps.is_of(recorded, canonical(value))
    return bool(plain(value) == recorded)


def _recorded(resource: Resource, name: str, before: object) -> Plain:
    value = getattr(resource, name)
    if not _is_secret(resource, name):
        return plain(value)
    secret = canonical(value)
    if isinstance(before, str) and not stamps.is_outdated(before) and stamps.is_of(before, secret):
        return before
    return stamps.stamp(secret, f"{resource.address} {name}")


def _is_secret(resource: Resource, name: str) -> bool:
    conceal, value = resource.attributes()[name].conceal, getattr(resource, name)
    return bool(conceal and value is not None and conceal(value) != value)
