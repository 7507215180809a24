"""plan and apply where nobody interferes."""

from __future__ import annotations

from tests.cli.inventory import Aws, declared, standing, total
from tests.cli.running import Cli, Control

APPLY_CALLS = 110
PLAN_CALLS = 28

PLAN_KEYS = {"schema", "platform", "environment", "account", "region", "digest", "notes", "estimate", "summary"}
CHANGE_KEYS = {"address", "kind", "name", "action", "origin", "reason", "fields", "calls", "requests"}
FIELD_KEYS = {"field", "before", "after", "known", "secret"}
ACTIONS = {"create", "update", "replace", "adopt", "release", "revive", "delete", "keep"}


def test_apply_builds_everything_and_the_next_plan_is_empty(cli: Cli, control: Control, aws: Aws) -> None:
    done = cli.ok("apply", "--yes")
    assert f"{total()} of {total()} changes; they are as declared" in done.said
    assert len(control.calls()) <= APPLY_CALLS
    assert standing(aws) == declared()

    def assert_nothing_to_do() -> None:
        control.clear()
        run = cli("plan", "--detailed-exitcode")
        assert run.code == 0, run.said
        assert f"Nothing to do: {total()} resources are as declared." in run.out
        assert control.writes() == []
        assert len(control.calls()) <= PLAN_CALLS

    assert_nothing_to_do()
    cli.state_file().unlink()
    assert_nothing_to_do()
    assert cli.apply() == []
    assert cli.state_file().exists(), "an apply with nothing to do puts on record what it found"


def test_planning_touches_nothing(cli: Cli, control: Control) -> None:
    assert cli("plan", "--detailed-exitcode").code == 2
    assert f"{total()} to create" in cli.ok("apply", "--dry-run").out
    assert control.writes() == []
    assert not cli.state_file().exists()


def test_plan_as_json(cli: Cli) -> None:
    run = cli("plan", "--json", "--detailed-exitcode")
    assert run.code == 2
    plan = run.json()
    assert PLAN_KEYS | {"changes"} <= plan.keys()
    assert (plan["schema"], plan["platform"], plan["environment"]) == (1, "payment-platform", "dev")
    assert (plan["account"], plan["region"]) == ("123456789012", "us-east-1")
    assert plan["estimate"].keys() == {"seconds", "limited_by"}
    assert plan["summary"].keys() == ACTIONS
    assert plan["summary"]["create"] == len(plan["changes"]) == total()
    assert any("AWS fixes their rate" in note for note in plan["notes"])
    for change in plan["changes"]:
        assert change.keys() == CHANGE_KEYS
        assert change["address"] == f"{change['kind']}.{change['name']}"
        assert (change["action"], change["origin"], change["reason"]) == ("create", "config", "new")
        assert change["calls"], f"nothing would make {change['address']}"
        assert change["fields"], f"{change['address']} has no fields"
        assert all(field.keys() == FIELD_KEYS and field["before"] is None for field in change["fields"])


def test_two_environments_do_not_meet(cli: Cli) -> None:
    cli.ok("apply", "--yes")
    cli.ok("apply", "--yes", "--env", "prod")
    assert cli.pending() == {}
    cli.ok("teardown", "--yes")
    assert cli.pending("--env", "prod") == {}
    assert set(cli.pending().values()) == {"create", "revive"}
