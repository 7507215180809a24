"""The schema of ``platform.toml``: one class a table, one field a key, each with its default.

Types are strict: ``"30"`` is no number and ``true`` is no 1. An unknown key is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from provisioner.blueprint.file import fields
from provisioner.blueprint.file.fields import between, like, one_of
from provisioner.blueprint.file.rule import AlarmKey, Rule, parse_rule
from provisioner.files import Fence

CLUSTER = "cluster"
"""Whose alarms CPU and memory are; no function or service may have this name."""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class PlatformTable(Table):
    name: Annotated[str, like(r"[a-z][a-z0-9-]{0,62}", "a-z, 0-9 and -, at most 63")]
    regions: fields.Regions = []
    """Where the platform may live, the first by default; empty for anywhere."""
    account_id: fields.AccountId | None = None
    """The only account to work in; ``None`` for whichever the credentials are of."""
    namespace: Annotated[str, like(r"(?!AWS/)[^:*$]{1,238}", "1 to 238 characters without : * $, not AWS/...")] = (
        "PaymentPlatform"
    )
    """Of the metrics; ``/{env}`` is added."""
    tags: fields.TagTable = {}
    ignore_tags: list[
        Annotated[str, like(r"[\w .:/=+@-]{1,128}", "1 to 128 letters, digits, spaces and _ . : / = + - @")]
    ] = []
    """Prefixes of the keys of tags that others put on our resources, now or later: they are left alone."""


class Encryption(Table):
    rotation_days: Annotated[int, between(90, 2560)] = 365
    deletion_window_days: Annotated[int, between(7, 30)] = 7


class Subscription(Table):
    protocol: Annotated[str, one_of("email", "email-json", "https", "sqs", "lambda")]
    endpoint: fields.TextOrReference


class Notifications(Table):
    display_name: Annotated[str, like(r"[^\n\r]{0,100}", "one line of at most 100 characters")] = (
        "Observability Platform Alarms"
    )
    dlq_retention_days: Annotated[int, between(1, 14)] = 14
    events_retention_days: Annotated[int, between(1, 14)] = 4
    max_receive_count: Annotated[int, between(1, 1000)] = 3
    notify: Annotated[str, one_of("all", "composites")] = "all"
    ok_actions: bool = False
    insufficient_data_actions: bool = False
    subscriptions: list[Subscription] = []


class Logs(Table):
    retention_days: fields.RetentionDays = 30
    deletion_protection: bool | None = None
    """AWS's own protection of every log group; ``None`` leaves it as it is."""
    retain: bool = False
    """Log groups, and the key that they need, stay when they leave the file and when the platform is torn down."""


class LogGroupTable(Table):
    """What is different for one log group; ``None`` stands for what ``[logs]`` says."""

    deletion_protection: bool | None = None
    retain: bool | None = None


class Metric(Table):
    """A metric to look at in place of the platform's own; ``None`` stands for its namespace and the usual statistic."""

    namespace: fields.MetricNamespace | None = None
    name: fields.MetricName
    dimensions: Annotated[fields.Dimensions, Field(max_length=30)] = {}
    statistic: fields.Statistic | None = None
    published_by: str = ""
    """Who publishes it, where that is neither a filter here nor an AWS service: an application with PutMetricData."""


class Alarm(Table):
    """One alarm; ``None`` stands for what ``[alarms]`` says, and for the metric that the platform itself looks at."""

    enabled: bool = True
    metric: Metric | None = None
    threshold: fields.Threshold | None = None
    period_seconds: fields.PeriodSeconds | None = None
    evaluation_periods: fields.EvaluationPeriods | None = None


class ClusterAlarms(Table):
    """Thresholds in percent, unless the alarm has a metric of its own."""

    cpu: Alarm = Alarm()
    memory: Alarm = Alarm()


class Cluster(Table):
    name: fields.Template | None = None
    container_insights: Annotated[str, one_of("enabled", "enhanced", "disabled")] = "enabled"
    capacity_providers: Annotated[list[fields.CapacityProvider], fields.EACH_ONCE] = []
    alarms: ClusterAlarms = ClusterAlarms()


class Role(Table):
    extra_policies: list[fields.PolicyArn] = []
    """Managed policies besides the three that logging, tracing and Lambda Insights need."""
    permissions_boundary: fields.PolicyArn | None = None


