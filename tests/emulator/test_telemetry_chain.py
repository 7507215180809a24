"""From a log line to a message in a queue, and what happens where one link is missing: nothing, and nobody is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulator.conftest import ACCOUNT, Client
from tests.emulator.telemetry import (
    ALARM,
    BY_CLOUDWATCH,
    BY_SNS,
    COMPOSITE,
    DEAD,
    EVENTS,
    FAILURE,
    GROUP,
    ROOT,
    SUCCESS,
    TOPIC,
    Telemetry,
    document,
    grant,
)


@pytest.fixture
def telemetry(client: Client, control: Callable[..., Any]) -> Telemetry:
    made = Telemetry(client, control)
    made.filter(defaultValue=0)
    made.alarm()
    made.pass_time(120)
    return made


def test_failures_are_counted_and_the_queue_is_told(telemetry: Telemetry) -> None:
    assert telemetry.received() == []
    telemetry.burst()

    assert telemetry.state() == "ALARM"
    [message] = telemetry.received()
    assert (message["AlarmName"], message["OldStateValue"], message["NewStateValue"]) == (ALARM, "OK", "ALARM")
    assert message["NewStateReason"].startswith("Threshold Crossed: 2 out of the last 2 datapoints [2.0 (")
    assert "were greater than the threshold (1.0) (minimum 2 datapoints for OK -> ALARM" in message["NewStateReason"]
    assert (message["AWSAccountId"], message["Region"]) == (ACCOUNT, "US East (N. Virginia)")
    assert message["Trigger"]["MetricName"] == "errors"
    assert message["StateChangeTime"].endswith(":00.000+0000")  # alarms are looked at on the minute
    assert telemetry.received(DEAD) == []
    assert telemetry.history("Action") == [f"Successfully executed action {TOPIC}"]


def test_an_alarm_tells_once_while_it_lasts_and_again_after_it_was_over(telemetry: Telemetry) -> None:
    telemetry.burst()
    telemetry.log(FAILURE, FAILURE)
    telemetry.pass_time(60)
    assert (telemetry.state(), len(telemetry.received())) == ("ALARM", 1)

    telemetry.pass_time(300)
    assert telemetry.state() == "OK"
    assert telemetry.received() == []  # no OK action was asked for

    telemetry.burst()
    assert (telemetry.state(), len(telemetry.received())) == ("ALARM", 1)
    states = [item.removeprefix("Alarm updated from ") for item in telemetry.history("StateUpdate")]
    assert states == ["INSUFFICIENT_DATA to OK", "OK to ALARM", "ALARM to OK", "OK to ALARM"]


def test_ok_actions_are_performed_on_the_way_back(telemetry: Telemetry) -> None:
    telemetry.alarm(OKActions=[TOPIC])
    telemetry.pass_time(120)
    telemetry.burst()
    telemetry.pass_time(300)
    assert [message["NewStateValue"] for message in telemetry.received()] == ["ALARM", "OK"]


def test_disabled_actions_are_not_performed(telemetry: Telemetry) -> None:
    telemetry.cloudwatch.disable_alarm_actions(AlarmNames=[ALARM])
    telemetry.pass_time(60)
    telemetry.burst()
    assert (telemetry.state(), telemetry.received(), telemetry.history("Action")) == ("ALARM", [], [])


def test_a_state_that_was_set_tells_too_and_lasts_until_the_next_minute(telemetry: Telemetry) -> None:
    telemetry.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="a drill")
    [message] = telemetry.received()
    assert (message["NewStateValue"], message["NewStateReason"]) == ("ALARM", "a drill")
    telemetry.pass_time(60)
    assert telemetry.state() == "OK"


def test_a_composite_follows_its_children_and_tells_of_itself(telemetry: Telemetry) -> None:
    telemetry.alarm("pay-slow", MetricName="slow")
    rule = f'ALARM("{ALARM}") AND NOT ALARM("pay-slow")'
    telemetry.cloudwatch.put_composite_alarm(AlarmName=COMPOSITE, AlarmRule=rule, AlarmActions=[TOPIC])
    telemetry.pass_time(60)
    telemetry.burst()

    assert telemetry.state(COMPOSITE) == "ALARM"
    child, parent = telemetry.received()
    assert (child["AlarmName"], parent["AlarmName"]) == (ALARM, COMPOSITE)
    assert parent["AlarmRule"] == rule
    [triggering] = parent["TriggeringChildren"]
    assert triggering["Arn"].endswith(f":{ALARM}")


def test_the_suppressor_of_a_composite_keeps_it_quiet(telemetry: Telemetry) -> None:
    telemetry.alarm("maintenance", MetricName="maintenance", AlarmActions=[])
    waits = {"ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
    telemetry.cloudwatch.put_composite_alarm(
        AlarmName=COMPOSITE,
        AlarmRule=f'ALARM("{ALARM}")',
        AlarmActions=[TOPIC],
        ActionsSuppressor="maintenance",
        **waits,
    )
    telemetry.cloudwatch.set_alarm_state(AlarmName="maintenance", StateValue="ALARM", StateReason="at work")
    telemetry.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="a drill")

    assert telemetry.state(COMPOSITE) == "ALARM"
    assert [message["AlarmName"] for message in telemetry.received()] == [ALARM]


def no_queue_policy(telemetry: Telemetry) -> None:
    telemetry.sqs.set_queue_attributes(QueueUrl=telemetry.queues[EVENTS], Attributes={"Policy": ""})


def another_topic_only(telemetry: Telemetry) -> None:
    admit = grant("sns", "sqs:SendMessage", EVENTS, ArnEquals={"aws:SourceArn": f"{TOPIC}-of-others"})
    telemetry.sqs.set_queue_attributes(QueueUrl=telemetry.queues[EVENTS], Attributes={"Policy": document(admit)})


ADMITTED = grant("sns", "sqs:SendMessage", EVENTS, ArnEquals={"aws:SourceArn": TOPIC})
REFUSING = {
    "a denial": document(ADMITTED, {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}),
    "another resource": document(grant("sns", "sqs:SendMessage", DEAD, ArnEquals={"aws:SourceArn": TOPIC})),
    "any but this topic": document(grant("sns", "sqs:SendMessage", EVENTS, StringNotEquals={"aws:SourceArn": TOPIC})),
    "without encryption": document(grant("sns", "sqs:SendMessage", EVENTS, Bool={"aws:SecureTransport": "false"})),
    "everybody but SNS": document(
        {**ADMITTED, "Principal": {"AWS": "111122223333"}},
        {
            "Effect": "Allow",
            "NotPrincipal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": EVENTS,
        },
    ),
}


@pytest.mark.parametrize("policy", REFUSING.values(), ids=list(REFUSING))
def test_a_policy_is_read_to_its_end(telemetry: Telemetry, policy: str) -> None:
    telemetry.sqs.set_queue_attributes(QueueUrl=telemetry.queues[EVENTS], Attributes={"Policy": policy})
    telemetry.burst()
    assert (len(telemetry.received(EVENTS)), len(telemetry.received(DEAD))) == (0, 1)


def test_a_key_of_aws_admits_nobody_to_a_queue(telemetry: Telemetry) -> None:
    attributes = {"KmsMasterKeyId": "alias/aws/sqs"}
    telemetry.sqs.set_queue_attributes(QueueUrl=telemetry.queues[EVENTS], Attributes=attributes)
    telemetry.burst()
    assert (len(telemetry.received(EVENTS)), len(telemetry.received(DEAD))) == (0, 1)


def the_queue_is_gone(telemetry: Telemetry) -> None:
    telemetry.sqs.delete_queue(QueueUrl=telemetry.queues[EVENTS])


@pytest.mark.parametrize("broken", [no_queue_policy, another_topic_only, the_queue_is_gone])
def test_what_the_queue_does_not_take_is_a_dead_letter(
    telemetry: Telemetry, broken: Callable[[Telemetry], None]
) -> None:
    broken(telemetry)
    telemetry.burst()

    assert telemetry.state() == "ALARM"
    assert [message["AlarmName"] for message in telemetry.received(DEAD)] == [ALARM]
    if broken is not the_queue_is_gone:
        assert telemetry.received(EVENTS) == []


def test_without_a_redrive_policy_it_is_lost(telemetry: Telemetry) -> None:
    telemetry.sns.set_subscription_attributes(SubscriptionArn=telemetry.subscription, AttributeName="RedrivePolicy")
    no_queue_policy(telemetry)
    telemetry.burst()
    assert (telemetry.received(EVENTS), telemetry.received(DEAD)) == ([], [])


def test_a_key_that_does_not_admit_sns_closes_both_queues(telemetry: Telemetry) -> None:
    telemetry.kms.put_key_policy(KeyId=telemetry.key, Policy=document(ROOT, BY_CLOUDWATCH))
    telemetry.burst()
    assert (telemetry.received(EVENTS), telemetry.received(DEAD)) == ([], [])
    assert telemetry.history("Action") == [f"Successfully executed action {TOPIC}"]


def no_key_grant(telemetry: Telemetry) -> None:
    telemetry.kms.put_key_policy(KeyId=telemetry.key, Policy=document(ROOT, BY_SNS))


def key_disabled(telemetry: Telemetry) -> None:
    telemetry.kms.disable_key(KeyId=telemetry.key)


def key_of_aws(telemetry: Telemetry) -> None:
    telemetry.set_topic("KmsMasterKeyId", "alias/aws/sns")


def no_topic_policy(telemetry: Telemetry) -> None:
    telemetry.set_topic("Policy", document(grant("events", "SNS:Publish", TOPIC)))


def no_topic(telemetry: Telemetry) -> None:
    telemetry.sns.delete_topic(TopicArn=TOPIC)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (no_key_grant, "authorization to access the SNS topic encryption key"),
        (key_of_aws, "authorization to access the SNS topic encryption key"),
        (key_disabled, "authorization to access the SNS topic encryption key"),
        (no_topic_policy, "authorization to publish to the SNS topic"),
        (no_topic, "Topic does not exist"),
    ],
)
def test_an_alarm_that_may_not_publish_tells_nobody_but_its_history(
    telemetry: Telemetry, broken: Callable[[Telemetry], None], said: str
) -> None:
    broken(telemetry)
    telemetry.burst()

    assert telemetry.state() == "ALARM"
    assert (telemetry.received(EVENTS), telemetry.received(DEAD)) == ([], [])
    [action] = telemetry.history("Action")
    assert action.startswith(f"Failed to execute action {TOPIC}")
    assert said in action


def test_the_topic_that_admits_every_alarm_of_the_account_by_default_does(telemetry: Telemetry) -> None:
    telemetry.sns.delete_topic(TopicArn=TOPIC)
    telemetry.sns.create_topic(Name="alarms")
    telemetry.sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=EVENTS)
    telemetry.burst()
    assert len(telemetry.received()) == 1


def test_nobody_subscribed_nobody_told(telemetry: Telemetry) -> None:
    telemetry.sns.unsubscribe(SubscriptionArn=telemetry.subscription)
    telemetry.burst()
    assert (telemetry.state(), telemetry.received()) == ("ALARM", [])


def test_a_pattern_that_matches_nothing_leaves_everything_quiet(telemetry: Telemetry) -> None:
    telemetry.filter('[date, time, level = "ERROR", ...]', defaultValue=0)
    telemetry.burst()
    assert (telemetry.state(), telemetry.received()) == ("OK", [])


def test_a_filter_counts_only_what_is_ingested_after_it_was_made(telemetry: Telemetry) -> None:
    telemetry.logs.delete_metric_filter(logGroupName=GROUP, filterName="errors")
    telemetry.log(FAILURE, FAILURE)
    telemetry.filter()
    telemetry.log(SUCCESS)
    assert telemetry.cloudwatch.list_metrics(Namespace="Shop")["Metrics"] == []
    telemetry.log(FAILURE)
    [metric] = telemetry.cloudwatch.list_metrics(Namespace="Shop")["Metrics"]
    assert metric == {"Namespace": "Shop", "MetricName": "errors", "Dimensions": []}


def test_a_subscription_with_a_filter_policy_gets_no_alarm(telemetry: Telemetry) -> None:
    policy = json.dumps({"kind": ["order"]})
    telemetry.sns.set_subscription_attributes(
        SubscriptionArn=telemetry.subscription, AttributeName="FilterPolicy", AttributeValue=policy
    )
    telemetry.burst()
    assert telemetry.received() == []
