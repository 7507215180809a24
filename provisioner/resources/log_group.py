"""A CloudWatch Logs log group.

Retention cannot be set at creation. ``DescribeLogGroups`` gives an ARN that ends in ``:*`` and one that does not; tags
are known by the latter only. A log group holds what nobody can bring back, so it is never replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.tags import bears, retag
from provisioner.engine.model import UNSEEN, Address, Naming, Output, Resource, Value, attr
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.reconciler import Birth, Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Call, Steps
from provisioner.resources.shared.account_policies import account_policies
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import (
        FilterLogEventsResponseTypeDef,
        GetTransformerResponseTypeDef,
        ListTagsForResourceResponseTypeDef,
        LogGroupTypeDef,
    )


@dataclass(frozen=True, kw_only=True)
class LogGroup(Resource):
    """A log group. ``retention_days`` 0 keeps for ever; ``kms_key`` must be the key's ARN."""

    kind: ClassVar[str] = "log_group"
    identity = ("created",)
    stands_on = ("kms_key",)
    # AWS takes # as well, but tags do not, and they repeat the name.
    naming = Naming(
        "log group",
        r"(?!aws/)[A-Za-z0-9_./-]+",
        "letters, digits and _ . / -, not aws/ first",
        512,
        dimensions=("LogGroupName",),
    )
    arn = Output()
    group = Output()
    kms_key: Value[str] = attr("")
    retention_days: int = attr(0)
    log_class: str = attr("STANDARD", immutable=True)
    deletion_protection: bool | None = attr(False)
    tags: dict[str, str] = attr({})


_MEMBERS = Members(
    "logs",
    "LogGroup",
    read="logGroupName logGroupArn creationTime storedBytes kmsKeyId retentionInDays retentionPolicyName "
    "logGroupClass deletionProtectionEnabled",
    idle="arn metricFilterCount",  # the ARN once more, as policies spell it
    usual={"dataProtectionStatus": "DELETED"},  # there once was such a policy
)


