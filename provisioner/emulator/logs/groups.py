"""CloudWatch Logs: log groups, their key, class, protection, retention and tags. moto keeps streams and events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.backends import get_backend
from moto.logs.models import LogGroup, LogsBackend

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.times import epoch
from provisioner.emulator.core.world import Memory
from provisioner.emulator.kms import keys as kms

api = Api()

_RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
_PAGE = 50
# What the key must let CloudWatch Logs do (CloudWatch Logs User Guide, "Encrypt log data using KMS").
_KEY_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
_OTHER_FILTERS = ("logGroupNamePrefix", "logGroupNamePattern", "logGroupClass", "nextToken", "limit")


@dataclass
class GroupFacts:
    """What moto does not keep of a log group."""

    log_class: str = "STANDARD"
    protected: bool = False
    tags: dict[str, str] = field(default_factory=dict)


class Groups(Memory):
    """The facts of a place's log groups, by name; they die with the group."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.facts: dict[str, GroupFacts] = {}
        self.filters: dict[str, dict[str, Params]] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {self.place.arn("logs", f"log-group:{name}"): facts.tags for name, facts in self.facts.items()}

    @property
    def backend(self) -> LogsBackend:
        """moto's part of the place."""
        found: LogsBackend = get_backend("logs")[self.place.account][self.place.region]
        return found

    @property
    def live(self) -> dict[str, LogGroup]:
        """moto's groups of the place."""
        return self.backend.groups

    def group(self, name: str) -> LogGroup:
        """The group of a name. Raises ResourceNotFoundException."""
        found = self.live.get(name)
        if found is None:
            raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        return found

    def facts_of(self, name: str) -> GroupFacts:
        """The facts of a group that exists; moto makes groups of its own for some destinations."""
        return self.facts.setdefault(name, GroupFacts())

    def by_arn(self, arn: str) -> GroupFacts:
        """The facts behind an ARN without ``:*``, the only form that the tagging calls take."""
        name = arn.removeprefix(self.place.arn("logs", "log-group:"))
        if name == arn or name not in self.live:
            raise Refusal("ResourceNotFoundException", "The specified resource does not exist.")
        return self.facts_of(name)


def _check_key(call: ApiCall, name: str, arn: str) -> None:
    key = kms.by_arn(call.place, arn)
    if key is None:
        raise Refusal("InvalidParameterException", "The specified KMS Key Id could not be found.")
    if key.key_state != "Enabled":
        raise Refusal("InvalidParameterException", "The specified KMS key is disabled or pending deletion.")
    group = call.place.arn("logs", f"log-group:{name}")
    service = f"logs.{call.region}.amazonaws.com"
    if not all(admits(key.policy, service, action, {_CONTEXT: group}) for action in _KEY_ACTIONS):
        raise Refusal(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )


def _merged(existing: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    return tags.merged(existing, new, reserved="InvalidParameterException", too_many="TooManyTagsException")


@api.operation("CreateLogGroup")
def create_log_group(call: ApiCall) -> Answer:
    groups, params = call.store(Groups), call.params
    name = params["logGroupName"]
    if name.startswith("aws/"):
        raise Refusal("InvalidParameterException", "Log group name cannot begin with 'aws/'.")
    given = _merged({}, params.get("tags", {}))
    if name in groups.live:
        raise Refusal("ResourceAlreadyExistsException", "The specified log group already exists")
    if "kmsKeyId" in params:
        _check_key(call, name, params["kmsKeyId"])
    groups.backend.create_log_group(name, {}, kmsKeyId=params.get("kmsKeyId"))
    groups.facts[name] = GroupFacts(
        params.get("logGroupClass", "STANDARD"), params.get("deletionProtectionEnabled", False), given
    )
    return {}


@api.operation("DeleteLogGroup")
def delete_log_group(call: ApiCall) -> Answer:
    groups, name = call.store(Groups), call.params["logGroupName"]
    groups.group(name)
    if groups.facts_of(name).protected:
        raise Refusal("ValidationException", f"Log group {name} has deletion protection enabled.", status=400)
    del groups.live[name]
    groups.facts.pop(name)
    groups.filters.pop(name, None)
    return {}


@api.operation("PutLogGroupDeletionProtection")
def put_deletion_protection(call: ApiCall) -> Answer:
    groups = call.store(Groups)
    name = call.params["logGroupIdentifier"].removeprefix(call.place.arn("logs", "log-group:"))
    groups.group(name)
    groups.facts_of(name).protected = call.params["deletionProtectionEnabled"]
    return {}


@api.operation("PutRetentionPolicy")
def put_retention_policy(call: ApiCall) -> Answer:
    days = call.params["retentionInDays"]
    if days not in _RETENTION:
        allowed = ", ".join(map(str, _RETENTION))
        raise Refusal(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]",
        )
    call.store(Groups).group(call.params["logGroupName"]).retention_in_days = days
    return {}


