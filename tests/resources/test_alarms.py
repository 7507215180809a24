"""Alarms of both kinds: their tags, their order, and removal by the hundred."""

from __future__ import annotations

from dataclasses import replace

from tests.resources.driver import Platform, only, pending
from tests.resources.naming import tags
from tests.resources.watching import ALARM, COMPOSITE, SECOND_ALARM, put_alarm

FAMILY = [ALARM, SECOND_ALARM, COMPOSITE]


def test_tags_are_changed_by_tagging_alone(platform: Platform) -> None:
    """A put would take them and ignore them."""
    platform.converge([ALARM])
    change = only(platform.plan([replace(ALARM, tags={**ALARM.tags, "Team": "billing"})]))
    assert [call.operation for call in change.calls] == ["TagResource"]


def test_a_change_and_new_tags_are_both_made(platform: Platform) -> None:
    platform.converge([ALARM])
    wanted = [replace(ALARM, threshold=7, tags={**ALARM.tags, "Team": "billing"})]
    plan = platform.converge(wanted)
    assert [call.operation for call in only(plan).calls] == ["PutMetricAlarm", "TagResource"]
    assert "Tags" not in only(plan).calls[0].params
    assert pending(platform.plan(wanted)) == {}


def test_composites_are_made_last_and_removed_first(platform: Platform) -> None:
    platform.converge([COMPOSITE, SECOND_ALARM, ALARM])
    assert platform.diary.calls[-1][0] == COMPOSITE.address
    platform.apply(platform.teardown(FAMILY))
    assert platform.diary.calls[0][0] == COMPOSITE.address
    assert platform.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_a_composite_forgets_its_child_before_that_is_removed(platform: Platform) -> None:
    """AWS keeps an alarm that a composite names."""
    platform.converge(FAMILY)
    smaller = replace(COMPOSITE, rule='ALARM("errors-dev")', depends_on=(ALARM.address,))
    plan = platform.converge([ALARM, smaller])
    assert pending(plan) == {str(COMPOSITE.address): "update", str(SECOND_ALARM.address): "delete"}
    assert [str(call) for _, call in platform.diary.calls] == [
        "cloudwatch:PutCompositeAlarm",
        "cloudwatch:DeleteAlarms",
    ]
    assert pending(platform.plan([ALARM, smaller])) == {}


def test_a_composite_goes_with_its_alarms_and_where_aws_refuses_that_each_goes_by_itself(platform: Platform) -> None:
    """Whether AWS takes them by one call is not documented."""
    in_use = "Cannot delete errors-dev as there are composite alarm(s) depending on it."
    for refusals, calls in ((0, 1), (1, 4)):
        platform.converge(FAMILY)
        platform.clear_calls()
        for _ in range(refusals):
            platform.control(
                "POST", "faults", service="cloudwatch", operation="DeleteAlarms", code="ValidationError", message=in_use
            )
        platform.apply(platform.teardown(FAMILY))
        assert platform.writes() == ["cloudwatch:DeleteAlarms"] * calls
        assert pending(platform.teardown(FAMILY)) == {}


def test_a_hundred_and_fifty_go_in_two_calls(platform: Platform) -> None:
    names = [f"alarm-{number}" for number in range(150)]
    alarms = [replace(ALARM, name=name, tags=tags("metric_alarm", name)) for name in names]
    platform.converge(alarms)
    platform.clear_calls()
    platform.apply(platform.teardown(alarms))
    assert platform.writes() == ["cloudwatch:DeleteAlarms"] * 2
    assert pending(platform.teardown(alarms)) == {}


def test_a_rule_spelled_otherwise_is_no_difference(platform: Platform) -> None:
    platform.converge(FAMILY)
    platform.client("cloudwatch").put_composite_alarm(
        AlarmName=COMPOSITE.name,
        AlarmRule="ALARM(errors-dev)\n  OR ALARM( slow-dev )",
        AlarmDescription="",
        AlarmActions=COMPOSITE.alarm_actions,
    )
    assert pending(platform.plan(FAMILY)) == {}


def test_the_order_of_actions_means_nothing(platform: Platform) -> None:
    topics = [f"arn:aws:sns:us-east-1:123456789012:{name}" for name in ("b", "a")]
    wanted = [replace(ALARM, alarm_actions=topics)]
    platform.converge(wanted)
    put_alarm(AlarmActions=topics)(platform.client)
    assert pending(platform.plan(wanted)) == {}
    assert pending(platform.plan([replace(ALARM, alarm_actions=topics[::-1])])) == {}


def test_an_alarm_of_another_type_under_our_name_refuses_the_plan(platform: Platform) -> None:
    """CloudWatch has one space of names for both, and refuses the second: known before anything is made."""
    aws = platform.client("cloudwatch")
    aws.put_composite_alarm(AlarmName=ALARM.name, AlarmRule="FALSE")
    aws.put_metric_alarm(
        AlarmName=COMPOSITE.name, Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    plan = platform.plan([ALARM, SECOND_ALARM, COMPOSITE])
    assert [refusal.address for refusal in plan.refusals] == [ALARM.address, COMPOSITE.address]
