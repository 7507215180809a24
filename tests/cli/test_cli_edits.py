"""What follows from an edited platform.toml."""

from __future__ import annotations

from collections import Counter

from tests.cli.inventory import declared, total
from tests.cli.running import Cli, Sample

DASHBOARD = "dashboard.observability-platform-dev"
REMOVALS = {"cloudwatch:DeleteAlarms", "logs:DeleteLogGroup"}
"""The filter goes with its group."""


def test_a_removed_service(cli: Cli, sample: Sample) -> None:
    cli.ok("apply", "--yes")
    sample.remove_service("inventory-service")
    agreed = ("--allow-data-loss", "log_group./ecs/inventory-service-dev")
    assert cli.pending(*agreed) == {
        DASHBOARD: "update",
        "metric_alarm.inventory-service-high-error-rate-dev": "delete",
        "metric_filter.inventory-service-errors-dev": "delete",
        "log_group./ecs/inventory-service-dev": "delete",
    }
    calls = cli.apply(*agreed)
    assert Counter(calls) == Counter({"cloudwatch:PutDashboard", *REMOVALS}), "a composite alarm must not be touched"
    shown = calls[calls.index("cloudwatch:PutDashboard") :]
    assert {"cloudwatch:DeleteAlarms", "logs:DeleteLogGroup"} <= set(shown), "a dashboard must never show what is gone"
    assert cli.pending() == {}


def test_added_services_and_functions(cli: Cli, sample: Sample) -> None:
    cli.ok("apply", "--yes")
    sample.add("[services.fraud-check]")
    sample.add("[functions.refund-handler]  # without source: somebody else deploys it")
    assert cli.pending() == {
        DASHBOARD: "update",
        "log_group./ecs/fraud-check-dev": "create",
        "metric_filter.fraud-check-errors-dev": "create",
        "metric_alarm.fraud-check-high-error-rate-dev": "create",
        "log_group./aws/lambda/refund-handler-dev": "create",
        "metric_filter.refund-handler-errors-dev": "create",
        "metric_filter.refund-handler-latency-dev": "create",
        "metric_alarm.refund-handler-high-error-rate-dev": "create",
        "metric_alarm.refund-handler-high-latency-dev": "create",
        "metric_alarm.refund-handler-high-concurrent-executions-dev": "create",
    }
    calls = cli.apply()
    assert not [call for call in calls if call.startswith(("lambda:", "iam:"))]
    assert Counter(calls)["cloudwatch:PutMetricAlarm"] == 4
    assert cli.pending() == {}


def test_changed_values(cli: Cli, sample: Sample) -> None:
    cli.ok("apply", "--yes")
    sample.edit(r"^service_errors = 10$", "service_errors = 20")
    sample.add("[environments.prod.logs]\nretention_days = 90")
    plan = cli.plan()
    assert {change["kind"] for change in plan["changes"]} == {"metric_alarm"}
    services = [name for name in declared()["log_group"] if name.startswith("/ecs/")]
    assert len(plan["changes"]) == len(services), "other environments' values change nothing here"
    for change in plan["changes"]:
        assert change["origin"] == "config"
        assert [(field["field"], field["before"], field["after"]) for field in change["fields"]] == [
            ("threshold", 10, 20)
        ]
    assert cli.apply() == ["cloudwatch:PutMetricAlarm"] * len(services)
    groups = [change for change in cli.plan("--env", "prod")["changes"] if change["kind"] == "log_group"]
    fields = [field for change in groups for field in change["fields"]]
    assert [field["after"] for field in fields if field["field"] == "retention_days"] == [90] * total("log_group")


def test_a_change_of_the_functions_alone(cli: Cli, sample: Sample) -> None:
    cli.ok("apply", "--yes")
    sample.edit(r"^memory_mb = 512$", "memory_mb = 1024")
    (change,) = cli.plan()["changes"]
    assert change["address"] == "lambda_function.payment-handler-dev"
    assert [(field["field"], field["after"]) for field in change["fields"]] == [("memory_mb", 1024)]
    assert cli.apply() == ["lambda:UpdateFunctionConfiguration"]


def test_metrics_and_dimensions_of_ones_own_and_back(sample: Sample, cli: Cli) -> None:
    cli.ok("apply", "--yes")
    before = sample.path.read_text(encoding="utf-8")
    sample.edit(r"^alarms\.cpu\.enabled = true\n", "")
    sample.edit(r"^\[services\.order-service\]\n", '[services.order-service]\nlog_format = "json"\n')
    sample.add(CHOSEN)
    assert cli.pending() == {
        "metric_filter.order-service-errors-dev": "update",
        "metric_alarm.order-service-high-error-rate-dev": "update",
        "metric_alarm.ecs-high-cpu-dev": "update",
        "metric_alarm.order-processor-high-latency-dev": "update",
        DASHBOARD: "update",
    }
    cli.ok("apply", "--yes")
    assert cli.pending() == {}
    assert cli.ok("status", "--json").json()["problems"] == []
    sample.path.write_text(before, encoding="utf-8")
    cli.ok("apply", "--yes")
    assert cli.pending() == {}


CHOSEN = """
[services.order-service.errors]
dimensions = { Tenant = "$.tenant" }
[services.order-service.alarms.errors]
metric = { name = "order-service-errors-{env}", dimensions = { Tenant = "acme" } }
[cluster.alarms.cpu]
threshold = 4096
[cluster.alarms.cpu.metric]
namespace = "ECS/ContainerInsights"
name = "CpuUtilized"
dimensions = { ClusterName = "payment-platform-{env}" }
[functions.order-processor.alarms.latency.metric]
namespace = "AWS/Lambda"
name = "Duration"
dimensions = { FunctionName = "order-processor-{env}" }
statistic = "Average"
"""
