"""The schema of ``platform.toml``: what may be declared, with its defaults and AWS's limits.

Every section can be overridden for one environment, under ``[environments.<name>.<section>]``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from provisioner.patterns import validate as pattern_findings

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""The values PutRetentionPolicy takes; 0 here keeps for ever."""

RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
"""Managed runtimes that the bundled dependencies have wheels for."""

RESERVED_TAGS = ("Name", "Environment", "ManagedBy", "Service")

Template = Annotated[str, StringConstraints(min_length=1, max_length=512)]
"""A name with ``{env}`` in it, so that two environments never meet."""

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,47}$")]
"""A declared service or function: the stem of every name derived from it."""


LayerArn = Annotated[str, StringConstraints(pattern=r"^arn:[\w-]+:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$")]


def _retention(days: int) -> int:
    if days not in (0, *RETENTION_DAYS):
        raise ValueError(f"{days} is not a retention; one of 0 (for ever), {', '.join(map(str, RETENTION_DAYS))}")
    return days


def _named(template: str) -> str:
    if "{env}" not in template:
        raise ValueError(f"{template!r} must hold {{env}}, or two environments would share it")
    return template


class Section(BaseModel):
    """Unknown keys and wrong types are errors; text is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Platform(Section):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    regions: list[str] = []
    account_id: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    namespace: Annotated[str, StringConstraints(pattern=r"^[^:*$]{1,200}$")] = "PaymentPlatform"
    tags: dict[str, str] = {}

    @field_validator("tags")
    @classmethod
    def _tags(cls, tags: dict[str, str]) -> dict[str, str]:
        for key, value in tags.items():
            if not 1 <= len(key) <= 128 or len(value) > 256:
                raise ValueError(f"tag {key!r}: a key has 1 to 128 characters, a value at most 256")
            if key.startswith(("aws:", "provisioner:")) or key in RESERVED_TAGS:
                raise ValueError(f"tag {key!r} is reserved")
        if len(tags) > 44:
            raise ValueError(f"{len(tags)} tags: AWS allows 50, and 6 of them are the platform's own")
        return tags


class Encryption(Section):
    rotation_days: Annotated[int, Field(ge=90, le=2560)] = 365
    deletion_window_days: Annotated[int, Field(ge=7, le=30)] = 7


class Subscription(Section):
    protocol: Literal["email", "email-json", "https", "sqs", "lambda"]
    endpoint: str

    @model_validator(mode="after")
    def _endpoint(self) -> Subscription:
        forms = {
            "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
            "email-json": r"[^@\s]+@[^@\s]+\.[^@\s]+",
            "https": r"https://\S+",
            "sqs": r"arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+",
            "lambda": r"arn:[\w-]+:lambda:[\w-]+:\d{12}:function:[\w:-]+",
        }
        if not re.fullmatch(forms[self.protocol], self.endpoint):
            kind = {"email": "an address", "email-json": "an address", "https": "a URL"}.get(self.protocol, "an ARN")
            raise ValueError(f"{self.endpoint!r} is not {kind} for {self.protocol}")
        return self


class Notifications(Section):
    display_name: Annotated[str, StringConstraints(max_length=100)] = "Observability Platform Alarms"
    events_retention_days: Annotated[int, Field(ge=1, le=14)] = 4
    dlq_retention_days: Annotated[int, Field(ge=1, le=14)] = 14
    max_receive_count: Annotated[int, Field(ge=1, le=1000)] = 3
    notify: Literal["all", "composites"] = "all"
    ok_actions: bool = False
    insufficient_data_actions: bool = False
    subscriptions: list[Subscription] = []


class Logs(Section):
    retention_days: int = 30
    _days = field_validator("retention_days")(_retention)


class Alarm(Section):
    enabled: bool = True
    threshold: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


class Alarms(Section):
    """Defaults of every alarm. Thresholds in events, milliseconds, executions and per cent."""

    period_seconds: int = 300
    evaluation_periods: Annotated[int, Field(ge=1)] = 2
    function_errors: Annotated[float, Field(ge=0)] = 5
    function_latency_ms: Annotated[float, Field(ge=0)] = 3000
    function_concurrency: Annotated[float, Field(ge=0)] = 100
    service_errors: Annotated[float, Field(ge=0)] = 10
    cluster_cpu_percent: Annotated[float, Field(ge=0, le=100)] = 80
    cluster_memory_percent: Annotated[float, Field(ge=0, le=100)] = 80

    @model_validator(mode="after")
    def _window(self) -> Alarms:
        if self.period_seconds not in (10, 20, 30) and (self.period_seconds < 60 or self.period_seconds % 60):
            raise ValueError(f"period_seconds = {self.period_seconds}: 10, 20, 30 or a multiple of 60")
        if self.period_seconds * self.evaluation_periods > 86_400:
            raise ValueError("period_seconds times evaluation_periods is more than a day (86400 s)")
        return self


class ClusterAlarms(Section):
    cpu: Alarm = Alarm()
    memory: Alarm = Alarm()


class Cluster(Section):
    name: Template | None = None
    container_insights: Literal["enabled", "enhanced", "disabled"] = "enabled"
    capacity_providers: list[str] = []
    alarms: ClusterAlarms = ClusterAlarms()

    @model_validator(mode="after")
    def _metrics(self) -> Cluster:
        if self.container_insights == "disabled" and (self.alarms.cpu.enabled or self.alarms.memory.enabled):
            raise ValueError(
                "container_insights = 'disabled' leaves the CPU and memory alarms without a metric: "
                "switch off cluster.alarms.cpu and cluster.alarms.memory, or use 'enabled' or 'enhanced'"
            )
        return self


class Sampling(Section):
    fixed_rate: Annotated[float, Field(ge=0, le=1)] = 0.1
    reservoir: Annotated[int, Field(ge=0)] = 1


class Tracing(Section):
    functions: Sampling = Sampling()
    services: Sampling = Sampling()


class Names(Section):
    """Names in place of the scheme's; each holds ``{env}``."""

    log_group: Template | None = None
    errors_filter: Template | None = None
    errors_metric: Template | None = None
    errors_alarm: Template | None = None

    @field_validator("*")
    @classmethod
    def _env(cls, template: str | None) -> str | None:
        return _named(template) if template else template