class Sampling(Table):
    fixed_rate: Annotated[float, between(0, 1)] = 0.1
    reservoir: Annotated[int, between(0, 2**31 - 1)] = 1
    """Traces a second that are recorded before the rate applies."""


class Tracing(Table):
    functions: Sampling = Sampling()
    services: Sampling = Sampling()


class Alarms(Table):
    """What holds for every alarm that does not say otherwise."""

    period_seconds: fields.PeriodSeconds = 300
    evaluation_periods: fields.EvaluationPeriods = 2
    function_errors: fields.Threshold = 5
    function_latency_ms: fields.Threshold = 3000
    """p99."""
    function_concurrency: fields.Threshold = 100
    service_errors: fields.Threshold = 10
    cluster_cpu_percent: fields.Percent = 80
    cluster_memory_percent: fields.Percent = 80


class LogMetric(Table):
    """How a metric is made of log lines; ``None`` stands for what suits the log format, a ``value`` of 1 for errors."""

    pattern: str | None = None
    value: str | None = None
    default: float | None = None
    """Published where nothing matches: 0 for errors without dimensions, else nothing."""
    dimensions: dict[str, str] = {}
    """Name -> ``$.field`` of a JSON line, or ``$name`` of a space-delimited pattern."""


class ServiceNames(Table):
    """Names in place of the usual ones."""

    log_group: fields.Template | None = None
    errors_filter: fields.Template | None = None
    errors_metric: fields.Template | None = None
    errors_alarm: fields.Template | None = None


class FunctionNames(ServiceNames):
    function: fields.Template | None = None
    latency_filter: fields.Template | None = None
    latency_metric: fields.Template | None = None
    latency_alarm: fields.Template | None = None
    concurrency_alarm: fields.Template | None = None


class ServiceAlarms(Table):
    errors: Alarm = Alarm()


class FunctionAlarms(ServiceAlarms):
    latency: Alarm = Alarm()
    concurrency: Alarm = Alarm()


class Service(Table):
    """An ECS service that somebody else deploys: its log group, filter, alarm and widgets are ours.

    The class of the same name in ``lambdas/`` is deployed code: the two never meet, and each has the word of its field.
    """

    log_format: fields.LogFormat = "text"
    log_fields: fields.LogFields = ["time"]
    """Of a line of text, what stands before the level."""
    retention_days: fields.RetentionDays | None = None
    log_group: LogGroupTable = LogGroupTable()
    errors: LogMetric | None = None
    names: ServiceNames = ServiceNames()
    alarms: ServiceAlarms = ServiceAlarms()
    tags: fields.TagTable = {}


class Function(Table):
    """A Lambda function, deployed from ``source``; without it somebody else deploys the function."""

    source: fields.FilePath | None = None
    allow_outside: Annotated[list[fields.FilePath], Field(max_length=20)] = []
    """Folders or files outside that of the configuration from which the zip may have something."""
    require_hashes: bool = True
    """Whether each package in ``requirements.txt`` must have a hash."""
    handler: fields.Handler = "index.handler"
    runtime: Annotated[str, one_of("python3.11", "python3.12", "python3.13", "python3.14")] = "python3.11"
    architecture: Annotated[str, one_of("x86_64", "arm64")] = "x86_64"
    timeout_seconds: Annotated[int, between(1, 900)] = 30
    memory_mb: Annotated[int, between(128, 10_240)] = 512
    log_level: Annotated[str, one_of("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")] = "INFO"
    insights_layer: fields.InsightsLayer = True
    layers: list[fields.LayerArn] = []
    environment: dict[str, fields.TextOrReference] = {}
    log_format: fields.LogFormat = "json"
    retention_days: fields.RetentionDays | None = None
    log_group: LogGroupTable = LogGroupTable()
    errors: LogMetric | None = None
    latency: LogMetric | None = None
    names: FunctionNames = FunctionNames()
    alarms: FunctionAlarms = FunctionAlarms()
    tags: fields.TagTable = {}


class Composite(Table):
    rule: fields.RuleText
    enabled: bool = True
    description: Annotated[str, Field(max_length=1024)] = ""


