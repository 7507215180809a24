"""What Lambda itself writes into a function's log group around the lines of an invocation.

As documented in "Sending Lambda function logs to CloudWatch Logs" (text) and "Lambda Telemetry API Event schema
reference" (JSON). Numbers that a run here does not have are made up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from provisioner.runtime import FunctionRun

_TIME = "2026-01-01T00:00:00.000Z"


def around(outcome: FunctionRun, request: str, log_format: str) -> Iterator[str]:
    """All log events of the invocation ``request`` in their order; those of loading the module for ``""``."""
    own = outcome.written(request)
    crash = outcome.crashes.get(request)
    milliseconds = outcome.milliseconds.get(request)
    if crash is None and milliseconds is None:
        yield from own
    elif log_format == "text":
        yield f"START RequestId: {request} Version: $LATEST"
        yield from own
        yield from _words(crash)
        yield f"END RequestId: {request}"
        if milliseconds is not None:
            yield (
                f"REPORT RequestId: {request}\tDuration: {milliseconds:.2f} ms\t"
                f"Billed Duration: {math.ceil(milliseconds)} ms\tMemory Size: 512 MB\tMax Memory Used: 48 MB\t"
            )
    else:
        yield _record("platform.start", {"requestId": request, "version": "$LATEST"})
        yield from own
        metrics: dict[str, float] = {"memorySizeMB": 512, "maxMemoryUsedMB": 48}
        if milliseconds is not None:
            metrics |= {"durationMs": round(milliseconds, 3), "billedDurationMs": math.ceil(milliseconds)}
        status = {"status": "error", "errorType": crash["errorType"]} if crash else {"status": "success"}
        yield _record("platform.report", {"requestId": request, "metrics": metrics, **status})


def _words(crash: Any) -> Iterator[str]:
    """What the platform says, without a level, where the process cannot: a timeout, an end without an answer."""
    if crash and crash["errorType"] == "Sandbox.Timedout":
        yield crash["errorMessage"].replace(" Error:", "")
    elif crash and crash["errorType"] == "Runtime.ExitError":
        yield f"RequestId: {crash['errorMessage']}\n{crash['errorType']}"


def _record(kind: str, record: dict[str, Any]) -> str:
    return json.dumps({"time": _TIME, "type": kind, "record": record}, separators=(",", ":"))