class FunctionNames(Names):
    function: Template | None = None
    latency_filter: Template | None = None
    latency_metric: Template | None = None
    latency_alarm: Template | None = None
    concurrency_alarm: Template | None = None


class ServiceAlarms(Section):
    errors: Alarm = Alarm()


class FunctionAlarms(ServiceAlarms):
    latency: Alarm = Alarm()
    concurrency: Alarm = Alarm()


class Pattern(Section):
    """A filter pattern of one's own, and the value it publishes."""

    pattern: str
    value: str = "1"

    @model_validator(mode="after")
    def _valid(self) -> Pattern:
        findings = pattern_findings(self.pattern, self.value)
        if findings:
            raise ValueError("; ".join(f"{finding.message} ({finding.hint})" for finding in findings))
        return self


class Watched(Section):
    """What services and functions have in common."""

    retention_days: int | None = None
    errors: Pattern | None = None
    tags: dict[str, str] = {}

    @field_validator("retention_days")
    @classmethod
    def _days(cls, days: int | None) -> int | None:
        return None if days is None else _retention(days)


class Service(Watched):
    log_format: Literal["json", "text"] = "text"
    log_fields: Annotated[list[Annotated[str, StringConstraints(pattern=r"^\w+$")]], Field(max_length=20)] = ["time"]
    names: Names = Names()
    alarms: ServiceAlarms = ServiceAlarms()


class Function(Watched):
    source: str | None = None
    handler: Annotated[str, StringConstraints(pattern=r"^\S{1,128}$")] = "index.handler"
    runtime: Literal["python3.11", "python3.12", "python3.13", "python3.14"] = "python3.11"
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    timeout_seconds: Annotated[int, Field(ge=1, le=900)] = 30
    memory_mb: Annotated[int, Field(ge=128, le=10_240)] = 512
    log_level: Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"] = "INFO"
    log_format: Literal["json", "text"] = "json"
    insights_layer: (
        bool | Annotated[str, StringConstraints(pattern=r"^arn:[\w-]+:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$")]
    ) = True
    environment: dict[str, str] = {}
    latency: Pattern | None = None
    names: FunctionNames = FunctionNames()
    alarms: FunctionAlarms = FunctionAlarms()

    @field_validator("environment")
    @classmethod
    def _variables(cls, variables: dict[str, str]) -> dict[str, str]:
        for name in variables:
            if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]+", name):
                raise ValueError(f"{name!r} is no name of a variable: a letter, then letters, digits and _")
            if name in ("ENVIRONMENT", "LOG_LEVEL") or name.startswith("AWS_"):
                raise ValueError(f"{name} is set by the platform (log_level) or by Lambda")
        if sum(len(name) + len(value) for name, value in variables.items()) > 4000:
            raise ValueError("the variables take more than 4 KB together")
        return variables


class Composite(Section):
    rule: Annotated[str, StringConstraints(min_length=1)]
    description: Annotated[str, StringConstraints(max_length=1024)] = ""


class Config(Section):
    """One environment of the file, its own overrides already laid over the rest."""

    platform: Platform
    encryption: Encryption = Encryption()
    notifications: Notifications = Notifications()
    logs: Logs = Logs()
    cluster: Cluster = Cluster()
    tracing: Tracing = Tracing()
    alarms: Alarms = Alarms()
    functions: dict[Key, Function] = {}
    services: dict[Key, Service] = {}
    composites: dict[Key, Composite] = {}
    environment: str = ""
    root: Path = Field(default=Path(), strict=False)

    @model_validator(mode="before")
    @classmethod
    def _once(cls, data: Any) -> Any:
        both = set(data.get("functions") or ()) & set(data.get("services") or ())
        if both:
            raise ValueError(f"{', '.join(sorted(both))} is declared as a service and as a function")
        return data
