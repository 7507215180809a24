"""The tags of alarms and dashboards, which CloudWatch's tagging calls reach by ARN."""

from __future__ import annotations

from provisioner.emulator.cloudwatch.alarms import Alarm, Alarms, check_tags
from provisioner.emulator.cloudwatch.dashboards import Dashboard, Dashboards
from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Refusal

api = Api()


def _tagged(call: ApiCall) -> Alarm | Dashboard:
    arn = call.params["ResourceARN"]
    candidates: list[Alarm | Dashboard] = [
        *call.store(Alarms).by_name.values(),
        *call.account_store(Dashboards).by_name.values(),
    ]
    for found in candidates:
        if found.arn == arn:
            return found
    raise Refusal(
        "ResourceNotFoundException", f"Unknown {arn}", members={"ResourceType": arn.split(":")[-2], "ResourceId": arn}
    )


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    found = _tagged(call)
    found.tags = check_tags(found.tags, tags.from_list(call.params["Tags"]))
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    found = _tagged(call)
    found.tags = tags.without(found.tags, call.params["TagKeys"])
    return {}


@api.operation("ListTagsForResource")
def list_tags_for_resource(call: ApiCall) -> Answer:
    return {"Tags": tags.to_list(_tagged(call).tags)}
