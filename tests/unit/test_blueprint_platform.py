"""From a file to resources: the whole inventory of the sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.bundle import Bundle
from provisioner.engine.model import Address, references
from tests.unit.building import ACCOUNT, JSON_ERRORS, SAMPLE, Built, built, of_kind, scope


def test_role_and_dashboard_of_two_regions_do_not_meet(tmp_path: Path) -> None:
    """Both are global in their account; everything else of the same name is in a Region of its own."""
    path = tmp_path / "platform.toml"
    two = SAMPLE.read_text(encoding="utf-8").replace('regions = ["us-east-1"]', 'regions = ["us-east-1", "eu-west-1"]')
    path.write_text(two, encoding="utf-8")
    (tmp_path / "lambdas").symlink_to(SAMPLE.parent / "lambdas")
    first, second = (set(built(path, scope(region=region))) for region in ("us-east-1", "eu-west-1"))
    assert first == set(built(SAMPLE))
    assert first - second == {"iam_role.lambda-execution-role-dev", "dashboard.observability-platform-dev"}
    assert {address.removesuffix("-eu-west-1") for address in second} == first


@pytest.mark.parametrize("env", ["dev", "prod"])
def test_the_samples_inventory(env: str) -> None:
    assert set(built(SAMPLE, scope(env))) == {
        f"kms_key.logs-{env}",
        f"sqs_queue.alarm-dlq-{env}",
        f"sqs_queue.alarm-events-{env}",
        f"sns_topic.observability-alarms-{env}",
        f"sns_subscription.observability-alarms-{env}/sqs/alarm-events-{env}",
        f"log_group./ecs/payment-processor-{env}",
        f"log_group./ecs/order-service-{env}",
        f"log_group./ecs/inventory-service-{env}",
        f"log_group./ecs/notification-service-{env}",
        f"log_group./aws/lambda/payment-handler-{env}",
        f"log_group./aws/lambda/order-processor-{env}",
        f"ecs_cluster.payment-platform-{env}",
        f"iam_role.lambda-execution-role-{env}",
        f"lambda_function.payment-handler-{env}",
        f"lambda_function.order-processor-{env}",
        f"sampling_rule.lambda-sampling-{env}",
        f"sampling_rule.ecs-sampling-{env}",
        f"metric_filter.lambda-error-rate-{env}",
        f"metric_filter.lambda-latency-{env}",
        f"metric_filter.order-processor-errors-{env}",
        f"metric_filter.order-processor-latency-{env}",
        f"metric_filter.ecs-error-rate-{env}",
        f"metric_filter.order-service-errors-{env}",
        f"metric_filter.inventory-service-errors-{env}",
        f"metric_filter.notification-service-errors-{env}",
        f"metric_alarm.lambda-high-error-rate-{env}",
        f"metric_alarm.lambda-high-latency-{env}",
        f"metric_alarm.lambda-high-concurrent-executions-{env}",
        f"metric_alarm.order-processor-high-error-rate-{env}",
        f"metric_alarm.order-processor-high-latency-{env}",
        f"metric_alarm.order-processor-high-concurrent-executions-{env}",
        f"metric_alarm.ecs-high-cpu-{env}",
        f"metric_alarm.ecs-high-memory-{env}",
        f"metric_alarm.ecs-high-error-rate-{env}",
        f"metric_alarm.order-service-high-error-rate-{env}",
        f"metric_alarm.inventory-service-high-error-rate-{env}",
        f"metric_alarm.notification-service-high-error-rate-{env}",
        f"composite_alarm.lambda-critical-composite-{env}",
        f"composite_alarm.ecs-resource-exhaustion-{env}",
        f"composite_alarm.system-wide-critical-{env}",
        f"dashboard.observability-platform-{env}",
    }


def test_every_reference_leads_to_something_that_is_built_earlier(sample: Built) -> None:
    there: set[Address] = set()
    for resource in blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None).resources:
        there.add(resource.address)
    for resource in sample.values():
        assert resource.needs() <= there
    assert sample["metric_alarm.lambda-high-error-rate-dev"].needs() == {
        Address("sns_topic", "observability-alarms-dev")
    }


def test_the_key_admits_who_must_use_it(sample: Built) -> None:
    key = sample["kms_key.logs-dev"]
    assert (key.alias, key.rotation_days, key.deletion_window_days) == ("alias/logs-dev", 365, 7)
    assert key.description == "Encrypts logs and notifications of payment-platform (dev)"
    admitted = {
        (s["Principal"].get("Service") or s["Principal"]["AWS"])[0]: (s["Action"], s.get("Condition"))
        for s in key.policy["Statement"]
    }
    this_account = {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}}
    log_groups = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:*"
    assert admitted == {
        ACCOUNT: (["kms:*"], None),
        "logs.us-east-1.amazonaws.com": (
            ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [log_groups]}},
        ),
        "cloudwatch.amazonaws.com": (["kms:Decrypt", "kms:GenerateDataKey*"], this_account),
        "sns.amazonaws.com": (["kms:Decrypt", "kms:GenerateDataKey*"], this_account),
    }


def test_notifications_lose_nothing(sample: Built) -> None:
    dlq, events = sample["sqs_queue.alarm-dlq-dev"], sample["sqs_queue.alarm-events-dev"]
    topic = sample["sns_topic.observability-alarms-dev"]
    subscription = sample["sns_subscription.observability-alarms-dev/sqs/alarm-events-dev"]
    key = sample["kms_key.logs-dev"]
    assert (dlq.retention_seconds, events.retention_seconds) == (1_209_600, 345_600)
    assert events.redrive == {"deadLetterTargetArn": dlq.arn, "maxReceiveCount": 3}
    assert dlq.redrive == {}
    assert (subscription.topic, subscription.endpoint, subscription.raw_delivery) == (topic.arn, events.arn, False)
    assert subscription.redrive == {"deadLetterTargetArn": dlq.arn}
    assert topic.display_name == "Observability Platform Alarms"
    assert {dlq.kms_key, events.kms_key, topic.kms_key} == {key.arn}
    for queue in (dlq, events):
        (statement,) = queue.policy["Statement"]
        assert statement["Principal"] == {"Service": ["sns.amazonaws.com"]}
        assert statement["Action"] == ["sqs:SendMessage"]
        assert list(statement["Condition"]) == ["ArnEquals"]
    (alarms,) = [s for s in topic.policy["Statement"] if "Service" in s["Principal"]]
    assert alarms["Principal"] == {"Service": ["cloudwatch.amazonaws.com"]}
    assert alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": [ACCOUNT]},
        "ArnLike": {"aws:SourceArn": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"]},
    }


def test_log_groups_are_encrypted_and_kept_thirty_days(sample: Built) -> None:
    groups = of_kind(sample, "log_group")
    assert {group.kms_key for group in groups.values()} == {sample["kms_key.logs-dev"].arn}
    assert {group.retention_days for group in groups.values()} == {30}


def test_the_functions_as_they_are_deployed(sample: Built) -> None:
    function, role = sample["lambda_function.payment-handler-dev"], sample["iam_role.lambda-execution-role-dev"]
    assert (function.role, function.role_id) == (role.arn, role.id)
    assert function.log_group == sample["log_group./aws/lambda/payment-handler-dev"].group
    assert (function.runtime, function.handler, function.architecture) == ("python3.11", "index.handler", "x86_64")
    assert (function.timeout_seconds, function.memory_mb, function.tracing) == (30, 512, "Active")
    assert function.environment == {"ENVIRONMENT": "dev", "LOG_LEVEL": "INFO"}
    levels = (function.log_format, function.application_log_level, function.system_log_level)
    assert levels == ("JSON", "INFO", "INFO")
    assert function.layers == ["arn:aws:lambda:us-east-1:580247275435:layer:LambdaInsightsExtension:60"]
    assert function.code_sha256 is None
    assert role.attached == [
        "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess",
        "arn:aws:iam::aws:policy/CloudWatchLambdaInsightsExecutionRolePolicy",
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    ]
    (trust,) = role.trust["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": ["lambda.amazonaws.com"]}, ["sts:AssumeRole"])
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": [ACCOUNT]}}


def test_a_bundle_becomes_the_functions_code() -> None:
    bundles = {
        name: Bundle(Path(f"{name}.zip"), f"sha of {name}", 1) for name in ("payment-handler", "order-processor")
    }
    wanted = blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), bundles).resources
    functions: list[Any] = [item for item in wanted if item.kind == "lambda_function"]
    codes = {item.name: (item.package, item.code_sha256) for item in functions}
    assert codes["order-processor-dev"] == ("order-processor.zip", "sha of order-processor")


def test_sampling_rules_find_their_environment_by_the_service_name(sample: Built) -> None:
    rules = of_kind(sample, "sampling_rule")
    facts = {name: (r.priority, r.service_type, r.service_name, r.fixed_rate, r.reservoir) for name, r in rules.items()}
    assert facts == {
        "lambda-sampling-dev": (1000, "AWS::Lambda::Function", "*-dev", 0.1, 1),
        "ecs-sampling-dev": (1001, "AWS::ECS::Container", "*-dev", 0.1, 1),
    }
    assert {(r.host, r.http_method, r.url_path, r.resource_arn) for r in rules.values()} == {("*", "*", "*", "*")}
    assert [r.segment_attributes for r in rules.values()] == [{}, {}]
    notes = blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None).notes
    assert any("lambda-sampling-dev has no effect" in note for note in notes)


TEXT_ERRORS = '[time, level = "ERROR" || level = "FATAL" || level = "CRITICAL", ...]'


def test_filters(sample: Built) -> None:
    filters = of_kind(sample, "metric_filter")
    assert {item.namespace for item in filters.values()} == {"PaymentPlatform/dev"}
    facts = {n: (f.metric, f.pattern, f.value, f.default, f.unit) for n, f in filters.items()}
    assert facts["lambda-error-rate-dev"] == ("LambdaErrors-dev", JSON_ERRORS, "1", 0, "Count")
    latency = ("LambdaLatency-dev", "{ $.duration_ms = * }", "$.duration_ms", "", "Milliseconds")
    assert facts["lambda-latency-dev"] == latency
    assert facts["ecs-error-rate-dev"] == ("ECSErrors-dev", TEXT_ERRORS, "1", 0, "Count")
    assert filters["ecs-error-rate-dev"].log_group == sample["log_group./ecs/payment-processor-dev"].group


@pytest.mark.parametrize(
    ("name", "namespace", "metric", "statistic", "threshold"),
    [
        ("lambda-high-error-rate-dev", "PaymentPlatform/dev", "LambdaErrors-dev", "Sum", 5),
        ("lambda-high-latency-dev", "AWS/Lambda", "Duration", "p99", 3000),
        ("lambda-high-concurrent-executions-dev", "AWS/Lambda", "ConcurrentExecutions", "Maximum", 100),
        ("order-processor-high-error-rate-dev", "PaymentPlatform/dev", "order-processor-errors-dev", "Sum", 5),
        ("ecs-high-error-rate-dev", "PaymentPlatform/dev", "ECSErrors-dev", "Sum", 10),
        ("order-service-high-error-rate-dev", "PaymentPlatform/dev", "order-service-errors-dev", "Sum", 10),
    ],
)
def test_alarms(sample: Built, name: str, namespace: str, metric: str, statistic: str, threshold: float) -> None:
    alarm = sample[f"metric_alarm.{name}"]
    assert (alarm.namespace, alarm.metric, alarm.statistic, alarm.threshold) == (
        namespace,
        metric,
        statistic,
        threshold,
    )
    assert alarm.dimensions == ({} if statistic == "Sum" else {"FunctionName": "payment-handler-dev"})
    assert alarm.low_samples == ("ignore" if statistic == "p99" else "evaluate")


def test_what_all_alarms_have_in_common(sample: Built) -> None:
    topic = sample["sns_topic.observability-alarms-dev"]
    for alarm in [*of_kind(sample, "metric_alarm").values(), *of_kind(sample, "composite_alarm").values()]:
        assert alarm.alarm_actions == [topic.arn]
        assert (alarm.ok_actions, alarm.insufficient_data_actions) == ([], [])
        assert "ook first at" in alarm.description
        assert len(alarm.description) <= 1024
    for alarm in of_kind(sample, "metric_alarm").values():
        assert alarm.comparison == "GreaterThanThreshold"
        assert (alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.missing_data) == (2, 2, "notBreaching")
        assert alarm.period_seconds == (0 if alarm.metrics else 300)


@pytest.mark.parametrize(("name", "stem"), [("ecs-high-cpu-dev", "Cpu"), ("ecs-high-memory-dev", "Memory")])
def test_the_clusters_alarms_are_metric_math(sample: Built, name: str, stem: str) -> None:
    alarm = sample[f"metric_alarm.{name}"]
    by_id = {item["Id"]: item for item in alarm.metrics}
    assert by_id["percent"]["Expression"] == "100*used/reserved"
    assert by_id["percent"]["ReturnData"] is True
    for part, metric in (("used", "Utilized"), ("reserved", "Reserved")):
        stat = by_id[part]["MetricStat"]
        assert stat["Metric"]["Namespace"] == "ECS/ContainerInsights"
        assert stat["Metric"]["MetricName"] == f"{stem}{metric}"
        assert (stat["Period"], stat["Stat"], by_id[part]["ReturnData"]) == (300, "Average", False)
    assert alarm.threshold == 80


def test_composites_speak_of_their_children(sample: Built) -> None:
    children = {
        name: {address.name for address in item.needs() if address.kind == "metric_alarm"}
        for name, item in of_kind(sample, "composite_alarm").items()
    }
    assert children == {
        "lambda-critical-composite-dev": {
            "lambda-high-error-rate-dev",
            "lambda-high-latency-dev",
            "lambda-high-concurrent-executions-dev",
        },
        "ecs-resource-exhaustion-dev": {"ecs-high-cpu-dev", "ecs-high-memory-dev"},
        "system-wide-critical-dev": {"lambda-high-error-rate-dev", "ecs-high-error-rate-dev"},
    }
    known = {
        Address("metric_alarm", item.name): {"alarm": item.name} for item in of_kind(sample, "metric_alarm").values()
    }
    rule = sample["composite_alarm.lambda-critical-composite-dev"].resolve(known).rule
    assert rule == (
        '( ALARM("lambda-high-error-rate-dev") OR ALARM("lambda-high-latency-dev") )'
        ' AND ALARM("lambda-high-concurrent-executions-dev")'
    )


def widgets(resources: Built) -> list[dict[str, Any]]:
    (board,) = of_kind(resources, "dashboard").values()
    return list(board.body["widgets"])


def test_the_dashboard_shows_everything_and_nothing_overlaps(sample: Built) -> None:
    shown = widgets(sample)
    assert sorted(widget["type"] for widget in shown) == ["alarm", "log", "log"] + ["metric"] * 4
    cells = [
        (x, y)
        for widget in shown
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert {widget["properties"]["region"] for widget in shown if widget["type"] != "alarm"} == {"us-east-1"}
    lines = {json.dumps(line[:-1], default=str) for w in shown for line in w["properties"].get("metrics", ())}
    for item in of_kind(sample, "metric_filter").values():
        assert json.dumps([item.namespace, item.metric]) in lines
    for function in of_kind(sample, "lambda_function"):
        for metric in ("Errors", "Duration", "ConcurrentExecutions"):
            assert json.dumps(["AWS/Lambda", metric, "FunctionName", function]) in lines
    (alarms,) = [widget["properties"]["alarms"] for widget in shown if widget["type"] == "alarm"]
    assert len(alarms) == len(of_kind(sample, "metric_alarm")) + len(of_kind(sample, "composite_alarm"))
    assert all(next(references(alarm)).output == "arn" for alarm in alarms)


def test_every_taggable_thing_bears_the_tags(sample: Built) -> None:
    assert {item.kind for item in sample.values() if item.tags_if_any is None} >= {"metric_filter", "sns_subscription"}
    for address, item in sample.items():
        if item.tags_if_any is not None:
            assert item.tags["Name"] == item.name
            assert item.tags["Environment"] == "dev"
            assert item.tags["ManagedBy"] == "provisioner"
            assert item.tags["provisioner:stack"] == "payment-platform/dev/us-east-1"
            assert item.tags["provisioner:address"] == address
    services = {name: item.tags["Service"] for name, item in of_kind(sample, "log_group").items()}
    assert services["/ecs/payment-processor-dev"] == "payment-processor"
    assert services["/aws/lambda/order-processor-dev"] == "order-processor"
    assert "Service" not in sample["metric_alarm.ecs-high-cpu-dev"].tags