class LogGroupReconciler(Reconciler[LogGroup]):
    resource = LogGroup
    service = "logs"
    answers = (_MEMBERS,)
    precious = True
    guard = "deletion_protection"

    def read(self, sought: Sequence[Sought[LogGroup]], memo: Memo) -> dict[Address, Live[LogGroup]]:
        by_name = {item.address.name: item for item in sought}
        batches = [list(by_name)[start : start + 50] for start in range(0, len(by_name), 50)]
        groups = {g.get("logGroupName"): g for page in self.world.each(self._describe, batches) for g in page}
        ours = [item for name, item in by_name.items() if name in groups]
        lives = self.world.each(lambda item: self._live(item, groups[item.address.name], memo), ours)
        return {item.address: live for item, live in zip(ours, lives, strict=True)}

    def _describe(self, names: list[str]) -> list[LogGroupTypeDef]:
        return self.world.pages("logs", "DescribeLogGroups", "logGroups", logGroupIdentifiers=names)

    def _live(self, item: Sought[LogGroup], group: LogGroupTypeDef, memo: Memo) -> Live[LogGroup]:
        group_arn = group.get("logGroupArn") or group.get("arn", "").removesuffix(":*")
        created = group.get("creationTime")
        days, governed = group.get("retentionInDays") or 0, group.get("retentionPolicyName")
        resource = LogGroup(
            name=item.address.name,
            kms_key=group.get("kmsKeyId", ""),
            retention_days=UNSEEN if governed else days,  # AWS keeps what the group was given, and shows the policy's
            log_class=group.get("logGroupClass", "STANDARD"),
            deletion_protection=bool(group.get("deletionProtectionEnabled", False)),
            tags=memo.tags(group_arn, item, lambda: self._tags(group_arn), Birth("created", created)),
        )
        ruled = f"{_kept(days)} by the account's policy {governed}, whatever its own retention is"
        outputs = {"arn": group_arn, "group": item.address.name, "created": created}
        facts = {"bytes": group.get("storedBytes", 0), "days": days, "governed": bool(governed)}
        notes = (ruled,) if governed else ()
        return Live(resource, outputs, facts, notes=notes, unread=_MEMBERS.unread(group))

    def _tags(self, group_arn: str) -> dict[str, str]:
        answer: ListTagsForResourceResponseTypeDef | None = self.world.find(
            "logs", "ListTagsForResource", resourceArn=group_arn
        )
        return answer.get("tags", {}) if answer else {}

    def asides(self, lives: Sequence[Live[LogGroup]], questions: Questions) -> Iterator[Aside]:
        yield from account_policies(questions, [live.resource.name for live in lives])
        fit = [live for live in lives if live.resource.log_class == "STANDARD"]  # the others cannot have one
        for live in questions.some(fit, "logs:GetTransformer"):
            answer: GetTransformerResponseTypeDef | None = questions.ask(
                "logs", "GetTransformer", logGroupIdentifier=live.resource.name
            )
            if answer and (transformer := answer.get("transformerConfig")):
                yield Aside(str(live.resource.address), "transformerConfig", transformer)

    def losses(self, going: Sequence[Live[LogGroup]], memo: Memo) -> dict[Address, str]:
        def ask(live: Live[LogGroup]) -> int | None:
            return allowed(memo, "events of log groups", partial(self._oldest, live))

        fullest = sorted(going, key=lambda live: -live.facts["bytes"])[:_ASKED]
        asked = zip(fullest, self.world.each(ask, fullest), strict=True)
        oldest = {live.resource.address: since for live, since in asked}
        return {live.resource.address: _contents(live, oldest.get(live.resource.address)) for live in going}

    def _oldest(self, live: Live[LogGroup]) -> int | None:
        """When the oldest event was, in epoch milliseconds, if there is any."""
        answer: FilterLogEventsResponseTypeDef | None = self.world.find(
            "logs", "FilterLogEvents", logGroupName=live.resource.name, limit=1
        )
        events = answer.get("events", []) if answer else []
        return events[0].get("timestamp") if events else None

    def spoils(self, want: LogGroup, live: Live[LogGroup], changed: frozenset[str]) -> dict[str, str]:
        found = {}
        there, days = live.facts["days"], want.retention_days
        shorter = days and (days < there if there else live.facts["bytes"])  # without events nothing was kept for ever
        if "retention_days" in changed and shorter:
            found["retention_days"] = f"events older than {days} days would expire ({_contents(live, None)})"
        if "deletion_protection" in changed and not want.deletion_protection:
            found["deletion_protection"] = "somebody has protected it from deletion"
        return found

    def implicit(self, live: Live[LogGroup]) -> bool:
        """A first writer gives its group no tag, no retention, no key and no protection."""
        there, own_days = live.resource, live.facts["days"] and not live.facts["governed"]
        return not (there.tags or own_days or there.kms_key or there.deletion_protection)

    def effect(self, call: Call) -> Callable[[], Any] | None:
        if call.operation != "CreateLogGroup":
            return None
        group_arn = arn(self.scope, "logs", f"log-group:{call.params['logGroupName']}")
        return lambda: {} if bears(self._tags(group_arn), call.params.get("tags", {})) else None

    def create(self, want: LogGroup) -> Steps:
        yield self.call(
            "CreateLogGroup",
            logGroupName=want.name,
            kmsKeyId=want.kms_key or None,
            tags=want.tags or None,
            # Regions without the other classes refuse the parameter itself.
            logGroupClass=want.log_class if want.log_class != "STANDARD" else None,
            deletionProtectionEnabled=want.deletion_protection or None,
        )
        if want.retention_days:
            yield self.call("PutRetentionPolicy", logGroupName=want.name, retentionInDays=want.retention_days)

    def update(self, want: LogGroup, live: Live[LogGroup], changed: frozenset[str]) -> Steps:
        if "kms_key" in changed and want.kms_key:
            yield self.call("AssociateKmsKey", logGroupName=want.name, kmsKeyId=want.kms_key)
        if "kms_key" in changed and not want.kms_key:
            yield self.call("DisassociateKmsKey", logGroupName=want.name)
        if "retention_days" in changed and want.retention_days:
            yield self.call("PutRetentionPolicy", logGroupName=want.name, retentionInDays=want.retention_days)
        if "retention_days" in changed and not want.retention_days:
            yield self.call("DeleteRetentionPolicy", logGroupName=want.name)
        if "deletion_protection" in changed:
            yield self._protect(want.name, want.deletion_protection)
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", resourceArn=live.outputs["arn"], tagKeys=keys),
                lambda tags: self.call("TagResource", resourceArn=live.outputs["arn"], tags=tags),
            )

    def delete(self, live: Live[LogGroup]) -> Steps:
        if live.resource.deletion_protection:
            yield self._protect(live.resource.name, False)
        yield self.call("DeleteLogGroup", logGroupName=live.resource.name)

    def _protect(self, name: str, protected: bool | None) -> Call:
        return self.call("PutLogGroupDeletionProtection", logGroupIdentifier=name, deletionProtectionEnabled=protected)

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "logs", "log-group:")

    def predict(self, want: LogGroup) -> dict[str, str]:
        return {"group": want.name, "arn": arn(self.scope, "logs", f"log-group:{want.name}")}

    def serial(self, want: LogGroup) -> str | None:
        return f"log group {want.name}"


_ASKED = 3
"""For how many groups, the fullest, the oldest event is looked up. Each costs a call, and Logs takes five a second."""


def _contents(live: Live[LogGroup], oldest: int | None) -> str:
    """What a group holds, for a person. AWS counts the bytes some hours late."""
    since = f", the oldest of {datetime.fromtimestamp(oldest / 1000, UTC):%d %b %Y}" if oldest else ""
    return f"{live.facts['bytes']:,} bytes of events, {_kept(live.facts['days'])}{since}"


def _kept(days: int) -> str:
    return f"kept for {days} days" if days else "kept for ever"
