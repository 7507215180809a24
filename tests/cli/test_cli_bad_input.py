"""What people get wrong, and what goes wrong around them: each time a sentence that names it, and nothing touched."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import pytest

from provisioner.engine.keeping.lock import Holder
from tests.cli.inventory import total
from tests.cli.running import Cli, Control, Run, Sample


@pytest.fixture
def refused(cli: Cli, control: Control) -> Refused:
    return Refused(cli, control)


class Refused:
    """``refused(["apply", "--yes"], "words", ...)``: it ends with an error of those words and no writing call."""

    def __init__(self, cli: Cli, control: Control) -> None:
        self._cli = cli
        self._control = control

    def __call__(self, arguments: list[str], *words: str, code: int = 1, **environ: str) -> Run:
        self._control.clear()
        run = self._cli(*arguments, **environ)
        assert run.code == code, run.said
        for word in words:
            assert word in run.err
        assert self._control.writes() == []
        return run


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (r"^\[logs\]$", "[logs", ["platform.toml:", "is not TOML"]),
        (r"^retention_days = 30", "retention_dayz = 30", ["retention_dayz", "retention_days"]),
        (r"^retention_days = 30", "retention_days = 31", ["logs.retention_days", "31"]),
        (r"^retention_days = 30", 'retention_days = "30"', ["logs.retention_days", "30"]),
        (r"^memory_mb = 512", "memory_mb = true", ["functions.payment-handler.memory_mb"]),
        (r"payment-handler\.errors OR ", "nobody.errors OR ", ["lambda-critical-composite", "nobody"]),
    ],
    ids=["malformed", "unknown key", "impossible value", "wrong type", "no number", "unknown alarm"],
)
def test_a_mistake_in_the_file(sample: Sample, refused: Refused, old: str, new: str, words: list[str]) -> None:
    sample.edit(old, new)
    refused(["apply", "--yes"], *words)


def test_all_mistakes_are_told_at_once(sample: Sample, cli: Cli) -> None:
    sample.edit(r"^retention_days = 30", "retention_days = 31")
    sample.edit(r"^rotation_days = 365", "rotation_days = 1")
    run = cli("validate")
    assert run.code == 1
    assert "logs.retention_days" in run.said
    assert "encryption.rotation_days" in run.said


def test_a_file_that_is_not_there(cli: Cli, refused: Refused, tmp_path: Path) -> None:
    cli.config = tmp_path / "nowhere.toml"
    refused(["plan"], str(cli.config))


def test_another_account(sample: Sample, refused: Refused) -> None:
    sample.edit(r'^# account_id = "\d+"', 'account_id = "999999999999"')
    refused(["apply", "--yes"], "123456789012", "999999999999", "Nothing was touched")


def test_places_that_do_not_exist(refused: Refused) -> None:
    refused(["plan", "--env", "staging"], "staging", "dev", "prod")
    refused(["plan", "--region", "moon-east-1"], "moon-east-1")
    refused(["plan", "--region", "eu-west-1"], "eu-west-1", "us-east-1")
    refused(["plan", "--profile", "nobody"], "nobody")


def test_the_region_of_the_environment(refused: Refused) -> None:
    refused(["plan"], "moon-east-1", AWS_REGION="moon-east-1")


def test_a_region_that_is_newer_than_this_version(sample: Sample, cli: Cli, refused: Refused) -> None:
    sample.edit(r"^regions = .*", "")
    run = cli("state", "list", "--region", "eu-west-9")
    assert run.code == 0, run.said
    assert "Region eu-west-9 is none that this version knows; the nearest: eu-west-" in run.err
    for nonsense in ("eu_west_1", "../../x", "eu-west-1\n", "EU-WEST-1", "http://evil/"):
        refused(["plan", "--region", nonsense], "is not an AWS Region")


def test_no_way_to_aws(refused: Refused) -> None:
    refused(["plan"], "credentials", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    refused(["plan"], "http://127.0.0.1:1", AWS_ENDPOINT_URL="http://127.0.0.1:1")


@pytest.mark.parametrize("arguments", [["plan", "--colour"], ["deploy"], ["state", "show", "nonsense"]])
def test_wrong_usage(refused: Refused, arguments: list[str]) -> None:
    refused(arguments, arguments[-1], code=64)


def test_a_permission_that_is_missing(cli: Cli, control: Control) -> None:
    said = "User: arn:aws:iam::123456789012:user/x is not authorized to perform: logs:PutRetentionPolicy"
    control.fault("logs", "PutRetentionPolicy", code="AccessDeniedException", message=said, times=None)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert said in run.err
    assert "logs:PutRetentionPolicy" in run.err
    assert "log_group./ecs/order-service-dev" in run.err
    assert f"of {total()} changes failed" in run.err
    known = cli.ok("state", "list", "--json").json()
    assert {"kms_key.logs-dev", "sns_topic.observability-alarms-dev", "iam_role.lambda-execution-role-dev"} <= set(
        known
    )
    pending = cli.pending()
    assert {address.split(".")[0] for address in pending} >= {"log_group", "metric_filter"}
    assert "kms_key.logs-dev" not in pending
    control.heal()
    cli.ok("apply", "--yes")
    assert cli.pending() == {}


def test_a_state_folder_that_cannot_be_written(cli: Cli, refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    cli.state = str(file / "state")
    refused(["apply", "--yes"], cli.state)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema": 1, "resou', "is not a state file"),
        ("[]", "is not a state file"),
        ('{"schema": "x"}', "is not a state file"),
        ('{"schema": 99}', "schema 99"),
    ],
)
def test_a_state_that_cannot_be_read(cli: Cli, refused: Refused, text: str, words: str) -> None:
    file = cli.state_file()
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    refused(["apply", "--yes"], words, str(file))
    assert file.read_text(encoding="utf-8") == text


def test_a_lock_that_somebody_holds(cli: Cli, refused: Refused, control: Control) -> None:
    holder = Holder.here("apply --env dev", time.time())
    lock = cli.state_file().with_name(f"{cli.state_file().name}.lock")
    lock.parent.mkdir(parents=True)
    lock.write_bytes(holder.to_bytes())
    for arguments in (["apply", "--yes"], ["teardown", "--yes"]):
        refused(arguments, f"process {holder.process}", "apply --env dev", str(lock), "state unlock")
    assert cli("plan").code == 0, "looking needs no lock"
    assert f"process {holder.process}" in cli.ok("state", "unlock").err
    assert not lock.exists()
    assert "not locked" in cli.ok("state", "unlock").err
    assert control.writes() == []


ODD = [7, "\x1b[2J../../../x", None]


def test_a_state_of_odd_values_leads_to_words_and_to_no_write(cli: Cli, control: Control) -> None:
    """Whoever may write the state may make a plan wrong, and nothing else."""
    cli.ok("apply", "--yes")
    written = cli.state_file().read_text(encoding="utf-8")
    control.clear()
    for part, odd in itertools.product(["applied", "outputs"], ODD):
        document = json.loads(written)
        for record in document["resources"].values():
            record[part] = {key: value if key == "tags" else odd for key, value in record[part].items()}
        cli.state_file().write_text(json.dumps(document), encoding="utf-8")
        for command in ("plan", "drift"):
            run = cli(command)
            assert run.code in (0, 1, 2), (part, odd, run.said)
            assert "\x1b" not in run.said
    assert control.writes() == []
