"""ECS clusters. moto resets a cluster that is created again, and lists those that were deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from provisioner.emulator.core import tags
from provisioner.emulator.core.call import Answer, Api, ApiCall, Params, Refusal
from provisioner.emulator.core.paging import page
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.service import EmulatedService
from provisioner.emulator.core.world import Memory

api = Api()

ECS = EmulatedService(name="ecs", apis=(api,), malformed="InvalidParameterException", warm_up=("ListClusters", {}))

_INSIGHTS = ("enabled", "disabled", "enhanced")
_PROVIDERS = ("FARGATE", "FARGATE_SPOT")
_PAGE = 100
_INCLUDED = {"SETTINGS": "settings", "TAGS": "tags", "CONFIGURATIONS": "configuration", "STATISTICS": "statistics"}


@dataclass
class Cluster:
    """A cluster. A deleted one stays, INACTIVE, until one of its name is created."""

    name: str
    arn: str
    settings: dict[str, str]
    configuration: Params | None = None
    providers: list[str] = field(default_factory=list)
    strategy: list[Params] = field(default_factory=list)
    connect: Params | None = None
    tags: dict[str, str] = field(default_factory=dict)
    status: str = "ACTIVE"

    def shown(self) -> dict[str, Any]:
        """A ``Cluster``, complete."""
        return {
            "clusterArn": self.arn,
            "clusterName": self.name,
            "status": self.status,
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": 0,
            "pendingTasksCount": 0,
            "activeServicesCount": 0,
            "statistics": [],
            "tags": tags.to_list(self.tags, "key", "value"),
            "settings": tags.to_list(self.settings, "name", "value"),
            "configuration": self.configuration,
            "capacityProviders": self.providers,
            "defaultCapacityProviderStrategy": self.strategy,
            "serviceConnectDefaults": self.connect,
        }


class Clusters(Memory):
    """A place's clusters by name."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_name: dict[str, Cluster] = {}

    def tags_by_arn(self) -> dict[str, dict[str, str]]:
        return {item.arn: item.tags for item in self.by_name.values() if item.status == "ACTIVE"}

    def find(self, name_or_arn: str) -> Cluster | None:
        """The cluster of a name or ARN, deleted ones included."""
        return self.by_name.get(name_or_arn.removeprefix(self.place.arn("ecs", "cluster/")))

    def active(self, name_or_arn: str) -> Cluster:
        """The cluster of a name or ARN that is not deleted."""
        cluster = self.find(name_or_arn)
        if cluster is None or cluster.status != "ACTIVE":
            raise Refusal("ClusterNotFoundException", "Cluster not found.")
        return cluster

    def tagged(self, arn: str) -> Cluster:
        """The cluster that a tagging call names."""
        cluster = self.find(arn)
        if cluster is not None and cluster.status != "ACTIVE":
            raise _invalid("The specified cluster is inactive. Specify an active cluster and try again.")
        return self.active(arn)


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidParameterException", message)


def _settings(params: Params) -> dict[str, str]:
    found = tags.from_list(params.get("settings"), "name", "value")
    for name, value in found.items():
        if name != "containerInsights" or value not in _INSIGHTS:
            raise _invalid(
                f"Invalid setting value: {name}={value}. Valid values for containerInsights are {_INSIGHTS}."
            )
    return found


def _providers(params: Params) -> list[str]:
    found: list[str] = params.get("capacityProviders", [])
    strategy = [item["capacityProvider"] for item in params.get("defaultCapacityProviderStrategy", ())]
    if unknown := [name for name in found if name not in _PROVIDERS]:
        raise _invalid(f"The specified capacity provider {unknown[0]} was not found.")
    if foreign := [name for name in strategy if name not in found]:
        raise _invalid(f"The capacity provider {foreign[0]} of the strategy is not associated with the cluster.")
    return found


def _merged(existing: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    code = "InvalidParameterException"
    return tags.merged(existing, new, reserved=code, too_many=code)


@api.operation("CreateCluster")
def create_cluster(call: ApiCall) -> Answer:
    clusters, params = call.store(Clusters), call.params
    name = params.get("clusterName", "default")
    wanted = Cluster(
        name,
        clusters.place.arn("ecs", f"cluster/{name}"),
        {"containerInsights": "disabled", **_settings(params)},
        params.get("configuration"),
        _providers(params),
        params.get("defaultCapacityProviderStrategy", []),
        params.get("serviceConnectDefaults"),
        _merged({}, tags.from_list(params.get("tags"), "key", "value")),
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
def describe_clusters(call: ApiCall) -> Answer:
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
def list_clusters(call: ApiCall) -> Answer:
    shown, more = page(
        (cluster.arn for cluster in call.store(Clusters).by_name.values() if cluster.status == "ACTIVE"),
        str,
        token=call.params.get("nextToken"),
        size=min(call.params.get("maxResults", _PAGE), _PAGE),
        bad_token=_invalid("Invalid token."),
    )
    return {"clusterArns": shown, "nextToken": more}


@api.operation("UpdateCluster", "UpdateClusterSettings")
def update_cluster(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).active(call.params["cluster"])
    cluster.settings = {**cluster.settings, **_settings(call.params)}
    cluster.configuration = call.params.get("configuration", cluster.configuration)
    cluster.connect = call.params.get("serviceConnectDefaults", cluster.connect)
    return {"cluster": cluster.shown()}


@api.operation("PutClusterCapacityProviders")
def put_capacity_providers(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).active(call.params["cluster"])
    cluster.providers = _providers(call.params)
    cluster.strategy = call.params["defaultCapacityProviderStrategy"]
    return {"cluster": cluster.shown()}


@api.operation("DeleteCluster")
def delete_cluster(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).find(call.params["cluster"])
    if cluster is None:
        raise Refusal("ClusterNotFoundException", "Cluster not found.")
    cluster.status, cluster.tags = "INACTIVE", {}
    return {"cluster": cluster.shown()}


@api.operation("TagResource")
def tag_resource(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).tagged(call.params["resourceArn"])
    cluster.tags = _merged(cluster.tags, tags.from_list(call.params["tags"], "key", "value"))
    return {}


@api.operation("UntagResource")
def untag_resource(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).tagged(call.params["resourceArn"])
    cluster.tags = tags.without(cluster.tags, call.params["tagKeys"])
    return {}


@api.operation("ListTagsForResource")
def list_tags_for_resource(call: ApiCall) -> Answer:
    cluster = call.store(Clusters).tagged(call.params["resourceArn"])
    return {"tags": tags.to_list(cluster.tags, "key", "value")}
