"""Runs in an AWS that throttles, loses answers and fails: they end well by themselves, and make nothing twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.inventory import keys, standing, total
from tests.cli.running import Cli, Control

Aws = Callable[[str], Any]

TEARDOWN = [
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DeleteDashboards",
    "ecs:DeleteCluster",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "kms:DeleteAlias",
    "kms:ScheduleKeyDeletion",
    "lambda:DeleteFunction",
    "logs:DeleteLogGroup",
    "logs:DeleteMetricFilter",
    "sns:DeleteTopic",
    "sns:Unsubscribe",
    "sqs:DeleteQueue",
    "xray:DeleteSamplingRule",
]


def assert_made_once(cli: Cli, aws: Aws) -> None:
    assert list(keys(aws("kms")).values()) == ["Enabled"]
    assert cli.pending() == {}


@pytest.mark.parametrize(
    "how",
    [{"drop_connection": True}, {"code": "InternalFailure", "status": 500, "after_effect": True}],
    ids=["lost", "500"],
)
def test_the_first_answer_of_each_writing_operation(cli: Cli, control: Control, aws: Aws, how: dict[str, Any]) -> None:
    armed = {call for change in cli.plan()["changes"] for call in change["calls"]} | set(TEARDOWN)
    for call in sorted(armed):
        control.fault(*call.split(":"), **how)
    assert set(cli.apply()) <= armed
    assert_made_once(cli, aws)
    control.clear()
    cli.ok("teardown", "--yes")
    assert set(control.writes()) <= armed
    assert standing(aws) == {}


def test_a_bad_day(cli: Cli, control: Control, aws: Aws) -> None:
    control.request("POST", "settings", throttled_share=0.3, lost_share=0.05, failed_share=0.02, fault_seed=1)
    cli.ok("apply", "--yes")
    cli.ok("teardown", "--yes")
    control.request("POST", "settings", throttled_share=0, lost_share=0, failed_share=0)
    assert list(keys(aws("kms")).values()) == ["PendingDeletion"]
    assert standing(aws) == {}


def test_while_a_function_becomes_active(cli: Cli, control: Control, aws: Aws) -> None:
    control.request("POST", "settings", lambda_create_delay=1)
    control.fault("lambda", "GetFunction", drop_connection=True, skip=2)
    control.fault("lambda", "GetFunction", code="ServiceException", status=500, skip=1, times=2)
    control.fault("lambda", "GetFunction", code="TooManyRequestsException", status=429, times=2)
    cli.ok("apply", "--yes")
    assert_made_once(cli, aws)


def test_where_what_changed_cannot_be_read_back_it_is_told_what_was_done(cli: Cli, control: Control) -> None:
    control.fault("cloudwatch", "GetDashboard", code="AccessDenied", status=403, skip=1, times=None)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert "GetDashboard failed: AccessDenied" in run.err
    assert f"{total()} of {total()} changes are applied and recorded" in run.err
    control.heal()
    assert cli.pending() == {}


def test_where_the_lock_was_taken_away_it_is_told_what_was_done(cli: Cli, control: Control) -> None:
    control.fault("sqs", "CreateQueue", delay_seconds=1.5)
    with cli.start("apply", "--yes") as process:
        control.wait_for(lambda made: "kms:CreateKey" in made, "the key")
        cli.ok("state", "unlock")
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "another run has taken over" in said
    assert re.search(rf"\d+ of {total()} changes are applied in AWS, and may not all be on record", said), said
    cli.ok("apply", "--yes")
    assert cli.pending() == {}
