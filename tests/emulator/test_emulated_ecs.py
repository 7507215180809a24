"""ECS clusters."""

from __future__ import annotations

from typing import Any

import pytest

ARN = "arn:aws:ecs:us-east-1:123456789012:cluster/pay"
INSIGHTS = [{"name": "containerInsights", "value": "enabled"}]
TAGS = [{"key": "a", "value": "1"}]
EXEC = {"executeCommandConfiguration": {"logging": "DEFAULT"}}


@pytest.fixture
def ecs(client: Any) -> Any:
    return client("ecs")


@pytest.fixture
def cluster(ecs: Any) -> Any:
    return ecs.create_cluster(clusterName="pay", settings=INSIGHTS, tags=TAGS, configuration=EXEC)["cluster"]


def described(ecs: Any, *include: str) -> Any:
    return ecs.describe_clusters(clusters=["pay"], include=list(include))["clusters"][0]


def test_details_are_shown_only_when_asked_for(ecs: Any, cluster: Any) -> None:
    assert (cluster["settings"], cluster["tags"], cluster["configuration"]) == (INSIGHTS, TAGS, EXEC)
    bare = described(ecs)
    assert (bare["clusterArn"], bare["status"], bare["settings"], bare["tags"]) == (ARN, "ACTIVE", [], [])
    assert "configuration" not in bare
    full = described(ecs, "SETTINGS", "TAGS", "CONFIGURATIONS")
    assert (full["settings"], full["tags"], full["configuration"]) == (INSIGHTS, TAGS, EXEC)


def test_creating_a_cluster_again_does_not_reset_it(ecs: Any, cluster: Any, refused: Any) -> None:
    assert ecs.create_cluster(clusterName="pay")["cluster"] == cluster
    assert ecs.create_cluster(clusterName="pay", settings=INSIGHTS, tags=TAGS)["cluster"] == cluster
    with refused("InvalidParameterException", "inconsistent"):
        ecs.create_cluster(clusterName="pay", settings=[{"name": "containerInsights", "value": "disabled"}])
    assert described(ecs, "SETTINGS")["settings"] == INSIGHTS


def test_settings_are_updated(ecs: Any, cluster: Any, refused: Any) -> None:
    enhanced = [{"name": "containerInsights", "value": "enhanced"}]
    assert ecs.update_cluster_settings(cluster="pay", settings=enhanced)["cluster"]["settings"] == enhanced
    assert ecs.update_cluster(cluster=ARN, settings=INSIGHTS)["cluster"]["settings"] == INSIGHTS
    assert described(ecs, "CONFIGURATIONS")["configuration"] == EXEC
    for call in (ecs.update_cluster, ecs.update_cluster_settings):
        with refused("InvalidParameterException"):
            call(cluster="pay", settings=[{"name": "containerInsights", "value": "bogus"}])
        with refused("ClusterNotFoundException"):
            call(cluster="none", settings=INSIGHTS)
    with refused("InvalidParameterException"):
        ecs.create_cluster(clusterName="new", settings=[{"name": "insights", "value": "enabled"}])


def test_the_default_is_without_insights(ecs: Any) -> None:
    made = ecs.create_cluster()["cluster"]
    assert (made["clusterName"], made["settings"]) == ("default", [{"name": "containerInsights", "value": "disabled"}])


def test_a_deleted_cluster_is_inactive_and_can_be_made_again(ecs: Any, cluster: Any, refused: Any) -> None:
    assert ecs.list_clusters()["clusterArns"] == [ARN]
    assert ecs.delete_cluster(cluster="pay")["cluster"]["status"] == "INACTIVE"
    assert ecs.list_clusters()["clusterArns"] == []
    assert described(ecs)["status"] == "INACTIVE"
    with refused("InvalidParameterException", "The specified cluster is inactive"):
        ecs.list_tags_for_resource(resourceArn=ARN)
    with refused("ClusterNotFoundException"):
        ecs.update_cluster_settings(cluster="pay", settings=INSIGHTS)
    assert ecs.create_cluster(clusterName="pay")["cluster"]["status"] == "ACTIVE"
    found = described(ecs, "TAGS", "SETTINGS")
    assert (found["tags"], found["settings"][0]["value"]) == ([], "disabled")


def test_a_missing_cluster(ecs: Any, refused: Any) -> None:
    found = ecs.describe_clusters(clusters=["pay"])
    assert (found["clusters"], found["failures"]) == ([], [{"arn": ARN, "reason": "MISSING"}])
    with refused("ClusterNotFoundException"):
        ecs.delete_cluster(cluster="pay")


def test_tags(ecs: Any, cluster: Any, refused: Any) -> None:
    ecs.tag_resource(resourceArn=ARN, tags=[{"key": "b", "value": ""}])
    ecs.untag_resource(resourceArn=ARN, tagKeys=["a", "none"])
    assert ecs.list_tags_for_resource(resourceArn=ARN)["tags"] == [{"key": "b", "value": ""}]
    with refused("InvalidParameterException"):
        ecs.tag_resource(resourceArn=ARN, tags=[{"key": str(number), "value": ""} for number in range(50)])
    with refused("ClusterNotFoundException"):
        ecs.list_tags_for_resource(resourceArn=ARN + "x")


def test_capacity_providers_are_replaced(ecs: Any, cluster: Any, refused: Any) -> None:
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    given = {"capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": strategy}
    ecs.put_cluster_capacity_providers(cluster="pay", **given)
    assert given.items() <= described(ecs).items()
    ecs.put_cluster_capacity_providers(cluster="pay", capacityProviders=[], defaultCapacityProviderStrategy=[])
    assert described(ecs)["capacityProviders"] == []
    with refused("InvalidParameterException"):
        ecs.put_cluster_capacity_providers(
            cluster="pay", capacityProviders=["mine"], defaultCapacityProviderStrategy=[]
        )
    with refused("InvalidParameterException"):
        ecs.put_cluster_capacity_providers(
            cluster="pay", capacityProviders=[], defaultCapacityProviderStrategy=strategy
        )


def test_clusters_are_listed_in_pages(ecs: Any) -> None:
    for number in range(3):
        ecs.create_cluster(clusterName=f"c{number}")
    first = ecs.list_clusters(maxResults=2)
    rest = ecs.list_clusters(maxResults=2, nextToken=first["nextToken"])
    assert [arn.rpartition("/")[2] for arn in first["clusterArns"] + rest["clusterArns"]] == ["c0", "c1", "c2"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("activeServicesCount", "ClusterContainsServicesException"),
        ("runningTasksCount", "ClusterContainsTasksException"),
        ("pendingTasksCount", "ClusterContainsTasksException"),
        ("registeredContainerInstancesCount", "ClusterContainsContainerInstancesException"),
    ],
)
def test_a_cluster_in_use_is_not_deleted(
    ecs: Any, cluster: Any, control: Any, refused: Any, what: str, code: str
) -> None:
    control("POST", "clusters", cluster=ARN, **{what: 2})
    assert described(ecs)[what] == 2
    with refused(code):
        ecs.delete_cluster(cluster="pay")
    control("POST", "clusters", cluster=ARN, **{what: 0})
    ecs.delete_cluster(cluster="pay")


def test_only_what_ecs_counts_can_be_in_a_cluster(cluster: Any, control: Any) -> None:
    assert control("POST", "clusters", cluster=ARN, cats=2) == 400
    assert control("POST", "clusters", cluster=f"{ARN}-other", runningTasksCount=2) == 400
