"""Records, outputs and health; and a state that is kept in S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cli.inventory import keys, standing, total
from tests.cli.running import ACCOUNT, REGION, Cli, Control

Aws = Callable[[str], Any]

QUEUE = "sqs_queue.alarm-events-dev"


def test_outputs_and_status(cli: Cli, control: Control, aws: Aws) -> None:
    assert set(cli.ok("outputs", "--json").json()) == OUTPUTS
    missing = cli.ok("status", "--json").json()
    assert any("does not exist" in problem for problem in missing["problems"])
    cli.ok("apply", "--yes")
    control.clear()

    values = cli.ok("outputs", "--json").json()
    (key,) = keys(aws("kms"))
    assert values.keys() == OUTPUTS
    assert (values["kms_key_id"], values["kms_key_arn"].split("/")[-1]) == (key, key)
    assert values["alarm_topic_arn"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:observability-alarms-dev"
    assert values["alarm_events_queue_url"].endswith("/alarm-events-dev")
    assert values["alarm_dlq_url"].endswith("/alarm-dlq-dev")
    assert values["ecs_cluster_name"] == "payment-platform-dev"
    assert values["lambda_function_names"] == {
        "payment-handler": "payment-handler-dev",
        "order-processor": "order-processor-dev",
    }
    assert "observability-platform-dev" in values["dashboard_url"]

    status = cli.ok("status", "--json").json()
    assert {"schema", "alarms", "subscriptions", "queues", "foreign", "problems"} <= status.keys()
    assert len(status["alarms"]) == total("metric_alarm", "composite_alarm")
    assert list(status["subscriptions"].values()) == ["confirmed"]
    assert status["queues"] == {"alarm-dlq-dev": 0, "alarm-events-dev": 0}
    assert (status["foreign"], status["problems"]) == ([], [])
    assert control.writes() == []


OUTPUTS = {
    "kms_key_id",
    "kms_key_arn",
    "alarm_topic_arn",
    "alarm_events_queue_url",
    "alarm_dlq_url",
    "ecs_cluster_name",
    "lambda_function_names",
    "dashboard_url",
}


def test_status_tells_an_alarm_and_a_message_that_was_not_delivered(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    alarm = "order-service-high-error-rate-dev"
    aws("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="9 errors")
    url = aws("sqs").get_queue_url(QueueName="alarm-dlq-dev")["QueueUrl"]
    aws("sqs").send_message(QueueUrl=url, MessageBody="lost")
    status = cli.ok("status", "--json").json()
    assert status["alarms"][alarm] == {"state": "ALARM", "reason": "9 errors"}
    assert status["queues"]["alarm-dlq-dev"] == 1
    assert any("alarm-dlq-dev" in problem for problem in status["problems"])
    assert cli.pending() == {}, "the state of an alarm is not a difference"


def test_records(cli: Cli, control: Control) -> None:
    assert cli.ok("state", "list", "--json").json() == []
    cli.ok("apply", "--yes")
    control.clear()
    known = cli.ok("state", "list").out.split()
    assert len(known) == total()
    assert QUEUE in known
    record = cli.ok("state", "show", QUEUE).json()
    assert record["address"] == QUEUE
    assert record["outputs"]["url"].endswith("/alarm-events-dev")
    cli.ok("state", "forget", QUEUE)
    assert QUEUE not in cli.ok("state", "list").out.split()
    for verb in ("show", "forget"):
        gone = cli("state", verb, QUEUE)
        assert gone.code == 1
        assert QUEUE in gone.err
    assert control.writes() == []
    assert cli.pending() == {}, "what bears our tags is ours, recorded or not"


def test_validate_asks_aws_nothing(cli: Cli, control: Control) -> None:
    assert cli.ok("validate", "--json").json()["environments"] == ["dev", "prod"]
    assert "valid for dev, prod" in cli.ok("validate", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="").out
    assert control.calls() == []


def test_state_in_s3(cli: Cli, aws: Aws) -> None:
    aws("s3").create_bucket(Bucket="team-state")
    cli.state = "s3://team-state/platforms"
    cli.ok("apply", "--yes")
    stored = [found["Key"] for found in aws("s3").list_objects_v2(Bucket="team-state")["Contents"]]
    assert stored == [f"platforms/{ACCOUNT}/{REGION}/payment-platform-dev.json"], "no lock and no journal is left"
    assert len(cli.ok("state", "list", "--json").json()) == total()
    assert cli.pending() == {}
    cli.ok("teardown", "--yes")
    assert standing(aws) == {}


def test_a_bucket_that_is_not_there(cli: Cli, control: Control) -> None:
    cli.state = "s3://nobodys-bucket/platforms"
    run = cli("apply", "--yes")
    assert run.code == 1
    assert "nobodys-bucket" in run.err
    assert control.writes() in ([], ["s3:PutObject"])
