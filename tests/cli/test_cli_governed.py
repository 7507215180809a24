"""Retention that a policy of the account decides about is told, and not fought."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.inventory import total
from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]

GROUP = "/ecs/order-service-dev"
DAY = 86_400
NOTE = (
    "log_group./ecs/order-service-dev: kept for 90 days by the account's policy central, whatever its own retention is"
)


@pytest.fixture
def govern(control: Control, aws: Aws) -> Callable[..., None]:
    """Have the account keep the events of ``/ecs/...`` for so many days, from now on."""

    def put(days: int | str = 90) -> None:
        document = {"retentionInDays": days, "enforcementMode": "RETROACTIVE"}
        aws("logs").put_account_policy(
            policyName="central", policyType="RETENTION_POLICY", policyDocument=json.dumps(document),
            selectionCriteria='LogGroupNamePrefix IN ["/ecs/"]',
        )  # fmt: skip
        control.request("POST", "time", advance_seconds=DAY + 60)

    return put


def let_go(aws: Aws) -> None:
    aws("logs").delete_account_policy(policyName="central", policyType="RETENTION_POLICY")


def retention(aws: Aws) -> object:
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    return group.get("retentionInDays")


def test_a_platform_that_stands(cli: Cli, aws: Aws, govern: Callable[..., None]) -> None:
    cli.ok("apply", "--yes")
    govern()
    assert retention(aws) == 90
    for command in (["plan"], ["drift"], ["status"]):
        assert f"note: {NOTE}" in cli.ok(*command).out.splitlines()
        assert NOTE in cli.ok(*command, "--json").json()["notes"]
    assert cli.pending() == {}
    assert cli.apply() == []
    assert "No drift." in cli.ok("drift").out
    said = cli.ok("status", "--json").json()["aws_also_says"]
    assert [item["member"] for item in said] == ["RETENTION_POLICY central"]
    let_go(aws)
    assert retention(aws) == 30
    assert cli.pending() == {}
    assert "central" not in cli.ok("plan").out


def test_a_platform_that_is_made_under_it(cli: Cli, control: Control, aws: Aws, govern: Callable[..., None]) -> None:
    govern()
    done = cli.ok("apply", "--yes")
    assert f"{total()} of {total()} changes; they are as declared" in done.said
    assert control.calls().count("logs:DescribeLogGroups") == 2, "read once before and once after, with no need to wait"
    assert cli.pending() == {}
    let_go(aws)
    assert retention(aws) == 30, "AWS has kept what we asked for"
    assert cli.pending() == {}


def test_another_retention_declared_meanwhile_is_made_when_it_counts(
    cli: Cli, sample: Sample, aws: Aws, govern: Callable[..., None]
) -> None:
    cli.ok("apply", "--yes")
    govern("NEVER_EXPIRE")
    assert retention(aws) is None
    sample.edit(r"^retention_days = 30 ", "retention_days = 60 ")
    changes = cli.plan()["changes"]
    assert not [change for change in changes if change["address"] == f"log_group.{GROUP}"]
    assert "log_group./ecs/order-service-dev: kept for ever by the account's policy central" in cli.ok("plan").out
    cli.ok("apply", "--yes")
    let_go(aws)
    assert cli.pending()[f"log_group.{GROUP}"] == "update"
    cli.ok("apply", "--yes")
    assert retention(aws) == 60
    assert cli.pending() == {}


def test_a_group_that_its_first_writer_made_is_taken_all_the_same(
    cli: Cli, aws: Aws, govern: Callable[..., None]
) -> None:
    aws("logs").create_log_group(logGroupName=GROUP)
    govern()
    plan = cli.plan()
    (change,) = [change for change in plan["changes"] if change["address"] == f"log_group.{GROUP}"]
    assert (change["action"], plan["refusals"]) == ("adopt", [])
    cli.ok("apply", "--yes")
    assert cli.pending() == {}


def test_what_would_be_lost_is_told_with_the_days_that_count(cli: Cli, aws: Aws, govern: Callable[..., None]) -> None:
    cli.ok("apply", "--yes")
    govern()
    assert "kept for 90 days" in cli.ok("teardown", "--dry-run").out
