"""CloudWatch: metric alarms, composite alarms and the tags of both."""

from __future__ import annotations

from typing import Any

import pytest

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


@pytest.fixture
def cloudwatch(client: Any) -> Any:
    return client("cloudwatch")


def put(cloudwatch: Any, name: str = "a", drop: tuple[str, ...] = (), **changes: Any) -> None:
    given: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 2,
        "Threshold": 0.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    cloudwatch.put_metric_alarm(**{key: value for key, value in given.items() if key not in drop})


def math(*queries: dict[str, Any]) -> dict[str, Any]:
    """Parameters that make the alarm one on metric math."""
    drop = ("Namespace", "MetricName", "Statistic", "Period")
    return {"drop": drop, "Metrics": list(queries)}


def stat(name: str, *, returns: bool = False, **changes: Any) -> dict[str, Any]:
    metric = {"Namespace": "ECS/ContainerInsights", "MetricName": name}
    return {
        "Id": name,
        "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average", **changes},
        "ReturnData": returns,
    }


def expression(text: str, name: str = "e") -> dict[str, Any]:
    return {"Id": name, "Expression": text, "ReturnData": True}


def one(cloudwatch: Any, name: str = "a") -> Any:
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
    return alarm


def names(answer: Any, kind: str = "MetricAlarms") -> list[str]:
    return [alarm["AlarmName"] for alarm in answer[kind]]


