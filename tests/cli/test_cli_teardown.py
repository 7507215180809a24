"""teardown: never by accident, and then completely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.inventory import declared, keys, standing, total
from tests.cli.running import Cli, Control

Aws = Callable[[str], Any]


def test_teardown_and_back_again(cli: Cli, control: Control, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    (key,) = keys(aws("kms"))
    control.clear()
    refused = cli("teardown")
    assert refused.code == 64
    assert "--yes" in refused.err
    assert f"{total()} to delete" in cli.ok("teardown", "--dry-run").out
    assert control.writes() == []

    cli.ok("teardown", "--yes")
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
