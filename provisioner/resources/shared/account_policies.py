"""Policies of CloudWatch Logs for a whole account and Region. They reach into log groups, which show little of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from provisioner.engine.questions import Aside, Questions

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import AccountPolicyTypeDef

_TYPES = (
    "DATA_PROTECTION_POLICY",
    "SUBSCRIPTION_FILTER_POLICY",
    "FIELD_INDEX_POLICY",
    "TRANSFORMER_POLICY",
    "METRIC_EXTRACTION_POLICY",
    "RETENTION_POLICY",
)
"""They are listed by type; the older ones first, for a Region may not know the others yet."""

_PREFIXES = re.compile(r"\s*LogGroupNamePrefix\s+IN\s+(\[.*\])\s*", re.DOTALL)


def account_policies(questions: Questions, groups: Sequence[str]) -> Iterator[Aside]:
    """Those that may hold for any of ``groups``, names of log groups."""
    where = f"account {questions.scope.account} in {questions.scope.region}"
    for kind in _TYPES:
        policies: list[AccountPolicyTypeDef] = questions.pages(
            "logs", "DescribeAccountPolicies", "accountPolicies", policyType=kind
        )
        for policy in policies:
            criteria = policy.get("selectionCriteria", "")
            if _may_select(criteria, groups):
                said = {"policyDocument": policy.get("policyDocument", ""), "selectionCriteria": criteria}
                yield Aside(where, f"{kind} {policy.get('policyName', '')}", {k: v for k, v in said.items() if v})


def _may_select(criteria: str, groups: Sequence[str]) -> bool:
    """Whether a policy may hold for one of ``groups``: what cannot be understood may."""
    found = _PREFIXES.fullmatch(criteria)
    try:
        prefixes = json.loads(found[1]) if found else [""]
    except ValueError:
        return True
    return any(group.startswith(str(prefix)) for group in groups for prefix in prefixes)
