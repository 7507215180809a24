"""CloudWatch Logs: log groups and metric filters."""

from __future__ import annotations

import time
from typing import Any

import pytest

ARN = "arn:aws:logs:us-east-1:123456789012:log-group:"


@pytest.fixture
def logs(client: Any) -> Any:
    return client("logs")


@pytest.fixture
def group(logs: Any) -> str:
    logs.create_log_group(logGroupName="/ecs/orders", tags={"Service": "orders"})
    return "/ecs/orders"


def only(logs: Any) -> Any:
    (found,) = logs.describe_log_groups()["logGroups"]
    return found


def put_filter(logs: Any, group: str, name: str = "errors", **changes: Any) -> None:
    transformation = {"metricName": "Errors", "metricNamespace": "Pay/dev", "metricValue": "1", **changes}
    pattern = transformation.pop("pattern", '{ $.level = "ERROR" }')
    logs.put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[transformation]
    )


def test_a_group_shows_everything_it_was_given(logs: Any, client: Any, key_policy: Any) -> None:
    key = client("kms").create_key(Policy=key_policy("logs.us-east-1.amazonaws.com"))["KeyMetadata"]["Arn"]
    logs.create_log_group(
        logGroupName="/a", kmsKeyId=key, logGroupClass="INFREQUENT_ACCESS", deletionProtectionEnabled=True
    )
    logs.put_retention_policy(logGroupName="/a", retentionInDays=30)
    found = only(logs)
    assert found.pop("creationTime") > 1_700_000_000_000
    assert found == {
        "logGroupName": "/a",
        "retentionInDays": 30,
        "metricFilterCount": 0,
        "arn": f"{ARN}/a:*",
        "logGroupArn": f"{ARN}/a",
        "storedBytes": 0,
        "kmsKeyId": key,
        "logGroupClass": "INFREQUENT_ACCESS",
        "deletionProtectionEnabled": True,
    }


def test_what_is_not_set_is_absent_or_default(logs: Any, group: str) -> None:
    found = only(logs)
    assert (found["logGroupClass"], found["deletionProtectionEnabled"]) == ("STANDARD", False)
    assert "retentionInDays" not in found
    assert "kmsKeyId" not in found


def test_deletion_protection_blocks_the_deletion(logs: Any, group: str, refused: Any) -> None:
    logs.put_log_group_deletion_protection(logGroupIdentifier=group, deletionProtectionEnabled=True)
    with refused("ValidationException", "deletion protection"):
        logs.delete_log_group(logGroupName=group)
    logs.put_log_group_deletion_protection(logGroupIdentifier=f"{ARN}{group}", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName=group)
    with refused("ResourceNotFoundException"):
        logs.delete_log_group(logGroupName=group)


@pytest.mark.parametrize("name", ["aws/lambda", "bad name!", "x" * 513])
def test_bad_names(logs: Any, refused: Any, name: str) -> None:
    with refused("InvalidParameterException"):
        logs.create_log_group(logGroupName=name)


def test_a_group_exists_once(logs: Any, group: str, refused: Any) -> None:
    with refused("ResourceAlreadyExistsException", "already exists"):
        logs.create_log_group(logGroupName=group)


