"""Invoke: the handler really runs, and leaves the answer, the log and the metrics that Lambda leaves."""

from __future__ import annotations

import base64
import io
import json
import socket
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioner import runtime

SOURCE = """
import json, logging, os

logging.getLogger().setLevel("INFO")

def handler(event, context):
    if event == "crash":
        raise ValueError("no such thing")
    logging.info("asked", extra={"asked": event})
    return {"asked": event, "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"], "own": os.environ["OWN"]}
"""
GROUP = "/aws/lambda/f"

Make = Callable[..., None]


@pytest.fixture
def make(client: Any, role: Any) -> Make:
    def make(source: str = SOURCE, log_format: str = "JSON") -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.py", source)
        client("lambda").create_function(
            FunctionName="f",
            Runtime="python3.11",
            Handler="index.handler",
            Role=role(),
            Code={"ZipFile": content.getvalue()},
            Environment={"Variables": {"OWN": "kept"}},
            LoggingConfig={"LogFormat": log_format},
        )

    return make


@pytest.fixture
def invoke(client: Any) -> Callable[..., Any]:
    def invoke(event: Any, **more: Any) -> Any:
        answer = client("lambda").invoke(FunctionName="f", Payload=json.dumps(event).encode(), **more)
        text = answer["Payload"].read()
        return {**answer, "Payload": json.loads(text) if text else None}

    return invoke


def logged(client: Any) -> list[str]:
    return [event["message"] for event in client("logs").filter_log_events(logGroupName=GROUP)["events"]]


def total(client: Any, name: str) -> float:
    now = datetime.now(UTC)
    [point] = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda", MetricName=name, Dimensions=[{"Name": "FunctionName", "Value": "f"}], Period=7200,
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1), Statistics=["Sum"],
    )["Datapoints"]  # fmt: skip
    return float(point["Sum"])


def test_the_handler_answers(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    make()
    answer = invoke({"n": 1}, LogType="Tail")

    assert (answer["StatusCode"], answer["ExecutedVersion"], answer.get("FunctionError")) == (200, "$LATEST", None)
    assert answer["Payload"] == {"asked": {"n": 1}, "name": "f", "own": "kept"}
    assert '"message": "asked"' in base64.b64decode(answer["LogResult"]).decode()
    kinds = [json.loads(line).get("type", "own") for line in logged(client)]
    assert kinds == ["platform.start", "own", "platform.report"]
    assert (total(client, "Invocations"), total(client, "Errors")) == (1.0, 0.0)
    assert total(client, "Duration") > 0


def test_a_crash_is_told_logged_and_counted(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    make(log_format="Text")
    answer = invoke("crash")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == ("ValueError", "no such thing")
    start, crash, end, report = logged(client)
    assert crash.startswith("[ERROR] ValueError: no such thing")
    assert [line.split()[0] for line in (start, end, report)] == ["START", "END", "REPORT"]
    assert total(client, "Errors") == 1.0


def test_a_module_that_cannot_be_loaded_is_a_crash_too(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    make("import nowhere_to_be_found\n")
    assert invoke({})["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert [json.loads(line)["level"] for line in logged(client)] == ["WARNING", "ERROR"]
    assert total(client, "Errors") == 1.0


def test_the_group_that_lambda_makes_has_neither_key_nor_retention(
    client: Any, make: Make, invoke: Callable[..., Any]
) -> None:
    make()
    invoke({})
    [group] = client("logs").describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert not {"kmsKeyId", "retentionInDays"} & set(group)


def test_an_event_is_taken_without_an_answer_and_a_dry_run_does_nothing(
    client: Any, make: Make, invoke: Callable[..., Any]
) -> None:
    make()
    assert (invoke({}, InvocationType="DryRun")["StatusCode"], invoke({}, InvocationType="Event")["StatusCode"]) == (
        204,
        202,
    )
    assert total(client, "Invocations") == 1.0


def test_what_is_no_json_is_refused(client: Any, make: Make, refused: Any) -> None:
    make()
    with refused("InvalidRequestContentException"):
        client("lambda").invoke(FunctionName="f", Payload=b"{")


def test_a_function_that_is_not_there_cannot_be_invoked(client: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException", status=404):
        client("lambda").invoke(FunctionName="f")


def test_the_newest_code_runs(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    make()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return 'new'\n")
    client("lambda").update_function_code(FunctionName="f", ZipFile=content.getvalue())
    assert invoke({})["Payload"] == "new"


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("os._exit(1)", "Runtime.ExitError", "exit status 1"),
        ("time.sleep(9)", "Sandbox.Timedout", "after 1.00 seconds"),
    ],
)
def test_a_function_that_does_not_answer_has_failed(
    client: Any, make: Make, invoke: Callable[..., Any], body: str, kind: str, said: str
) -> None:
    make(f"import os, time\ndef handler(event, context):\n    {body}\n", log_format="Text")
    client("lambda").update_function_configuration(FunctionName="f", Timeout=1)
    answer = invoke({})
    assert (answer["FunctionError"], answer["Payload"]["errorType"]) == ("Unhandled", kind)
    assert said in answer["Payload"]["errorMessage"]
    assert any(said in line for line in logged(client))
    assert not any("[ERROR]" in line for line in logged(client))
    assert total(client, "Errors") == 1.0


def test_a_function_may_call_the_same_aws(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    create = "boto3.client('sqs').create_queue(QueueName='q')['QueueUrl']"
    make(f"import boto3\ndef handler(event, context):\n    return {create}\n")
    assert invoke({})["Payload"] == client("sqs").get_queue_url(QueueName="q")["QueueUrl"]


def test_what_is_printed_is_logged(client: Any, make: Make, invoke: Callable[..., Any]) -> None:
    make("def handler(event, context):\n    print('hello')\n")
    invoke({})
    assert "hello" in logged(client)


def test_a_function_reaches_this_aws_and_nothing_else(
    client: Any, make: Make, invoke: Callable[..., Any], tmp_path: Path
) -> None:
    source = f"""
import os, pathlib, socket
import boto3

def reached(attempt):
    try:
        return attempt()
    except OSError:
        return None

def handler(event, context):
    assert boto3.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    return [
        reached(lambda: socket.create_connection(("127.0.0.1", event)) and "the port"),
        reached(lambda: pathlib.Path("{tmp_path}").exists() or None),
        reached(lambda: pathlib.Path("/proc/1/environ").read_text() or None),
    ]
"""
    make(source)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answer = invoke(listener.getsockname()[1])["Payload"]
    (tmp_path / "index.py").write_text("def handler(event, context): pass\n", encoding="utf-8")
    if reason := runtime.run(tmp_path, [{}]).exposed:
        pytest.skip(f"this system does not confine: {reason}")
    assert answer == [None, None, None]
