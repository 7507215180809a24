"""The only module that knows which tracing library is in use (today the AWS X-Ray SDK).

AWS ends its support on 2027-02-25: whoever moves to OpenTelemetry rewrites this file and the functions' requirements.
No library is patched, for the handlers call none; patching all of them costs 70-110 ms of every cold start.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# The SDK logs at ERROR whatever keeps it from tracing: outside Lambda that there is no segment, inside that the daemon
# cannot be reached. A metric filter would count such a line as a failed payment.
logging.getLogger("aws_xray_sdk").setLevel(logging.CRITICAL)


def _recorder() -> Any:
    # Outside Lambda the SDK makes a botocore client while it is imported, which takes half a second: not before the
    # first event, then. Lambda's own sampler needs none.
    from aws_xray_sdk.core import xray_recorder

    return xray_recorder


if "LAMBDA_TASK_ROOT" in os.environ:  # loading is when a function has a whole processor
    _recorder()


class Subsegment:
    """One timed piece of work in a trace; nothing at all where no trace is being recorded."""

    def __init__(self, recorded: Any) -> None:
        self._recorded = recorded

    def annotate(self, key: str, value: str) -> None:
        """Make the trace findable by ``annotation.{key}``."""
        if self._recorded is not None:
            self._recorded.put_annotation(key, value)

    def add_exception(self, error: Exception) -> None:
        """Mark the subsegment as a fault, and say what went wrong and where."""
        if self._recorded is not None:
            stack = traceback.extract_tb(error.__traceback__, limit=_recorder().max_trace_back)
            self._recorded.add_exception(error, stack)


@contextmanager
def subsegment(name: str) -> Iterator[Subsegment]:
    """Trace the block as one subsegment; an exception that leaves the block marks it as a fault too."""
    with _recorder().in_subsegment(name) as recorded:
        yield Subsegment(recorded)
