"""Where the examples live: platform, account, Region and the tags that say so."""

from __future__ import annotations

from typing import Any

from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG

PLATFORM, ENVIRONMENT = "shop", "dev"
ACCOUNT, REGION = "123456789012", "us-east-1"
STACK = f"{PLATFORM}/{ENVIRONMENT}/{REGION}"


def tags(kind: str, name: str) -> dict[str, str]:
    """The tags that every resource of the stack bears."""
    return {"Name": name, STACK_TAG: STACK, ADDRESS_TAG: f"{kind}.{name}"}


def arn(service: str, resource: str, region: str = REGION) -> str:
    """An ARN in the examples' account."""
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(principal: dict[str, Any], action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """One statement; trust policies have no resource, which is then ``None``."""
    where = {} if resource is None else {"Resource": resource}
    return {"Effect": "Allow", "Principal": principal, "Action": action, **where, **more}
