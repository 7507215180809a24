"""What the handlers have in common: one answer and one log line for each event, and failures that every signal sees."""

from __future__ import annotations

import json
import logging
import os
import random
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from lambdas.shared import tracing

Event = dict[str, Any]
Answer = dict[str, Any]

# Identifiers reach the log, so they hold no space, no line break and no bracket: in Lambda's text format a caller
# who names a payment "[ERROR]" would otherwise count as a failure.
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:/@+=-]{1,128}")


class BadRequest(Exception):
    """The caller's mistake. Its text is told to the caller and logged, so it never quotes the event."""


class SimulatedFailure(Exception):
    """Raised for demonstrations only, see ``simulate_failure``."""


class Service:
    """One handler: ``name`` is that of its logger and subsegment, ``identifier`` the event's key that identifies it."""

    def __init__(self, name: str, *, identifier: str) -> None:
        self.name = name
        self.identifier = identifier
        self._log = logging.getLogger(name)
        self._log.setLevel(_log_level())

    def serve(self, work: Callable[[Event], Mapping[str, Any]], event: object, context: object) -> Answer:
        """Answer ``event`` with what ``work`` makes of it: 200, 400 on ``BadRequest``, 500 on any other exception.

        The answer has the shape of an API Gateway proxy response: ``statusCode`` (int), ``headers``, and ``body``, the
        text of a JSON object with ``duration_ms`` and either the identifier and what ``work`` returned, or ``error``.
        A failure is logged here and not raised again: the runtime would log it a second time, and count it twice.
        """
        started = time.perf_counter()
        fields = {"request_id": getattr(context, "aws_request_id", None)}

        def answer(
            status: int, level: int, message: str, body: Mapping[str, Any], error: Exception | None = None
        ) -> Answer:
            duration_ms = round((time.perf_counter() - started) * 1000, 3)
            text = json.dumps({**body, "duration_ms": duration_ms})
            self._write(level, message, {**fields, "status_code": status, "duration_ms": duration_ms}, error)
            return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": text}

        with tracing.subsegment(self.name) as subsegment:
            try:
                request, identity = self._checked(event)
                fields[self.identifier] = identity
                subsegment.annotate(self.identifier, identity)
                result = work(request)
            except BadRequest as refusal:
                return answer(400, logging.WARNING, f"refused: {refusal}", {"error": str(refusal)})
            except Exception as error:
                subsegment.add_exception(error)
                return answer(500, logging.ERROR, "failed", {"error": "internal error"}, error)
            return answer(200, logging.INFO, "processed", {self.identifier: identity, **result})

    def _checked(self, event: object) -> tuple[Event, str]:
        if not isinstance(event, dict):
            raise BadRequest("the event must be a JSON object")
        identity = event.get(self.identifier)
        if not isinstance(identity, str) or not _IDENTIFIER.fullmatch(identity):
            raise BadRequest(f"{self.identifier} must be 1 to 128 letters, digits or . _ : / @ + = -")
        return event, identity

    def _write(self, level: int, message: str, fields: Mapping[str, Any], error: Exception | None) -> None:
        # The runtime's JSON formatter lifts `extra` to top-level fields; its text formatter drops it.
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() != "JSON":
            message = f"{message} {json.dumps(fields)}"
        self._log.log(level, message, extra=fields, exc_info=error)


def simulate_failure(usual_rate: float) -> None:
    """Raise ``SimulatedFailure`` at the rate that ``SIMULATED_FAILURE_RATE`` asks for; for demonstrations.

    The variable is a number from 0 to 1, or ``on`` for ``usual_rate``. Unset, or anything else, is off.
    """
    if random.random() < _failure_rate(os.environ.get("SIMULATED_FAILURE_RATE", ""), usual_rate):
        raise SimulatedFailure("SIMULATED_FAILURE_RATE asked for this failure")


def _failure_rate(wish: str, usual_rate: float) -> float:
    if wish.strip().lower() == "on":
        return usual_rate
    try:
        rate = float(wish)
    except ValueError:
        return 0.0
    return rate if 0 <= rate <= 1 else 0.0


def _log_level() -> int:
    """``LOG_LEVEL``, or INFO where it names no level; TRACE, which Lambda has and Python has not, is DEBUG."""
    levels = logging.getLevelNamesMapping() | {"TRACE": logging.DEBUG}
    return levels.get(os.environ.get("LOG_LEVEL", "").strip().upper(), logging.INFO)
