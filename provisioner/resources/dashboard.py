"""A dashboard. Its ARN has no Region: dashboards are global, and their names with them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document, canonical_json, parse_json, to_json
from provisioner.aws.tags import tag_list
from provisioner.engine.model import Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps
from provisioner.resources.shared.alarms import read_tags, retag_alarm

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import GetDashboardOutputTypeDef


_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True, kw_only=True)
class Dashboard(Resource):
    """A dashboard; ``body`` is in CloudWatch's dashboard structure."""

    kind: ClassVar[str] = "dashboard"
    identity = ("arn",)
    stands_on = ("body",)  # alarms by ARN, log groups in its queries: it must never show what is gone
    naming = Naming("dashboard", r"[A-Za-z0-9_-]+", "letters, digits, - and _", 255)
    arn = Output()
    body: Document = attr(normal=canonical_json)
    tags: dict[str, str] = attr({})

    def mentions(self) -> Iterator[str]:
        for text in super().mentions():
            yield text
            yield from _QUOTED.findall(text)


_MEMBERS = Members("cloudwatch", "GetDashboardOutput", read="DashboardBody", idle="DashboardName DashboardArn")


class DashboardReconciler(Reconciler[Dashboard]):
    resource = Dashboard
    service = "cloudwatch"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[Dashboard]], memo: Memo) -> dict[Address, Live[Dashboard]]:
        lives = self.world.each(lambda item: self._read_one(item, memo), sought)
        return {item.address: live for item, live in zip(sought, lives, strict=True) if live}

    def _read_one(self, item: Sought[Dashboard], memo: Memo) -> Live[Dashboard] | None:
        answer: GetDashboardOutputTypeDef | None = self.world.find(
            "cloudwatch", "GetDashboard", DashboardName=item.address.name
        )
        if answer is None:
            return None
        dashboard_arn = self._arn(item.address.name)
        resource = Dashboard(
            name=item.address.name,
            body=parse_json(answer.get("DashboardBody")),
            tags=memo.tags(dashboard_arn, item, lambda: read_tags(self.world, dashboard_arn)),
        )
        return Live(resource, {"arn": dashboard_arn}, unread=_MEMBERS.unread(answer))

    def create(self, want: Dashboard) -> Steps:
        yield self.call(
            "PutDashboard", DashboardName=want.name, DashboardBody=to_json(want.body), Tags=tag_list(want.tags)
        )

    def update(self, want: Dashboard, live: Live[Dashboard], changed: frozenset[str]) -> Steps:
        if "body" in changed:
            yield self.call("PutDashboard", DashboardName=want.name, DashboardBody=to_json(want.body))
        if "tags" in changed:
            yield from retag_alarm(live.outputs["arn"], want.tags, live.resource.tags)

    def delete(self, live: Live[Dashboard]) -> Steps:
        yield self.call("DeleteDashboards", DashboardNames=[live.resource.name])

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "cloudwatch", "dashboard/", region="")

    def predict(self, want: Dashboard) -> dict[str, str]:
        return {"name": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "cloudwatch", f"dashboard/{name}", region="")
