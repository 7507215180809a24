"""Subscriptions: pending, expired, asked for again, and what of an endpoint may be seen."""

from __future__ import annotations

import json
from dataclasses import replace

from provisioner.engine.consent import Options
from provisioner.engine.reconciler import Scope
from provisioner.render.document import plan_document
from provisioner.render.rows import plan_notes
from provisioner.resources.sns_subscription import SnsSubscription, subscription_name
from tests.resources.driver import Platform, only, pending
from tests.resources.messaging import FLAT, HOOK, HOOK_URL, MAIL, NESTED, QUEUE, SUBSCRIPTION, TOPIC, TOPIC_ARN
from tests.resources.naming import ACCOUNT, ENVIRONMENT, PLATFORM, REGION

WANTED = [TOPIC, MAIL]
SCOPE = Scope(PLATFORM, ENVIRONMENT, ACCOUNT, REGION)


def test_a_pending_one_is_no_difference(platform: Platform) -> None:
    platform.converge(WANTED)
    platform.clear_calls()
    plan = platform.converge(WANTED)
    assert pending(plan) == {}
    assert any("waits for its receiver" in note for note in plan.notes)
    assert platform.writes() == []


def test_a_confirmed_one_shows_what_was_not_seen_before(platform: Platform) -> None:
    hook = replace(HOOK, raw_delivery=True)
    platform.converge([TOPIC, hook])
    platform.confirm(HOOK_URL)
    plan = platform.converge([TOPIC, hook])
    assert pending(plan) == {}
    assert not any("waits" in note for note in plan.notes)
    assert platform.state.records[hook.address].outputs["confirmed"] is True


def test_an_expired_one_is_not_asked_for_again_unasked(platform: Platform) -> None:
    """Each time a person would get a mail."""
    platform.converge(WANTED)
    platform.expire(str(MAIL.endpoint))
    plan = platform.plan(WANTED)
    assert pending(plan) == {}
    assert any("--resubscribe" in note for note in plan_notes(plan))
    platform.converge(WANTED)
    assert pending(platform.plan(WANTED)) == {}, "the record must outlive a run that did nothing"
    assert any("--resubscribe" in note for note in plan_notes(platform.plan(WANTED)))


def test_resubscribe_asks_again(platform: Platform) -> None:
    platform.converge(WANTED)
    platform.expire(str(MAIL.endpoint))
    plan = platform.converge(WANTED, Options(insist=frozenset({"sns_subscription"})))
    assert pending(plan) == {str(MAIL.address): "create"}
    assert pending(platform.plan(WANTED)) == {}


def test_a_new_topic_asks_everybody_again(platform: Platform) -> None:
    platform.converge(WANTED)
    platform.client("sns").delete_topic(TopicArn=TOPIC_ARN)
    plan = platform.converge(WANTED)
    assert pending(plan) == {str(TOPIC.address): "create", str(MAIL.address): "create"}


def test_a_topic_made_by_somebody_else_has_no_subscribers(platform: Platform) -> None:
    wanted = [QUEUE, TOPIC, SUBSCRIPTION]
    platform.converge(wanted)
    sns = platform.client("sns")
    sns.delete_topic(TopicArn=TOPIC_ARN)
    sns.create_topic(Name=TOPIC.name, Tags=[{"Key": key, "Value": value} for key, value in TOPIC.tags.items()])
    assert pending(platform.converge(wanted)) == {str(TOPIC.address): "update", str(SUBSCRIPTION.address): "create"}
    assert pending(platform.plan(wanted)) == {}


def test_a_pending_one_goes_with_its_topic(platform: Platform) -> None:
    platform.converge(WANTED)
    platform.apply(platform.teardown(WANTED))
    assert pending(platform.teardown(WANTED)) == {}
    assert platform.state.records == {}


def test_a_web_hook_is_a_secret(platform: Platform) -> None:
    plan = platform.converge([TOPIC, HOOK])
    text = json.dumps(plan_document(plan, everything=True)) + platform.state_text()
    assert "secret-token" not in text
    assert "https://hooks.example.com/(secret)" in text
    platform.confirm(HOOK_URL)
    gone = platform.plan([TOPIC])
    assert "secret-token" not in json.dumps(plan_document(gone, everything=True))


