"""Alarms on metrics that nobody publishes, and metrics that would not mean what they seem to."""

from __future__ import annotations

import pytest

from tests.unit.building import SMALL
from tests.unit.linting import HEARD, Lint

START = (SMALL + HEARD).count("\n") + 1  # the line on which what a test adds begins
CUSTOMER = "errors = { pattern = '{ $.level = \"ERROR\" }', dimensions = { Customer = '$.customer' } }"


def alarm(signal: str = "functions.f.alarms.errors", **metric: str) -> str:
    keys = ", ".join(f"{key} = {value}" for key, value in metric.items())
    return f"[{signal}]\nmetric = {{ {keys} }}\n"


def test_the_schemes_own_metrics_are_published(lint: Lint) -> None:
    assert lint() == []


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions"),
    [
        ("'AWS/Lambda'", "'Errors'", "{ FunctionName = 'f-{env}' }"),
        ("'AWS/Lambda'", "'Errors'", "{}"),
        ("'AWS/Lambda'", "'UnreservedConcurrentExecutions'", "{}"),
        ("'AWS/ECS'", "'CPUUtilization'", "{ ClusterName = 'shop-{env}', ServiceName = 'web' }"),
        ("'ECS/ContainerInsights'", "'RunningTaskCount'", "{ ClusterName = 'shop-dev', ServiceName = 'web' }"),
        ("'LambdaInsights'", "'memory_utilization'", "{ function_name = 'f-{env}' }"),
        ("'AWS/SQS'", "'ApproximateNumberOfMessagesVisible'", "{ QueueName = 'alarm-dlq-{env}' }"),
        ("'AWS/SNS'", "'NumberOfNotificationsFailed'", "{ TopicName = 'observability-alarms-{env}' }"),
        ("'AWS/Logs'", "'IncomingLogEvents'", "{ LogGroupName = '/aws/lambda/f-{env}' }"),
        ("'PaymentPlatform/{env}'", "'web-errors-{env}'", "{}"),
    ],
)
def test_metrics_that_are_published(lint: Lint, namespace: str, name: str, dimensions: str) -> None:
    assert lint(alarm(namespace=namespace, name=name, dimensions=dimensions)) == []


def test_a_metric_whose_name_differs_names_the_nearest(lint: Lint) -> None:
    (finding,) = lint("[functions.f]\n" + alarm(name="'f-error-{env}'"))
    assert (finding.severity, finding.line, finding.path) == (
        "error",
        START + 2,
        "functions.f.alarms.errors.metric.name",
    )
    assert "looks at PaymentPlatform/dev f-error-dev without dimensions, which nobody publishes" in finding.what
    assert "the name differs; nearest is PaymentPlatform/dev f-errors-dev without dimensions" in finding.what
    assert "stays OK" in finding.why
    assert 'name = "f-errors-dev"' in finding.fix


def test_a_metric_of_aws_whose_name_differs(lint: Lint) -> None:
    (finding,) = lint(alarm(namespace="'AWS/Lambda'", name="'Error'", dimensions="{ FunctionName = 'f-dev' }"))
    assert "the name differs; nearest is AWS/Lambda Errors by FunctionName" in finding.what


def test_a_metric_whose_namespace_differs(lint: Lint) -> None:
    (finding,) = lint("[functions.f]\n" + alarm(namespace="'PaymentPlatfrom/{env}'", name="'f-errors-{env}'"))
    assert finding.severity == "error"
    assert "the namespace differs; nearest is PaymentPlatform/dev f-errors-dev" in finding.what
    assert 'namespace = "PaymentPlatform/dev"' in finding.fix


def test_a_metric_of_an_application_needs_somebody_who_publishes_it(lint: Lint) -> None:
    own = {"namespace": "'MyApp'", "name": "'Foo'"}
    (finding,) = lint("[functions.f]\n" + alarm(**own))
    assert finding.what.endswith("nobody publishes: no filter here and no AWS service has the namespace")
    assert finding.fix == 'Say who publishes it, if an application does: published_by = "...".'
    assert lint("[functions.f]\n" + alarm(**own, published_by="'f itself, by PutMetricData'")) == []


def test_a_metric_of_aws_with_other_dimensions(lint: Lint) -> None:
    (finding,) = lint(alarm(namespace="'AWS/SQS'", name="'NumberOfMessagesSent'", dimensions="{ Queue = 'a' }"))
    assert finding.severity == "error"
    assert "by Queue, which nobody publishes: the dimension differs; it is published by QueueName" in finding.what


