"""verify without AWS: the sample's own filters, and whatever a user declares, on kept lines and real handlers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inventory import total
from tests.cli.running import ROOT, Cli, Sample


@pytest.fixture
def proving(sample: Sample) -> Sample:
    """The sample with its samples."""
    shutil.copytree(ROOT / "samples", sample.path.parent / "samples")
    return sample


def keep(sample: Sample, name: str, *lines: str) -> None:
    path = sample.path.parent / "samples" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def verdicts(cli: Cli, *arguments: str) -> dict[str, Any]:
    """Filter -> what verify says of it, with nothing asked of AWS."""
    run = cli("verify", "--offline", "--json", *arguments)
    assert run.code in (0, 2), run.said
    document = run.json()
    assert document["proved"] is (run.code == 0)
    return {item["address"].partition(".")[2]: item for item in document["filters"]}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_filter_of_the_sample_is_proved_without_aws(cli: Cli, environment: str) -> None:
    found = verdicts(cli, "--env", environment)

    assert len(found) == total("metric_filter")
    assert {item["verdict"] for item in found.values()} == {"proved"}
    assert cli.control.calls() == []
    assert found[f"lambda-latency-{environment}"]["offline"]["matched"] == 5


def test_without_credentials_the_offline_proof_is_told_as_what_it_is(cli: Cli) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL": ""}

    run = cli("verify", **nobody)
    assert run.code == 0
    assert "AWS was not asked" in run.out

    insisting = cli("verify", "--live", **nobody)
    assert insisting.code == 1
    assert "no AWS credentials" in insisting.err


def test_a_text_function_is_proved_by_what_the_platform_reports(cli: Cli, proving: Sample) -> None:
    proving.edit(r'^log_format = "json"     # or "text"$', 'log_format = "text"')
    found = verdicts(cli)

    assert found["lambda-error-rate-dev"]["verdict"] == found["lambda-latency-dev"]["verdict"] == "proved"
    assert found["lambda-error-rate-dev"]["offline"]["matched"] == 3
    # Every invocation has its report, the crashed one too; a module that cannot be loaded is never invoked.
    assert found["lambda-latency-dev"]["offline"]["matched"] == 6


def test_a_pattern_that_matches_nothing_is_wrong_and_shows_why(cli: Cli, proving: Sample) -> None:
    proving.edit(r'^log_fields = \["time"\].*$', 'log_fields = ["date", "time"]')

    run = cli("verify", "--offline")
    assert run.code == 2
    assert "- metric_filter.ecs-error-rate-dev  wrong  (payment-processor errors)" in run.out
    assert "samples/payment-processor/errors.match.log, line 1: the line does not match, 1 must" in run.out
    assert "there: $date = '2026-11-23T09:14:02.117Z', $time = 'ERROR', $level = 'payment'" in run.out
    filters = total("metric_filter")
    assert f"{filters} metric filters: {filters - 1} proved, 1 wrong." in run.out


def test_a_pattern_that_matches_too_much_is_wrong(cli: Cli, proving: Sample) -> None:
    proving.edit(r"^\[services.order-service\]$", "[services.order-service]\nerrors = { pattern = 'ERROR' }")
    wrong = verdicts(cli)["order-service-errors-dev"]

    assert wrong["verdict"] == "disproved"
    assert {item["source"] for item in wrong["offline"]["wrong"]} == {
        "samples/order-service/errors.match.log, line 2",
        "samples/order-service/errors.nomatch.log, line 3",
    }


def test_a_crash_that_a_pattern_of_ones_own_does_not_count_is_found(cli: Cli, proving: Sample) -> None:
    proving.edit(
        r"^\[functions.order-processor\]$",
        "[functions.order-processor]\nerrors = { pattern = '{ $.status_code = 500 }' }",
    )
    wrong = verdicts(cli)["order-processor-errors-dev"]["offline"]["wrong"]

    assert [item["source"].rpartition(", ")[2] for item in wrong] == [
        "an exception that nobody caught",
        "a module that cannot be imported",
    ]


def test_a_value_that_is_no_number_is_wrong(cli: Cli, proving: Sample) -> None:
    proving.edit(
        r"^\[functions.order-processor\]$",
        "[functions.order-processor]\nlatency = { pattern = '{ $.duration_ms = * }', value = '$.message' }",
    )
    wrong = verdicts(cli)["order-processor-latency-dev"]["offline"]["wrong"]

    assert "$.message is not a number in it: nothing is published" in wrong[0]["what"]


def test_without_lines_nothing_is_proved(cli: Cli, proving: Sample) -> None:
    proving.add("[services.fraud-check]")

    run = cli("verify", "--offline")
    assert run.code == 2
    assert "~ metric_filter.fraud-check-errors-dev  not proved  (fraud-check errors)" in run.out
    assert "samples/fraud-check/errors.match.log and errors.nomatch.log" in run.out

    keep(proving, "fraud-check/errors.match.log", "2026-11-23T09:00:00Z ERROR no score for p-1")
    assert verdicts(cli)["fraud-check-errors-dev"]["verdict"] == "unproved"  # it may match everything
    keep(proving, "fraud-check/errors.nomatch.log", "2026-11-23T09:00:00Z INFO score of p-1 is 0.2")
    assert verdicts(cli)["fraud-check-errors-dev"]["verdict"] == "proved"


def test_files_that_say_nothing_of_their_lines_are_not_passed_over(cli: Cli, proving: Sample) -> None:
    keep(proving, "order-service/errors.log", "2026-11-23T09:00:00Z ERROR no stock")
    run = cli("verify", "--offline")
    assert run.code == 1
    assert "samples/order-service/errors.log: its name does not say whether its lines must match" in run.err
    assert "errors.match.log, errors.nomatch.log" in run.err


def test_a_folder_of_nobody_is_named(cli: Cli, proving: Sample) -> None:
    keep(proving, "order-servcie/errors.match.log", "2026-11-23T09:00:00Z ERROR no stock")
    assert (
        "note: samples/order-servcie/ belongs to no declared function or service." in cli.ok("verify", "--offline").out
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Invalid JSON"),
        ('{"event": {}}', "valid array"),
        ('[{"name": "x"}]', "0.event: Field required"),
        ('[{"name": "x", "event": {}, "errors": -1}]', "0.errors"),
        ('[{"name": "x", "event": {}, "expected": 1}]', "0.expected: Extra inputs"),
    ],
)
def test_events_that_cannot_be_read_are_an_error(cli: Cli, proving: Sample, text: str, said: str) -> None:
    (proving.path.parent / "samples" / "payment-handler" / "events.json").write_text(text, encoding="utf-8")
    run = cli("verify", "--offline")
    assert run.code == 1
    assert "samples/payment-handler/events.json is not a list of events" in run.err
    assert said in run.err


def test_a_handler_that_cannot_be_loaded_is_an_error(cli: Cli, proving: Sample, tmp_path: Path) -> None:
    (tmp_path / "project" / "broken").mkdir()
    (tmp_path / "project" / "broken" / "index.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    proving.add('[functions.broken]\nsource = "broken"')
    events = [{"name": "any", "event": {}}]
    keep(proving, "broken/events.json", json.dumps(events))

    run = cli("verify", "--offline")
    assert run.code == 1
    assert "functions.broken: its module cannot be loaded under the runtime client" in run.err
    assert "nowhere_to_be_found" in run.err


def test_what_a_handler_prints_is_a_log_line_too_however_much_it_is(cli: Cli, proving: Sample, tmp_path: Path) -> None:
    source = """
