"""Amazon Resource Names, built and taken apart."""

from __future__ import annotations

from provisioner.engine.reconciler import Scope


def arn(scope: Scope, service: str, resource: str, *, region: str | None = None) -> str:
    """``arn:{partition}:{service}:{region}:{account}:{resource}``; ``region=""`` for global services."""
    where = scope.region if region is None else region
    return f"arn:{scope.partition}:{service}:{where}:{scope.account}:{resource}"


def name_in(scope: Scope, text: str, service: str, prefix: str = "", *, region: str | None = None) -> str | None:
    """The name in ``text``, if that is an ARN of ``service`` in this place whose resource begins with ``prefix``.

    ``None`` for what is in another account or Region, and for a part of a thing, which an ARN names after one more
    colon: a subscription of a topic, an alias of a function. Only names of alarms have colons of their own.
    """
    head = arn(scope, service, prefix, region=region)
    name = text.removeprefix(head)
    whole = prefix == "alarm:" or ":" not in name
    return name if text.startswith(head) and name and whole else None


def last_part(text: str) -> str:
    """The name at the end of an ARN: what follows the last colon, slash or both."""
    return text.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def account_of(text: str) -> str:
    """The account id in an ARN, or ``""``."""
    parts = text.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
