"""X-Ray sampling rules and their tags. moto has no control plane at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.world import Memory

if TYPE_CHECKING:
    from types_boto3_xray import type_defs as aws

api = Api()

XRAY = EmulatedService(
    name="xray",
    apis=(api,),
    malformed="InvalidRequestException",
    warm_up=("GetSamplingRules", {}),
    moto=frozenset({"PutTraceSegments", "PutTelemetryRecords", "GetTraceSummaries", "BatchGetTraces"}),
)

_TAGGING = Tagging(reserved="InvalidRequestException", too_many="TooManyTagsException")
_invalid = refusing("InvalidRequestException")
_RULES = 25
_PAGE = 100  # The page's size is not published; with 25 rules AWS answers in one.
_MEMBERS_OF_DEFAULT = {"RuleName", "RuleARN", "FixedRate", "ReservoirSize"}
_MATCHED = ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")


@dataclass
class SamplingRuleFacts:
    """A rule as stored, with its times in epoch seconds."""

    name: str
    arn: str
    rule: Mapping[str, object]
    created: float
    modified: float
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        """A ``SamplingRuleRecord``."""
        rule = {**self.rule, "RuleName": self.name, "RuleARN": self.arn}
        return {"SamplingRule": rule, "CreatedAt": self.created, "ModifiedAt": self.modified}


class Rules(Memory):
    """A place's rules by name. ``Default`` always exists, since the beginning of time, and is not counted."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        default = {
            **dict.fromkeys(_MATCHED, "*"),
            "Priority": 10_000,
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            "Version": 1,
            "Attributes": {},
        }
        self.by_name = {"Default": SamplingRuleFacts("Default", self.arn("Default"), default, 0.0, 0.0)}

    def arn(self, name: str) -> str:
        """The ARN of a rule of this place."""
        return self.place.arn("xray", f"sampling-rule/{name}")

    def find(self, name: str | None, arn: str | None) -> SamplingRuleFacts:
        """The rule of a RuleName or RuleARN, exactly one of which is given."""
        if (name is None) == (arn is None):
            # Believed: both together are refused.
            raise _invalid("Exactly one of RuleName and RuleARN must be specified.")
        for rule in self.by_name.values():
            if name == rule.name or arn == rule.arn:
                return rule
        raise _invalid("Sampling rule does not exist.")

    def tagged(self, arn: str) -> SamplingRuleFacts:
        """The rule that a tagging call names."""
        for rule in self.by_name.values():
            if rule.arn == arn:
                return rule
        raise ApiRefusal("ResourceNotFoundException", "The resource was not found.", members={"ResourceName": arn})


def _check(rule: aws.SamplingRuleUnionTypeDef | aws.SamplingRuleUpdateTypeDef) -> None:
    if not 1 <= rule.get("Priority", 1) <= 9999:
        raise _invalid("Priority must be between 1 and 9999.")
    if not 0 <= rule.get("FixedRate", 0) <= 1:
        raise _invalid("FixedRate must be between 0 and 1.")
    if len(rule.get("Attributes") or {}) > 5:
        raise _invalid("A sampling rule can have at most 5 attributes.")


@api.operation("CreateSamplingRule")
def create_sampling_rule(call: ApiCall[aws.CreateSamplingRuleRequestTypeDef]) -> Answer:
    rules, rule = call.store(Rules), call.params["SamplingRule"]
    name = rule.get("RuleName")
    if not name:
        raise _invalid("RuleName is required.")
    if rule["Version"] != 1:
        raise _invalid("Version must be 1.")
    _check(rule)
    tags = _TAGGING.merged({}, call.params.get("Tags"))
    if name in rules.by_name:
        raise _invalid("Sampling rule already exists.")
    if len(rules.by_name) > _RULES:
        raise ApiRefusal(
            "RuleLimitExceededException", f"You have reached the maximum number of sampling rules, {_RULES}."
        )
    now = call.world.now()
    made = SamplingRuleFacts(name, rules.arn(name), {"Attributes": {}, **rule}, now, now, tags)
    rules.by_name[name] = made
    return {"SamplingRuleRecord": made.shown()}


@api.operation("GetSamplingRules")
def get_sampling_rules(call: ApiCall[aws.GetSamplingRulesRequestTypeDef]) -> Answer:
    shown, more = page(
        call.store(Rules).by_name.values(),
        lambda rule: rule.name,
        token=call.params.get("NextToken"),
        size=_PAGE,
        bad_token=_invalid("Invalid NextToken."),
    )
    return {"SamplingRuleRecords": [rule.shown() for rule in shown], "NextToken": more}


@api.operation("UpdateSamplingRule")
def update_sampling_rule(call: ApiCall[aws.UpdateSamplingRuleRequestTypeDef]) -> Answer:
    update = call.params["SamplingRuleUpdate"]
    rule = call.store(Rules).find(update.get("RuleName"), update.get("RuleARN"))
    if rule.name == "Default" and set(update) - _MEMBERS_OF_DEFAULT:
        raise _invalid("Invalid update request for default sampling rule")
    _check(update)
    rule.rule, rule.modified = {**rule.rule, **update}, call.world.now()
    return {"SamplingRuleRecord": rule.shown()}


@api.operation("DeleteSamplingRule")
def delete_sampling_rule(call: ApiCall[aws.DeleteSamplingRuleRequestTypeDef]) -> Answer:
    rules = call.store(Rules)
    rule = rules.find(call.params.get("RuleName"), call.params.get("RuleARN"))
    if rule.name == "Default":
        raise _invalid("The default sampling rule cannot be deleted.")
    del rules.by_name[rule.name]
    return {"SamplingRuleRecord": rule.shown()}


def _tagged(call: AnyCall, arn: str) -> SamplingRuleFacts:
    return call.store(Rules).tagged(arn)


_TAGGING.register(api, "ResourceARN", _tagged)