@api.operation("DeleteRetentionPolicy")
def delete_retention_policy(call: ApiCall) -> Answer:
    call.store(Groups).group(call.params["logGroupName"]).retention_in_days = None
    return {}


@api.operation("AssociateKmsKey")
def associate_kms_key(call: ApiCall) -> Answer:
    group = _key_target(call)
    _check_key(call, group.name, call.params["kmsKeyId"])
    group.kms_key_id = call.params["kmsKeyId"]
    return {}


@api.operation("DisassociateKmsKey")
def disassociate_kms_key(call: ApiCall) -> Answer:
    _key_target(call).kms_key_id = None
    return {}


def _key_target(call: ApiCall) -> LogGroup:
    name, identifier = call.params.get("logGroupName"), call.params.get("resourceIdentifier")
    if (name is None) == (identifier is None):
        raise Refusal("InvalidParameterException", "Specify either logGroupName or resourceIdentifier.")
    target = name or str(identifier).removeprefix(call.place.arn("logs", "log-group:"))
    return call.store(Groups).group(target)


@api.operation("DescribeLogGroups")
def describe_log_groups(call: ApiCall) -> Answer:
    groups, params = call.store(Groups), call.params
    found = {name: _described(groups, group) for name, group in groups.live.items()}
    if wanted := params.get("logGroupIdentifiers"):
        if any(name in params for name in _OTHER_FILTERS):
            raise Refusal("InvalidParameterException", "LogGroupIdentifiers cannot be combined with any other filter.")
        return {"logGroups": [found[name] for name in sorted(set(wanted)) if name in found]}
    chosen = [item for item in found.values() if _chosen(item, params)]
    shown, more = page(
        chosen,
        lambda item: str(item["logGroupName"]),
        token=params.get("nextToken"),
        size=params.get("limit", _PAGE),
        bad_token=BAD_TOKEN,
    )
    if "logGroupNamePattern" in params:
        # Documented: a search by pattern returns these three members only.
        shown = [{name: item[name] for name in ("logGroupName", "creationTime", "arn")} for item in shown]
    return {"logGroups": shown, "nextToken": more}


def _chosen(item: dict[str, Any], params: Params) -> bool:
    if "logGroupNamePrefix" in params and "logGroupNamePattern" in params:
        raise Refusal(
            "InvalidParameterException", "LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters."
        )
    return (
        item["logGroupName"].startswith(params.get("logGroupNamePrefix", ""))
        and params.get("logGroupNamePattern", "") in item["logGroupName"]
        and params.get("logGroupClass", item["logGroupClass"]) == item["logGroupClass"]
    )


def _described(groups: Groups, group: LogGroup) -> dict[str, Any]:
    facts = groups.facts_of(group.name)
    return {
        "logGroupName": group.name,
        "creationTime": int(epoch(group.creation_time) * 1000),
        "retentionInDays": group.retention_in_days,
        "metricFilterCount": len(groups.filters.get(group.name, {})),
        "arn": f"{group.arn}:*",
        "logGroupArn": group.arn,
        "storedBytes": sum(stream.stored_bytes for stream in group.streams.values()),
        "kmsKeyId": group.kms_key_id,
        "logGroupClass": facts.log_class,
        "deletionProtectionEnabled": facts.protected,
    }


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    facts = call.store(Groups).by_arn(call.params["resourceArn"])
    facts.tags = _merged(facts.tags, call.params["tags"])
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    facts = call.store(Groups).by_arn(call.params["resourceArn"])
    facts.tags = tags.without(facts.tags, call.params["tagKeys"])
    return {}


@api.operation("ListTagsForResource")
def list_tags_for_resource(call: ApiCall) -> Answer:
    return {"tags": call.store(Groups).by_arn(call.params["resourceArn"]).tags}


BAD_TOKEN = Refusal("InvalidParameterException", "The specified nextToken is invalid.")