class TestPutMetricAlarm:
    def test_a_new_alarm_has_insufficient_data_and_no_members_it_was_not_given(self, cloudwatch: Any) -> None:
        put(cloudwatch)
        found = one(cloudwatch)
        assert found["StateValue"] == "INSUFFICIENT_DATA"
        assert found["Threshold"] == 0.0
        assert (found["ActionsEnabled"], found["OKActions"], found["Dimensions"]) == (True, [], [])
        assert not {"Metrics", "Unit", "AlarmDescription", "TreatMissingData", "StateReasonData", "Tags"} & set(found)

    def test_an_update_keeps_the_state_and_replaces_everything_else(self, cloudwatch: Any) -> None:
        put(cloudwatch, AlarmDescription="before", DatapointsToAlarm=1)
        cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
        put(cloudwatch, Threshold=7.5)
        found = one(cloudwatch)
        assert (found["StateValue"], found["StateReason"], found["Threshold"]) == ("ALARM", "test", 7.5)
        assert "AlarmDescription" not in found
        assert "DatapointsToAlarm" not in found

    def test_tags_are_ignored_by_an_update_and_die_with_the_alarm(self, cloudwatch: Any) -> None:
        def tags() -> Any:
            return cloudwatch.list_tags_for_resource(ResourceARN=f"{ARN}a")["Tags"]

        put(cloudwatch, Tags=[{"Key": "k", "Value": "1"}])
        put(cloudwatch, Tags=[{"Key": "k", "Value": "2"}, {"Key": "new", "Value": ""}])
        assert tags() == [{"Key": "k", "Value": "1"}]
        cloudwatch.tag_resource(ResourceARN=f"{ARN}a", Tags=[{"Key": "k", "Value": "3"}, {"Key": "l", "Value": ""}])
        cloudwatch.untag_resource(ResourceARN=f"{ARN}a", TagKeys=["l", "none"])
        assert tags() == [{"Key": "k", "Value": "3"}]
        cloudwatch.delete_alarms(AlarmNames=["a"])
        put(cloudwatch)
        assert tags() == []

    @pytest.mark.parametrize(
        "statistic",
        ["p99", "p99.9", "p100", "tm90", "wm95.5", "tc1", "ts99", "IQM", "PR(:300)", "TM(10%:90%)", "WM(5:)"],
    )
    def test_extended_statistics(self, cloudwatch: Any, statistic: str) -> None:
        put(cloudwatch, drop=("Statistic",), ExtendedStatistic=statistic)
        assert one(cloudwatch)["ExtendedStatistic"] == statistic

    @pytest.mark.parametrize(
        "changes",
        [
            {"ExtendedStatistic": "p99"},
            {"drop": ("Statistic",)},
            {"drop": ("Statistic",), "ExtendedStatistic": "p101"},
            {"drop": ("Statistic",), "ExtendedStatistic": "median"},
            {"Statistic": "Middle"},
            {"Period": 45},
            {"Period": 90},
            {"drop": ("Period",)},
            {"Period": 300, "EvaluationPeriods": 289},
            {"Period": 3600, "EvaluationPeriods": 169},
            {"DatapointsToAlarm": 3},
            {"TreatMissingData": "fine"},
            {"ComparisonOperator": "Above"},
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            {"drop": ("Threshold",)},
            {"drop": ("Namespace",)},
            {"drop": ("MetricName",)},
            {"drop": ("EvaluationPeriods",)},
            {"drop": ("ComparisonOperator",)},
            {"AlarmActions": ["alarms"]},
            {"AlarmActions": [f"{TOPIC}{number}" for number in range(6)]},
            {"AlarmActions": [TOPIC.replace("us-east-1", "eu-west-1")]},
            {"AlarmDescription": "x" * 1025},
            {"AlarmName": "x" * 256},
            {"EvaluateLowSampleCountPercentile": "ignore"},
            {"drop": ("Statistic",), "ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "never"},
            {"Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "a", "Value": "2"}]},
            {"Dimensions": [{"Name": str(number), "Value": "1"} for number in range(31)]},
            {"Unit": "Furlongs"},
            {"Namespace": ":x"},
            {"EvaluationInterval": 60},
            {"Metrics": [stat("cpu", returns=True)]},
            math(expression("a + b"), expression("a", "f")),
            math(stat("cpu"), stat("reserved")),
            math({"Id": "Cpu", "Expression": "1"}),
            math({"Id": "e"}),
            math(stat("cpu", returns=True, Stat="middle")),
            math(stat("cpu", returns=True, Period=45)),
            math(expression("1"), expression("2")),
            {**math(expression("ANOMALY_DETECTION_BAND(cpu)"), stat("cpu", returns=True)), "ThresholdMetricId": "e"},
        ],
    )
    def test_what_is_refused(self, cloudwatch: Any, refused: Any, changes: Any) -> None:
        with refused("ValidationError"):
            put(cloudwatch, **changes)
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []

    def test_metric_math(self, cloudwatch: Any, refused: Any) -> None:
        queries = [stat("used"), stat("reserved"), {**expression("100*used/reserved"), "Label": "CPU", "Period": 300}]
        put(cloudwatch, **math(*queries))
        found = one(cloudwatch)
        assert found["Metrics"] == queries
        assert not {"MetricName", "Dimensions", "Period", "Statistic"} & set(found)
        with refused("ValidationError", "Exactly one element of the metrics list should return data."):
            put(cloudwatch, **math(*queries, expression("1", "f")))

    def test_an_anomaly_band(self, cloudwatch: Any) -> None:
        band = math(stat("cpu", returns=True), expression("ANOMALY_DETECTION_BAND(cpu, 2)"))
        put(
            cloudwatch,
            drop=(*band["drop"], "Threshold"),
            Metrics=band["Metrics"],
            ThresholdMetricId="e",
            ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        )
        assert one(cloudwatch)["ThresholdMetricId"] == "e"

    def test_an_action_of_ec2_is_no_ordinary_arn(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch, AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])
        with refused("ValidationError"):
            put(cloudwatch, AlarmActions=["arn:aws:automate:us-east-1:ec2:explode"])


class TestDescribeAlarms:
    def test_pages_in_the_order_of_names(self, cloudwatch: Any, refused: Any) -> None:
        for number in reversed(range(51)):
            put(cloudwatch, f"a{number:02}")
        cloudwatch.put_composite_alarm(AlarmName="a00-both", AlarmRule="ALARM(a00)")
        first = cloudwatch.describe_alarms()
        assert names(first) == [f"a{number:02}" for number in range(50)]
        assert names(cloudwatch.describe_alarms(NextToken=first["NextToken"])) == ["a50"]
        both = cloudwatch.describe_alarms(MaxRecords=2, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        assert (names(both), names(both, "CompositeAlarms")) == (["a00"], ["a00-both"])
        with refused("ValidationError"):
            cloudwatch.describe_alarms(MaxRecords=101)
        with refused("InvalidNextToken"):
            cloudwatch.describe_alarms(NextToken="é")

    def test_without_types_there_are_no_composites(self, cloudwatch: Any) -> None:
        put(cloudwatch)
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
        found = cloudwatch.describe_alarms(AlarmNames=["a", "c"])
        assert (names(found), found["CompositeAlarms"]) == (["a"], [])
        found = cloudwatch.describe_alarms(AlarmNames=["a", "c"], AlarmTypes=["CompositeAlarm"])
        assert (found["MetricAlarms"], names(found, "CompositeAlarms")) == ([], ["c"])

    def test_filters_are_combined(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch, "x-1", AlarmActions=[TOPIC])
        put(cloudwatch, "x-2", OKActions=[TOPIC])
        put(cloudwatch, "y-1", AlarmActions=[TOPIC])
        cloudwatch.set_alarm_state(AlarmName="x-1", StateValue="OK", StateReason="")
        found = cloudwatch.describe_alarms(AlarmNamePrefix="x", StateValue="INSUFFICIENT_DATA", ActionPrefix=TOPIC[:-1])
        assert names(found) == ["x-2"]
        assert names(cloudwatch.describe_alarms(ActionPrefix="arn:aws:sns:eu")) == []
        with refused("ValidationError", "mutually exclusive"):
            cloudwatch.describe_alarms(AlarmNames=["x-1"], AlarmNamePrefix="x")
        with refused("ValidationError"):
            cloudwatch.describe_alarms(AlarmNames=[str(number) for number in range(101)])

    def test_parents_and_children_show_little(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch, "a")
        put(cloudwatch, "b")
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule=f'ALARM("{ARN}a") AND NOT OK(b)')
        found = cloudwatch.describe_alarms(ChildrenOfAlarmName="c")
        assert names(found) == ["a", "b"]
        assert set(found["MetricAlarms"][0]) == {"AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp"}
        found = cloudwatch.describe_alarms(ParentsOfAlarmName="a")
        assert found["CompositeAlarms"] == [{"AlarmName": "c", "AlarmArn": f"{ARN}c"}]
        with refused("ValidationError"):
            cloudwatch.describe_alarms(ParentsOfAlarmName="a", StateValue="OK")

    def test_alarms_of_one_metric(self, cloudwatch: Any) -> None:
        put(cloudwatch, "a", Dimensions=[{"Name": "x", "Value": "1"}, {"Name": "y", "Value": "2"}])
        put(cloudwatch, "b")
        wanted = {"Namespace": "AWS/Lambda", "MetricName": "Errors"}
        dimensions = [{"Name": "y", "Value": "2"}, {"Name": "x", "Value": "1"}]
        assert names(cloudwatch.describe_alarms_for_metric(**wanted)) == ["b"]
        assert names(cloudwatch.describe_alarms_for_metric(**wanted, Dimensions=dimensions)) == ["a"]
        assert names(cloudwatch.describe_alarms_for_metric(**wanted, Period=60)) == []


class TestDelete:
    def test_a_child_of_a_composite_stays_and_so_does_the_rest(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch, "a")
        put(cloudwatch, "free")
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
        with refused("ValidationError", "Cannot delete a as there are composite alarm(s) depending on it."):
            cloudwatch.delete_alarms(AlarmNames=["free", "a"])
        assert names(cloudwatch.describe_alarms()) == ["a", "free"]
        cloudwatch.delete_alarms(AlarmNames=["c", "free"])
        cloudwatch.delete_alarms(AlarmNames=["a"])

    def test_one_composite_a_call(self, cloudwatch: Any, refused: Any) -> None:
        for name in ("c", "d"):
            cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule="FALSE")
        with refused("ValidationError", "one composite"):
            cloudwatch.delete_alarms(AlarmNames=["c", "d"])

    def test_unknown_names_do_not_keep_the_others(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch)
        with refused("ResourceNotFound", "none", status=404):
            cloudwatch.delete_alarms(AlarmNames=["none", "a"])
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []

    def test_at_most_100_names(self, cloudwatch: Any, refused: Any) -> None:
        with refused("ValidationError"):
            cloudwatch.delete_alarms(AlarmNames=[str(number) for number in range(101)])

    def test_a_cycle_is_broken_by_a_rule_that_is_false(self, cloudwatch: Any, refused: Any) -> None:
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="FALSE")
        cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="ALARM(c)")
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(d)")
        for name in ("c", "d"):
            with refused("ValidationError", "depending on it"):
                cloudwatch.delete_alarms(AlarmNames=[name])
        cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="FALSE")
        cloudwatch.delete_alarms(AlarmNames=["c"])
        cloudwatch.delete_alarms(AlarmNames=["d"])


