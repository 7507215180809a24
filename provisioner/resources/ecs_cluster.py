"""An ECS cluster.

Without ``include`` AWS leaves out settings, configuration and tags, which looks like drift. A deleted cluster can be
described for a while as INACTIVE, and a missing one is no error but an entry among ``failures``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from provisioner.aws.arns import arn, name_in
from provisioner.aws.members import Members
from provisioner.aws.policies import Document
from provisioner.aws.tags import retag, tag_list, tag_map
from provisioner.engine.model import UNSEEN, Address, Naming, Output, Resource, attr
from provisioner.engine.reconciler import Live, Memo, Reconciler, Sought
from provisioner.engine.steps import Steps

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        CapacityProviderStrategyItemTypeDef,
        ClusterConfigurationTypeDef,
        ClusterTypeDef,
        DescribeClustersResponseTypeDef,
    )


def _configuration(value: ClusterConfigurationTypeDef) -> Document:
    """Without what AWS fills in by itself: empty parts, and the default logging of ECS Exec."""
    execute = {k: v for k, v in (value.get("executeCommandConfiguration") or {}).items() if v}
    if execute.get("logging") == "DEFAULT":
        del execute["logging"]
    storage = {k: v for k, v in (value.get("managedStorageConfiguration") or {}).items() if v}
    parts = {"executeCommandConfiguration": execute, "managedStorageConfiguration": storage}
    return {key: part for key, part in parts.items() if part}


def _strategy(items: Sequence[CapacityProviderStrategyItemTypeDef]) -> list[CapacityProviderStrategyItemTypeDef]:
    full: list[CapacityProviderStrategyItemTypeDef] = [{"base": 0, "weight": 0, **item} for item in items]
    return sorted(full, key=lambda item: item["capacityProvider"])


_INSIGHTS = "containerInsights"
_INSIDE = {
    "activeServicesCount": "active services",
    "runningTasksCount": "running tasks",
    "pendingTasksCount": "pending tasks",
    "registeredContainerInstancesCount": "container instances",
}
"""What ECS counts in a cluster; it deletes none that is not empty."""


@dataclass(frozen=True, kw_only=True)
class EcsCluster(Resource):
    """A cluster; services and tasks in it are their owners'."""

    kind: ClassVar[str] = "ecs_cluster"
    identity = ("arn",)
    naming = Naming(
        "cluster",
        r"[A-Za-z][A-Za-z0-9_-]*",
        "letters, digits, - and _, a letter first",
        255,
        dimensions=("ClusterName",),
    )
    arn = Output()
    cluster = Output()
    insights: str = attr("disabled")
    configuration: ClusterConfigurationTypeDef = attr({}, normal=_configuration)
    service_connect: str = attr("")
    capacity_providers: list[str] = attr([], normal=sorted)
    default_strategy: list[CapacityProviderStrategyItemTypeDef] = attr([], normal=_strategy)
    tags: dict[str, str] = attr({})


_MEMBERS = Members(
    "ecs",
    "Cluster",
    read="clusterArn clusterName status settings.name settings.value configuration.executeCommandConfiguration "
    "configuration.managedStorageConfiguration serviceConnectDefaults.namespace capacityProviders "
    f"defaultCapacityProviderStrategy tags {' '.join(_INSIDE)}",
    idle="statistics attachments attachmentsStatus",  # what ECS has put up for a capacity provider
)


