"""Who else uses a KMS key in this account and Region, as far as that can be looked up.

KMS itself does not know. Log groups say it in their listing; queues and topics are asked one by one. Other services are
not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioner.aws.arns import last_part
from provisioner.engine.reconciler import Memo, World
from provisioner.resources.shared.looking import allowed

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import LogGroupTypeDef
    from types_boto3_sns.type_defs import GetTopicAttributesResponseTypeDef, TopicTypeDef
    from types_boto3_sqs.type_defs import GetQueueAttributesResultTypeDef

_KINDS = ("log_group", "sqs_queue", "sns_topic")


@dataclass
class KeyUsers:
    """What the platform does not know of and is encrypted: (its name, the key as it names it)."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def of(self, names: Iterable[str]) -> list[str]:
        """Who uses the key of these ``names``: its id, its ARN, its aliases and their ARNs."""
        wanted = set(names)
        return sorted(user for user, key in self.found if key in wanted)


def key_users(world: World, memo: Memo) -> KeyUsers:
    """The encrypted log groups, queues and topics outside of the platform. Some calls for each queue and topic."""
    return memo.once("key users", lambda: _UserSearch(world, memo).run())


class _UserSearch:
    def __init__(self, world: World, memo: Memo) -> None:
        self._world = world
        self._users = KeyUsers()
        self._memo = memo
        self._ours = {kind: memo.ours(kind) for kind in _KINDS}

    def run(self) -> KeyUsers:
        for group in allowed(self._memo, "log groups", self._groups) or []:
            self._note("log group", group.get("logGroupName", ""), group.get("kmsKeyId"))
        queues = allowed(self._memo, "queues", self._queues) or []
        for url, key in zip(queues, self._world.each(self._key_of_queue, queues), strict=True):
            self._note("queue", last_part(url), key)
        topics = allowed(self._memo, "topics", self._topics) or []
        for arn, key in zip(topics, self._world.each(self._key_of_topic, topics), strict=True):
            self._note("topic", last_part(arn), key)
        return self._users

    def _note(self, noun: str, name: str, key: str | None) -> None:
        if key:
            self._users.found.append((f"{noun} {name}", key))

    def _groups(self) -> list[LogGroupTypeDef]:
        groups: list[LogGroupTypeDef] = self._world.pages("logs", "DescribeLogGroups", "logGroups")
        return [group for group in groups if group.get("logGroupName") not in self._ours["log_group"]]

    def _queues(self) -> list[str]:
        # Without a number there is one page.
        urls: list[str] = self._world.pages("sqs", "ListQueues", "QueueUrls", MaxResults=1000)
        return [url for url in urls if last_part(url) not in self._ours["sqs_queue"]]

    def _key_of_queue(self, url: str) -> str | None:
        def ask() -> str | None:
            answer: GetQueueAttributesResultTypeDef | None = self._world.find(
                "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=["KmsMasterKeyId"]
            )
            return answer.get("Attributes", {}).get("KmsMasterKeyId") if answer else None

        return allowed(self._memo, "queues", ask)

    def _topics(self) -> list[str]:
        topics: list[TopicTypeDef] = self._world.pages("sns", "ListTopics", "Topics")
        arns = [topic.get("TopicArn", "") for topic in topics]
        return [arn for arn in arns if last_part(arn) not in self._ours["sns_topic"]]

    def _key_of_topic(self, arn: str) -> str | None:
        def ask() -> str | None:
            answer: GetTopicAttributesResponseTypeDef | None = self._world.find(
                "sns", "GetTopicAttributes", TopicArn=arn
            )
            return answer["Attributes"].get("KmsMasterKeyId") if answer else None

        return allowed(self._memo, "topics", ask)
