"""SNS topics, subscriptions and delivery to queues."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:events"
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"


@pytest.fixture
def sns(client: Any) -> Any:
    return client("sns")


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="alarms")["TopicArn"])


def attributes(sns: Any) -> Any:
    return sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]


def statement(**changes: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    return {**allowed, "Resource": TOPIC, **changes}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def redrive(queue: str = DEAD) -> str:
    return json.dumps({"deadLetterTargetArn": queue})


class TestTopics:
    def test_the_attributes_of_a_plain_topic(self, sns: Any, topic: str) -> None:
        found = attributes(sns)
        default = json.loads(found.pop("Policy"))
        assert (default["Version"], default["Id"]) == ("2008-10-17", "__default_policy_ID")
        assert json.loads(found.pop("EffectiveDeliveryPolicy"))["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
        assert found == {
            "TopicArn": TOPIC,
            "Owner": "123456789012",
            "DisplayName": "",
            "SubscriptionsPending": "0",
            "SubscriptionsConfirmed": "0",
            "SubscriptionsDeleted": "0",
        }

    def test_what_is_set_is_shown_and_unset_by_an_empty_value(self, sns: Any, topic: str) -> None:
        given = {
            "DisplayName": "Alarms",
            "KmsMasterKeyId": "alias/logs",
            "TracingConfig": "Active",
            "SignatureVersion": "2",
            "SQSSuccessFeedbackSampleRate": "50",
            "SQSFailureFeedbackRoleArn": "arn:aws:iam::123456789012:role/x",
            "DeliveryPolicy": '{"http": {"disableSubscriptionOverrides": true}}',
        }
        for name, value in given.items():
            sns.set_topic_attributes(TopicArn=TOPIC, AttributeName=name, AttributeValue=value)
        found = attributes(sns)
        assert given.items() <= found.items()
        assert json.loads(found["EffectiveDeliveryPolicy"])["http"]["disableSubscriptionOverrides"] is True
        for name in ("KmsMasterKeyId", "DeliveryPolicy", "DisplayName"):
            sns.set_topic_attributes(TopicArn=TOPIC, AttributeName=name, AttributeValue="")
        assert not {"KmsMasterKeyId", "DeliveryPolicy"} & set(attributes(sns))
        assert attributes(sns)["DisplayName"] == ""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Colour", "red"),
            ("TracingConfig", "On"),
            ("SignatureVersion", "3"),
            ("DisplayName", "x" * 101),
            ("HTTPSuccessFeedbackSampleRate", "101"),
            ("HTTPSuccessFeedbackRoleArn", "me"),
            ("DeliveryPolicy", "no json"),
            ("DeliveryPolicy", '{"healthyRetryPolicy": {}}'),
            ("Policy", ""),
            ("Policy", "no json"),
            ("Policy", policy(statement(Principal={"AWS": "arn:aws:iam::123456789012:role/none"}))),
            ("Policy", policy(statement(Principal={"Service": "cloudwatch"}))),
            ("Policy", policy(statement(Action="sns:*"))),
            ("Policy", policy(statement(Action="sqs:SendMessage"))),
            ("Policy", policy(statement(Resource=[TOPIC, TOPIC + "2"]))),
            ("FifoTopic", "true"),
        ],
    )
    def test_what_is_refused(self, sns: Any, topic: str, refused: Any, name: str, value: str) -> None:
        before = attributes(sns)
        with refused("InvalidParameter"):
            sns.set_topic_attributes(TopicArn=TOPIC, AttributeName=name, AttributeValue=value)
        assert attributes(sns) == before

    def test_an_account_in_a_policy_comes_back_as_its_root(self, sns: Any, topic: str) -> None:
        sns.set_topic_attributes(
            TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy(statement(Principal={"AWS": "123456789012"}))
        )
        shown = json.loads(attributes(sns)["Policy"])["Statement"][0]["Principal"]
        assert shown == {"AWS": "arn:aws:iam::123456789012:root"}

    def test_creating_a_topic_again(self, sns: Any, refused: Any) -> None:
        tags = [{"Key": "a", "Value": "1"}]
        given = {"DisplayName": "x", "Policy": policy(statement())}
        sns.create_topic(Name="alarms", Attributes=given, Tags=tags)
        assert sns.create_topic(Name="alarms")["TopicArn"] == TOPIC
        assert sns.create_topic(Name="alarms", Attributes=given, Tags=tags)["TopicArn"] == TOPIC
        with refused("InvalidParameter", "already exists with different attributes"):
            sns.create_topic(Name="alarms", Attributes={"DisplayName": "y"})
        with refused("InvalidParameter", "already exists with different attributes"):
            sns.create_topic(Name="alarms", Attributes={"Policy": policy(statement(Sid="x"))})
        with refused("InvalidParameter", "already exists with different tags"):
            sns.create_topic(Name="alarms", Tags=[{"Key": "a", "Value": "2"}])

    @pytest.mark.parametrize("name", ["a b", "x" * 257, "x.fifo"])
    def test_names(self, sns: Any, refused: Any, name: str) -> None:
        with refused("InvalidParameter", "Topic Name"):
            sns.create_topic(Name=name)

    def test_a_missing_topic(self, sns: Any, refused: Any) -> None:
        calls: list[Callable[[], Any]] = [
            lambda: sns.get_topic_attributes(TopicArn=TOPIC),
            lambda: sns.set_topic_attributes(TopicArn=TOPIC, AttributeName="DisplayName", AttributeValue="x"),
            lambda: sns.list_subscriptions_by_topic(TopicArn=TOPIC),
            lambda: sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE),
            lambda: sns.publish(TopicArn=TOPIC, Message="x"),
        ]
        for call in calls:
            with refused("NotFound", "Topic does not exist", status=404):
                call()
        with refused("ResourceNotFound", status=404):
            sns.list_tags_for_resource(ResourceArn=TOPIC)
        with refused("InvalidParameter"):
            sns.get_topic_attributes(TopicArn="alarms")
        sns.delete_topic(TopicArn=TOPIC)

    def test_topics_are_listed_a_hundred_a_page(self, sns: Any) -> None:
        for number in range(101):
            sns.create_topic(Name=f"t{number:03}")
        pages = list(sns.get_paginator("list_topics").paginate())
        assert [len(page["Topics"]) for page in pages] == [100, 1]

    def test_tags(self, sns: Any, topic: str, refused: Any) -> None:
        sns.tag_resource(ResourceArn=TOPIC, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
        sns.untag_resource(ResourceArn=TOPIC, TagKeys=["a"])
        assert sns.list_tags_for_resource(ResourceArn=TOPIC)["Tags"] == [{"Key": "b", "Value": ""}]
        with refused("TagLimitExceeded"):
            sns.tag_resource(ResourceArn=TOPIC, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])


class TestSubscriptions:
    def listed(self, sns: Any) -> Any:
        return sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]

    def test_a_queue_of_the_account_is_confirmed_at_once(self, sns: Any, topic: str) -> None:
        given = {"RedrivePolicy": redrive(), "FilterPolicy": '{"a": ["b"]}'}
        arn = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes=given)["SubscriptionArn"]
        (shown,) = self.listed(sns)
        assert shown == {
            "SubscriptionArn": arn, "Owner": "123456789012", "Protocol": "sqs", "Endpoint": QUEUE, "TopicArn": TOPIC,
        }  # fmt: skip
        found = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        expected = {**given, "FilterPolicyScope": "MessageAttributes", "PendingConfirmation": "false"}
        assert expected.items() <= found.items()
        assert (found["RawMessageDelivery"], attributes(sns)["SubscriptionsConfirmed"]) == ("false", "1")

    @pytest.mark.parametrize(
        ("protocol", "endpoint"),
        [("email", "a@b.org"), ("email-json", "a@b.org"), ("https", "https://b.org/x"), ("http", "http://b.org")],
    )
    def test_mail_and_http_wait_for_confirmation(
        self, sns: Any, topic: str, control: Any, refused: Any, protocol: str, endpoint: str
    ) -> None:
        asked = {"TopicArn": TOPIC, "Protocol": protocol, "Endpoint": endpoint}
        assert (
            sns.subscribe(**asked, Attributes={"RedrivePolicy": redrive()})["SubscriptionArn"] == "pending confirmation"
        )
        assert self.listed(sns)[0]["SubscriptionArn"] == "PendingConfirmation"
        assert attributes(sns)["SubscriptionsPending"] == "1"
        arn = sns.subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
        assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
        with refused("InvalidParameter", "pending confirmation"):
            sns.unsubscribe(SubscriptionArn=arn)
        for nothing in ("PendingConfirmation", "pending confirmation"):
            with refused("InvalidParameter"):
                sns.unsubscribe(SubscriptionArn=nothing)
        decision = {"topic": TOPIC, "endpoint": endpoint}
        assert control("POST", "subscriptions", **decision, action="confirm") == {"SubscriptionArn": arn}
        assert self.listed(sns)[0]["SubscriptionArn"] == arn
        assert control("POST", "subscriptions", **decision, action="confirm") == 400
        sns.unsubscribe(SubscriptionArn=arn)
        assert (self.listed(sns), attributes(sns)["SubscriptionsDeleted"]) == ([], "1")

    def test_one_that_nobody_confirms_expires(self, sns: Any, topic: str, control: Any) -> None:
        sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="a@b.org")
        control("POST", "subscriptions", topic=TOPIC, endpoint="a@b.org", action="expire")
        assert self.listed(sns) == []

    def test_a_wrong_token_confirms_nothing(self, sns: Any, topic: str, refused: Any) -> None:
        sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="a@b.org")
        with refused("InvalidParameter", "Token"):
            sns.confirm_subscription(TopicArn=TOPIC, Token="x")

    def test_an_endpoint_of_another_account_has_to_agree(self, sns: Any, topic: str) -> None:
        other = QUEUE.replace("123456789012", "210987654321")
        assert (
            sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=other)["SubscriptionArn"] == "pending confirmation"
        )

    def test_subscribing_again(self, sns: Any, topic: str, refused: Any) -> None:
        asked = {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}
        arn = sns.subscribe(**asked, Attributes={"RedrivePolicy": redrive()})["SubscriptionArn"]
        for same in ({}, {"RedrivePolicy": redrive().replace(" ", "")}, {"RawMessageDelivery": "false"}):
            assert sns.subscribe(**asked, Attributes=same)["SubscriptionArn"] == arn
        for other in (
            {"RawMessageDelivery": "true"},
            {"RedrivePolicy": redrive(QUEUE)},
            {"FilterPolicy": '{"a": [1]}'},
        ):
            with refused("InvalidParameter", "Subscription already exists with different attributes"):
                sns.subscribe(**asked, Attributes=other)
        assert len(self.listed(sns)) == 1

    @pytest.mark.parametrize(
        ("protocol", "endpoint"),
        [
            ("bogus", "x"),
            ("email", "notanemail"),
            ("https", "http://b.org"),
            ("http", "b.org"),
            ("sqs", "events"),
            ("sqs", QUEUE + ".fifo"),
            ("lambda", "arn:aws:lambda:us-east-1:123456789012:layer:x"),
            ("sms", "call me"),
            ("firehose", "arn:aws:firehose:us-east-1:123456789012:deliverystream/x"),
        ],
    )
    def test_bad_endpoints(self, sns: Any, topic: str, refused: Any, protocol: str, endpoint: str) -> None:
        with refused("InvalidParameter"):
            sns.subscribe(TopicArn=TOPIC, Protocol=protocol, Endpoint=endpoint)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Colour", "red"),
            ("RawMessageDelivery", "maybe"),
            ("RedrivePolicy", ""),
            ("RedrivePolicy", "no json"),
            ("RedrivePolicy", "{}"),
            ("RedrivePolicy", redrive("dead")),
            ("RedrivePolicy", redrive(DEAD.replace("us-east-1", "eu-west-1"))),
            ("FilterPolicy", ""),
            ("FilterPolicy", "[]"),
            ("FilterPolicy", '{"a": "b"}'),
            ("FilterPolicy", json.dumps({str(number): ["x"] for number in range(6)})),
            ("FilterPolicy", json.dumps({name: list(range(13)) for name in "ab"})),
            ("FilterPolicyScope", "Everything"),
            ("DeliveryPolicy", "{}"),
        ],
    )
    def test_bad_attributes(self, sns: Any, topic: str, refused: Any, name: str, value: str) -> None:
        with refused("InvalidParameter"):
            sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={name: value})
        arn = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"]
        with refused("InvalidParameter"):
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    def test_mail_is_never_raw(self, sns: Any, topic: str, refused: Any) -> None:
        with refused("InvalidParameter", "raw"):
            sns.subscribe(
                TopicArn=TOPIC, Protocol="email", Endpoint="a@b.org", Attributes={"RawMessageDelivery": "true"}
            )

    def test_attributes_are_set_and_unset(self, sns: Any, topic: str) -> None:
        arn = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"]

        def change(name: str, **value: str) -> Any:
            sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, **value)
            return sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

        assert change("RedrivePolicy", AttributeValue=redrive())["RedrivePolicy"] == redrive()
        assert "RedrivePolicy" not in change("RedrivePolicy")
        assert "FilterPolicyScope" not in change("FilterPolicyScope", AttributeValue="MessageBody")
        found = change("FilterPolicy", AttributeValue='{"a": {"b": ["c"]}}')
        assert found["FilterPolicyScope"] == "MessageBody"
        assert "FilterPolicy" not in change("FilterPolicy", AttributeValue="{}")

    def test_they_die_with_the_topic(self, sns: Any, topic: str, refused: Any) -> None:
        arn = sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"]
        sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint="a@b.org")
        sns.delete_topic(TopicArn=TOPIC)
        sns.create_topic(Name="alarms")
        assert self.listed(sns) == sns.list_subscriptions()["Subscriptions"] == []
        with refused("NotFound", status=404):
            sns.get_subscription_attributes(SubscriptionArn=arn)
        sns.unsubscribe(SubscriptionArn=arn)

    def test_they_are_listed_a_hundred_a_page(self, sns: Any, topic: str) -> None:
        for number in range(101):
            sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=f"a{number}@b.org")
        for paginator, given in (("list_subscriptions_by_topic", {"TopicArn": TOPIC}), ("list_subscriptions", {})):
            pages = list(sns.get_paginator(paginator).paginate(**given))
            assert [len(page["Subscriptions"]) for page in pages] == [100, 1]


class TestDelivery:
    @pytest.fixture
    def sqs(self, client: Any) -> Any:
        return client("sqs")

    def queue(self, sqs: Any, name: str, *, admits: str | None = TOPIC, key: str = "") -> str:
        url = str(sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": key} if key else {})["QueueUrl"])
        if admits:
            allowed = {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": f"arn:aws:sqs:us-east-1:123456789012:{name}",
                "Condition": {"ArnEquals": {"aws:SourceArn": admits}},
            }
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(allowed)})
        return url

    def bodies(self, sqs: Any, url: str) -> list[str]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [message["Body"] for message in found]

    def test_a_queue_that_admits_the_topic_gets_an_envelope(self, sns: Any, sqs: Any, topic: str) -> None:
        url = self.queue(sqs, "events")
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
        published = sns.publish(TopicArn=TOPIC, Message="hello", Subject="s")["MessageId"]
        (body,) = map(json.loads, self.bodies(sqs, url))
        assert (body["Message"], body["Subject"], body["TopicArn"]) == ("hello", "s", TOPIC)
        assert (body["MessageId"], body["Type"]) == (published, "Notification")

    def test_raw_and_filtered(self, sns: Any, sqs: Any, topic: str) -> None:
        url = self.queue(sqs, "events")
        given = {"RawMessageDelivery": "true", "FilterPolicy": '{"kind": ["page"]}'}
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes=given)
        sns.publish(TopicArn=TOPIC, Message="no")
        page = {"kind": {"DataType": "String", "StringValue": "page"}}
        sns.publish(
            TopicArn=TOPIC, Message='{"default": "d", "sqs": "yes"}', MessageStructure="json", MessageAttributes=page
        )
        assert self.bodies(sqs, url) == ["yes"]

    @pytest.mark.parametrize("admits", [None, TOPIC + "-other"])
    def test_without_the_queues_consent_it_goes_to_the_dead_letters(
        self, sns: Any, sqs: Any, topic: str, admits: str | None
    ) -> None:
        url, dead = self.queue(sqs, "events", admits=admits), self.queue(sqs, "dead")
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RedrivePolicy": redrive()})
        sns.publish(TopicArn=TOPIC, Message="hello")
        assert self.bodies(sqs, url) == []
        assert len(self.bodies(sqs, dead)) == 1

    def test_a_message_that_nobody_admits_is_lost_without_a_word(self, sns: Any, topic: str) -> None:
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE, Attributes={"RedrivePolicy": redrive()})
        assert sns.publish(TopicArn=TOPIC, Message="hello")["MessageId"]

    def test_the_key_of_an_encrypted_queue_must_admit_sns(
        self, sns: Any, sqs: Any, client: Any, topic: str, key_policy: Any
    ) -> None:
        kms = client("kms")
        key = kms.create_key(Policy=key_policy())["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/logs", TargetKeyId=key)
        url = self.queue(sqs, "events", key="alias/logs")
        sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
        sns.publish(TopicArn=TOPIC, Message="one")
        kms.put_key_policy(KeyId=key, Policy=key_policy("sns.amazonaws.com"))
        sns.publish(TopicArn=TOPIC, Message="two")
        kms.disable_key(KeyId=key)
        sns.publish(TopicArn=TOPIC, Message="three")
        assert [json.loads(body)["Message"] for body in self.bodies(sqs, url)] == ["two"]

    def test_nothing_is_sent_to_anybody_outside(self, sns: Any, topic: str, control: Any) -> None:
        sns.subscribe(TopicArn=TOPIC, Protocol="http", Endpoint="http://127.0.0.1:1/")
        control("POST", "subscriptions", topic=TOPIC, endpoint="http://127.0.0.1:1/", action="confirm")
        assert sns.publish(TopicArn=TOPIC, Message="hello")["MessageId"]

    def test_what_is_refused(self, sns: Any, topic: str, refused: Any) -> None:
        with refused("InvalidParameter", "Empty message"):
            sns.publish(TopicArn=TOPIC, Message="")
        with refused("InvalidParameter", "too long"):
            sns.publish(TopicArn=TOPIC, Message="x" * 262_145)
