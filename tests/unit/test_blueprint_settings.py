"""From a file to resources: what each setting changes, and what others need of the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.engine.errors import ConfigError
from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Live
from tests.unit.building import ACCOUNT, JSON_ERRORS, SAMPLE, Built, of_kind, scope

OTHER_METRIC = """
[functions.api.alarms.errors]
metric = { namespace = "AWS/Lambda", name = "Errors", dimensions = { FunctionName = "api-{env}" } }
"""
CLUSTER_METRIC = """
[cluster.alarms.cpu]
metric = { namespace = "ECS/ContainerInsights", name = "CpuUtilized", dimensions = { ClusterName = "shop-{env}" } }
threshold = 4096
"""


def test_a_service_without_further_words_is_watched(build: Callable[..., Built]) -> None:
    before, after = build(), build("[services.fraud-check]")
    assert set(after) - set(before) == {
        "log_group./ecs/fraud-check-dev",
        "metric_filter.fraud-check-errors-dev",
        "metric_alarm.fraud-check-high-error-rate-dev",
    }


def test_a_function_without_source_is_watched_and_not_touched(build: Callable[..., Built]) -> None:
    resources = build()
    assert not of_kind(resources, "lambda_function")
    assert "log_group./aws/lambda/api-dev" in resources
    assert "metric_alarm.api-high-latency-dev" in resources


@pytest.mark.parametrize(
    ("extra", "address", "attribute", "value"),
    [
        ("[encryption]\nrotation_days = 90", "kms_key.logs-dev", "rotation_days", 90),
        ("[encryption]\ndeletion_window_days = 30", "kms_key.logs-dev", "deletion_window_days", 30),
        ("[notifications]\ndlq_retention_days = 1", "sqs_queue.alarm-dlq-dev", "retention_seconds", 86_400),
        ("[notifications]\nevents_retention_days = 2", "sqs_queue.alarm-events-dev", "retention_seconds", 172_800),
        ("[notifications]\ndisplay_name = 'A'", "sns_topic.observability-alarms-dev", "display_name", "A"),
        ("[logs]\nretention_days = 90", "log_group./ecs/web-dev", "retention_days", 90),
        ("[services.x]\nretention_days = 1", "log_group./ecs/x-dev", "retention_days", 1),
        ("[services.x]\nretention_days = 0", "log_group./ecs/x-dev", "retention_days", 0),
        (
            "[services.x]\nnames.log_group = '/x/{env}'",
            "metric_filter.x-errors-dev",
            "namespace",
            "PaymentPlatform/dev",
        ),
        ("[cluster]\nname = 'c-{env}'", "ecs_cluster.c-dev", "insights", "enabled"),
        ("[cluster]\ncontainer_insights = 'enhanced'", "ecs_cluster.shop-dev", "insights", "enhanced"),
        ("[cluster]\ncapacity_providers = ['FARGATE']", "ecs_cluster.shop-dev", "capacity_providers", ["FARGATE"]),
        ("[tracing.functions]\nfixed_rate = 0.5", "sampling_rule.lambda-sampling-dev", "fixed_rate", 0.5),
        ("[tracing.services]\nreservoir = 7", "sampling_rule.ecs-sampling-dev", "reservoir", 7),
        ("[alarms]\nfunction_errors = 1", "metric_alarm.api-high-error-rate-dev", "threshold", 1.0),
        ("[alarms]\nfunction_latency_ms = 1", "metric_alarm.api-high-latency-dev", "threshold", 1.0),
        ("[alarms]\nfunction_concurrency = 1", "metric_alarm.api-high-concurrent-executions-dev", "threshold", 1.0),
        ("[alarms]\nservice_errors = 1", "metric_alarm.web-high-error-rate-dev", "threshold", 1.0),
        ("[alarms]\ncluster_cpu_percent = 1", "metric_alarm.ecs-high-cpu-dev", "threshold", 1.0),
        ("[alarms]\ncluster_memory_percent = 1", "metric_alarm.ecs-high-memory-dev", "threshold", 1.0),
        ("[alarms]\nperiod_seconds = 60", "metric_alarm.web-high-error-rate-dev", "period_seconds", 60),
        ("[alarms]\nevaluation_periods = 5", "metric_alarm.web-high-error-rate-dev", "datapoints_to_alarm", 5),
        ("[services.x]\nalarms.errors.threshold = 0", "metric_alarm.x-high-error-rate-dev", "threshold", 0.0),
        ("[services.x]\nnames.errors_alarm = 'y-{env}'", "metric_alarm.y-dev", "metric", "x-errors-dev"),
        ("[services.x]\nnames.errors_metric = 'Y-{env}'", "metric_alarm.x-high-error-rate-dev", "metric", "Y-dev"),
        ("[services.x]\nlog_format = 'json'", "metric_filter.x-errors-dev", "pattern", JSON_ERRORS),
        (
            "[services.x]\nlog_fields = ['date', 'time']",
            "metric_filter.x-errors-dev",
            "pattern",
            '[date, time, level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]',
        ),
        ("[services.x]\nerrors.pattern = '%boom%'", "metric_filter.x-errors-dev", "pattern", "%boom%"),
        (
            "[functions.x]\nlog_format = 'text'",
            "metric_filter.x-errors-dev",
            "pattern",
            '?"[ERROR]" ?"[CRITICAL]"',
        ),
        ("[functions.x]\nlog_format = 'text'", "metric_filter.x-latency-dev", "value", "$duration"),
        ("[services.x]\nerrors.default = 5", "metric_filter.x-errors-dev", "default", 5.0),
        ("[services.x]\nerrors.value = '2'", "metric_filter.x-errors-dev", "value", "2"),
        ("[functions.x]\nerrors.dimensions = { A = '$.a' }", "metric_filter.x-errors-dev", "dimensions", {"A": "$.a"}),
        ("[functions.x]\nerrors.dimensions = { A = '$.a' }", "metric_filter.x-errors-dev", "default", ""),
        ("[functions.x]\nerrors.dimensions = { A = '$.a' }", "metric_filter.x-errors-dev", "pattern", JSON_ERRORS),
        (
            "[functions.x]\nlatency.dimensions = { A = '$.a' }",
            "metric_filter.x-latency-dev",
            "dimensions",
            {"A": "$.a"},
        ),
        ("[services.x]\nerrors = {}", "metric_filter.x-errors-dev", "default", 0.0),
        (OTHER_METRIC, "metric_alarm.api-high-error-rate-dev", "namespace", "AWS/Lambda"),
        (OTHER_METRIC, "metric_alarm.api-high-error-rate-dev", "metric", "Errors"),
        (OTHER_METRIC, "metric_alarm.api-high-error-rate-dev", "dimensions", {"FunctionName": "api-dev"}),
        (OTHER_METRIC, "metric_alarm.api-high-error-rate-dev", "statistic", "Sum"),
        (OTHER_METRIC, "metric_alarm.api-high-error-rate-dev", "threshold", 5.0),
        (
            "[services.x.alarms.errors]\nmetric.name = 'M-{env}'",
            "metric_alarm.x-high-error-rate-dev",
            "metric",
            "M-dev",
        ),
        (
            "[services.x.alarms.errors]\nmetric.name = 'M'",
            "metric_alarm.x-high-error-rate-dev",
            "namespace",
            "PaymentPlatform/dev",
        ),
        (
            "[functions.x.alarms.latency]\nmetric = { name = 'M', statistic = 'Average' }",
            "metric_alarm.x-high-latency-dev",
            "low_samples",
            "evaluate",
        ),
        ("[functions.x.alarms.latency]\nmetric.name = 'M'", "metric_alarm.x-high-latency-dev", "low_samples", "ignore"),
        (CLUSTER_METRIC, "metric_alarm.ecs-high-cpu-dev", "metrics", []),
        (CLUSTER_METRIC, "metric_alarm.ecs-high-cpu-dev", "statistic", "Average"),
        (CLUSTER_METRIC, "metric_alarm.ecs-high-cpu-dev", "threshold", 4096.0),
        (
            "[cluster]\ncontainer_insights = 'disabled'\nalarms.memory.enabled = false\n"
            + CLUSTER_METRIC.replace("ECS/ContainerInsights", "AWS/ECS"),
            "ecs_cluster.shop-dev",
            "insights",
            "disabled",
        ),
    ],
)
def test_a_setting_and_its_consequence(
    build: Callable[..., Built], extra: str, address: str, attribute: str, value: object
) -> None:
    assert getattr(build(extra)[address], attribute) == value


@pytest.mark.parametrize(
    ("setting", "attribute", "value"),
    [
        ("runtime = 'python3.13'", "runtime", "python3.13"),
        ("timeout_seconds = 900", "timeout_seconds", 900),
        ("memory_mb = 128", "memory_mb", 128),
        ("log_level = 'WARN'", "application_log_level", "WARN"),
        ("log_format = 'text'", "log_format", "Text"),
        ("environment = { MODE = 'x' }", "environment", {"ENVIRONMENT": "dev", "LOG_LEVEL": "INFO", "MODE": "x"}),
        ("insights_layer = false", "layers", []),
        (
            "architecture = 'arm64'",
            "layers",
            ["arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension-Arm64:26"],
        ),
    ],
)
def test_a_functions_setting(
    tmp_path: Path, build: Callable[..., Built], setting: str, attribute: str, value: object
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").touch()
    found = getattr(build(f"[functions.x]\nsource = 'code'\n{setting}")["lambda_function.x-dev"], attribute)
    if setting.startswith("architecture"):  # the version is the table's affair
        assert [layer.rsplit(":", 1)[0] for layer in found] == [str(item).rsplit(":", 1)[0] for item in value]  # type: ignore[attr-defined]  # a list, in these rows
    else:
        assert found == value


def test_alarms_can_be_switched_off_one_by_one(build: Callable[..., Built]) -> None:
    off = "alarms.{}.enabled = false\n"
    extra = "[functions.f]\n" + off.format("latency") + "[services.s]\n" + off.format("errors") + "[cluster]\n"
    alarms = of_kind(build(extra + off.format("cpu")), "metric_alarm")
    assert "f-high-error-rate-dev" in alarms
    assert not {"f-high-latency-dev", "s-high-error-rate-dev", "ecs-high-cpu-dev"} & set(alarms)


def test_without_its_alarms_the_cluster_needs_no_insights(build: Callable[..., Built]) -> None:
    extra = "[cluster]\ncontainer_insights = 'disabled'\nalarms.cpu.enabled = false\nalarms.memory.enabled = false"
    assert build(extra)["ecs_cluster.shop-dev"].insights == "disabled"


def test_only_composites_may_speak(build: Callable[..., Built]) -> None:
    rule = "[composites.both]\nrule = 'api.errors AND NOT (web.errors)'\n"
    resources = build(rule + "[notifications]\nnotify = 'composites'\nok_actions = true")
    topic = resources["sns_topic.observability-alarms-dev"]
    for child in ("api-high-error-rate-dev", "web-high-error-rate-dev"):
        assert resources[f"metric_alarm.{child}"].alarm_actions == []
        assert resources[f"metric_alarm.{child}"].ok_actions == []
    assert resources["metric_alarm.api-high-latency-dev"].alarm_actions == [topic.arn]
    assert resources["composite_alarm.both-dev"].alarm_actions == [topic.arn]
    assert resources["composite_alarm.both-dev"].ok_actions == [topic.arn]


def test_every_subscription_has_its_dead_letters(build: Callable[..., Built]) -> None:
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:pager"
    entries = [("email", "a@example.com"), ("https", "https://example.com/hook?secret=1"), ("sqs", queue)]
    lines = [f"[[notifications.subscriptions]]\nprotocol = '{p}'\nendpoint = '{e}'\n" for p, e in entries]
    resources = build("".join(lines))
    subscriptions = of_kind(resources, "sns_subscription")
    assert len(subscriptions) == len(entries) + 1, "the events queue hears, too"
    dlq = resources["sqs_queue.alarm-dlq-dev"]
    assert all(item.redrive == {"deadLetterTargetArn": dlq.arn} for item in subscriptions.values())
    assert "observability-alarms-dev/sqs/pager" in subscriptions
    assert not [name for name in subscriptions if "secret" in name]


def test_an_alarm_with_a_metric_of_its_own_says_so(build: Callable[..., Built]) -> None:
    description = build(OTHER_METRIC)["metric_alarm.api-high-error-rate-dev"].description
    assert description.startswith("Errors, which was chosen for api, is above its threshold.")


def test_a_metric_with_dimensions_is_found_by_a_search(build: Callable[..., Built]) -> None:
    extra = "[services.x]\nlog_format = 'json'\nerrors.dimensions = { A = '$.a', B = '$.b' }"
    widgets = build(extra)["dashboard.observability-platform-dev"].body["widgets"]
    (errors,) = [widget for widget in widgets if widget["properties"].get("title") == "Errors by service"]
    search = """SEARCH('{"PaymentPlatform/dev","A","B"} MetricName="x-errors-dev"', 'Sum', 300)"""
    assert [{"expression": search, "label": "x"}] in errors["properties"]["metrics"]


def test_an_environment_overrides_any_section(build: Callable[..., Built]) -> None:
    extra = """
