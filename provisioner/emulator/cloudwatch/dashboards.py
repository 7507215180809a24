"""CloudWatch dashboards: global to the account, and their bodies checked as AWS does.

The rules are those of "Dashboard body structure and syntax" (CloudWatch API reference).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.dashboards import check
from provisioner.emulator.cloudwatch.model import TAGGING
from provisioner.emulator.core.call import Answer, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import Memory

if TYPE_CHECKING:
    from types_boto3_cloudwatch import type_defs as aws

api = Api()

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_PAGE = 1000
_DELETED_AT_ONCE = 100
_invalid = refusing("InvalidParameterValue")


@dataclass
class DashboardFacts:
    """A dashboard; ``modified`` in epoch seconds."""

    name: str
    arn: str
    body: str
    tags: dict[str, str]
    modified: float


class Dashboards(Memory):
    """An account's dashboards by name: their ARNs have no Region."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, DashboardFacts] = {}


@api.operation("PutDashboard")
def put_dashboard(call: ApiCall[aws.PutDashboardInputTypeDef]) -> Answer:
    dashboards, params = call.account_store(Dashboards), call.params
    name, body = params["DashboardName"], params["DashboardBody"]
    if not _NAME.fullmatch(name):
        raise _invalid_body(
            [], "The value DashboardName must contain only A-Z, a-z, 0-9, - and _, and at most 255 characters."
        )
    errors, warnings = check(body)
    if errors:
        raise _invalid_body(errors, f"The dashboard body is invalid, there are {len(errors)} validation errors")
    existing = dashboards.by_name.get(name)
    tags = existing.tags if existing else TAGGING.merged({}, params.get("Tags"))
    arn = dashboards.place.arn("cloudwatch", f"dashboard/{name}")
    # AWS returns an equal document, not the same text.
    document = json.dumps(json.loads(body), separators=(",", ":"))
    dashboards.by_name[name] = DashboardFacts(name, arn, document, tags, call.world.now())
    return {"DashboardValidationMessages": [_message(*item) for item in warnings]}


def _invalid_body(errors: list[tuple[str, str]], message: str) -> ApiRefusal:
    return ApiRefusal(
        "DashboardInvalidInputError",
        f"{message}: {json.dumps([_message(*item) for item in errors])}" if errors else message,
        members={"dashboardValidationMessages": [_message(*item) for item in errors]},
    )


def _message(path: str, text: str) -> dict[str, str]:
    return {"DataPath": path, "Message": text}


@api.operation("GetDashboard")
def get_dashboard(call: ApiCall[aws.GetDashboardInputTypeDef]) -> Answer:
    name = call.params["DashboardName"]
    found = call.account_store(Dashboards).by_name.get(name)
    if found is None:
        raise ApiRefusal("ResourceNotFound", f"Dashboard {name} does not exist", status=404)
    return {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}


@api.operation("ListDashboards")
def list_dashboards(call: ApiCall[aws.ListDashboardsInputTypeDef]) -> Answer:
    prefix = call.params.get("DashboardNamePrefix", "")
    shown, more = page(
        (item for item in call.account_store(Dashboards).by_name.values() if item.name.startswith(prefix)),
        lambda item: item.name,
        token=call.params.get("NextToken"),
        size=_PAGE,
        bad_token=_invalid("The next token specified is invalid."),
    )
    return {
        "DashboardEntries": [
            {
                "DashboardName": item.name,
                "DashboardArn": item.arn,
                "LastModified": item.modified,
                "Size": len(item.body.encode()),
            }
            for item in shown
        ],
        "NextToken": more,
    }


@api.operation("DeleteDashboards")
def delete_dashboards(call: ApiCall[aws.DeleteDashboardsInputTypeDef]) -> Answer:
    dashboards, names = call.account_store(Dashboards), call.params["DashboardNames"]
    if not 1 <= len(names) <= _DELETED_AT_ONCE:
        raise _invalid(f"Between 1 and {_DELETED_AT_ONCE} dashboards can be deleted at once.")
    missing = [name for name in names if name not in dashboards.by_name]
    # Documented: after an error the operation still deletes as many as it can.
    for name in set(names) - set(missing):
        del dashboards.by_name[name]
    if missing:
        raise ApiRefusal("ResourceNotFound", f"Dashboard {missing[0]} does not exist", status=404)
    return {}