class StateTable(Table):
    """Where the state is kept in S3, whose the bucket is and what encrypts it."""

    bucket_owner: fields.AccountId | None = None
    """The account of the bucket; ``None`` for that of the credentials."""
    kms_key: fields.KeyId | None = None
    """What S3 encrypts the state with; ``None`` for the bucket's default."""


class Document(Table):
    """A whole file as one environment sees it, that environment's own table merged in."""

    protected: bool = False
    """Nothing that holds data is removed or replaced here, and nothing is torn down."""
    platform: PlatformTable
    state: StateTable = StateTable()
    encryption: Encryption = Encryption()
    notifications: Notifications = Notifications()
    logs: Logs = Logs()
    cluster: Cluster = Cluster()
    role: Role = Role()
    tracing: Tracing = Tracing()
    alarms: Alarms = Alarms()
    functions: dict[fields.Key, Function] = {}
    services: dict[fields.Key, Service] = {}
    composites: dict[fields.Key, Composite] = {}


class Config(Document):
    """A configuration that can be built. ``root`` is the folder of its file, to which sources are relative."""

    root: Path
    environment: str

    @cached_property
    def workloads(self) -> Mapping[str, Function | Service]:
        """Everything that writes logs, by its declared name."""
        return {**self.functions, **self.services}

    @cached_property
    def deployed(self) -> Mapping[str, Function]:
        """The functions whose code is ours."""
        return {name: function for name, function in self.functions.items() if function.source is not None}

    def fence(self, owner: str = "") -> Fence:
        """What may be read: the folder of the file, and what the function ``owner`` names besides. ``OSError``."""
        return Fence.around(self.root, self.functions[owner].allow_outside if owner else ())

    def alarms_of(self, owner: str) -> dict[str, Alarm]:
        """The alarms that ``owner``, a workload or the cluster, may have, switched off or not."""
        return dict((self.cluster if owner == CLUSTER else self.workloads[owner]).alarms)

    def metrics_of(self, owner: str) -> dict[str, LogMetric | None]:
        """The metrics that are made of the log lines of ``owner``, each with its own pattern if it has one."""
        workload = self.workloads[owner]
        errors = {"errors": workload.errors}
        return errors | {"latency": workload.latency} if isinstance(workload, Function) else errors

    @cached_property
    def active_alarms(self) -> Mapping[AlarmKey, Alarm]:
        """Every alarm that is not switched off."""
        owners = [*self.functions, CLUSTER, *self.services]
        every = {(owner, signal): alarm for owner in owners for signal, alarm in self.alarms_of(owner).items()}
        return {key: alarm for key, alarm in every.items() if alarm.enabled}

    @cached_property
    def active_composites(self) -> Mapping[str, Composite]:
        return {name: composite for name, composite in self.composites.items() if composite.enabled}

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """The rules of the composites that are not switched off."""
        return {name: parse_rule(composite.rule) for name, composite in self.active_composites.items()}

    def section_of(self, owner: str) -> str:
        """The name of the table under which ``owner`` stands: ``functions``, ``services`` or ``cluster``."""
        return CLUSTER if owner == CLUSTER else "functions" if owner in self.functions else "services"

    def table_of(self, owner: str) -> tuple[str, ...]:
        """The path of the table in which ``owner`` is declared."""
        return (CLUSTER,) if owner == CLUSTER else (self.section_of(owner), owner)

    def threshold(self, key: AlarmKey) -> float:
        owner, signal = key
        own = self.alarms_of(owner)[signal].threshold
        defaults = {
            ("functions", "errors"): self.alarms.function_errors,
            ("functions", "latency"): self.alarms.function_latency_ms,
            ("functions", "concurrency"): self.alarms.function_concurrency,
            ("services", "errors"): self.alarms.service_errors,
            (CLUSTER, "cpu"): self.alarms.cluster_cpu_percent,
            (CLUSTER, "memory"): self.alarms.cluster_memory_percent,
        }
        return defaults[self.section_of(owner), signal] if own is None else own

    def window(self, key: AlarmKey) -> tuple[int, int]:
        """The length of a period in seconds, and how many periods must breach."""
        alarm = self.alarms_of(key[0])[key[1]]
        return alarm.period_seconds or self.alarms.period_seconds, (
            alarm.evaluation_periods or self.alarms.evaluation_periods
        )