import json
def handler(event, context):
    print("x" * 200_000)
    print(json.dumps({"level": event["level"], "duration_ms": 12}))
"""
    (tmp_path / "project" / "printing").mkdir()
    (tmp_path / "project" / "printing" / "index.py").write_text(source, encoding="utf-8")
    proving.add('[functions.printing]\nsource = "printing"')
    events = [
        {"name": "good", "event": {"level": "INFO"}},
        {"name": "bad", "event": {"level": "ERROR"}, "errors": 1},
    ]
    keep(proving, "printing/events.json", json.dumps(events))
    found = verdicts(cli)
    assert found["printing-errors-dev"]["verdict"] == found["printing-latency-dev"]["verdict"] == "proved"


def handler(sample: Sample, source: str, *events: dict[str, Any], more: str = "") -> None:
    """Declare a function of this source, to be sent these events."""
    folder = sample.path.parent / "odd"
    folder.mkdir()
    (folder / "index.py").write_text(source, encoding="utf-8")
    sample.add(f'[functions.odd]\nsource = "odd"\n{more}')
    keep(sample, "odd/events.json", json.dumps(list(events)))


ONE = {"name": "the one", "event": {}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("print('bye')\n    os._exit(3)", ["Runtime.ExitError", "exit status 3", "bye"]),
        ("time.sleep(30)", ["Sandbox.Timedout", "Task timed out after 1.00 seconds"]),
    ],
)
def test_an_event_without_an_answer_is_an_error(cli: Cli, proving: Sample, body: str, said: list[str]) -> None:
    source = f"import os, time\ndef handler(event, context):\n    {body}\n"
    handler(proving, source, ONE, more="timeout_seconds = 1")
    run = cli("verify", "--offline")
    assert run.code == 1
    assert "functions.odd: the event 'the one' was not answered" in run.err
    assert all(words in run.err for words in said)


def test_a_process_that_ends_while_loading_is_an_error(cli: Cli, proving: Sample) -> None:
    handler(proving, "import os\nos._exit(4)\n", {**ONE, "latency": 0})
    run = cli("verify", "--offline")
    assert run.code == 1
    assert "functions.odd: its module cannot be loaded under the runtime client" in run.err
    assert "Runtime.ExitError: Error: Runtime exited with error: exit status 4" in run.err


def test_a_handler_is_told_its_name_and_environment(cli: Cli, proving: Sample) -> None:
    source = """