class EcsClusterReconciler(Reconciler[EcsCluster]):
    resource = EcsCluster
    service = "ecs"
    answers = (_MEMBERS,)

    def read(self, sought: Sequence[Sought[EcsCluster]], memo: Memo) -> dict[Address, Live[EcsCluster]]:
        by_name = {item.address.name: item for item in sought}
        answer: DescribeClustersResponseTypeDef = self.world.ask(
            "ecs", "DescribeClusters", clusters=list(by_name), include=["TAGS", "SETTINGS", "CONFIGURATIONS"]
        )
        lives = [self._live(cluster) for cluster in answer.get("clusters", ()) if cluster.get("status") != "INACTIVE"]
        return {live.resource.address: live for live in lives if live.resource.name in by_name}

    def _live(self, cluster: ClusterTypeDef) -> Live[EcsCluster]:
        name = cluster.get("clusterName", "")
        settings = {str(item.get("name")): item.get("value") for item in cluster.get("settings") or ()}
        resource = EcsCluster(
            name=name,
            # For weeks in 2021 AWS sent no settings at all: that says nothing about their values.
            insights=settings.get(_INSIGHTS) or UNSEEN,
            configuration=cluster.get("configuration") or {},
            service_connect=(cluster.get("serviceConnectDefaults") or {}).get("namespace", ""),
            capacity_providers=cluster.get("capacityProviders") or [],
            default_strategy=cluster.get("defaultCapacityProviderStrategy") or [],
            tags=tag_map(cluster.get("tags") or (), "key", "value"),
        )
        counts: Mapping[str, object] = cluster
        inside = {what: counts[key] for key, what in _INSIDE.items() if counts.get(key)}
        outputs = {"arn": cluster.get("clusterArn") or self._arn(name), "cluster": name}
        others = {f"settings.{setting}": value for setting, value in settings.items() if setting != _INSIGHTS}
        return Live(resource, outputs, {"inside": inside}, unread={**_MEMBERS.unread(cluster), **others})

    def obstacles(self, going: Sequence[Live[EcsCluster]], memo: Memo) -> dict[Address, str]:
        return {
            live.resource.address: f"in it are {', '.join(f'{count} {what}' for what, count in inside.items())}"
            for live in going
            if (inside := live.facts["inside"])
        }

    def create(self, want: EcsCluster) -> Steps:
        yield self.call(
            "CreateCluster",
            clusterName=want.name,
            settings=_settings(want),
            configuration=want.configuration or None,
            serviceConnectDefaults={"namespace": want.service_connect} if want.service_connect else None,
            capacityProviders=want.capacity_providers or None,
            defaultCapacityProviderStrategy=want.default_strategy or None,
            tags=_tag_list(want.tags),
        )

    def update(self, want: EcsCluster, live: Live[EcsCluster], changed: frozenset[str]) -> Steps:
        if changed & {"insights", "configuration", "service_connect"}:
            namespace = {"namespace": want.service_connect}
            empty: Document = {"executeCommandConfiguration": {}}
            yield self.call(
                "UpdateCluster",
                cluster=want.name,
                settings=_settings(want) if "insights" in changed else None,
                configuration=(want.configuration or empty) if "configuration" in changed else None,
                serviceConnectDefaults=namespace if "service_connect" in changed else None,
            )
        if changed & {"capacity_providers", "default_strategy"}:  # always both: the call replaces the two lists whole
            yield self.call(
                "PutClusterCapacityProviders",
                cluster=want.name,
                capacityProviders=want.capacity_providers,
                defaultCapacityProviderStrategy=want.default_strategy,
            )
        if "tags" in changed:
            yield from retag(
                want.tags,
                live.resource.tags,
                lambda keys: self.call("UntagResource", resourceArn=live.outputs["arn"], tagKeys=keys),
                lambda tags: self.call("TagResource", resourceArn=live.outputs["arn"], tags=_tag_list(tags)),
            )

    def delete(self, live: Live[EcsCluster]) -> Steps:
        yield self.call("DeleteCluster", cluster=live.resource.name)

    def name_of(self, arn: str) -> str | None:
        return name_in(self.scope, arn, "ecs", "cluster/")

    def predict(self, want: EcsCluster) -> dict[str, str]:
        return {"cluster": want.name, "arn": self._arn(want.name)}

    def _arn(self, name: str) -> str:
        return arn(self.scope, "ecs", f"cluster/{name}")


def _settings(want: EcsCluster) -> list[dict[str, str]]:
    return [{"name": _INSIGHTS, "value": want.insights}]


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return tag_list(tags, "key", "value")
