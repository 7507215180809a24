"""An X-Ray sampling rule.

There is no read by name: one listing has all rules of the Region, among them ``Default``, which nobody may delete. AWS
tells missing, duplicate and invalid apart only by the message of one error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.tags import bears, retag, tag_list, tag_map
from provisioner.engine.model import Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Call, Steps

if TYPE_CHECKING:
    from types_boto3_xray.type_defs import (
        ListTagsForResourceResponseTypeDef,
        SamplingRuleOutputTypeDef,
        SamplingRuleRecordTypeDef,
    )

RULES_QUOTA = ("xray", "L-8C0C998A", 25.0)
"""Custom sampling rules in a Region: service, quota code, and AWS's default."""


def _rate(value: float) -> float:
    return round(float(value), 9)  # 0.05 may come back as 0.05000000074505806


@dataclass(frozen=True, kw_only=True)
class SamplingRule(Resource):
    """A rule of X-Ray sampling; ``fixed_rate`` from 0 to 1, ``reservoir`` in traces a second."""

    kind: ClassVar[str] = "sampling_rule"
    identity = ("arn",)
    naming = Naming("sampling rule", r".+", "one line", 32)
    arn = Output()
    priority: int = attr()
    fixed_rate: float = attr(normal=_rate)
    reservoir: int = attr()
    service_name: str = attr("*")
    service_type: str = attr("*")
    host: str = attr("*")
    http_method: str = attr("*")
    url_path: str = attr("*")
    resource_arn: str = attr("*")
    segment_attributes: dict[str, str] = attr({})
    version: int = attr(1, immutable=True)
    tags: dict[str, str] = attr({})


_MEMBERS = Members(
    "xray",
    "SamplingRule",
    read="RuleName RuleARN ResourceARN Priority FixedRate ReservoirSize ServiceName ServiceType Host HTTPMethod "
    "URLPath Version Attributes",
)


class SamplingRuleReconciler(Reconciler[SamplingRule]):
    resource = SamplingRule
    service = "xray"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[SamplingRule]], memo: Memo) -> dict[Address, Live[SamplingRule]]:
        rules = {rule.get("RuleName"): rule for rule in self._rules(memo)}
        ours = [item for item in sought if item.address.name in rules]
        lives = self.world.each(lambda item: self._live(item, rules[item.address.name], memo), ours)
        return {item.address: live for item, live in zip(ours, lives, strict=True)}

    def _rules(self, memo: Memo) -> list[SamplingRuleOutputTypeDef]:
        def fetch() -> list[SamplingRuleOutputTypeDef]:
            records: list[SamplingRuleRecordTypeDef]
            records = self.world.pages("xray", "GetSamplingRules", "SamplingRuleRecords")
            return [record["SamplingRule"] for record in records if "SamplingRule" in record]

        return memo.once("sampling rules", fetch)

    def _live(self, item: Sought[SamplingRule], rule: SamplingRuleOutputTypeDef, memo: Memo) -> Live[SamplingRule]:
        rule_arn = rule.get("RuleARN") or self._arn(item.address.name)
        resource = SamplingRule(
            name=item.address.name,
            priority=rule["Priority"],
            fixed_rate=rule["FixedRate"],
            reservoir=rule["ReservoirSize"],
            service_name=rule["ServiceName"],
            service_type=rule["ServiceType"],
            host=rule["Host"],
            http_method=rule["HTTPMethod"],
            url_path=rule["URLPath"],
            resource_arn=rule["ResourceARN"],
            segment_attributes=rule.get("Attributes") or {},
            version=rule.get("Version", 1),
            tags=memo.tags(rule_arn, item, lambda: self._tags(rule_arn)),
        )
        return Live(resource, {"arn": rule_arn}, unread=_MEMBERS.unread(rule))

    def _tags(self, rule_arn: str) -> dict[str, str]:
        answer: ListTagsForResourceResponseTypeDef | None = self.world.find(
            "xray", "ListTagsForResource", ResourceARN=rule_arn
        )
        return tag_map(answer.get("Tags", ())) if answer else {}

    def effect(self, call: Call) -> Callable[[], Any] | None:
        if call.operation != "CreateSamplingRule":
            return None
        rule_arn, tags = self._arn(call.params["SamplingRule"]["RuleName"]), tag_map(call.params["Tags"])
        return lambda: {} if bears(self._tags(rule_arn), tags) else None

    def create(self, want: SamplingRule) -> Steps:
        rule = {key: getattr(want, name) for name, key in _MATCHED.items()}
        rule |= {"RuleName": want.name, "Version": want.version}
        if want.segment_attributes:
            rule["Attributes"] = want.segment_attributes
        yield self.call("CreateSamplingRule", SamplingRule=rule, Tags=tag_list(want.tags))

    def update(self, want: SamplingRule, live: Live[SamplingRule], changed: frozenset[str]) -> Steps:
        values = {key: getattr(want, name) for name, key in _MATCHED.items() if name in changed}
        if "segment_attributes" in changed:
            values["Attributes"] = want.segment_attributes
        if values:
            yield self.call("UpdateSamplingRule", SamplingRuleUpdate={"RuleName": want.name, **values})
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", ResourceARN=live.outputs["arn"], TagKeys=keys),
                lambda tags: self.call("TagResource", ResourceARN=live.outputs["arn"], Tags=tag_list(tags)),
            )

    def delete(self, live: Live[SamplingRule]) -> Steps:
        yield self.call("DeleteSamplingRule", RuleName=live.resource.name)

    def refusals(self, creating: Sequence[SamplingRule], memo: Memo) -> list[str]:
        there = sum(1 for rule in self._rules(memo) if rule.get("RuleName") != "Default")
        service, code, default = RULES_QUOTA
        if there + len(creating) <= default:
            return []
        quota = int(self.world.quota(service, code, default))
        if there + len(creating) <= quota:
            return []
        return [
            f"X-Ray allows {quota} sampling rules in {self.scope.region}: {there} exist and {len(creating)} more are "
            f"wanted. Remove some, or raise quota {code} in Service Quotas"
        ]

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "xray", "sampling-rule/")

    def predict(self, want: SamplingRule) -> dict[str, str]:
        return {"name": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "xray", f"sampling-rule/{name}")


_MATCHED = {
    "priority": "Priority",
    "fixed_rate": "FixedRate",
    "reservoir": "ReservoirSize",
    "service_name": "ServiceName",
    "service_type": "ServiceType",
    "host": "Host",
    "http_method": "HTTPMethod",
    "url_path": "URLPath",
    "resource_arn": "ResourceARN",
}