@pytest.mark.parametrize("days", [0, 2, 31, 366])
def test_retention_is_one_of_the_documented_values(logs: Any, group: str, refused: Any, days: int) -> None:
    with refused("InvalidParameterException", "retentionInDays"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def test_retention_can_be_removed(logs: Any, group: str, refused: Any) -> None:
    logs.put_retention_policy(logGroupName=group, retentionInDays=3653)
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in only(logs)
    with refused("ResourceNotFoundException"):
        logs.put_retention_policy(logGroupName="/none", retentionInDays=1)


class TestKeys:
    def test_a_key_is_associated_and_disassociated(self, logs: Any, client: Any, group: str, key_policy: Any) -> None:
        key = client("kms").create_key(Policy=key_policy("logs.us-east-1.amazonaws.com"))["KeyMetadata"]["Arn"]
        logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
        assert only(logs)["kmsKeyId"] == key
        logs.disassociate_kms_key(resourceIdentifier=f"{ARN}{group}")
        assert "kmsKeyId" not in only(logs)

    def test_an_id_is_not_enough(self, logs: Any, client: Any, group: str, key_policy: Any, refused: Any) -> None:
        key = client("kms").create_key(Policy=key_policy("logs.us-east-1.amazonaws.com"))["KeyMetadata"]["KeyId"]
        with refused("InvalidParameterException", "could not be found"):
            logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
        with refused("InvalidParameterException", "could not be found"):
            logs.create_log_group(logGroupName="/new", kmsKeyId=key)

    def test_the_key_must_exist_and_be_enabled(
        self, logs: Any, client: Any, group: str, key_policy: Any, refused: Any
    ) -> None:
        made = client("kms").create_key(Policy=key_policy("logs.us-east-1.amazonaws.com"))["KeyMetadata"]
        client("kms").disable_key(KeyId=made["KeyId"])
        with refused("InvalidParameterException", "disabled"):
            logs.associate_kms_key(logGroupName=group, kmsKeyId=made["Arn"])
        with refused("InvalidParameterException", "could not be found"):
            logs.associate_kms_key(logGroupName=group, kmsKeyId=made["Arn"][:-1] + "x")

    def test_the_policy_must_admit_the_service_for_this_group(
        self, logs: Any, client: Any, group: str, key_policy: Any, refused: Any
    ) -> None:
        closed = client("kms").create_key(Policy=key_policy())["KeyMetadata"]["Arn"]
        abroad = client("kms").create_key(Policy=key_policy("logs.eu-west-1.amazonaws.com"))["KeyMetadata"]["Arn"]
        narrow = key_policy("logs.us-east-1.amazonaws.com").replace(
            '"Resource": "*"}]}',
            '"Resource": "*", "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "' + ARN + '/aws/*"}}}]}',
        )
        other = client("kms").create_key(Policy=narrow)["KeyMetadata"]["Arn"]
        for key in (closed, abroad, other):
            with refused("AccessDeniedException", f"not allowed to be used with Arn '{ARN}{group}'"):
                logs.associate_kms_key(logGroupName=group, kmsKeyId=key)
        logs.create_log_group(logGroupName="/aws/lambda/x", kmsKeyId=other)

    def test_exactly_one_target(self, logs: Any, group: str, refused: Any) -> None:
        with refused("InvalidParameterException"):
            logs.disassociate_kms_key(logGroupName=group, resourceIdentifier=f"{ARN}{group}")
        with refused("ResourceNotFoundException"):
            logs.disassociate_kms_key(logGroupName="/none")


class TestDescribeLogGroups:
    def names(self, answer: Any) -> list[str]:
        return [group["logGroupName"] for group in answer["logGroups"]]

    def test_identifiers_choose_groups_and_unknown_ones_are_absent(self, logs: Any, refused: Any) -> None:
        for name in ("/b", "/a", "/c"):
            logs.create_log_group(logGroupName=name)
        assert self.names(logs.describe_log_groups(logGroupIdentifiers=["/c", "/none", "/a"])) == ["/a", "/c"]
        with refused("InvalidParameterException"):
            logs.describe_log_groups(logGroupIdentifiers=["/a"], logGroupNamePrefix="/")
        with refused("InvalidParameterException"):
            logs.describe_log_groups(logGroupIdentifiers=[f"/{number}" for number in range(51)])

    def test_pattern_prefix_and_class(self, logs: Any, refused: Any) -> None:
        logs.create_log_group(logGroupName="/ecs/orders")
        logs.create_log_group(logGroupName="/aws/orders", logGroupClass="INFREQUENT_ACCESS")
        assert self.names(logs.describe_log_groups(logGroupNamePrefix="/ecs")) == ["/ecs/orders"]
        assert self.names(logs.describe_log_groups(logGroupClass="STANDARD")) == ["/ecs/orders"]
        found = logs.describe_log_groups(logGroupNamePattern="orders")
        assert self.names(found) == ["/aws/orders", "/ecs/orders"]
        assert set(found["logGroups"][0]) == {"logGroupName", "arn", "creationTime"}
        with refused("InvalidParameterException", "mutually exclusive"):
            logs.describe_log_groups(logGroupNamePattern="o", logGroupNamePrefix="/")

    def test_50_groups_make_a_page(self, logs: Any, refused: Any) -> None:
        for number in range(51):
            logs.create_log_group(logGroupName=f"/{number:03}")
        first = logs.describe_log_groups()
        assert len(first["logGroups"]) == 50
        rest = logs.describe_log_groups(nextToken=first["nextToken"])
        assert self.names(rest) == ["/050"]
        assert "nextToken" not in rest
        with refused("InvalidParameterException"):
            logs.describe_log_groups(limit=51)
        with refused("InvalidParameterException", "nextToken"):
            logs.describe_log_groups(nextToken="é")


class TestTags:
    def test_by_the_arn_without_a_star(self, logs: Any, group: str) -> None:
        arn = f"{ARN}{group}"
        logs.tag_resource(resourceArn=arn, tags={"a": "b", "c": ""})
        logs.untag_resource(resourceArn=arn, tagKeys=["a", "none"])
        assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"Service": "orders", "c": ""}

    def test_another_arn_is_refused(self, logs: Any, group: str, refused: Any) -> None:
        with refused("InvalidParameterException", "resourceArn"):
            logs.list_tags_for_resource(resourceArn=f"{ARN}{group}:*")
        with refused("ResourceNotFoundException"):
            logs.tag_resource(resourceArn=f"{ARN}/none", tags={"a": "b"})

    def test_they_die_with_the_group(self, logs: Any, group: str) -> None:
        logs.delete_log_group(logGroupName=group)
        logs.create_log_group(logGroupName=group)
        assert logs.list_tags_for_resource(resourceArn=f"{ARN}{group}")["tags"] == {}

    def test_limits(self, logs: Any, group: str, refused: Any) -> None:
        with refused("TooManyTagsException"):
            logs.tag_resource(resourceArn=f"{ARN}{group}", tags={str(number): "" for number in range(50)})
        with refused("InvalidParameterException"):
            logs.tag_resource(resourceArn=f"{ARN}{group}", tags={"aws:x": ""})