def test_a_strangers_subscription_is_named_and_left_alone(platform: Platform) -> None:
    wanted = [QUEUE, TOPIC, SUBSCRIPTION]
    platform.converge(wanted)
    platform.client("sns").subscribe(TopicArn=TOPIC_ARN, Protocol="https", Endpoint=HOOK_URL)
    plan = platform.plan(wanted)
    assert pending(plan) == {}
    (note,) = plan.notes
    assert "left alone" in note
    assert "secret-token" not in note


def test_the_scope_changes_on_the_side_where_the_policy_is_valid(platform: Platform) -> None:
    flat = replace(SUBSCRIPTION, filter_policy=FLAT)
    nested = replace(SUBSCRIPTION, filter_policy=NESTED, filter_policy_scope="MessageBody")
    platform.converge([QUEUE, TOPIC, flat])
    forth = only(platform.converge([QUEUE, TOPIC, nested]))
    back = only(platform.converge([QUEUE, TOPIC, flat]))
    assert [call.params["AttributeName"] for call in forth.calls] == ["FilterPolicyScope", "FilterPolicy"]
    assert [call.params["AttributeName"] for call in back.calls] == ["FilterPolicy", "FilterPolicyScope"]
    assert pending(platform.plan([QUEUE, TOPIC, flat])) == {}


def elsewhere(name: str, account: str = "444455556666", region: str = "eu-west-1") -> str:
    return f"arn:aws:sqs:{region}:{account}:{name}"


def subscribed(protocol: str, endpoint: str) -> SnsSubscription:
    name = subscription_name(SCOPE, TOPIC.name, protocol, endpoint)
    return SnsSubscription(name=name, topic=TOPIC.arn, protocol=protocol, endpoint=endpoint)


def test_a_receiver_is_known_by_its_whole_endpoint() -> None:
    here = f"arn:aws:sqs:{SCOPE.region}:{SCOPE.account}:alarms"
    alias = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:notify:live"
    assert (
        subscription_name(SCOPE, "t", "sqs", here) == subscription_name(SCOPE, "t", "sqs", "alarms") == "t/sqs/alarms"
    )
    assert subscription_name(SCOPE, "t", "sqs", elsewhere("alarms")) == "t/sqs/444455556666/eu-west-1/alarms"
    assert subscription_name(SCOPE, "t", "lambda", alias) == "t/lambda/notify:live"


def test_queues_of_one_name_in_two_accounts_are_two_receivers(platform: Platform) -> None:
    theirs = subscribed("sqs", elsewhere(QUEUE.name))
    platform.converge([QUEUE, TOPIC, SUBSCRIPTION, theirs])
    for receiver in platform.client("sns").list_subscriptions_by_topic(TopicArn=TOPIC_ARN)["Subscriptions"]:
        if not receiver["SubscriptionArn"].startswith("arn:"):
            platform.confirm(receiver["Endpoint"])
    assert pending(platform.plan([QUEUE, TOPIC, SUBSCRIPTION, theirs])) == {}
    assert pending(platform.plan([QUEUE, TOPIC, SUBSCRIPTION])) == {str(theirs.address): "delete"}


def test_a_strangers_queue_of_the_same_last_name_is_named_and_left_alone(platform: Platform) -> None:
    wanted = [QUEUE, TOPIC, SUBSCRIPTION]
    platform.converge(wanted)
    platform.client("sns").subscribe(TopicArn=TOPIC_ARN, Protocol="sqs", Endpoint=elsewhere(QUEUE.name))
    for options in (None, Options(insist=frozenset({"sns_subscription"}))):
        plan = platform.plan(wanted, options)
        assert pending(plan) == {}
        assert any(elsewhere(QUEUE.name) in note for note in plan.notes)
    left = pending(platform.teardown(wanted))
    assert str(SUBSCRIPTION.address) in left
    assert len([address for address in left if "sns_subscription" in address]) == 1


def test_a_password_is_compared_as_sns_shows_it(platform: Platform) -> None:
    secret = "https://user:s3cret@hooks.example.com/alarms"
    hook = subscribed("https", secret)
    plan = platform.converge([TOPIC, hook])
    platform.confirm(secret)
    assert pending(platform.converge([TOPIC, hook])) == {}
    again = platform.plan([TOPIC, hook])
    assert (pending(again), again.notes) == ({}, ())
    assert "s3cret" not in json.dumps([plan_document(item, everything=True) for item in (plan, again)])
    assert platform.drift() == []
