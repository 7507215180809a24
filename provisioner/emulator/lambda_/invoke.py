"""Invoke: a function is really run, under the real runtime client, and leaves the log and the metrics that Lambda does.

Each invocation is a cold start in a process of its own. A log group that is not there is made without key and
retention, as by Lambda.
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from provisioner import runtime
from provisioner.emulator.cloudwatch.metrics import Datum, Metrics
from provisioner.emulator.core.call import Answer, AnyCall, Api, ApiCall, ApiRefusal, Relayed
from provisioner.emulator.lambda_.model import Functions
from provisioner.emulator.logs.events import publish
from provisioner.emulator.logs.model import Groups
from provisioner.evaluation import MetricId, Samples
from provisioner.runtime import FunctionRun, platform_lines

if TYPE_CHECKING:
    from types_boto3_lambda import type_defs as aws
    from types_boto3_logs.type_defs import InputLogEventTypeDef

api = Api()

_TAIL_BYTES = 4096
_STATUS = {"RequestResponse": 200, "Event": 202, "DryRun": 204}


@api.operation("Invoke")
def invoke(call: ApiCall[aws.InvocationRequestTypeDef]) -> Answer:
    kind = call.params.get("InvocationType", "RequestResponse")
    payload = call.params.get("Payload") or b"null"
    assert isinstance(payload, bytes)
    event = _event(payload)
    with call.world.lock:
        function = call.store(Functions).find(call.params["FunctionName"], call.params.get("Qualifier"))
        function.check_active(call.world.now())
        config, package = function.config, call.store(Functions).packages[function.config["CodeSha256"]]
    if kind == "DryRun":
        return Relayed(_STATUS[kind], [], b"")
    outcome = _run(call, config, package, event)
    lines = _lines(outcome, config)
    with call.world.lock:
        _log(call, config, lines)
        _measure(call, config, outcome)
    if kind == "Event":
        return Relayed(_STATUS[kind], [], b"")
    return _answer(call.params.get("LogType"), outcome, lines)


def _event(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except ValueError as problem:
        raise ApiRefusal(
            "InvalidRequestContentException", f"Could not parse request body into json: {problem}"
        ) from problem


def _run(call: AnyCall, config: aws.FunctionConfigurationTypeDef, package: bytes, event: object) -> FunctionRun:
    if runtime.version() is None:
        raise NotImplementedError(
            "The emulator runs functions with awslambdaric: pip install 'observability-provisioner[verify]'"
        )
    logging = config["LoggingConfig"]
    level = {"AWS_LAMBDA_LOG_LEVEL": logging["ApplicationLogLevel"]} if logging["LogFormat"] == "JSON" else {}
    with tempfile.TemporaryDirectory() as room:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            archive.extractall(room)
        return runtime.run(
            Path(room),
            [event],
            name=config["FunctionName"],
            handler=config["Handler"],
            log_format=logging["LogFormat"],
            timeout=config["Timeout"],
            memory_mb=config["MemorySize"],
            reachable=_address(call.host),
            environment={
                **level,
                "AWS_REGION": call.region,
                "AWS_DEFAULT_REGION": call.region,
                "AWS_ENDPOINT_URL": call.host,
                "AWS_ACCESS_KEY_ID": call.account,
                "AWS_SECRET_ACCESS_KEY": "emulator",
                "AWS_LAMBDA_LOG_GROUP_NAME": logging["LogGroup"],
                **config.get("Environment", {}).get("Variables", {}),
            },
        )


def _address(url: str) -> tuple[str, int]:
    """Where this AWS answers: all that the function reaches of this machine's network."""
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def _lines(outcome: FunctionRun, config: aws.FunctionConfigurationTypeDef) -> list[str]:
    """The log events of loading the module, and of the invocation if it came to one."""
    log_format = config["LoggingConfig"]["LogFormat"].lower()
    loading = platform_lines.around(outcome, "", log_format)
    return [*loading, *platform_lines.around(outcome, "request-0", log_format)]


def _log(call: AnyCall, config: aws.FunctionConfigurationTypeDef, lines: list[str]) -> None:
    groups, name = call.store(Groups), config["LoggingConfig"]["LogGroup"]
    if name not in groups.live:
        groups.backend.create_log_group(name, {})
    now = call.world.now()
    stream = f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
    group = groups.group(name)
    group.create_log_stream(stream)
    events: list[InputLogEventTypeDef] = [{"timestamp": int(now * 1000), "message": line} for line in lines]
    group.streams[stream].put_log_events([dict(event) for event in events])
    publish(call.world, call.place, name, events)


def _measure(call: AnyCall, config: aws.FunctionConfigurationTypeDef, outcome: FunctionRun) -> None:
    """ "Types of metrics for Lambda functions" (Lambda developer guide): by function, and over all of them."""
    values = {
        "Invocations": (1.0, "Count"),
        "Errors": (float(bool(outcome.crashes or outcome.init_errors)), "Count"),
        "Duration": (outcome.milliseconds.get("request-0", 0.0), "Milliseconds"),
        "ConcurrentExecutions": (1.0, "Count"),
    }
    for dimensions in ((("FunctionName", config["FunctionName"]),), ()):
        for name, (value, unit) in values.items():
            metric = MetricId("AWS/Lambda", name, dimensions)
            call.store(Metrics).publish(metric, Datum(call.world.now(), unit, Samples.of([value])))


def _answer(log_type: str | None, outcome: FunctionRun, lines: list[str]) -> Relayed:
    problem: object = next(iter([*outcome.crashes.values(), *outcome.init_errors]), None)
    headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", "$LATEST")]
    if problem is not None:
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    if log_type == "Tail":
        tail = "\n".join(lines).encode()[-_TAIL_BYTES:]
        headers.append(("X-Amz-Log-Result", base64.b64encode(tail).decode()))
    return Relayed(200, headers, json.dumps(outcome.answers.get("request-0") if problem is None else problem).encode())
