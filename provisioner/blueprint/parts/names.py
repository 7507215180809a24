"""What everything is called in AWS: the one place that gives a name, to the thing and to all who refer to it."""

from __future__ import annotations

from dataclasses import dataclass

from provisioner.blueprint.file.rule import AlarmKey
from provisioner.blueprint.file.schema import CLUSTER, Config

_ALARM_ENDINGS = {
    "errors": "high-error-rate",
    "latency": "high-latency",
    "concurrency": "high-concurrent-executions",
    "cpu": "high-cpu",
    "memory": "high-memory",
}


@dataclass(frozen=True)
class Names:
    """The names of one environment, in ``region`` where that matters.

    ``owner`` is a declared function or service, for alarms also ``cluster``.
    """

    config: Config
    region: str = ""

    @property
    def key(self) -> str:
        return self._scheme("logs")

    @property
    def topic(self) -> str:
        return self._scheme("observability-alarms")

    @property
    def events(self) -> str:
        return self._scheme("alarm-events")

    @property
    def dlq(self) -> str:
        return self._scheme("alarm-dlq")

    @property
    def cluster(self) -> str:
        return self._chosen(self.config.cluster.name, self.config.platform.name)

    @property
    def role(self) -> str:
        return self._scheme("lambda-execution-role") + self._elsewhere

    @property
    def functions_rule(self) -> str:
        return self._scheme("lambda-sampling")

    @property
    def services_rule(self) -> str:
        return self._scheme("ecs-sampling")

    @property
    def dashboard(self) -> str:
        return self._scheme("observability-platform") + self._elsewhere

    @property
    def _elsewhere(self) -> str:
        """What tells the roles and dashboards of several Regions apart: both are global in their account."""
        first, *others = self.config.platform.regions or [""]
        return f"-{self.region}" if self.region in others and self.region != first else ""

    @property
    def namespace(self) -> str:
        return f"{self.config.platform.namespace}/{self.config.environment}"

    def function(self, owner: str) -> str:
        return self._chosen(self.config.functions[owner].names.function, owner)

    def log_group(self, owner: str) -> str:
        chosen = self.config.workloads[owner].names.log_group
        if owner in self.config.functions:
            return self.filled(chosen) if chosen else f"/aws/lambda/{self.function(owner)}"
        return self._chosen(chosen, f"/ecs/{owner}")

    def metric(self, owner: str, signal: str) -> str:
        return self._chosen(self._own(owner, f"{signal}_metric"), f"{owner}-{signal}")

    def filter(self, owner: str, signal: str) -> str:
        return self._chosen(self._own(owner, f"{signal}_filter"), f"{owner}-{signal}")

    def alarm(self, key: AlarmKey) -> str:
        owner, signal = key
        if owner == CLUSTER:
            return self._scheme(f"ecs-{_ALARM_ENDINGS[signal]}")
        return self._chosen(self._own(owner, f"{signal}_alarm"), f"{owner}-{_ALARM_ENDINGS[signal]}")

    def composite(self, declared: str) -> str:
        return self._scheme(declared)

    def _own(self, owner: str, what: str) -> str | None:
        own: str | None = dict(self.config.workloads[owner].names)[what]
        return own

    def _chosen(self, template: str | None, stem: str) -> str:
        return self.filled(template) if template else self._scheme(stem)

    def _scheme(self, stem: str) -> str:
        return f"{stem}-{self.config.environment}"

    def filled(self, template: str) -> str:
        """``template`` with this environment's name in it."""
        return template.replace("{env}", self.config.environment)
