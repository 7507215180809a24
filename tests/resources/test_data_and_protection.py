"""What no plan does unasked: destroy data, remove half of a platform, touch what is protected."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from provisioner.engine.consent import Consent, Options
from provisioner.engine.plan import Action, Way, Why
from provisioner.resources.metric_alarm import MetricAlarm
from tests.resources.compute import CLUSTER, GROUP
from tests.resources.driver import Platform, Stopped, dying_before, pending
from tests.resources.examples import EXAMPLES, standing
from tests.resources.keys import KEY
from tests.resources.messaging import QUEUE, TOPIC, url
from tests.resources.naming import tags

UNASKED = Options()


def test_a_log_group_is_not_removed_because_a_service_vanished_from_the_file(platform: Platform) -> None:
    platform.converge([GROUP])
    plan = platform.plan([], UNASKED)
    (refusal,) = plan.refusals
    assert (refusal.address, refusal.way) == (GROUP.address, Way.LOSE)
    assert "kept for 30 days" in refusal.text
    assert not platform.plan([], Options(lose=Consent.to([GROUP.address]))).refusals
    assert platform.plan([], Options(lose=Consent.to([QUEUE.address]))).refusals


def test_a_queue_is_data_while_it_holds_messages(platform: Platform) -> None:
    wanted = standing(QUEUE)
    platform.converge(wanted)
    rest = [item for item in wanted if item.address != QUEUE.address]
    assert not platform.plan(rest, UNASKED).refusals
    platform.client("sqs").send_message(QueueUrl=url(platform.client), MessageBody="alarm")
    (refusal,) = platform.plan(rest, UNASKED).refusals
    assert "1 messages" in refusal.text


def test_a_shorter_retention_is_held_back_and_the_rest_is_done(platform: Platform) -> None:
    """Somebody who raises a retention in AWS must not stop every nightly run."""
    platform.converge([GROUP, CLUSTER])
    platform.client("logs").put_retention_policy(logGroupName=GROUP.name, retentionInDays=90)
    changed = replace(CLUSTER, insights="enhanced")
    plan = platform.plan([GROUP, changed], UNASKED)
    assert not plan.refusals
    assert pending(plan) == {str(CLUSTER.address): "update"}
    (held,) = plan.held
    assert (held.address, held.why) == (GROUP.address, Why.SPARED)
    assert "30 days" in held.reason
    platform.apply(plan)
    (group,) = platform.client("logs").describe_log_groups(logGroupNamePrefix=GROUP.name)["logGroups"]
    assert group["retentionInDays"] == 90
    agreed = Options(lose=Consent.to([GROUP.address]))
    assert pending(platform.converge([GROUP, changed], agreed)) == {str(GROUP.address): "update"}


def test_events_of_an_implicit_group_that_will_expire_are_told_and_stop_nothing(platform: Platform) -> None:
    logs = platform.client("logs")
    logs.create_log_group(logGroupName=GROUP.name)
    (change,) = platform.plan([GROUP], UNASKED).changes
    assert (change.why, change.spoils) == (Why.IMPLICIT, {})
    logs.create_log_stream(logGroupName=GROUP.name, logStreamName="task")
    line = {"timestamp": int(time.time() * 1000), "message": "a line"}
    logs.put_log_events(logGroupName=GROUP.name, logStreamName="task", logEvents=[line])
    plan = platform.plan([GROUP], UNASKED)
    (loss,) = plan.losses
    assert (loss.address, loss.field, loss.agreed) == (GROUP.address, "retention_days", True)
    assert "older than 30 days would expire" in loss.text
    assert not plan.refusals
    platform.apply(plan)
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP.name)["logGroups"]
    assert group["retentionInDays"] == 30


def test_a_longer_retention_needs_nobodys_consent(platform: Platform) -> None:
    platform.converge([GROUP])
    assert pending(platform.converge([replace(GROUP, retention_days=90)], UNASKED)) == {str(GROUP.address): "update"}


def test_a_protection_that_the_file_does_not_mention_is_left_on(platform: Platform) -> None:
    silent = replace(GROUP, deletion_protection=None)
    platform.converge([silent])
    platform.client("logs").put_log_group_deletion_protection(
        logGroupIdentifier=GROUP.name, deletionProtectionEnabled=True
    )
    assert pending(platform.plan([silent], UNASKED)) == {}
    (change,) = platform.teardown([silent], UNASKED).changes
    assert (change.action, change.why) == (Action.KEEP, Why.OBSTRUCTED)
    assert pending(platform.teardown([silent], Options(lose=Consent.to([GROUP.address])))) == {
        str(GROUP.address): "delete"
    }


def test_what_a_protected_group_stands_on_stays_too(platform: Platform) -> None:
    group = replace(GROUP, kms_key=KEY.arn, deletion_protection=True)
    platform.converge([KEY, group, CLUSTER])
    plan = platform.teardown([KEY, group, CLUSTER], UNASKED)
    assert pending(plan) == {str(CLUSTER.address): "delete"}
    assert {change.why for change in plan.held} == {Why.OBSTRUCTED, Why.NEEDED}


PRECIOUS = ("kms_key", "sqs_queue", "sns_topic", "log_group")


@pytest.mark.parametrize("kind", PRECIOUS)
def test_a_protected_environment_keeps_what_is_precious(platform: Platform, kind: str) -> None:
    base = EXAMPLES[kind].base
    wanted = standing(base)
    platform.converge(wanted)
    protected = Options(protected=True, lose=Consent(everything=True), removals=True)
    rest = [item for item in wanted if item.address != base.address]
    assert [refusal.way for refusal in platform.plan(rest, protected).refusals] == [Way.UNPROTECT]
    assert [refusal.way for refusal in platform.teardown(wanted, protected).refusals] == [Way.UNPROTECT]
    assert not platform.plan(wanted, protected).refusals


def alarms(count: int) -> list[MetricAlarm]:
    base = EXAMPLES["metric_alarm"].base
    assert isinstance(base, MetricAlarm)
    names = [f"alarm-{number}-dev" for number in range(count)]
    return [replace(base, name=name, alarm_actions=[], tags=tags("metric_alarm", name)) for name in names]


def test_more_than_a_third_is_not_removed_at_once_unasked(platform: Platform) -> None:
    many = alarms(10)
    platform.converge(many)
    assert not platform.plan(many[:7], UNASKED).refusals
    (refusal,) = platform.plan(many[:6], UNASKED).refusals
    assert refusal.way is Way.REMOVE
    assert "4 of the 10" in refusal.text
    assert not platform.plan(many[:6], Options(removals=True)).refusals
    assert not platform.teardown(many, UNASKED).refusals


def test_of_few_any_share_may_go(platform: Platform) -> None:
    few = alarms(9)
    platform.converge(few)
    assert not platform.plan([], UNASKED).refusals


def test_a_key_stays_while_something_that_stays_is_encrypted_with_it(platform: Platform) -> None:
    wanted = [KEY, replace(TOPIC, kms_key=KEY.arn)]
    platform.converge(wanted)
    plan = platform.teardown(wanted, Options(keep=frozenset({TOPIC.address})))
    assert {change.address: change.why for change in plan.changes} == {
        TOPIC.address: Why.RETAINED,
        KEY.address: Why.NEEDED,
    }


def test_a_creation_that_stopped_half_way_holds_nothing_to_spare(platform: Platform) -> None:
    """The group is there, and its retention, which a call of its own sets, is not yet."""
    with pytest.raises(Stopped):
        platform.apply(platform.plan([GROUP], UNASKED), dying_before(2))
    assert pending(platform.converge([GROUP], UNASKED)) == {str(GROUP.address): "update"}
    platform.lose_state()
    platform.client("logs").delete_retention_policy(logGroupName=GROUP.name)
    assert pending(platform.converge([GROUP], UNASKED)) == {str(GROUP.address): "update"}
