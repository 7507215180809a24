"""X-Ray sampling rules and their tags. moto has no control plane at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.core.world import Memory

api = Api()

XRAY = EmulatedService(
    name="xray",
    apis=(api,),
    malformed="InvalidRequestException",
    warm_up=("GetSamplingRules", {}),
    moto=frozenset({"PutTraceSegments", "PutTelemetryRecords", "GetTraceSummaries", "BatchGetTraces"}),
)

_RULES = 25
_PAGE = 100  # The page's size is not published; with 25 rules AWS answers in one.
_MEMBERS_OF_DEFAULT = {"RuleName", "RuleARN", "FixedRate", "ReservoirSize"}
_MATCHED = ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath")


@dataclass
class Record:
    """A rule as stored, with its times in epoch seconds."""

    rule: Params
    created: float
    modified: float
    tags: dict[str, str] = field(default_factory=dict)

    def shown(self) -> Params:
        """A ``SamplingRuleRecord``."""
        return {"SamplingRule": self.rule, "CreatedAt": self.created, "ModifiedAt": self.modified}


class Rules(Memory):
    """A place's rules by name. ``Default`` always exists, since the beginning of time, and is not counted."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        default = {
            "RuleName": "Default",
            "RuleARN": place.arn("xray", "sampling-rule/Default"),
            **dict.fromkeys(_MATCHED, "*"),
            "Priority": 10_000,
            "FixedRate": 0.05,
            "ReservoirSize": 1,
            "Version": 1,
            "Attributes": {},
        }
        self.records = {"Default": Record(default, created=0.0, modified=0.0)}

    def find(self, params: Params) -> Record:
        """The rule of a RuleName or RuleARN, exactly one of which is given."""
        name, arn = params.get("RuleName"), params.get("RuleARN")
        if (name is None) == (arn is None):
            # That both together are refused is believed, not documented.
            raise _invalid("Exactly one of RuleName and RuleARN must be specified.")
        for record in self.records.values():
            if name == record.rule["RuleName"] or arn == record.rule["RuleARN"]:
                return record
        raise _invalid("Sampling rule does not exist.")

    def tagged(self, arn: str) -> Record:
        """The rule that a tagging call names."""
        for record in self.records.values():
            if record.rule["RuleARN"] == arn:
                return record
        raise Refusal("ResourceNotFoundException", "The resource was not found.", members={"ResourceName": arn})


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidRequestException", message)


def _check(rule: Params) -> None:
    if not 1 <= rule.get("Priority", 1) <= 9999:
        raise _invalid("Priority must be between 1 and 9999.")
    if not 0 <= rule.get("FixedRate", 0) <= 1:
        raise _invalid("FixedRate must be between 0 and 1.")
    if len(rule.get("Attributes") or {}) > 5:
        raise _invalid("A sampling rule can have at most 5 attributes.")


@api.operation("CreateSamplingRule")
def create_sampling_rule(call: ApiCall) -> Answer:
    rules, rule = call.store(Rules), call.params["SamplingRule"]
    name = rule.get("RuleName")
    if not name:
        raise _invalid("RuleName is required.")
    if rule["Version"] != 1:
        raise _invalid("Version must be 1.")
    _check(rule)
    given = tags.merged(
        {}, tags.from_list(call.params.get("Tags")), reserved="InvalidRequestException", too_many="TooManyTagsException"
    )
    if name in rules.records:
        raise _invalid("Sampling rule already exists.")
    if len(rules.records) > _RULES:
        raise Refusal("RuleLimitExceededException", f"You have reached the maximum number of sampling rules, {_RULES}.")
    arn = call.place.arn("xray", f"sampling-rule/{name}")
    now = call.world.now()
    record = Record({"Attributes": {}, **rule, "RuleARN": arn}, now, now, given)
    rules.records[name] = record
    return {"SamplingRuleRecord": record.shown()}


@api.operation("GetSamplingRules")
def get_sampling_rules(call: ApiCall) -> Answer:
    shown, more = page(
        call.store(Rules).records.values(),
        lambda record: str(record.rule["RuleName"]),
        token=call.params.get("NextToken"),
        size=_PAGE,
        bad_token=_invalid("Invalid NextToken."),
    )
    return {"SamplingRuleRecords": [record.shown() for record in shown], "NextToken": more}


@api.operation("UpdateSamplingRule")
def update_sampling_rule(call: ApiCall) -> Answer:
    update = call.params["SamplingRuleUpdate"]
    record = call.store(Rules).find(update)
    if record.rule["RuleName"] == "Default" and set(update) - _MEMBERS_OF_DEFAULT:
        raise _invalid("Invalid update request for default sampling rule")
    _check(update)
    record.rule = {**record.rule, **update, "RuleName": record.rule["RuleName"], "RuleARN": record.rule["RuleARN"]}
    record.modified = call.world.now()
    return {"SamplingRuleRecord": record.shown()}


@api.operation("DeleteSamplingRule")
def delete_sampling_rule(call: ApiCall) -> Answer:
    rules = call.store(Rules)
    record = rules.find(call.params)
    if record.rule["RuleName"] == "Default":
        raise _invalid("The default sampling rule cannot be deleted.")
    del rules.records[record.rule["RuleName"]]
    return {"SamplingRuleRecord": record.shown()}


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    record = call.store(Rules).tagged(call.params["ResourceARN"])
    new = tags.from_list(call.params["Tags"])
    record.tags = tags.merged(record.tags, new, reserved="InvalidRequestException", too_many="TooManyTagsException")
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    record = call.store(Rules).tagged(call.params["ResourceARN"])
    record.tags = tags.without(record.tags, call.params["TagKeys"])
    return {}


@api.operation("ListTagsForResource")
def list_tags_for_resource(call: ApiCall) -> Answer:
    return {"Tags": tags.to_list(call.store(Rules).tagged(call.params["ResourceARN"]).tags)}
