"""The flags by which a person agrees to what no plan does unasked: to all of it, or address by address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from provisioner.cli.arguments import ALL
from provisioner.engine.consent import EVERYTHING, Consent, Options
from provisioner.engine.errors import UsageError
from provisioner.engine.model import Address
from provisioner.engine.plan import Plan


def options(adopt: Sequence[str] | None, lose: Sequence[str] | None, *, removals: bool, resubscribe: bool) -> Options:
    """What the flags of ``plan`` and ``apply`` allow; ``--resubscribe`` is about subscriptions alone."""
    from provisioner.resources.sns_subscription import SnsSubscription

    insist = frozenset({SnsSubscription.kind}) if resubscribe else frozenset[str]()
    return Options(_consent(adopt), _consent(lose), removals, insist)


def for_teardown(lose: Sequence[str] | None, *, retain_logs: bool, delete_adopted: bool) -> Options:
    """What the flags of ``teardown`` allow."""
    retain = frozenset({"log_group", "kms_key"}) if retain_logs else frozenset[str]()
    return Options(lose=_consent(lose), retain=retain, delete_adopted=delete_adopted)


def chosen(addresses: Sequence[str], *, everything: bool) -> frozenset[Address] | None:
    """What ``release`` is about; ``None`` for everything. ``UsageError`` where it is both, or nothing."""
    if everything == bool(addresses):
        raise UsageError("release takes addresses, or --all", remedy="state list shows what is on record.")
    return None if everything else _consent(addresses).addresses


def to_document(given: Options) -> dict[str, object]:
    """``given`` as a saved plan carries it."""
    return {
        "adopt": _to_json(given.adopt),
        "allow_data_loss": _to_json(given.lose),
        "allow_removals": given.removals,
        "insist": sorted(given.insist),
    }


def from_document(document: Mapping[str, Any]) -> Options:
    """What a saved plan carries. ``ValueError``, ``KeyError`` or ``TypeError`` where it is none."""
    return Options(
        _from_json(document["adopt"]),
        _from_json(document["allow_data_loss"]),
        document["allow_removals"] is True,
        frozenset(map(str, document["insist"])),
    )


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
    unknown = sorted((given.adopt.addresses | given.lose.addresses) - known)
    if unknown:
        raise UsageError(
            f"{', '.join(map(str, unknown))}: the plan has no such address",
            remedy="Nothing was touched. plan --json --all shows every address there is.",
        )
