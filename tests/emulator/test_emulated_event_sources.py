"""Event source mappings: made and removed, and what Lambda refuses of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.test_emulated_lambda import create

QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"


@pytest.fixture
def functions(client: Any, role: Any) -> Any:
    create(client("lambda"), role)
    client("sqs").create_queue(QueueName="orders")
    return client("lambda")


def test_a_queue_feeds_a_function_until_its_mapping_is_deleted(functions: Any, refused: Any) -> None:
    made = functions.create_event_source_mapping(FunctionName="f", EventSourceArn=QUEUE)
    (listed,) = functions.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]
    assert (made["State"], listed["State"]) == ("Creating", "Enabled")
    assert (listed["UUID"], listed["EventSourceArn"]) == (made["UUID"], QUEUE)
    assert functions.list_event_source_mappings(EventSourceArn=f"{QUEUE}-other")["EventSourceMappings"] == []
    functions.delete_event_source_mapping(UUID=made["UUID"])
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
    with refused("ResourceNotFoundException"):
        functions.delete_event_source_mapping(UUID=made["UUID"])


def test_a_mapping_outlives_its_function(functions: Any) -> None:
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=QUEUE)
    functions.delete_function(FunctionName="f")
    assert len(functions.list_event_source_mappings()["EventSourceMappings"]) == 1


def test_what_is_refused(functions: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException"):
        functions.create_event_source_mapping(FunctionName="nobody", EventSourceArn=QUEUE)
    with refused("InvalidParameterValueException", "NonExistentQueue"):
        functions.create_event_source_mapping(FunctionName="f", EventSourceArn=f"{QUEUE}-other")
    functions.create_event_source_mapping(FunctionName="f", EventSourceArn=QUEUE)
    with refused("ResourceConflictException", "already exists"):
        functions.create_event_source_mapping(FunctionName="f", EventSourceArn=QUEUE)


def test_a_queue_hides_a_message_for_as_long_as_the_function_may_take(functions: Any, refused: Any) -> None:
    functions.update_function_configuration(FunctionName="f", Timeout=60)
    with refused("InvalidParameterValueException", "is less than Function timeout: 60 seconds"):
        functions.create_event_source_mapping(FunctionName="f", EventSourceArn=QUEUE)
