"""One place gives everything its name: filter, metric, alarm and widget ask here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.blueprint.config import Config, Function, Service
from provisioner.engine.model import Address
from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.engine.reconciler import Scope


@dataclass(frozen=True)
class Watch:
    """A declared service or function with its names in AWS. The latency and concurrency of a service are unused."""

    key: str
    declared: Service | Function
    log_group: str
    errors_filter: str
    errors_metric: str
    errors_alarm: str
    function: str = ""
    latency_filter: str = ""
    latency_metric: str = ""
    latency_alarm: str = ""
    concurrency_alarm: str = ""


class Names:
    """Every name of one environment."""

    def __init__(self, config: Config, scope: Scope) -> None:
        self._config = config
        self._scope = scope
        self.env = config.environment
        self.key = f"logs-{self.env}"
        self.topic = f"observability-alarms-{self.env}"
        self.events_queue = f"alarm-events-{self.env}"
        self.dead_letter_queue = f"alarm-dlq-{self.env}"
        self.cluster = self._fill(config.cluster.name) if config.cluster.name else f"{config.platform.name}-{self.env}"
        self.role = f"lambda-execution-role-{self.env}"
        self.dashboard = f"observability-platform-{self.env}"
        self.namespace = f"{config.platform.namespace}/{self.env}"
        self.functions = [self._function(key, function) for key, function in config.functions.items()]
        self.services = [self._service(key, service) for key, service in config.services.items()]

    def suffixed(self, stem: str) -> str:
        """``stem`` with the environment behind it."""
        return f"{stem}-{self.env}"

    def tags(self, kind: str, name: str, service: str = "", own: Mapping[str, str] | None = None) -> dict[str, str]:
        """The tags of a resource: the platform's, the user's, and the two that say whose it is."""
        return {
            "Name": name,
            "Environment": self.env,
            "ManagedBy": "provisioner",
            **({"Service": service} if service else {}),
            **self._config.platform.tags,
            **(own or {}),
            STACK_TAG: self._scope.stack,
            ADDRESS_TAG: str(Address(kind, name)),
        }

    def _fill(self, template: str) -> str:
        return template.replace("{env}", self.env)

    def _service(self, key: str, service: Service) -> Watch:
        return Watch(key, service, **self._common(key, service, f"/ecs/{key}-{self.env}"))

    def _function(self, key: str, function: Function) -> Watch:
        own: Any = function.names
        name = self._fill(own.function or f"{key}-{{env}}")
        return Watch(
            key,
            function,
            **self._common(key, function, f"/aws/lambda/{name}"),
            function=name,
            latency_filter=self._fill(own.latency_filter or f"{key}-latency-{{env}}"),
            latency_metric=self._fill(own.latency_metric or f"{key}-latency-{{env}}"),
            latency_alarm=self._fill(own.latency_alarm or f"{key}-high-latency-{{env}}"),
            concurrency_alarm=self._fill(own.concurrency_alarm or f"{key}-high-concurrent-executions-{{env}}"),
        )

    def _common(self, key: str, declared: Service | Function, log_group: str) -> dict[str, str]:
        own = declared.names
        return {
            "log_group": self._fill(own.log_group or log_group),
            "errors_filter": self._fill(own.errors_filter or f"{key}-errors-{{env}}"),
            "errors_metric": self._fill(own.errors_metric or f"{key}-errors-{{env}}"),
            "errors_alarm": self._fill(own.errors_alarm or f"{key}-high-error-rate-{{env}}"),
        }
