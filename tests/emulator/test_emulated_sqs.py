"""SQS queues and their attributes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

ARN = "arn:aws:sqs:us-east-1:123456789012:"


@pytest.fixture
def sqs(client: Any) -> Any:
    return client("sqs")


@pytest.fixture
def queue(sqs: Any) -> str:
    return str(sqs.create_queue(QueueName="events")["QueueUrl"])


def attributes(sqs: Any, url: str, *names: str) -> Any:
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(names or ("All",))).get("Attributes")


def policy(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": [f"{ARN}events"],
        **changes,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_attributes_of_a_plain_queue(sqs: Any, queue: str) -> None:
    found = attributes(sqs, queue)
    assert found.pop("CreatedTimestamp").isdigit()
    assert found.pop("LastModifiedTimestamp").isdigit()
    assert found == {
        "QueueArn": f"{ARN}events",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "VisibilityTimeout": "30",
        "SqsManagedSseEnabled": "true",
    }


def test_only_named_attributes_change(sqs: Any, queue: str) -> None:
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy(), "DelaySeconds": "5"})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "60"})
    found = attributes(sqs, queue)
    assert (found["DelaySeconds"], found["VisibilityTimeout"]) == ("5", "60")
    statement = json.loads(found["Policy"])["Statement"][0]
    assert (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", f"{ARN}events")


def test_an_empty_value_unsets(sqs: Any, queue: str) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [f"{ARN}events"]})
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={"RedriveAllowPolicy": allow})
    assert json.loads(attributes(sqs, dead)["RedriveAllowPolicy"]) == json.loads(allow)
    given = {
        "Policy": policy(),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 3}),
        "KmsMasterKeyId": "alias/logs",
        "RedriveAllowPolicy": '{"redrivePermission": "denyAll", "sourceQueueArns": null}',
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=given)
    found = attributes(sqs, queue)
    assert set(given) <= set(found)
    assert json.loads(found["RedriveAllowPolicy"]) == {"redrivePermission": "denyAll"}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes=dict.fromkeys(given, ""))
    assert not set(given) & set(attributes(sqs, queue))
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == []


def test_a_policy_without_a_version_gets_the_old_one(sqs: Any, queue: str) -> None:
    text = json.dumps({"Statement": json.loads(policy())["Statement"]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})
    assert json.loads(attributes(sqs, queue)["Policy"])["Version"] == "2008-10-17"


def test_a_policy_shows_the_id_of_a_deleted_role_until_it_is_put_again(
    sqs: Any, queue: str, client: Any, role: Any
) -> None:
    text = policy(Principal={"AWS": role("sender")})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})

    def principal() -> str:
        return str(json.loads(attributes(sqs, queue)["Policy"])["Statement"][0]["Principal"]["AWS"])

    assert principal() == "arn:aws:iam::123456789012:role/sender"
    client("iam").delete_role(RoleName="sender")
    role("sender")
    assert principal().startswith("AROA")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "1"})
    assert principal().startswith("AROA")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text})
    assert principal() == "arn:aws:iam::123456789012:role/sender"


def test_there_is_one_kind_of_encryption(sqs: Any, queue: str, refused: Any) -> None:
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": "alias/logs"})
    found = attributes(sqs, queue)
    assert (found["SqsManagedSseEnabled"], found["KmsDataKeyReusePeriodSeconds"]) == ("false", "300")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"SqsManagedSseEnabled": "true"})
    assert "KmsMasterKeyId" not in attributes(sqs, queue)
    with refused("InvalidAttributeValue", "one type of server-side encryption"):
        sqs.create_queue(QueueName="x", Attributes={"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "alias/logs"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DelaySeconds", "901"),
        ("DelaySeconds", "soon"),
        ("MaximumMessageSize", "1023"),
        ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"),
        ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("VisibilityTimeout", "43201"),
        ("KmsDataKeyReusePeriodSeconds", "59"),
        ("SqsManagedSseEnabled", "yes"),
        ("Policy", "no json"),
        ("Policy", policy(Principal={})),
        ("Policy", policy(Principal={"AWS": "arn:aws:iam::123456789012:role/none"})),
    ],
)
def test_bad_values(sqs: Any, queue: str, refused: Any, name: str, value: str) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: value}),
        lambda: sqs.create_queue(QueueName="new", Attributes={name: value}),
    ]
    for call in calls:
        with refused("InvalidAttributeValue", name):
            call()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RedrivePolicy", "no json"),
        ("RedrivePolicy", '{"deadLetterTargetArn": "x"}'),
        ("RedrivePolicy", f'{{"deadLetterTargetArn": "{ARN}events", "maxReceiveCount": 0}}'),
        ("RedrivePolicy", f'{{"deadLetterTargetArn": "{ARN}events", "maxReceiveCount": 1001}}'),
        ("RedrivePolicy", f'{{"deadLetterTargetArn": "{ARN}none", "maxReceiveCount": 3}}'),
        ("RedriveAllowPolicy", '{"redrivePermission": "some"}'),
        ("RedriveAllowPolicy", '{"redrivePermission": "byQueue"}'),
    ],
)
def test_bad_redrive_policies(sqs: Any, queue: str, refused: Any, name: str, value: str) -> None:
    with refused("InvalidParameterValue", f"for parameter {name} is invalid"):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: value})


def test_unknown_names(sqs: Any, queue: str, refused: Any) -> None:
    for name in ("Colour", "ContentBasedDeduplication"):
        with refused("InvalidAttributeName", f"Unknown Attribute {name}."):
            sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: "true"})
    with refused("InvalidAttributeName"):
        attributes(sqs, queue, "Colour")
    assert attributes(sqs, queue, "Policy") is None
    assert attributes(sqs, queue, "DelaySeconds") == {"DelaySeconds": "0"}


def test_creating_a_queue_again(sqs: Any, queue: str, refused: Any) -> None:
    assert sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "0"}, tags={"a": "b"})["QueueUrl"] == queue
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=queue)
    with refused("QueueAlreadyExists", "different value for attribute DelaySeconds"):
        sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "1"})
    with pytest.raises(sqs.exceptions.QueueNameExists):
        sqs.create_queue(QueueName="events", Attributes={"DelaySeconds": "1"})


def test_a_name_is_locked_for_a_minute_when_asked_to(sqs: Any, queue: str, control: Any, refused: Any) -> None:
    sqs.delete_queue(QueueUrl=queue)
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    control("POST", "settings", queue_deleted_recently=True)
    sqs.delete_queue(QueueUrl=queue)
    with refused("AWS.SimpleQueueService.QueueDeletedRecently", "60 seconds"):
        sqs.create_queue(QueueName="events")
    sqs.create_queue(QueueName="another")


@pytest.mark.parametrize(("name", "given"), [("a b", {}), ("x" * 81, {}), ("x", {"FifoQueue": "true"}), ("x.fifo", {})])
def test_names(sqs: Any, refused: Any, name: str, given: Any) -> None:
    with refused("InvalidParameterValue"):
        sqs.create_queue(QueueName=name, Attributes=given)


def test_a_fifo_queue(sqs: Any) -> None:
    url = sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})[
        "QueueUrl"
    ]
    found = attributes(sqs, url)
    assert (found["FifoQueue"], found["ContentBasedDeduplication"], found["DeduplicationScope"]) == (
        "true",
        "true",
        "queue",
    )
    sqs.send_message(QueueUrl=url, MessageBody="m", MessageGroupId="g")


def test_a_missing_queue(sqs: Any, queue: str, refused: Any) -> None:
    code = "AWS.SimpleQueueService.NonExistentQueue"
    with refused(code, "does not exist"):
        sqs.get_queue_url(QueueName="none")
    with refused(code):
        attributes(sqs, queue + "x")
    with refused(code):
        sqs.delete_queue(QueueUrl=queue.replace("123456789012", "210987654321"))
    sqs.delete_queue(QueueUrl=queue)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.delete_queue(QueueUrl=queue)


def test_listing(sqs: Any) -> None:
    assert "QueueUrls" not in sqs.list_queues()
    urls = [sqs.create_queue(QueueName=f"q{number}")["QueueUrl"] for number in range(3)]
    assert sqs.list_queues(QueueNamePrefix="q")["QueueUrls"] == urls
    first = sqs.list_queues(MaxResults=2)
    assert first["QueueUrls"] + sqs.list_queues(MaxResults=2, NextToken=first["NextToken"])["QueueUrls"] == urls
    assert sqs.get_queue_url(QueueName="q1")["QueueUrl"] == urls[1]


def test_tags(sqs: Any, refused: Any) -> None:
    url = sqs.create_queue(QueueName="q", tags={"a": "1"})["QueueUrl"]
    sqs.tag_queue(QueueUrl=url, Tags={"b": ""})
    sqs.untag_queue(QueueUrl=url, TagKeys=["a", "none"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"b": ""}
    with refused("InvalidParameterValue"):
        sqs.tag_queue(QueueUrl=url, Tags={str(number): "" for number in range(50)})


def test_messages_obey_the_attributes(sqs: Any) -> None:
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": f"{ARN}dead", "maxReceiveCount": 1})
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="once")
    assert attributes(sqs, url)["ApproximateNumberOfMessages"] == "1"
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "once"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "once"