class TestPutCompositeAlarm:
    def test_it_is_kept_and_its_rule_as_it_was_written(self, cloudwatch: Any) -> None:
        put(cloudwatch)
        rule = '  ALARM("a")\n  OR NOT (OK(a) AND TRUE) '
        tags = [{"Key": "k", "Value": "1"}]
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule=rule, AlarmActions=[TOPIC], Tags=tags)
        found = one(cloudwatch, "c")
        assert (found["AlarmRule"], found["AlarmActions"], found["StateValue"]) == (rule, [TOPIC], "INSUFFICIENT_DATA")
        assert found["AlarmArn"] == f"{ARN}c"
        assert not {"Dimensions", "ActionsSuppressor", "AlarmDescription"} & set(found)
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)", Tags=[{"Key": "k", "Value": "2"}])
        assert one(cloudwatch, "c")["AlarmActions"] == []
        assert cloudwatch.list_tags_for_resource(ResourceARN=f"{ARN}c")["Tags"] == tags

    @pytest.mark.parametrize(
        "rule",
        [
            "ALARM(a",
            "ALARM()",
            "ALARM(a) ALARM(a)",
            "ALARM(a) AND",
            "a",
            "alarm(a)",
            "NOT",
            "(TRUE",
            "TRUE)",
            'ALARM("a)',
            "ALARM(a) XOR ALARM(a)",
            "BROKEN(a)",
            "(" * 60 + "TRUE" + ")" * 60,
            "NOT " * 2000 + "TRUE",
            " AND ".join(["TRUE"] * 501),
            "ALARM(a)" + " " * 10_240,
        ],
    )
    def test_a_bad_rule(self, cloudwatch: Any, refused: Any, rule: str) -> None:
        put(cloudwatch)
        with refused("ValidationError"):
            cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule=rule)

    def test_its_children_must_exist(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch)
        with refused("ValidationError", "alarms [x, y] in the alarm rule do not exist"):
            cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(y) OR ALARM(x) OR ALARM(a)")

    def test_at_most_100_children(self, cloudwatch: Any, refused: Any) -> None:
        for number in range(101):
            put(cloudwatch, f"a{number}")
        rules = [f"ALARM(a{number})" for number in range(101)]
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule=" OR ".join(rules[:100]))
        with refused("ValidationError", "100"):
            cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule=" OR ".join(rules))

    def test_the_suppressor_comes_with_both_periods_and_must_exist(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch)
        whole = {"ActionsSuppressor": "a", "ActionsSuppressorWaitPeriod": 60, "ActionsSuppressorExtensionPeriod": 60}
        with refused("ValidationError", "together"):
            cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE", ActionsSuppressor="a")
        with refused("ValidationError", "does not exist"):
            cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE", **{**whole, "ActionsSuppressor": "none"})
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="TRUE", **whole)
        assert one(cloudwatch, "c")["ActionsSuppressorWaitPeriod"] == 60

    def test_names_are_unique_over_both_types(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch)
        with refused("ValidationError"):
            cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="TRUE")


