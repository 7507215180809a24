"""Whether a resource's policy lets an AWS service do what a link needs.

As in "Policy evaluation logic" (IAM User Guide): some statement must allow, and none deny. Principal, action, resource
and the conditions on known keys are judged. A condition on an unknown key counts as met in an allowance and as not met
in a denial, so that nothing is called broken that may work.
"""

from __future__ import annotations

import fnmatch
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypedDict

from provisioner.aws.policies import canonical_policy, parse_json


class CanonicalStatement(TypedDict, total=False):
    """A statement in canonical form: everything that AWS takes as one or as many is a list."""

    Effect: str
    Principal: str | Mapping[str, Sequence[str]]
    NotPrincipal: str | Mapping[str, Sequence[str]]
    Action: Sequence[str]
    NotAction: Sequence[str]
    Resource: Sequence[str]
    NotResource: Sequence[str]
    Condition: Mapping[str, Mapping[str, Sequence[str]]]


Context: TypeAlias = Mapping[str, str]
"""Condition key -> value, for example of ``aws:SourceArn``; capitals do not matter in keys."""

_COMPARISONS: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": operator.eq,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": fnmatch.fnmatchcase,
    "arnlike": fnmatch.fnmatchcase,
    "arnequals": fnmatch.fnmatchcase,  # AWS compares both in the same way, wildcards and all
}


def admits(policy: object, service: str, action: str, resource: str, context: Context) -> bool:
    """Whether ``policy`` (a document or its text) lets ``service`` do ``action`` on ``resource`` in ``context``."""
    statements: list[CanonicalStatement] = canonical_policy(parse_json(policy)).get("Statement", [])
    known = {key.lower(): value for key, value in context.items()}
    matching = [item for item in statements if _concerns(item, service, action, resource)]
    denied = any(item.get("Effect") == "Deny" and _holds(item, known, unknown=False) for item in matching)
    return not denied and any(item.get("Effect") == "Allow" and _holds(item, known, unknown=True) for item in matching)


def _concerns(statement: CanonicalStatement, service: str, action: str, resource: str) -> bool:
    return (
        _named(statement, service)
        and _covered(_folded(statement.get("Action")), _folded(statement.get("NotAction")), action.lower())
        and _covered(statement.get("Resource"), statement.get("NotResource"), resource)
    )


def _named(statement: CanonicalStatement, service: str) -> bool:
    if "NotPrincipal" in statement:
        return service not in _services(statement["NotPrincipal"])
    return bool({service, "*"} & set(_services(statement.get("Principal", ""))))


def _services(principal: str | Mapping[str, Sequence[str]]) -> list[str]:
    if not isinstance(principal, Mapping):
        return [str(principal)]
    everybody = ["*"] if "*" in principal.get("AWS", ()) else []
    return [*principal.get("Service", ()), *everybody]


def _covered(these: Sequence[str] | None, all_but: Sequence[str] | None, value: str) -> bool:
    """Whether ``Action`` or ``Resource`` covers ``value``. Without a resource it is the one that bears the policy."""
    found = any(fnmatch.fnmatchcase(value, pattern) for pattern in all_but or these or ["*"])
    return not found if all_but else found


def _folded(patterns: Sequence[str] | None) -> list[str]:
    """Capitals do not matter in actions."""
    return [pattern.lower() for pattern in patterns or ()]


def _holds(statement: CanonicalStatement, known: Context, *, unknown: bool) -> bool:
    return all(
        _condition(comparison, key, values, known, unknown)
        for comparison, keys in statement.get("Condition", {}).items()
        for key, values in keys.items()
    )


def _condition(comparison: str, key: str, values: Sequence[str], known: Context, unknown: bool) -> bool:
    name = comparison.lower().removesuffix("ifexists")
    negated = "not" in name
    compare = _COMPARISONS.get(name.replace("not", ""))
    value = known.get(key.lower())
    if value is None or compare is None:
        return unknown
    return any(compare(value, pattern) for pattern in values) != negated
