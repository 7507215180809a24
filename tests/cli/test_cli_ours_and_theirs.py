"""A platform in an account full of other people's things: what it takes, what it asks for, what it lets go of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]

GROUP = "/ecs/order-service-dev"
ADDRESS = f"log_group.{GROUP}"


def given_a_strangers_group(aws: Aws) -> None:
    """A group of our name with a tag of theirs, and in it a filter of our name."""
    logs = aws("logs")
    logs.create_log_group(logGroupName=GROUP, tags={"Owner": "orders"})
    logs.put_metric_filter(
        logGroupName=GROUP,
        filterName="order-service-errors-dev",
        filterPattern="theirs",
        metricTransformations=[{"metricNamespace": "Theirs", "metricName": "errors", "metricValue": "1"}],
    )


def pattern_of(aws: Aws) -> str:
    (found,) = aws("logs").describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    return str(found["filterPattern"])


def test_a_teardown_leaves_what_is_not_ours(cli: Cli, control: Control, aws: Aws) -> None:
    given_a_strangers_group(aws)
    control.clear()
    cli.ok("teardown", "--yes")
    assert control.writes() == []
    assert pattern_of(aws) == "theirs"


def test_what_is_not_ours_refuses_the_plan_until_it_is_named(cli: Cli, control: Control, aws: Aws) -> None:
    given_a_strangers_group(aws)
    control.clear()
    plan = cli("plan")
    assert plan.code == 1
    assert f"--adopt {ADDRESS}" in plan.out
    document = cli("plan", "--json")
    assert document.code == 1
    assert len(document.json()["refusals"]) == 2, "the group, and the filter in it"
    assert cli("apply", "--yes").code == 1
    assert cli("apply", "--dry-run").code == 1
    assert control.writes() == []
    assert cli("apply", "--yes", "--adopt", "sqs_queue.alarm-dlq-dev").code == 1
    assert cli("apply", "--yes", "--adopt", "log_group./nowhere").code == 64
    child = "metric_filter.order-service-errors-dev"
    cli.ok("apply", "--yes", "--adopt", ADDRESS, "--adopt", child)
    assert aws("logs").list_tags_for_resource(resourceArn=arn(aws))["tags"]["Owner"] == "orders"
    assert cli.pending() == {}


def arn(aws: Aws) -> str:
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return str(group["logGroupArn"])


def test_a_saved_plan_carries_the_consent(cli: Cli, aws: Aws, tmp_path: Path) -> None:
    given_a_strangers_group(aws)
    saved = str(tmp_path / "plan.json")
    cli.ok("plan", "--adopt", "--out", saved)
    assert json.loads(Path(saved).read_text())["consent"]["adopt"] == "all"
    cli.ok("apply", saved)
    assert cli.pending() == {}


def test_what_was_adopted_is_let_go_of(cli: Cli, aws: Aws) -> None:
    given_a_strangers_group(aws)
    cli.ok("apply", "--yes", "--adopt")
    assert "to release" in cli.ok("teardown", "--yes").out
    assert aws("logs").list_tags_for_resource(resourceArn=arn(aws))["tags"] == {"Owner": "orders"}


def test_release_leaves_the_thing_and_takes_our_marks(cli: Cli, control: Control, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    control.clear()
    assert cli("release", "--yes").code == 64
    assert cli("release", ADDRESS).code == 64, "nobody is there to ask"
    assert cli("release", "--yes", "log_group./nowhere").code == 64
    assert control.writes() == []
    cli.ok("release", "--yes", ADDRESS)
    assert sorted(control.writes()) == ["logs:DeleteMetricFilter", "logs:UntagResource"]
    assert not aws("logs").list_tags_for_resource(resourceArn=arn(aws))["tags"]
    assert cli("plan", "--json").json()["summary"]["adopt"] == 1


def test_a_service_that_vanished_from_the_file_takes_no_events_along(
    cli: Cli, control: Control, sample: Sample
) -> None:
    cli.ok("apply", "--yes")
    control.clear()
    sample.remove_service("order-service")
    refused = cli("apply", "--yes")
    assert refused.code == 1
    assert f"--allow-data-loss {ADDRESS}" in refused.err
    assert control.writes() == []
    cli.ok("apply", "--yes", "--allow-data-loss", ADDRESS)
    assert cli.pending() == {}


def test_somebody_who_raises_a_retention_stops_no_nightly_run(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    aws("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=365)
    assert cli.pending() == {}
    held = cli.ok("apply", "--yes")
    assert "spared" in held.out
    assert cli("drift").code == 2
    (loss,) = cli.plan()["data_loss"]
    assert (loss["address"], loss["field"], loss["agreed"]) == (ADDRESS, "retention_days", False)


def test_a_protected_environment_is_not_torn_down(cli: Cli, control: Control) -> None:
    cli.ok("apply", "--yes", "--env", "prod")
    control.clear()
    refused = cli("teardown", "--yes", "--env", "prod", "--allow-data-loss")
    assert refused.code == 1
    assert "protected = true" in refused.err
    assert control.writes() == []


def test_a_cluster_in_use_stays_and_the_rest_goes(cli: Cli, control: Control, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (cluster,) = aws("ecs").list_clusters()["clusterArns"]
    control.request("POST", "clusters", cluster=cluster, activeServicesCount=2, runningTasksCount=3)
    control.clear()
    said = "in it are 2 active services, 3 running tasks"
    assert said in cli.ok("teardown", "--dry-run").out
    assert control.writes() == [], "it is said before anything is removed"
    assert said in cli.ok("teardown", "--yes").out
    assert "ecs:DeleteCluster" not in control.writes()
    assert aws("ecs").list_clusters()["clusterArns"] == [cluster]
    assert aws("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert aws("logs").describe_log_groups()["logGroups"] == []
    control.request("POST", "clusters", cluster=cluster, activeServicesCount=0, runningTasksCount=0)
    cli.ok("teardown", "--yes")
    assert aws("ecs").list_clusters()["clusterArns"] == []


def test_validate_warns_of_a_production_that_anybody_may_tear_down(cli: Cli, sample: Sample) -> None:
    assert "not protected" not in cli.ok("validate").out
    sample.edit(r"^protected = true.*$", "")
    assert "the environment prod is not protected" in cli.ok("validate").out


def test_the_mark_of_another_tool_is_told_with_what_it_will_do(cli: Cli, aws: Aws) -> None:
    aws("logs").create_log_group(logGroupName=GROUP, tags={"ManagedBy": "Terraform"})
    told = [note for note in cli("plan", "--json").json()["notes"] if note.startswith(f"Terraform manages {ADDRESS}")]
    assert len(told) == 1
    assert "undo" in told[0]
    assert told[0] in cli("plan").out