class TestMetricFilters:
    def test_a_filter_is_replaced_in_place(self, logs: Any, group: str) -> None:
        put_filter(logs, group, defaultValue=0)
        before = logs.describe_metric_filters()["metricFilters"][0]
        put_filter(logs, group, metricValue="$.n", unit="Milliseconds")
        (found,) = logs.describe_metric_filters(logGroupName=group)["metricFilters"]
        assert found["creationTime"] == before["creationTime"]
        assert found["metricTransformations"] == [
            {"metricName": "Errors", "metricNamespace": "Pay/dev", "metricValue": "$.n", "unit": "Milliseconds"}
        ]
        assert before["metricTransformations"][0]["defaultValue"] == 0
        assert (before["metricTransformations"][0]["unit"], before["applyOnTransformedLogs"]) == ("None", False)
        assert only(logs)["metricFilterCount"] == 1

    def test_filters_die_with_their_group(self, logs: Any, group: str) -> None:
        put_filter(logs, group)
        logs.delete_log_group(logGroupName=group)
        assert logs.describe_metric_filters()["metricFilters"] == []
        logs.create_log_group(logGroupName=group)
        assert logs.describe_metric_filters(logGroupName=group)["metricFilters"] == []

    def test_the_group_and_the_filter_must_exist(self, logs: Any, group: str, refused: Any) -> None:
        with refused("ResourceNotFoundException"):
            put_filter(logs, "/none")
        with refused("ResourceNotFoundException"):
            logs.describe_metric_filters(logGroupName="/none")
        with refused("ResourceNotFoundException"):
            logs.delete_metric_filter(logGroupName=group, filterName="none")
        put_filter(logs, group)
        logs.delete_metric_filter(logGroupName=group, filterName="errors")
        assert logs.describe_metric_filters()["metricFilters"] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"pattern": '{ $.level = "ERROR"'},
            {"pattern": "[a, b"},
            {"pattern": "x" * 1025},
            {"metricNamespace": "AWS/Lambda"},
            {"metricName": "a:b"},
            {"metricValue": "one"},
            {"unit": "Furlongs"},
            {"dimensions": {"Level": "$.level"}, "defaultValue": 0},
            {"dimensions": {str(number): "$.x" for number in range(4)}},
            {"dimensions": {"Level": "$.level"}, "pattern": "ERROR"},
        ],
    )
    def test_what_is_refused(self, logs: Any, group: str, refused: Any, changes: Any) -> None:
        with refused("InvalidParameterException"):
            put_filter(logs, group, **changes)

    @pytest.mark.parametrize(
        "pattern", ["", "ERROR", '?"[ERROR]" ?"[CRITICAL]"', "[time, level, ...]", '{ $.a = "]" }']
    )
    def test_patterns_of_every_kind(self, logs: Any, group: str, pattern: str) -> None:
        put_filter(logs, group, pattern=pattern)
        assert logs.describe_metric_filters()["metricFilters"][0]["filterPattern"] == pattern

    def test_a_group_has_at_most_100(self, logs: Any, group: str, refused: Any) -> None:
        for number in range(100):
            put_filter(logs, group, f"f{number:03}")
        put_filter(logs, group, "f000", metricValue="2")
        with refused("LimitExceededException"):
            put_filter(logs, group, "one more")
        pages = list(logs.get_paginator("describe_metric_filters").paginate())
        assert [len(page["metricFilters"]) for page in pages] == [50, 50]
        names = [item["filterName"] for page in pages for item in page["metricFilters"]]
        assert names == sorted(names)

    def test_choosing_filters(self, logs: Any, group: str, refused: Any) -> None:
        logs.create_log_group(logGroupName="/z")
        put_filter(logs, group, "b-errors")
        put_filter(logs, "/z", "a-errors", metricName="Other")

        def names(**choice: Any) -> list[str]:
            return [item["filterName"] for item in logs.describe_metric_filters(**choice)["metricFilters"]]

        assert names() == ["a-errors", "b-errors"]
        assert names(logGroupName=group) == ["b-errors"]
        assert names(logGroupName=group, filterNamePrefix="a") == []
        assert names(filterNamePrefix="a") == ["a-errors", "b-errors"], "the prefix counts only with a group"
        assert names(metricName="Other", metricNamespace="Pay/dev") == ["a-errors"]
        with refused("InvalidParameterException"):
            names(metricName="Other")
        with refused("InvalidParameterException"):
            names(limit=51)


def test_events_are_still_written_and_read(logs: Any, group: str) -> None:
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    logs.put_log_events(
        logGroupName=group, logStreamName="s", logEvents=[{"timestamp": int(time.time() * 1000), "message": "hello"}]
    )
    (event,) = logs.filter_log_events(logGroupName=group)["events"]
    assert event["message"] == "hello"
    assert only(logs)["storedBytes"] == 5
