"""CloudWatch Logs' policies for a whole account and Region, of which here only those of retention have an effect."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.emulator.logs.model import BAD_TOKEN, invalid

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

api = Api()

_RETENTION = "RETENTION_POLICY"
_ALONE = ("DATA_PROTECTION_POLICY", "SUBSCRIPTION_FILTER_POLICY")
"""Of these an account has one."""
_AT_MOST = 20
_PAGE = 50
_DELAY = 86_400
"""Seconds after which a policy of retention takes effect, as does an update of it."""
_DAYS = (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_FOR_EVER = "NEVER_EXPIRE"
_MODES = ("NEW_ONLY", "RETROACTIVE")
# How a list of prefixes is written is documented by example only.
_PREFIXES = re.compile(r"LogGroupNamePrefix IN (\[.*\])", re.DOTALL)


@dataclass
class PolicyVersion:
    """What a policy says from ``since`` on, in epoch seconds."""

    given: aws.PutAccountPolicyRequestTypeDef
    since: float

    @property
    def days(self) -> float:
        """For how many days a policy of retention keeps events; infinite for ever."""
        days: int | str = json.loads(self.given["policyDocument"])["retentionInDays"]
        return math.inf if days == _FOR_EVER else int(days)

    def selects(self, group: str, made: float, created: float) -> bool:
        """Whether it is about a log group ``made`` at that time, itself being of a policy ``created`` at this."""
        mode = json.loads(self.given["policyDocument"])["enforcementMode"]
        prefixes = _prefixes(self.given.get("selectionCriteria", ""))
        return (mode == "RETROACTIVE" or made >= created) and group.startswith(tuple(prefixes))


@dataclass
class PolicyFacts:
    """A policy: everything that it has said, the newest last; times are in epoch seconds."""

    created: float
    versions: list[PolicyVersion] = field(default_factory=list)

    def shown(self, account: str) -> dict[str, object]:
        """The policy as DescribeAccountPolicies returns it: as it was last put."""
        given = self.versions[-1].given
        return {
            "policyName": given["policyName"],
            "policyDocument": given["policyDocument"],
            "policyType": given["policyType"],
            "lastUpdatedTime": int((self.versions[-1].since - _DELAY) * 1000),
            "scope": given.get("scope", "ALL"),
            "selectionCriteria": given.get("selectionCriteria"),
            "accountId": account,
        }

    def in_force(self, now: float) -> PolicyVersion | None:
        """What it says now: an update leaves what was said before in effect for a day."""
        return next((rule for rule in reversed(self.versions) if rule.since <= now), None)


class AccountPolicies(Memory):
    """A place's policies by type and name, the oldest first."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[tuple[str, str], PolicyFacts] = {}


def ruling(call: AnyCall, group: str, made: float) -> tuple[str, int | None] | None:
    """The policy of retention that decides about a log group ``made`` at that time, and the days; None for ever."""
    found = max(_rulings(call, group, made), key=lambda item: item[1], default=None)  # the first of the longest
    if found is None:
        return None
    name, days = found
    return name, None if days == math.inf else int(days)


def _rulings(call: AnyCall, group: str, made: float) -> Iterator[tuple[str, float]]:
    for (kind, name), policy in call.store(AccountPolicies).by_name.items():
        rule = policy.in_force(call.world.now()) if kind == _RETENTION else None
        if rule and rule.selects(group, made, policy.created):
            yield name, rule.days


@api.operation("PutAccountPolicy")
def put_account_policy(call: ApiCall[aws.PutAccountPolicyRequestTypeDef]) -> Answer:
    policies, params, now = call.store(AccountPolicies).by_name, call.params, call.world.now()
    key = (params["policyType"], params["policyName"])
    if params.get("dryRun"):
        raise NotImplementedError("The emulator does not estimate what a policy would do.")
    _check(params)
    others = sum(kind == key[0] for kind, _ in policies if (kind, _) != key)
    if others >= (1 if key[0] in _ALONE else _AT_MOST):
        raise ApiRefusal("LimitExceededException", "Resource limit exceeded.")
    policy = policies.setdefault(key, PolicyFacts(now))
    policy.versions.append(PolicyVersion(params, now + _DELAY))
    return {"accountPolicy": policy.shown(call.account)}


def _check(params: aws.PutAccountPolicyRequestTypeDef) -> None:
    if params["policyName"].startswith("aws/"):
        raise invalid("Policy name cannot start with aws/.")
    try:
        document = json.loads(params["policyDocument"])
    except ValueError as problem:
        raise invalid("The policy document is not valid JSON.") from problem
    criteria = params.get("selectionCriteria")
    if params["policyType"] == "DATA_PROTECTION_POLICY" and criteria:
        raise invalid("selectionCriteria is not supported for DATA_PROTECTION_POLICY.")
    if params["policyType"] == _RETENTION:
        _prefixes(criteria or "")
        if document.get("retentionInDays") not in (*_DAYS, _FOR_EVER):
            raise invalid(f"retentionInDays must be one of {', '.join(map(str, _DAYS))} or {_FOR_EVER}.")
        if document.get("enforcementMode") not in _MODES:
            raise invalid(f"enforcementMode must be one of {', '.join(_MODES)}.")


def _prefixes(criteria: str) -> list[str]:
    """The prefixes of the names of the log groups that a policy of retention is about."""
    if not criteria:
        return [""]
    found = _PREFIXES.fullmatch(criteria)
    if found is None:
        raise invalid("The only supported selectionCriteria filter is LogGroupNamePrefix.")
    return [str(prefix) for prefix in json.loads(found[1])]


@api.operation("DescribeAccountPolicies")
def describe_account_policies(call: ApiCall[aws.DescribeAccountPoliciesRequestTypeDef]) -> Answer:
    params = call.params
    found = [
        policy
        for (kind, name), policy in call.store(AccountPolicies).by_name.items()
        if kind == params["policyType"] and params.get("policyName", name) == name
    ]
    shown, more = page(
        found,
        lambda policy: policy.versions[-1].given["policyName"],
        token=params.get("nextToken"),
        size=_PAGE,
        bad_token=BAD_TOKEN,
    )
    return {"accountPolicies": [policy.shown(call.account) for policy in shown], "nextToken": more}


@api.operation("DeleteAccountPolicy")
def delete_account_policy(call: ApiCall[aws.DeleteAccountPolicyRequestTypeDef]) -> Answer:
    key = (call.params["policyType"], call.params["policyName"])
    # Believed: it ends at once, though it began a day late.
    if call.store(AccountPolicies).by_name.pop(key, None) is None:
        raise ApiRefusal("ResourceNotFoundException", "The specified policy does not exist.")
    return {}
