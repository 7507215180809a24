"""Event source mappings: from where Lambda takes the events of a function. Only queues feed functions here.

Whether the function's role may read the queue is not asked, and no message is delivered.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory
from provisioner.emulator.lambda_.model import Functions, invalid
from provisioner.emulator.sqs.attributes import effective
from provisioner.emulator.sqs.queues import QueueFacts, Queues

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws

api = Api()

_PAGE = 100
_BATCH = 10


class EventSources(Memory):
    """A place's event source mappings by their UUID. They outlive their function and their queue."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_id: dict[str, aws.EventSourceMappingConfigurationTypeDef] = {}


@api.operation("CreateEventSourceMapping")
def create_event_source_mapping(call: ApiCall[aws.CreateEventSourceMappingRequestTypeDef]) -> Answer:
    params, mappings = call.params, call.store(EventSources)
    source, prefix = params.get("EventSourceArn", ""), call.place.arn("sqs", "")
    if not source.startswith(prefix):
        raise NotImplementedError("The emulator feeds functions from queues only.")
    function = call.store(Functions).find(params["FunctionName"])
    _check_queue(call.store(Queues).by_name.get(source.removeprefix(prefix)), function.config["Timeout"])
    for item in mappings.by_id.values():
        if (item["EventSourceArn"], item["FunctionArn"]) == (source, function.arn):
            raise ApiRefusal(
                "ResourceConflictException",
                f'An event source mapping with SQS arn (" {source} ") and function '
                f'(" {function.config["FunctionName"]} ") already exists. '
                f"Please update or delete the existing mapping with UUID {item['UUID']}",
            )
    mapping: aws.EventSourceMappingConfigurationTypeDef = {
        "UUID": str(uuid.uuid4()),
        "BatchSize": params.get("BatchSize", _BATCH),
        "EventSourceArn": source,
        "FunctionArn": function.arn,
        "State": "Enabled" if params.get("Enabled", True) else "Disabled",
        "StateTransitionReason": "USER_INITIATED",
    }
    mappings.by_id[mapping["UUID"]] = mapping
    return {**mapping, "State": "Creating"}


def _check_queue(queue: QueueFacts | None, timeout: int) -> None:
    if queue is None:  # the wording is believed
        raise invalid("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.")
    visible = effective(queue.attributes)["VisibilityTimeout"]
    if int(visible) < timeout:
        raise invalid(f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds")


@api.operation("ListEventSourceMappings")
def list_event_source_mappings(call: ApiCall[aws.ListEventSourceMappingsRequestTypeDef]) -> Answer:
    params, mappings = call.params, call.store(EventSources).by_id.values()
    name = params.get("FunctionName")
    wanted = call.store(Functions).find(name).arn if name else None
    source = params.get("EventSourceArn")
    shown, more = page(
        (
            item
            for item in mappings
            if wanted in (None, item["FunctionArn"]) and source in (None, item["EventSourceArn"])
        ),
        lambda item: item["UUID"],
        token=params.get("Marker"),
        size=min(params.get("MaxItems", _PAGE), _PAGE),
        bad_token=invalid("Invalid marker."),
    )
    return {"EventSourceMappings": shown, "NextMarker": more}


@api.operation("DeleteEventSourceMapping")
def delete_event_source_mapping(call: ApiCall[aws.DeleteEventSourceMappingRequestTypeDef]) -> Answer:
    mapping = call.store(EventSources).by_id.pop(call.params["UUID"], None)
    if mapping is None:
        raise ApiRefusal("ResourceNotFoundException", "The resource you requested does not exist.")
    return {**mapping, "State": "Deleting"}
