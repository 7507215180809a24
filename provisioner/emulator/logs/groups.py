"""CloudWatch Logs: log groups, their key, class, protection, retention and tags. moto keeps streams and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.logs.models import LogGroup

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.policy import admits
from provisioner.emulator.core.times import epoch
from provisioner.emulator.kms.model import key_by_arn
from provisioner.emulator.logs.account_policies import ruling
from provisioner.emulator.logs.model import BAD_TOKEN, TAGGING, GroupFacts, Groups, invalid

if TYPE_CHECKING:
    from types_boto3_logs import type_defs as aws

api = Api()

_RETENTION = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
_PAGE = 50
# What the key must let CloudWatch Logs do (CloudWatch Logs User Guide, "Encrypt log data using KMS").
_KEY_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
_OTHER_FILTERS = ("logGroupNamePrefix", "logGroupNamePattern", "logGroupClass", "nextToken", "limit")


def _check_key(call: AnyCall, name: str, arn: str) -> None:
    key = key_by_arn(call.place, arn)
    if key is None:
        raise invalid("The specified KMS Key Id could not be found.")
    if key.key_state != "Enabled":
        raise invalid("The specified KMS key is disabled or pending deletion.")
    group = call.place.arn("logs", f"log-group:{name}")
    service = f"logs.{call.region}.{call.place.suffix}"  # in China documented; believed elsewhere
    if not all(admits(key.policy, service, action, {_CONTEXT: group}) for action in _KEY_ACTIONS):
        raise ApiRefusal(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{group}'",
        )


@api.operation("CreateLogGroup")
def create_log_group(call: ApiCall[aws.CreateLogGroupRequestTypeDef]) -> Answer:
    groups, params = call.store(Groups), call.params
    name = params["logGroupName"]
    if name.startswith("aws/"):
        raise invalid("Log group name cannot begin with 'aws/'.")
    tags = TAGGING.merged({}, params.get("tags"))
    if name in groups.live:
        raise ApiRefusal("ResourceAlreadyExistsException", "The specified log group already exists")
    if "kmsKeyId" in params:
        _check_key(call, name, params["kmsKeyId"])
    groups.backend.create_log_group(name, {}, kmsKeyId=params.get("kmsKeyId"))
    groups.facts[name] = GroupFacts(
        params.get("logGroupClass", "STANDARD"), params.get("deletionProtectionEnabled", False), tags
    )
    return {}


@api.operation("DeleteLogGroup")
def delete_log_group(call: ApiCall[aws.DeleteLogGroupRequestTypeDef]) -> Answer:
    groups, name = call.store(Groups), call.params["logGroupName"]
    groups.group(name)
    if groups.facts_of(name).protected:
        raise ApiRefusal("ValidationException", f"Log group {name} has deletion protection enabled.", status=400)
    del groups.live[name]
    groups.facts.pop(name)
    groups.filters.pop(name, None)
    return {}


@api.operation("PutLogGroupDeletionProtection")
def put_deletion_protection(call: ApiCall[aws.PutLogGroupDeletionProtectionRequestTypeDef]) -> Answer:
    groups = call.store(Groups)
    name = call.params["logGroupIdentifier"].removeprefix(call.place.arn("logs", "log-group:"))
    groups.group(name)
    groups.facts_of(name).protected = call.params["deletionProtectionEnabled"]
    return {}


@api.operation("PutRetentionPolicy")
def put_retention_policy(call: ApiCall[aws.PutRetentionPolicyRequestTypeDef]) -> Answer:
    days = call.params["retentionInDays"]
    if days not in _RETENTION:
        allowed = ", ".join(map(str, _RETENTION))
        raise invalid(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]",
        )
    call.store(Groups).group(call.params["logGroupName"]).retention_in_days = days
    return {}


@api.operation("DeleteRetentionPolicy")
def delete_retention_policy(call: ApiCall[aws.DeleteRetentionPolicyRequestTypeDef]) -> Answer:
    call.store(Groups).group(call.params["logGroupName"]).retention_in_days = None
    return {}


@api.operation("AssociateKmsKey")
def associate_kms_key(call: ApiCall[aws.AssociateKmsKeyRequestTypeDef]) -> Answer:
    group = _key_target(call, call.params)
    _check_key(call, group.name, call.params["kmsKeyId"])
    group.kms_key_id = call.params["kmsKeyId"]
    return {}


@api.operation("DisassociateKmsKey")
def disassociate_kms_key(call: ApiCall[aws.DisassociateKmsKeyRequestTypeDef]) -> Answer:
    _key_target(call, call.params).kms_key_id = None
    return {}


def _key_target(
    call: AnyCall, params: aws.AssociateKmsKeyRequestTypeDef | aws.DisassociateKmsKeyRequestTypeDef
) -> LogGroup:
    name, identifier = params.get("logGroupName"), params.get("resourceIdentifier")
    if (name is None) == (identifier is None):
        raise invalid("Specify either logGroupName or resourceIdentifier.")
    target = name or str(identifier).removeprefix(call.place.arn("logs", "log-group:"))
    return call.store(Groups).group(target)


@api.operation("DescribeLogGroups")
def describe_log_groups(call: ApiCall[aws.DescribeLogGroupsRequestTypeDef]) -> Answer:
    groups, params = call.store(Groups), call.params
    if wanted := params.get("logGroupIdentifiers"):
        if any(name in params for name in _OTHER_FILTERS):
            raise invalid("LogGroupIdentifiers cannot be combined with any other filter.")
        return {"logGroups": [_described(call, name) for name in sorted(set(wanted)) if name in groups.live]}
    names, more = page(
        [name for name in groups.live if _chosen(name, groups.facts_of(name), params)],
        str,
        token=params.get("nextToken"),
        size=params.get("limit", _PAGE),
        bad_token=BAD_TOKEN,
    )
    shown = [_described(call, name) for name in names]
    if "logGroupNamePattern" in params:
        # Documented: a search by pattern returns these three members only.
        shown = [{name: item[name] for name in ("logGroupName", "creationTime", "arn")} for item in shown]
    return {"logGroups": shown, "nextToken": more}


def _chosen(name: str, facts: GroupFacts, params: aws.DescribeLogGroupsRequestTypeDef) -> bool:
    if "logGroupNamePrefix" in params and "logGroupNamePattern" in params:
        raise invalid("LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.")
    return (
        name.startswith(params.get("logGroupNamePrefix", ""))
        and params.get("logGroupNamePattern", "") in name
        and params.get("logGroupClass", facts.log_class) == facts.log_class
    )


def _described(call: AnyCall, name: str) -> dict[str, object]:
    groups = call.store(Groups)
    group, facts = groups.live[name], groups.facts_of(name)
    ruled = ruling(call, name, epoch(group.creation_time))
    policy, days = ruled or (None, group.retention_in_days)
    return {
        "logGroupName": group.name,
        "creationTime": int(epoch(group.creation_time) * 1000),
        # Documented: a policy of the account stands in place of what the group was given, and that is kept.
        "retentionInDays": days,
        "retentionPolicyName": policy,
        "metricFilterCount": len(groups.filters.get(group.name, {})),
        "arn": f"{group.arn}:*",
        "logGroupArn": group.arn,
        "storedBytes": sum(stream.stored_bytes for stream in group.streams.values()),
        "kmsKeyId": group.kms_key_id,
        "logGroupClass": facts.log_class,
        "deletionProtectionEnabled": facts.protected,
        "dataProtectionStatus": facts.data_protection,
        "bearerTokenAuthenticationEnabled": facts.bearer_tokens or None,
    }


def _tagged(call: AnyCall, arn: str) -> GroupFacts:
    return call.store(Groups).by_arn(arn)


TAGGING.register(api, "resourceArn", _tagged)
