"""Policy documents: what is malformed, and what a policy lets an AWS service do."""

from __future__ import annotations

import fnmatch
import json
import operator
from collections.abc import Callable, Mapping
from typing import Literal, Required, TypedDict, cast

Texts = str | list[str]
"""A document may have one value alone, or several in a list."""


class Statement(TypedDict, total=False):
    """A statement that :func:`statements` has checked."""

    Sid: str
    Effect: Required[Literal["Allow", "Deny"]]
    Principal: str | dict[str, Texts]
    NotPrincipal: str | dict[str, Texts]
    Action: Texts
    NotAction: Texts
    Resource: Texts
    NotResource: Texts
    Condition: dict[str, dict[str, Texts]]


_VERSIONS = ("2012-10-17", "2008-10-17")
_MEMBERS = {"Version", "Id", "Statement"}
_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "arnequals": fnmatch.fnmatchcase,  # documented: the same as ArnLike
    "arnlike": fnmatch.fnmatchcase,
    "stringequals": operator.eq,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": fnmatch.fnmatchcase,
    "bool": lambda value, wanted: value == wanted.lower(),
}


class BadPolicy(Exception):
    """Why a document is malformed; each service wraps it in a code and words of its own."""


def statements(text: str, *, principal: bool = True, resource: bool | None = True) -> list[Statement]:
    """The statements of a well-formed document (IAM User Guide, "Grammar of the IAM JSON policy language").

    ``principal``: whether statements must name one. ``resource``: True when they must, False when they
    must not (trust policies), None when either is right. Raises BadPolicy.
    """
    try:
        document = json.loads(text, object_pairs_hook=_unique)
    except ValueError as problem:
        raise BadPolicy("This policy contains invalid Json") from problem
    if not isinstance(document, dict):
        raise BadPolicy("Policy must be a JSON object")
    if unknown := set(document) - _MEMBERS:
        raise BadPolicy(f"Unknown field {min(unknown)}")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise BadPolicy("The policy must contain a valid version string")
    found = document.get("Statement")
    items = found if isinstance(found, list) else [found]
    checked = [_checked(item, principal, resource) for item in items]
    if not checked:
        raise BadPolicy("Missing required field Statement")
    return checked


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise BadPolicy("Duplicate field")
    return dict(pairs)


def _checked(statement: object, principal: bool, resource: bool | None) -> Statement:
    if not isinstance(statement, dict):
        raise BadPolicy("Missing required field Statement")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise BadPolicy("Missing required field Effect")
    if not statement.get("Action") and not statement.get("NotAction"):
        raise BadPolicy("Missing required field Action")
    if principal and not (statement.get("Principal") or statement.get("NotPrincipal")):
        raise BadPolicy("Missing required field Principal")
    has_resource = bool(statement.get("Resource") or statement.get("NotResource"))
    if resource is True and not has_resource:
        raise BadPolicy("Missing required field Resource")
    if resource is False and has_resource:
        raise BadPolicy("Has prohibited field Resource")
    return cast("Statement", statement)


def principals(statement: Statement, kind: str) -> list[str]:
    """The principals of one kind (``AWS``, ``Service``). ``"*"`` alone is of every kind, and so is ``{"AWS": "*"}``
    (IAM User Guide, "AWS JSON policy elements: Principal", all principals).
    """
    found = statement.get("Principal") or statement.get("NotPrincipal")
    if isinstance(found, Mapping):
        everybody = ["*"] if "*" in listed(found.get("AWS")) else []
        return list(dict.fromkeys([*listed(found.get(kind)), *everybody]))
    return ["*"] if found == "*" else []


def listed(value: object) -> list[str]:
    """A value that AWS lets be a scalar or a list, as a list of texts."""
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def allows(statement: Statement, action: str) -> bool:
    """Whether an Allow statement covers an action, wildcards and all, whoever may use it."""
    return statement["Effect"] == "Allow" and _covers_action(statement, action.lower())


def _covers_action(statement: Statement, action: str) -> bool:
    """Whether a statement covers an action, given in small letters: capitals do not count."""
    if "NotAction" in statement:
        return not _matches(action, statement["NotAction"])
    return _matches(action, statement.get("Action"))


def _covers_resource(statement: Statement, resource: str) -> bool:
    if "NotResource" in statement:
        return not _matches(resource, statement["NotResource"], capitals=True)
    return _matches(resource, statement.get("Resource"), capitals=True)


def _matches(value: str, patterns: Texts | None, *, capitals: bool = False) -> bool:
    """Whether one of some patterns matches; none at all match everything."""
    found = listed(patterns) or ["*"]
    return any(fnmatch.fnmatchcase(value, pattern if capitals else pattern.lower()) for pattern in found)


def _concerns(statement: Statement, service: str) -> bool:
    named = bool({service, "*"} & set(principals(statement, "Service")))
    return named != ("NotPrincipal" in statement)


def context_matches(statement: Statement, context: Mapping[str, str], *, unknown: bool = True) -> bool:
    """Whether the conditions on the keys of a context hold; those on anything else count as ``unknown`` says."""
    known = {"aws:securetransport": "true", **{name.lower(): value for name, value in context.items()}}
    for name_of, conditions in statement.get("Condition", {}).items():
        plain = name_of.lower().removesuffix("ifexists")
        compare, negated = _COMPARISONS.get(plain.replace("not", "")), "not" in plain
        for name, patterns in conditions.items():
            value = known.get(name.lower())
            if value is None or compare is None:
                if not unknown:
                    return False
            elif any(compare(value, item) for item in listed(patterns)) == negated:
                return False
    return True


def admits(text: str, service: str, action: str, context: Mapping[str, str], resource: str = "*") -> bool:
    """Whether a resource's policy lets an AWS service perform an action in a context ("Policy evaluation logic", IAM
    User Guide): a statement allows it, and none denies it.
    """
    found = [
        item
        for item in statements(text, resource=None)
        if _concerns(item, service)
        and _covers_action(item, action.lower())
        and (resource == "*" or _covers_resource(item, resource))
    ]
    denied = any(item["Effect"] == "Deny" and context_matches(item, context, unknown=False) for item in found)
    return not denied and any(item["Effect"] == "Allow" and context_matches(item, context) for item in found)
