"""The control API under ``/_emulator/``: what happened, what is to go wrong, and how time passes.

GET, DELETE calls       every AWS call so far, oldest first; forget them
POST, DELETE faults     {"service", "operation", "code", "body", "times", "delay_seconds", ...}: see ``Fault``
POST settings           {"queue_deleted_recently", "lambda_create_delay", "tag_index_lag", "rates", ...}: the switches
                        of ``QueueSettings``, ``FunctionSettings``, ``IndexSettings``, ``ThrottleSettings`` and
                        ``ChanceSettings``
POST subscriptions      {"topic", "endpoint", "action"}: "confirm" a pending one, or let it "expire"
POST clusters           {"cluster", "activeServicesCount", "runningTasksCount", ...}: what is in the cluster of an ARN
GET, POST time          {"now"} in epoch seconds; {"advance_seconds"} evaluates the alarms of every minute passed
POST metrics            {"namespace", "name", "dimensions", "value" or "values", "unit", "timestamp", "region",
                        "account"}: what only AWS's own services may publish
POST reset              a fresh AWS

What is posted must say that it is JSON, by its content type: a web page cannot do that unasked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache, partial
from http import HTTPStatus
from typing import Any, TypedDict

from provisioner.emulator.core.call import ApiRefusal, Relayed
from provisioner.emulator.core.world import EmulatedWorld
from provisioner.emulator.door.faults import ChanceSettings, Fault, Faults, Throttle, ThrottleSettings
from provisioner.emulator.door.services import SERVICES, catch_up

PREFIX = "/_emulator/"


class RecordedCall(TypedDict):
    """One AWS call as it is on record; ``write`` says whether it can have changed anything."""

    service: str
    operation: str
    status: int
    region: str
    write: bool


@cache
def control() -> ControlApi:
    """The one control of the process: moto's state is the process's, so all its emulators are the same AWS."""
    return ControlApi()


class ControlApi:
    """Answers the control requests by its ``routes``; ``calls`` is the record of AWS calls, oldest first."""

    def __init__(self) -> None:
        self.world = EmulatedWorld()
        self.faults = Faults()
        self.throttle = Throttle()
        self.calls: list[RecordedCall] = []
        self.routes: dict[tuple[str, str], Callable[[Mapping[str, Any]], object]] = {
            ("GET", "calls"): lambda _: self.calls,
            ("DELETE", "calls"): lambda _: self.calls.clear(),
            ("POST", "reset"): lambda _: self.reset(),
            ("POST", "faults"): lambda body: self.faults.arm(Fault(**body)),
            ("DELETE", "faults"): lambda _: self.faults.clear(),
            ("POST", "settings"): self._settings,
            ("GET", "time"): lambda _: {"now": self.world.now()},
            ("POST", "time"): self._time,
            **{
                ("POST", path): partial(answer, self.world)
                for service in SERVICES.values()
                for path, answer in service.controls.items()
            },
        }

    def reset(self) -> None:
        """A fresh AWS: no resource, no recorded call, no fault, every switch off."""
        with self.world.lock:
            self.world.forget()
            self.calls.clear()
            self.faults.clear()
            self.throttle.clear()

    def answer(self, method: str, path: str, body: bytes) -> Relayed:
        """Answer one control request: 200 and JSON, 400 for a body it cannot take, 404 for no such route."""
        route = self.routes.get((method, path.removeprefix(PREFIX).strip("/")))
        if route is None:
            return _json(HTTPStatus.NOT_FOUND, {"error": f"no control request {method} {path}"})
        try:
            with self.world.lock:
                return _json(HTTPStatus.OK, route(json.loads(body) if body else {}))
        except (ValueError, TypeError, KeyError, ApiRefusal) as problem:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"{type(problem).__name__}: {problem}"})

    def _settings(self, body: Mapping[str, Any]) -> None:
        """Set switches by their names. Raises KeyError for one that nobody has."""
        kinds = [
            ThrottleSettings,
            ChanceSettings,
            *(service.settings for service in SERVICES.values() if service.settings),
        ]
        owners = {item.name: kind for kind in kinds for item in fields(kind)}
        for name, value in body.items():
            setattr(self.world.settings(owners[name]), name, value)

    def _time(self, body: Mapping[str, Any]) -> dict[str, float]:
        """Let time pass, and evaluate the alarms of every minute of it."""
        catch_up(self.world)
        self.world.advance(body["advance_seconds"])
        catch_up(self.world)
        return {"now": self.world.now()}


def _json(status: int, value: object) -> Relayed:
    return Relayed(status, [("Content-Type", "application/json")], json.dumps(value).encode())
