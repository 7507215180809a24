"""ECS clusters. moto resets a cluster that is created again, and lists those that were deleted.

There are no services, tasks and instances here, only their numbers, which the control API sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, refusing
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.core.tags import Tagging
from provisioner.emulator.core.world import EmulatedWorld, Memory

if TYPE_CHECKING:
    from types_boto3_ecs import type_defs as aws

api = Api()

_TAGGING = Tagging("InvalidParameterException", "InvalidParameterException", members=("key", "value"))
_invalid = refusing("InvalidParameterException")
_INSIGHTS = ("enabled", "disabled", "enhanced")
_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
_PAGE = 100
_INCLUDED = {"SETTINGS": "settings", "TAGS": "tags", "CONFIGURATIONS": "configuration", "STATISTICS": "statistics"}
_IN_USE = {
    "registeredContainerInstancesCount": (
        "ClusterContainsContainerInstancesException",
        "The Cluster cannot be deleted while Container Instances are active or draining.",
    ),
    "activeServicesCount": (
        "ClusterContainsServicesException",
        "The Cluster cannot be deleted while Services are active.",
    ),
    "runningTasksCount": ("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."),
    "pendingTasksCount": ("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."),
}
"""What is counted in a cluster, and the refusal to delete one where it is not 0. In which order they are looked at is
believed.
"""


@dataclass
class ClusterFacts:
    """A cluster. A deleted one stays, INACTIVE, until one of its name is created."""

    name: str
    arn: str
    settings: dict[str, str]
    configuration: aws.ClusterConfigurationTypeDef | None = None
    providers: Sequence[str] = ()
    strategy: Sequence[aws.CapacityProviderStrategyItemTypeDef] = ()
    connect: aws.ClusterServiceConnectDefaultsRequestTypeDef | None = None
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "ACTIVE"
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_IN_USE, 0))

    def shown(self) -> dict[str, object]:
        """A ``Cluster``, complete."""
        return {
            "clusterArn": self.arn,
            "clusterName": self.name,
            "status": self.status,
            **self.counts,
            "statistics": [],
            "tags": _TAGGING.shown(self.tags),
            "settings": [{"name": name, "value": value} for name, value in self.settings.items()],
            "configuration": self.configuration,
            "capacityProviders": list(self.providers),
            "defaultCapacityProviderStrategy": list(self.strategy),
            "serviceConnectDefaults": self.connect,
        }


class Clusters(Memory):
    """A place's clusters by name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, ClusterFacts] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {item.arn: item.tags for item in self.by_name.values() if item.status == "ACTIVE"}

    def find(self, name_or_arn: str) -> ClusterFacts | None:
        """The cluster of a name or ARN, deleted ones included."""
        return self.by_name.get(name_or_arn.removeprefix(self.place.arn("ecs", "cluster/")))

    def active(self, name_or_arn: str) -> ClusterFacts:
        """The cluster of a name or ARN that is not deleted."""
        cluster = self.find(name_or_arn)
        if cluster is None or cluster.status != "ACTIVE":
            raise ApiRefusal("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def tagged(self, arn: str) -> ClusterFacts:
        """The cluster that a tagging call names."""
        cluster = self.find(arn)
        if cluster is not None and cluster.status != "ACTIVE":
            raise _invalid("The specified cluster is inactive. Specify an active cluster and try again.")
        return self.active(arn)


def _settings(given: Iterable[aws.ClusterSettingTypeDef]) -> dict[str, str]:
    found = {str(item.get("name")): item.get("value", "") for item in given}
    for name, value in found.items():
        if name != "containerInsights" or value not in _INSIGHTS:
            raise _invalid(
                f"Invalid setting value: {name}={value}. Valid values for containerInsights are {_INSIGHTS}."
            )
    return found


def _check_providers(providers: Sequence[str], strategy: Iterable[aws.CapacityProviderStrategyItemTypeDef]) -> None:
    if unknown := [name for name in providers if name not in _PROVIDERS]:
        raise _invalid(f"The specified capacity provider {unknown[0]} was not found.")
    if foreign := [item["capacityProvider"] for item in strategy if item["capacityProvider"] not in providers]:
        raise _invalid(f"The capacity provider {foreign[0]} of the strategy is not associated with the cluster.")


@api.operation("CreateCluster")
def create_cluster(call: ApiCall[aws.CreateClusterRequestTypeDef]) -> Answer:
    clusters, params = call.store(Clusters), call.params
    name = params.get("clusterName", "default")
    providers, strategy = params.get("capacityProviders", []), params.get("defaultCapacityProviderStrategy", [])
    settings = _settings(params.get("settings", ()))
    _check_providers(providers, strategy)
    wanted = ClusterFacts(
        name,
        clusters.place.arn("ecs", f"cluster/{name}"),
        {"containerInsights": "disabled", **settings},
        params.get("configuration"),
        providers,
        strategy,
        params.get("serviceConnectDefaults"),
        _TAGGING.merged({}, params.get("tags")),
    )
    existing = clusters.by_name.get(name)
    if existing is not None and existing.status == "ACTIVE":
        before, after = existing.shown(), wanted.shown()
        if any(before[member] != after[member] for member in params if member in before):
            # Believed: reports show this error, the API reference does not mention it.
            raise _invalid(
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
            )
        return {"cluster": before}
    clusters.by_name[name] = wanted
    return {"cluster": wanted.shown()}


@api.operation("DescribeClusters")
def describe_clusters(call: ApiCall[aws.DescribeClustersRequestTypeDef]) -> Answer:
    clusters, params = call.store(Clusters), call.params
    hidden = {member for key, member in _INCLUDED.items() if key not in params.get("include", ())}
    found, failures = [], []
    for name in params.get("clusters", ["default"]):
        cluster = clusters.find(name)
        if cluster is None:
            arn = name if name.startswith("arn:") else clusters.place.arn("ecs", f"cluster/{name}")
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        # Documented: without `include` these are left out; the lists among them are shown empty.
        shown = cluster.shown()
        found.append(
            {key: ([] if isinstance(value, list) else None) if key in hidden else value for key, value in shown.items()}
        )
    return {"clusters": found, "failures": failures}


@api.operation("ListClusters")
def list_clusters(call: ApiCall[aws.ListClustersRequestTypeDef]) -> Answer:
    shown, more = page(
        (cluster.arn for cluster in call.store(Clusters).by_name.values() if cluster.status == "ACTIVE"),
        str,
        token=call.params.get("nextToken"),
        size=min(call.params.get("maxResults", _PAGE), _PAGE),
        bad_token=_invalid("Invalid token."),
    )
    return {"clusterArns": shown, "nextToken": more}


@api.operation("UpdateCluster", "UpdateClusterSettings")
def update_cluster(call: ApiCall[aws.UpdateClusterRequestTypeDef]) -> Answer:
    cluster = call.store(Clusters).active(call.params["cluster"])
    cluster.settings = {**cluster.settings, **_settings(call.params.get("settings", ()))}
    cluster.configuration = call.params.get("configuration", cluster.configuration)
    cluster.connect = call.params.get("serviceConnectDefaults", cluster.connect)
    return {"cluster": cluster.shown()}


@api.operation("PutClusterCapacityProviders")
def put_capacity_providers(call: ApiCall[aws.PutClusterCapacityProvidersRequestTypeDef]) -> Answer:
    cluster = call.store(Clusters).active(call.params["cluster"])
    providers, strategy = call.params["capacityProviders"], call.params["defaultCapacityProviderStrategy"]
    _check_providers(providers, strategy)
    cluster.providers, cluster.strategy = providers, strategy
    return {"cluster": cluster.shown()}


@api.operation("DeleteCluster")
def delete_cluster(call: ApiCall[aws.DeleteClusterRequestTypeDef]) -> Answer:
    cluster = call.store(Clusters).find(call.params["cluster"])
    if cluster is None:
        raise ApiRefusal("ClusterNotFoundException", "Cluster not found.")
    for name, (code, message) in _IN_USE.items():
        if cluster.counts[name]:
            raise ApiRefusal(code, message)
    cluster.status, cluster.tags = "INACTIVE", {}
    return {"cluster": cluster.shown()}


def _tagged(call: AnyCall, arn: str) -> ClusterFacts:
    return call.store(Clusters).tagged(arn)


_TAGGING.register(api, "resourceArn", _tagged)


def fill(world: EmulatedWorld, body: Mapping[str, Any]) -> dict[str, int]:
    """What others start and stop in the ``cluster`` of an ARN: the numbers that DescribeClusters shows, by its names.

    Returns them all. Raises ApiRefusal where there is no such cluster, ValueError for a number that ECS does not show.
    """
    _, _, _, region, account, _ = body["cluster"].split(":")
    cluster = world.store(Clusters, Place(account, region)).active(body["cluster"])
    counts = {name: int(value) for name, value in body.items() if name != "cluster"}
    if unknown := sorted(counts.keys() - _IN_USE.keys()):
        raise ValueError(f"ECS does not count {unknown[0]} in a cluster")
    cluster.counts.update(counts)
    return cluster.counts


ECS = EmulatedService(
    name="ecs",
    apis=(api,),
    malformed="InvalidParameterException",
    warm_up=("ListClusters", {}),
    controls={"clusters": fill},
)
