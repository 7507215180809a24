"""teardown: never by accident, and then completely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.inventory import declared, keys, standing, total
from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]

TEARDOWN_CALLS = 75
"""24 to plan, 11 to see whether others use what would go, 25 that write, and one look at each thing that has gone."""


def test_teardown_and_back_again(cli: Cli, control: Control, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (key,) = keys(aws("kms"))
    control.clear()
    refused = cli("teardown")
    assert refused.code == 64
    assert "--yes" in refused.err
    assert f"{total()} to delete" in cli.ok("teardown", "--dry-run").out
    assert control.writes() == []
    looked = len(control.calls())

    cli.ok("teardown", "--yes")
    assert len(control.calls()) - looked <= TEARDOWN_CALLS
    assert standing(aws) == {}
    assert keys(aws("kms")) == {key: "PendingDeletion"}

    control.clear()
    cli.ok("teardown", "--yes")
    assert control.writes() == []

    cli.ok("apply", "--yes")
    assert keys(aws("kms")) == {key: "Enabled"}, "the key that waits for its deletion is to be used again"
    assert cli.pending() == {}


def test_teardown_without_state(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    cli.state_file().unlink()
    cli.ok("teardown", "--yes")
    assert standing(aws) == {}


def test_retained_logs_stay_with_their_key(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    cli.ok("teardown", "--yes", "--retain-logs")
    kept = {kind: declared()[kind] for kind in ("kms_key", "log_group")}
    assert standing(aws) == kept


def test_a_wrong_answer_touches_nothing(cli: Cli, control: Control) -> None:
    cli.ok("apply", "--yes")
    control.clear()
    for answer in ("prod", "yes", ""):
        code, shown = cli.at_terminal("dev:", answer, "teardown")
        assert code == 1, shown
        assert "Type the environment's name, dev" in shown
        assert "not confirmed" in shown
    assert control.writes() == []


def test_the_right_answers(cli: Cli, aws: Aws) -> None:
    code, shown = cli.at_terminal("accepted:", "yes", "apply")
    assert code == 0, shown
    assert "Only 'yes' is accepted" in shown
    code, shown = cli.at_terminal("dev:", "dev", "teardown")
    assert code == 0, shown
    assert standing(aws) == {}


@pytest.mark.parametrize("recorded", [True, False], ids=["with state", "without"])
def test_what_is_to_be_retained_stays_when_its_section_has_left_the_file(
    cli: Cli, aws: Aws, sample: Sample, recorded: bool
) -> None:
    sample.edit(r"^\[services.order-service\]$", "[services.order-service]\nlog_group = { retain = true }")
    cli.ok("apply", "--yes")
    assert cli.pending() == {}
    sample.remove_service("order-service")
    if not recorded:
        cli.state_file().unlink()
    plan = cli("plan", "--json").json()
    removed = {change["address"] for change in plan["changes"] if change["action"] == "delete"}
    known = {"metric_filter.order-service-errors-dev"} if recorded else set()  # it has no tags: only the state knows it
    assert removed == {"metric_alarm.order-service-high-error-rate-dev", *known}
    assert [note for note in plan["notes"] if "release log_group./ecs/order-service-dev" in note]
    assert plan["data_loss"] == []
    cli.ok("apply", "--yes")
    cli.ok("teardown", "--yes")
    left = {kind: names for kind, names in standing(aws).items() if kind != "metric_filter"}
    assert left == {"log_group": ["/ecs/order-service-dev"], "kms_key": declared()["kms_key"]}
    cli.ok("release", "--yes", "log_group./ecs/order-service-dev")
    cli.ok("teardown", "--yes")
    assert "kms_key" in standing(aws), "the group can be read with it alone, whoever has the group"
    aws("logs").delete_log_group(logGroupName="/ecs/order-service-dev")
    cli.ok("teardown", "--yes")
    assert standing(aws) == {}


def test_a_mark_that_somebody_took_off_is_still_on_record(cli: Cli, aws: Aws, sample: Sample) -> None:
    sample.edit(r"^\[services.order-service\]$", "[services.order-service]\nlog_group = { retain = true }")
    cli.ok("apply", "--yes")
    sample.remove_service("order-service")
    (group,) = aws("logs").describe_log_groups(logGroupNamePrefix="/ecs/order-service-dev")["logGroups"]
    aws("logs").untag_resource(resourceArn=group["logGroupArn"], tagKeys=["provisioner:retain"])
    cli.ok("apply", "--yes")
    assert "/ecs/order-service-dev" in standing(aws)["log_group"]


def test_what_need_not_be_retained_any_more_goes_like_everything(cli: Cli, aws: Aws, sample: Sample) -> None:
    sample.edit(r"^\[services.order-service\]$", "[services.order-service]\nlog_group = { retain = true }")
    cli.ok("apply", "--yes")
    sample.edit(r"retain = true", "retain = false")
    cli.ok("apply", "--yes")
    sample.remove_service("order-service")
    cli.ok("apply", "--yes", "--allow-data-loss")
    assert "/ecs/order-service-dev" not in standing(aws)["log_group"]
