"""validate: findings for people and for machines, what stops plan and apply, and what AWS says with --live."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import ACCOUNT, REGION, Cli, Control, Run, Sample

Aws = Callable[[str], Any]

MEMBERS = ["severity", "environment", "file", "line", "path", "what", "why", "fix"]
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:observability-alarms-dev"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order-processor-dev"
FARGATE = """
[cluster.alarms.cpu]
metric = { namespace = "AWS/ECS", name = "CPUUtilization", dimensions = { ClusterName = "payment-platform-{env}" } }
"""


def on_fargate(sample: Sample) -> None:
    """Make the alarm on CPU look at a metric that Fargate does not have."""
    sample.edit(r"^alarms\.cpu\.enabled = true\n", "")
    sample.add(FARGATE)


def findings(run: Run) -> list[dict[str, Any]]:
    document = run.json()
    assert document["schema"] == 1
    assert all(list(finding) == MEMBERS for finding in document["findings"])
    return list(document["findings"])


def test_warnings_are_shown_once_for_all_environments_and_end_well(cli: Cli, control: Control) -> None:
    run = cli.ok("validate")
    lines = run.out.splitlines()
    assert lines[0] == "dev, prod:"
    assert lines.count("~ warning  platform.toml:24  notifications") == 1
    where = lines.index("~ warning  platform.toml:24  notifications")
    assert [line.split(":")[0].strip() for line in lines[where + 2 : where + 4]] == ["why", "fix"]
    assert "valid for dev, prod, with " in lines[-1]
    assert control.calls() == []


def test_an_error_stops_plan_and_apply_before_anything_is_touched(sample: Sample, cli: Cli, control: Control) -> None:
    on_fargate(sample)
    run = cli("validate")
    assert run.code == 1
    assert "does not exist on Fargate" in run.out
    assert "has 2 errors and " in run.out, "the names of the alarms differ"
    assert run.out.endswith("plan and apply refuse dev, prod.\n")
    for arguments in (["plan"], ["plan", "--json"], ["apply", "--yes"], ["apply", "--dry-run"]):
        control.clear()
        refused = cli(*arguments)
        assert refused.code == 1
        assert "platform.toml is refused for dev: one error" in refused.err
        assert "cluster.alarms.cpu.metric.dimensions" in refused.err
        assert "python -m provisioner validate" in refused.err
        assert (refused.out, control.writes()) == ("", [])
    assert not cli.state_file().exists()


def test_what_stands_can_be_looked_at_and_removed_although_the_file_has_an_error(sample: Sample, cli: Cli) -> None:
    cli.ok("apply", "--yes")
    on_fargate(sample)
    cli.ok("status")
    cli.ok("drift")
    cli.ok("teardown", "--yes")


def test_another_environments_error_stops_nobody(sample: Sample, cli: Cli) -> None:
    sample.add("[environments.prod.functions.payment-handler.latency]\ndefault = 0")
    assert cli("validate").code == 1
    assert cli("plan").code == 0
    assert cli("plan", "--env", "prod").code == 1


def test_machines_read_every_finding(sample: Sample, cli: Cli) -> None:
    on_fargate(sample)
    run = cli("validate", "--json")
    assert run.code == 1
    assert run.json()["environments"] == ["dev", "prod"]
    errors = [finding for finding in findings(run) if finding["severity"] == "error"]
    assert [finding["environment"] for finding in errors] == ["dev", "prod"]
    text = sample.path.read_text(encoding="utf-8").splitlines()
    assert text[errors[0]["line"] - 1].startswith("metric = { namespace")
    assert errors[0]["file"] == "platform.toml"
    assert all(finding["why"] and finding["fix"] for finding in findings(run))


@pytest.mark.parametrize(
    ("old", "new", "environments", "what"),
    [
        (r"^retention_days = 30", "retention_days = 31", ["dev", "prod"], "31 is not allowed"),
        (r"^\[logs\]$", "[logs", [], "is not TOML"),
        (r"^\[environments\.dev\]$", "[environments.DEV]", [], "not a name for an environment"),
    ],
)
def test_machines_read_why_a_file_cannot_be_built(
    sample: Sample, cli: Cli, old: str, new: str, environments: list[str], what: str
) -> None:
    sample.edit(old, new)
    run = cli("validate", "--json")
    assert run.code == 1
    assert run.json()["environments"] == environments
    errors = [finding for finding in findings(run) if finding["severity"] == "error"]
    assert len(errors) == max(1, len(environments))
    assert what in errors[0]["what"]
    assert errors[0]["line"] > 1


def receivers(sample: Sample) -> None:
    for protocol, endpoint in (
        ("email", "oncall@example.com"),
        ("sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager"),
        ("sqs", f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere"),
        ("lambda", FUNCTION),
    ):
        sample.add(f'[[notifications.subscriptions]]\nprotocol = "{protocol}"\nendpoint = "{endpoint}"')


def test_live_shows_what_is_broken_where_it_is_declared(sample: Sample, cli: Cli, control: Control, aws: Aws) -> None:
    receivers(sample)
    aws("sqs").create_queue(QueueName="pager")
    nowhere = aws("sqs").create_queue(QueueName="nowhere")["QueueUrl"]
    cli.ok("apply", "--yes")
    aws("sqs").delete_queue(QueueUrl=nowhere)
    aws("logs").delete_metric_filter(logGroupName="/ecs/order-service-dev", filterName="order-service-errors-dev")
    assert cli("validate").code == 0, "the file itself is right"
    control.clear()
    run = cli("validate", "--live", "--json")
    assert (run.code, control.writes()) == (1, [])
    live = [finding for finding in findings(run) if finding["severity"] == "error"]
    assert {finding["environment"] for finding in live} == {"dev"}
    text = sample.path.read_text(encoding="utf-8").splitlines()
    found = {finding["path"]: (finding["what"], text[finding["line"] - 1]) for finding in live}
    assert found.keys() == {
        "services.order-service.errors",
        "notifications.subscriptions[0]",
        "notifications.subscriptions[1]",
        "notifications.subscriptions[2]",
        "notifications.subscriptions[3]",
    }
    assert "does not exist" in found["services.order-service.errors"][0]
    assert found["services.order-service.errors"][1] == "[services.order-service]"
    assert "waits for its receiver to confirm it" in found["notifications.subscriptions[0]"][0]
    assert "whose policy does not admit arn:aws:sns:" in found["notifications.subscriptions[1]"][0]
    assert "leads to the queue nowhere, which does not exist" in found["notifications.subscriptions[2]"][0]
    assert "leads to order-processor-dev, whose policy does not admit" in found["notifications.subscriptions[3]"][0]


def test_status_is_content_when_the_owners_admit_the_topic(sample: Sample, cli: Cli, aws: Aws) -> None:
    receivers(sample)
    pager = aws("sqs").create_queue(QueueName="pager")["QueueUrl"]
    aws("sqs").create_queue(QueueName="nowhere")
    cli.ok("apply", "--yes")
    assert len(cli.ok("status", "--json").json()["problems"]) == 4
    admit(aws, pager)
    aws("lambda").add_permission(
        FunctionName=FUNCTION,
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=TOPIC,
    )
    problems = cli.ok("status", "--json").json()["problems"]
    assert [problem.split()[0].split("/")[1] for problem in problems] == ["email", "sqs"]
    assert "whose policy does not admit" in problems[1], "that of the queue called nowhere"


def admit(aws: Aws, url: str) -> None:
    """Let the topic send to the queue at ``url``, as its owner would."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"arn:aws:sqs:{REGION}:{ACCOUNT}:pager",
        "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def test_live_asks_nothing_about_a_file_that_cannot_be_built(sample: Sample, cli: Cli, control: Control) -> None:
    sample.edit(r"^retention_days = 30", "retention_days = 31")
    assert cli("validate", "--live").code == 1
    assert control.calls() == []


def test_live_of_a_healthy_platform_adds_nothing(cli: Cli) -> None:
    cli.ok("apply", "--yes")
    run = cli.ok("validate", "--live", "--json")
    assert findings(run) == findings(cli.ok("validate", "--json"))
