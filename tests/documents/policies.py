"""The policies in ``docs/permissions.md``."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.documents.pages import text_of

WITHOUT_A_PERMISSION = {"sts:GetCallerIdentity"}
"""Whoever has credentials may ask who he is."""

_PREFIXES = {"resourcegroupstaggingapi": "tag", "service-quotas": "servicequotas"}
"""Where IAM's name of a service is not boto3's."""


def actions(heading: str) -> set[str]:
    """Every action of the policy under ``heading``."""
    (policy,) = re.findall(
        rf"^## {heading}\n.*?```json\n(.*?)```", text_of("docs/permissions.md"), re.DOTALL | re.MULTILINE
    )
    found: set[str] = set()
    for statement in json.loads(policy)["Statement"]:
        action: Any = statement["Action"]
        found.update([action] if isinstance(action, str) else action)
    return found


def in_iam(call: str) -> str:
    """``service:Operation`` of boto3 in IAM's spelling."""
    service, _, operation = call.partition(":")
    return f"{_PREFIXES.get(service, service)}:{operation}"
