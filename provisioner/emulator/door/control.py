"""The control API under ``/_emulator/``: what happened, what shall go wrong, and how time passes.

GET, DELETE calls       every AWS call so far, oldest first; forget them
POST, DELETE faults     {"service", "operation", "code", "times", "delay_seconds", "drop_connection"}: see ``Fault``
POST settings           the switches of ``Settings``
POST subscriptions      {"topic", "endpoint", "action"}: "confirm" a pending one, or let it "expire"
GET, POST time          {"now"} in epoch seconds; {"advance_seconds"} evaluates the alarms of every minute passed
POST metrics            {"namespace", "name", "dimensions", "value" or "values", "unit", "timestamp", "region",
                        "account"}: what only AWS's own services may publish
POST reset              a fresh AWS
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any

from provisioner.emulator.cloudwatch.metrics import Datum, Metrics
from provisioner.emulator.cloudwatch.minutes import catch_up
from provisioner.emulator.core.call import Refusal, Relayed
from provisioner.emulator.core.place import Place
from provisioner.emulator.core.world import World
from provisioner.emulator.door.faults import Fault, Faults, Throttle
from provisioner.emulator.sns.subscriptions import decide
from provisioner.evaluation import MetricId, Samples

PREFIX = "/_emulator/"
_ACCOUNT, _REGION = "123456789012", "us-east-1"


@cache
def control() -> Control:
    """The one control of the process: moto's state is the process's, so all its emulators are the same AWS."""
    return Control()


class Control:
    """Answers the control requests; ``calls`` is the record of AWS calls, oldest first."""

    def __init__(self) -> None:
        self.world = World()
        self.faults = Faults()
        self.throttle = Throttle()
        self.calls: list[dict[str, Any]] = []
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "calls"): lambda _: self.calls,
            ("DELETE", "calls"): lambda _: self.calls.clear(),
            ("POST", "reset"): lambda _: self.reset(),
            ("POST", "faults"): lambda body: self.faults.arm(Fault(**body)),
            ("DELETE", "faults"): lambda _: self.faults.clear(),
            ("POST", "settings"): lambda body: self.world.settings.change(body),
            ("POST", "subscriptions"): self._subscription,
            ("GET", "time"): lambda _: {"now": self.world.now()},
            ("POST", "time"): self._time,
            ("POST", "metrics"): self._metrics,
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
        route = self._routes.get((method, path.removeprefix(PREFIX).strip("/")))
        if route is None:
            return _json(HTTPStatus.NOT_FOUND, {"error": f"no control request {method} {path}"})
        try:
            with self.world.lock:
                return _json(HTTPStatus.OK, route(json.loads(body) if body else {}))
        except (ValueError, TypeError, KeyError, Refusal) as problem:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"{type(problem).__name__}: {problem}"})

    def _subscription(self, body: dict[str, Any]) -> dict[str, Any]:
        """What a person does with the mail that asks for confirmation, or does not do for three days."""
        _, _, _, region, account, _ = body["topic"].split(":")
        return decide(self.world, Place(account, region), body["topic"], body["endpoint"], body["action"])

    def _time(self, body: dict[str, Any]) -> dict[str, float]:
        """Let time pass, and evaluate the alarms of every minute of it."""
        catch_up(self.world)
        self.world.advance(body["advance_seconds"])
        catch_up(self.world)
        return {"now": self.world.now()}

    def _metrics(self, body: dict[str, Any]) -> None:
        """Publish what only AWS's own services may, such as AWS/Lambda Duration."""
        metric = MetricId.of(body["namespace"], body["name"], body.get("dimensions", {}).items())
        values = body["values"] if "values" in body else [body["value"]]
        found = Datum(body.get("timestamp", self.world.now()), body.get("unit", "None"), Samples.of(values))
        place = Place(body.get("account", _ACCOUNT), body.get("region", _REGION))
        self.world.store(Metrics, place).publish(metric, found)


def _json(status: int, value: Any) -> Relayed:
    return Relayed(status, [("Content-Type", "application/json")], json.dumps(value).encode())