def test_an_alarm_without_the_dimensions_of_its_filter(lint: Lint) -> None:
    (finding,) = lint(f"[functions.f]\n{CUSTOMER}")
    assert (finding.severity, finding.line, finding.path) == ("error", START + 1, "functions.f.errors.dimensions")
    assert "without dimensions, which nobody publishes: the dimension differs" in finding.what
    assert "published by Customer" in finding.what


def test_an_alarm_with_the_dimensions_of_its_filter(lint: Lint) -> None:
    extra = f"[functions.f]\n{CUSTOMER}\n" + alarm(name="'f-errors-{env}'", dimensions="{ Customer = 'acme' }")
    assert lint(extra) == []


def test_an_alarm_on_a_latency_filter_with_dimensions(lint: Lint) -> None:
    latency = "[functions.f]\nlatency = { dimensions = { Customer = '$.customer' } }\n"
    (finding,) = lint(latency + alarm("functions.f.alarms.latency", name="'f-latency-{env}'"))
    assert finding.path == "functions.f.alarms.latency.metric.dimensions"
    assert "published by Customer" in finding.what


@pytest.mark.parametrize("name", ["CPUUtilization", "MemoryUtilization", "CPUReservation"])
def test_a_cluster_metric_that_does_not_exist_on_fargate(lint: Lint, name: str) -> None:
    metric = alarm(
        "cluster.alarms.cpu", namespace="'AWS/ECS'", name=f"'{name}'", dimensions="{ ClusterName = 'shop-{env}' }"
    )
    (finding,) = lint(metric)
    assert (finding.severity, finding.line, finding.path) == (
        "error",
        START + 1,
        "cluster.alarms.cpu.metric.dimensions",
    )
    assert f"AWS/ECS {name} by ClusterName, which does not exist on Fargate" in finding.what
    assert "Container Insights" in finding.fix
    assert lint("[cluster]\ncapacity_providers = ['big-instances']\n" + metric) == []
    assert len(lint("[cluster]\ncapacity_providers = ['big-instances', 'FARGATE_SPOT']\n" + metric)) == 1


def test_insights_that_are_switched_off_publish_nothing(lint: Lint) -> None:
    off = "[cluster]\ncontainer_insights = 'disabled'\nalarms.cpu.enabled = false\nalarms.memory.enabled = false\n"
    insights = {"namespace": "'ECS/ContainerInsights'", "name": "'TaskCount'"}
    (finding,) = lint(off + alarm(**insights, dimensions="{ ClusterName = 'shop-dev' }"))
    assert 'cluster.container_insights is "disabled"' in finding.what


def test_a_service_that_is_not_known_here_is_a_warning(lint: Lint) -> None:
    for namespace in ("AWS/Kinesis", "CWAgent"):
        (finding,) = lint(alarm(namespace=f"'{namespace}'", name="'X'"))
        assert finding.severity == "warning"
        assert finding.what.endswith(f"{namespace} is not known here")
    (finding,) = lint(alarm(namespace="'AWS/Lamda'", name="'Errors'"))
    assert finding.what.endswith("AWS/Lamda is not known here; did you mean AWS/Lambda?")


@pytest.mark.parametrize(
    ("namespace", "name", "dimension", "value"),
    [
        ("AWS/Lambda", "Errors", "FunctionName", "checkout"),
        ("ECS/ContainerInsights", "TaskCount", "ClusterName", "shop"),
        ("AWS/SQS", "NumberOfMessagesSent", "QueueName", "orders"),
        ("AWS/SNS", "NumberOfNotificationsFailed", "TopicName", "orders"),
    ],
)
def test_a_name_of_nothing_in_this_platform_is_a_warning(
    lint: Lint, namespace: str, name: str, dimension: str, value: str
) -> None:
    (finding,) = lint(alarm(namespace=f"'{namespace}'", name=f"'{name}'", dimensions=f"{{ {dimension} = '{value}' }}"))
    assert (finding.severity, finding.path) == ("warning", f"functions.f.alarms.errors.metric.dimensions.{dimension}")
    assert f"{dimension} '{value}' does not belong to this platform" in finding.what
    assert "-dev" in finding.fix


def test_a_default_on_a_latency(lint: Lint) -> None:
    (finding,) = lint("[functions.f]\nlatency = { default = 0 }")
    assert (finding.severity, finding.line, finding.path) == ("error", START + 1, "functions.f.latency.default")
    assert "percentile" in finding.why


def test_a_default_together_with_dimensions(lint: Lint) -> None:
    (finding,) = lint("[functions.f]\n" + CUSTOMER.replace("dimensions", "default = 0, dimensions"))
    assert (finding.severity, finding.line, finding.path) == ("error", START + 1, "functions.f.errors.default")
    assert "a metric with dimensions can have no default value" in finding.what
