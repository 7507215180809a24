"""AWS's index of tags is a minute late: that costs no call for each thing, and nobody's thing is taken for ours."""

from __future__ import annotations

import pytest

from tests.cli.inventory import Aws
from tests.cli.running import ACCOUNT, REGION, Cli, Control, Sample

SERVICES = 15
TAG_READS = 25
"""Of some hundred tagged things: those without a time of creation, and some of each kind that has one."""

ALARM, GROUP = "order-service-high-error-rate-dev", "/ecs/order-service-dev"
THEIRS = {"Team": "billing"}


@pytest.fixture(autouse=True)
def late(control: Control) -> None:
    control.request("POST", "settings", tag_index_lag=60)


def tag_reads(control: Control) -> int:
    return sum(call.split(":")[1].startswith("List") and "Tags" in call for call in control.calls())


def test_what_the_index_does_not_know_yet_costs_few_calls(cli: Cli, sample: Sample, control: Control) -> None:
    sample.add("".join(f'[functions.f{n}]\n[composites.c{n}]\nrule = "f{n}.errors"\n' for n in range(SERVICES)))
    cli.ok("apply", "--yes")
    assert tag_reads(control) <= TAG_READS
    control.clear()
    assert cli.pending() == {}
    assert tag_reads(control) <= TAG_READS
    control.clear()
    cli.ok("teardown", "--yes")
    assert tag_reads(control) <= TAG_READS


def test_every_tag_that_somebody_took_off_shows_at_once(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    logs, cloudwatch = aws("logs"), aws("cloudwatch")
    groups = [group["logGroupArn"] for group in logs.describe_log_groups()["logGroups"]]
    alarms = [alarm["AlarmArn"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]]
    for arn in groups:
        tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
        logs.untag_resource(resourceArn=arn, tagKeys=list(tags))
    for arn in alarms:
        listed = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        cloudwatch.untag_resource(ResourceARN=arn, TagKeys=[tag["Key"] for tag in listed])
    pending = cli.pending()
    kinds = [address.split(".")[0] for address in pending]
    assert set(pending.values()) == {"update"}
    assert (kinds.count("log_group"), len(kinds)) == (len(groups), len(groups) + len(alarms))


def test_what_somebody_put_in_the_place_of_ours_is_not_ours(cli: Cli, aws: Aws) -> None:
    cli.ok("apply", "--yes")
    logs, cloudwatch = aws("logs"), aws("cloudwatch")
    logs.delete_log_group(logGroupName=GROUP)
    logs.create_log_group(logGroupName=GROUP, tags=THEIRS)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    members = ("Namespace", "MetricName", "ComparisonOperator", "Threshold", "EvaluationPeriods", "Statistic", "Period")
    for composite in cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]:
        cloudwatch.delete_alarms(AlarmNames=[composite["AlarmName"]])
    cloudwatch.delete_alarms(AlarmNames=[ALARM])
    tags = [{"Key": key, "Value": value} for key, value in THEIRS.items()]
    cloudwatch.put_metric_alarm(AlarmName=ALARM, **{name: alarm[name] for name in members}, Tags=tags)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert f"metric_alarm.{ALARM} exists and is not ours" in run.said
    assert f"log_group.{GROUP} exists and is not ours" in run.said
    cli.ok("teardown", "--yes", "--allow-data-loss")
    assert (
        logs.list_tags_for_resource(resourceArn=f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}")["tags"] == THEIRS
    )
    assert [found["AlarmName"] for found in cloudwatch.describe_alarms()["MetricAlarms"]] == [ALARM]
