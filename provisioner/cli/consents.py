"""The flags by which a person agrees to what no plan does unasked: to all of it, or address by address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisioner.cli.arguments import ALL
from provisioner.engine.consent import EVERYTHING, Consent, Options
from provisioner.engine.errors import UsageError
from provisioner.engine.model import Address
from provisioner.engine.plan import Plan


def options(adopt: Sequence[str] | None, *, resubscribe: bool) -> Options:
    """What the flags of ``plan`` and ``apply`` allow; ``--resubscribe`` is about subscriptions alone."""
    from provisioner.resources.sns_subscription import SnsSubscription

    return Options(adopt=_consent(adopt), insist=frozenset({SnsSubscription.kind}) if resubscribe else frozenset())


def to_document(given: Options) -> dict[str, object]:
    """``given`` as a saved plan carries it."""
    return {"adopt": _to_json(given.adopt), "insist": sorted(given.insist)}


def from_document(document: Mapping[str, Any]) -> Options:
    """What a saved plan carries. ``ValueError``, ``KeyError`` or ``TypeError`` where it is none."""
    return Options(adopt=_from_json(document["adopt"]), insist=frozenset(map(str, document["insist"])))


def _to_json(agreed: Consent) -> str | list[str]:
    return ALL if agreed.everything else sorted(map(str, agreed.addresses))


def _from_json(value: Any) -> Consent:
    return EVERYTHING if value == ALL else Consent.to(map(Address.parse, value))


def _consent(values: Sequence[str] | None) -> Consent:
    """What was agreed to. ``UsageError`` where a value is no address."""
    if ALL in (values or ()):
        return EVERYTHING
    try:
        return Consent.to(Address.parse(value) for value in values or ())
    except ValueError as error:
        raise UsageError(str(error)) from error


def check(plan: Plan, given: Options) -> None:
    """``UsageError`` where somebody agreed to something that ``plan`` does not know: most likely a slip."""
    known = {change.address for change in plan.changes}
    unknown = sorted(given.adopt.addresses - known)
    if unknown:
        raise UsageError(
            f"{', '.join(map(str, unknown))}: the plan has no such address",
            remedy="Nothing was touched. plan --json --all shows every address there is.",
        )