import logging, os
def handler(event, context):
    assert os.environ["ENVIRONMENT"] == "dev"
    assert os.environ["AWS_LAMBDA_FUNCTION_NAME"] == "odd-dev"
    assert context.invoked_function_arn.endswith(":odd-dev")
"""
    handler(proving, source, {**ONE, "latency": 0})
    assert verdicts(cli)["odd-errors-dev"]["offline"]["wrong"] == []


def test_an_answer_that_is_no_json_is_an_answer(cli: Cli, proving: Sample) -> None:
    source = "import logging\ndef handler(event, context):\n    logging.error('x')\n    return b'no json'\n"
    handler(proving, source, {**ONE, "errors": 1, "latency": 0})
    assert verdicts(cli)["odd-errors-dev"]["verdict"] == "proved"


def test_a_handler_has_a_region_and_nobodys_credentials(cli: Cli, proving: Sample) -> None:
    source = """
import boto3
client = boto3.client("sts")
def handler(event, context):
    client.get_caller_identity()
"""
    handler(proving, source, {**ONE, "errors": 1, "latency": 0})
    cli.control.clear()
    assert verdicts(cli)["odd-errors-dev"]["offline"]["wrong"] == []
    assert cli.control.calls() == []


def test_what_a_handler_starts_ends_with_it(cli: Cli, proving: Sample) -> None:
    source = "import subprocess\ndef handler(event, context):\n    subprocess.Popen(['sleep', '55.25'])\n    return 1\n"
    handler(proving, source, {**ONE, "latency": 0})
    cli("verify", "--offline")
    assert subprocess.run(["pgrep", "-f", "sleep 55.25"], capture_output=True, check=False).stdout == b""


def test_no_environment_is_environment_enough(proving: Sample) -> None:
    command = [sys.executable, "-m", "provisioner", "verify", "--offline", "--config", str(proving.path)]
    run = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