[logs]
retention_days = 7
[environments.prod.logs]
retention_days = 90
[environments.prod.services.web]
alarms.errors.threshold = 99
[environments.prod.services.extra]
"""
    dev, prod = build(extra), build(extra, scope("prod"))
    assert dev["log_group./ecs/web-dev"].retention_days == 7
    assert prod["log_group./ecs/web-prod"].retention_days == 90
    assert dev["metric_alarm.web-high-error-rate-dev"].threshold == 10
    assert prod["metric_alarm.web-high-error-rate-prod"].threshold == 99
    assert "log_group./ecs/extra-prod" in prod
    assert "log_group./ecs/extra-dev" not in dev


def test_the_users_tags_are_everywhere(build: Callable[..., Built]) -> None:
    resources = build("[platform.tags]\nTeam = 'payments'\n[services.x.tags]\nCostCenter = '42'")
    assert resources["kms_key.logs-dev"].tags["Team"] == "payments"
    assert resources["log_group./ecs/x-dev"].tags["CostCenter"] == "42"
    assert resources["metric_alarm.x-high-error-rate-dev"].tags["CostCenter"] == "42"
    assert "CostCenter" not in resources["kms_key.logs-dev"].tags


def test_another_partition(build: Callable[..., Built]) -> None:
    resources = build(where=scope(region="us-gov-west-1", partition="aws-us-gov"))
    topic = resources["sns_topic.observability-alarms-dev"]
    assert {s["Resource"][0].split(":")[1] for s in topic.policy["Statement"]} == {"aws-us-gov"}


def test_a_region_without_an_insights_layer_is_said_so(tmp_path: Path) -> None:
    where = scope(region="xx-nowhere-1")
    config = blueprint.load(SAMPLE, "dev")
    with pytest.raises(ConfigError, match="no Lambda Insights layer is known for x86_64 in xx-nowhere-1"):
        blueprint.build(config, where, None)


def live(resource: Resource, **outputs: str) -> Live[Any]:
    return Live(resource, outputs)


def test_outputs_of_a_platform_that_stands(sample: Built) -> None:
    lives = {
        item.address: live(item, **{name: f"{item.name} {name}" for name in ("id", "arn", "url")}, cluster=item.name)
        for item in sample.values()
    }
    assert blueprint.outputs(blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None), lives) == {
        "kms_key_id": "logs-dev id",
        "kms_key_arn": "logs-dev arn",
        "alarm_topic_arn": "observability-alarms-dev arn",
        "alarm_events_queue_url": "alarm-events-dev url",
        "alarm_dlq_url": "alarm-dlq-dev url",
        "ecs_cluster_name": "payment-platform-dev",
        "lambda_function_names": {
            "payment-handler": "payment-handler-dev",
            "order-processor": "order-processor-dev",
        },
        "dashboard_url": "https://us-east-1.console.aws.amazon.com/cloudwatch/home"
        "?region=us-east-1#dashboards/dashboard/observability-platform-dev",
    }


def test_outputs_of_nothing() -> None:
    values = blueprint.outputs(blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None), {})
    assert {value for name, value in values.items() if name != "lambda_function_names"} == {None}


def test_a_pattern_written_over_several_lines_loses_the_last_line_end(build: Callable[..., Built]) -> None:
    text = "[services.web.errors]\npattern = '''\n{ $.level = \"ERROR\" ||\n  $.level = \"FATAL\" }\n'''\n"
    made = of_kind(build(text), "metric_filter")["web-errors-dev"]
    assert made.pattern == '{ $.level = "ERROR" ||\n  $.level = "FATAL" }'
