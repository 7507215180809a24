"""Amazon Resource Names, built and taken apart."""

from __future__ import annotations

from provisioner.engine.reconciler import Scope


def arn(scope: Scope, service: str, resource: str, *, region: str | None = None) -> str:
    """``arn:{partition}:{service}:{region}:{account}:{resource}``; ``region=""`` for global services."""
    where = scope.region if region is None else region
    return f"arn:{scope.partition}:{service}:{where}:{scope.account}:{resource}"


def last_part(text: str) -> str:
    """The name at the end of an ARN: what follows the last colon, slash or both."""
    return text.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def account_of(text: str) -> str:
    """The account id in an ARN, or ``""``."""
    parts = text.split(":", 5)
    return parts[4] if len(parts) == 6 else ""