class TestState:
    def test_a_composite_follows_its_children(self, cloudwatch: Any) -> None:
        put(cloudwatch, "a")
        put(cloudwatch, "b")
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a) AND NOT OK(b)")
        cloudwatch.put_composite_alarm(AlarmName="d", AlarmRule="ALARM(c) OR INSUFFICIENT_DATA(c)")

        def states() -> list[str]:
            return [one(cloudwatch, name)["StateValue"] for name in ("c", "d")]

        assert states() == ["INSUFFICIENT_DATA"] * 2
        cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test", StateReasonData="{}")
        assert states() == ["ALARM"] * 2
        cloudwatch.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="test")
        assert states() == ["OK"] * 2
        cloudwatch.set_alarm_state(AlarmName="d", StateValue="ALARM", StateReason="test")
        assert states() == ["OK", "ALARM"]

    def test_what_is_refused(self, cloudwatch: Any, refused: Any) -> None:
        put(cloudwatch)
        with refused("ResourceNotFound"):
            cloudwatch.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="")
        with refused("InvalidFormat"):
            cloudwatch.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="", StateReasonData="no json")
        with refused("ValidationError"):
            cloudwatch.set_alarm_state(AlarmName="a", StateValue="FINE", StateReason="")

    def test_actions_are_switched_for_both_types(self, cloudwatch: Any) -> None:
        put(cloudwatch)
        cloudwatch.put_composite_alarm(AlarmName="c", AlarmRule="ALARM(a)")
        cloudwatch.disable_alarm_actions(AlarmNames=["a", "c", "none"])
        assert [one(cloudwatch, name)["ActionsEnabled"] for name in ("a", "c")] == [False, False]
        cloudwatch.enable_alarm_actions(AlarmNames=["c"])
        assert [one(cloudwatch, name)["ActionsEnabled"] for name in ("a", "c")] == [False, True]


def test_tags_of_what_does_not_exist(cloudwatch: Any, refused: Any) -> None:
    for arn in (f"{ARN}none", "arn:aws:cloudwatch::123456789012:dashboard/none"):
        with refused("ResourceNotFoundException", status=404):
            cloudwatch.list_tags_for_resource(ResourceARN=arn)
        with refused("ResourceNotFoundException"):
            cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}])


def test_metric_data_is_still_taken(cloudwatch: Any) -> None:
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}])
    assert [metric["MetricName"] for metric in cloudwatch.list_metrics(Namespace="n")["Metrics"]] == ["m"]
