"""What bears our tag and is neither declared nor on record: found by its ARN, whatever its tags say of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.model import Resource
from provisioner.engine.ownership import ADDRESS_TAG
from provisioner.engine.plan import Action, Why
from tests.resources.driver import Platform, only, pending
from tests.resources.examples import EXAMPLES, standing
from tests.resources.keys import ALIAS, key_id
from tests.resources.messaging import SNS_SUBSCRIPTION, SNS_TOPIC, SQS_QUEUE, TOPIC_ARN

UNLISTED = ("iam_role", "sampling_rule", "dashboard")
"""AWS's index of tags does not have these: they are found by name only, declared or on record."""
LISTED = [kind for kind, item in EXAMPLES.items() if item.base.tags_if_any is not None and kind not in UNLISTED]


def saying(resource: Resource, address: str) -> Any:
    """``resource`` with a tag that calls it ``address``."""
    tags = {**resource.values()["tags"], ADDRESS_TAG: address}
    return replace(resource, tags=tags)  # type: ignore[call-arg]  # only those with tags come here


@pytest.mark.parametrize("kind", LISTED)
def test_it_is_removed_as_what_its_arn_says(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    beside = [item for item in standing(base) if item.address != base.address]
    platform.converge([*beside, saying(base, "sns_subscription.security-alerts/sqs/soc-queue")])
    platform.lose_state()
    plan = platform.plan(beside)
    change = only(plan)
    assert (change.address, change.action, change.why) == (base.address, Action.DELETE, Why.ORPHAN)
    assert change.live is not None
    assert change.live.outputs["arn"] in change.reason
    platform.apply(plan)
    assert pending(platform.plan(beside)) == {}


def test_a_tag_removes_nothing_of_a_stranger(platform: Platform) -> None:
    """Somebody's topic and its receiver; and a resource with our tag whose words name that receiver."""
    topic, queue, receiver = SNS_TOPIC.base, SQS_QUEUE.base, SNS_SUBSCRIPTION.base
    sns = platform.client("sns")
    sns.create_topic(Name=topic.name)
    platform.converge([item for item in standing(queue) if item.kind != "sns_topic"])
    sns.subscribe(TopicArn=TOPIC_ARN, Protocol="sqs", Endpoint=queue_arn(platform, queue.name))
    platform.converge([saying(item, str(receiver.address)) if item == queue else item for item in standing(queue)])
    platform.lose_state()
    platform.apply(platform.plan([]))
    assert len(sns.list_subscriptions_by_topic(TopicArn=TOPIC_ARN)["Subscriptions"]) == 1


def queue_arn(platform: Platform, name: str) -> str:
    sqs = platform.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


def test_a_key_without_alias_is_shown_by_its_id(platform: Platform) -> None:
    key = EXAMPLES["kms_key"].base
    platform.converge([key])
    found = key_id(platform.client)
    platform.client("kms").delete_alias(AliasName=ALIAS)
    platform.lose_state()
    plan = platform.plan([])
    assert pending(plan) == {f"kms_key.{found}": "delete"}
    platform.apply(plan)
    assert platform.client("kms").describe_key(KeyId=found)["KeyMetadata"]["KeyState"] == "PendingDeletion"
