"""What AWS would not let go, or others still use: known before the first removal, and the rest is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from provisioner.engine.consent import Options
from provisioner.engine.model import Address
from provisioner.engine.plan import Plan, Why
from tests.resources.compute import CLUSTER, FUNCTION, GROUP, PACKAGES, ROLE, XRAY
from tests.resources.driver import Platform, pending
from tests.resources.examples import standing
from tests.resources.keys import KEY, key_arn, key_id
from tests.resources.messaging import QUEUE, TOPIC
from tests.resources.naming import arn
from tests.resources.shapes import Client
from tests.resources.watching import ALARM, COMPOSITE, SECOND_ALARM


def test_a_role_goes_with_its_boundary(platform: Platform) -> None:
    """Where boundaries are guarded, nobody may take one off."""
    guarded = replace(ROLE, boundary=XRAY)
    platform.converge([guarded])
    platform.control("POST", "faults", service="iam", operation="DeleteRolePermissionsBoundary", code="AccessDenied")
    platform.apply(platform.teardown([guarded]))
    assert platform.client("iam").list_roles()["Roles"] == []


def test_a_role_in_an_instance_profile_stays_and_the_rest_goes(platform: Platform) -> None:
    platform.converge([ROLE, CLUSTER])
    iam = platform.client("iam")
    iam.create_instance_profile(InstanceProfileName="theirs")
    iam.add_role_to_instance_profile(InstanceProfileName="theirs", RoleName=ROLE.name)
    plan = platform.teardown([ROLE, CLUSTER])
    assert pending(plan) == {str(CLUSTER.address): "delete"}
    assert stopped(plan) == {ROLE.address: "it is used by instance profile theirs"}
    platform.apply(plan)
    assert iam.get_role(RoleName=ROLE.name)["Role"]["RoleName"] == ROLE.name


def test_a_role_that_a_function_of_others_runs_as_stays(platform: Platform) -> None:
    wanted = standing(FUNCTION)
    platform.converge(wanted)
    assert stopped(platform.teardown(wanted)) == {}, "our own function goes first"
    given_a_function_of_others(platform)
    plan = platform.teardown(wanted)
    assert stopped(plan) == {ROLE.address: "it is used by Lambda function theirs"}
    assert pending(plan)[str(FUNCTION.address)] == "delete"


def test_a_function_with_event_sources_stays_with_what_it_stands_on(platform: Platform) -> None:
    wanted = [*standing(FUNCTION), CLUSTER]
    platform.converge(wanted)
    platform.client("sqs").create_queue(QueueName="orders")
    aws = platform.client("lambda")
    mapping = aws.create_event_source_mapping(FunctionName=FUNCTION.name, EventSourceArn=arn("sqs", "orders"))
    plan = platform.teardown(wanted)
    assert stopped(plan) == {FUNCTION.address: f"it is fed by {arn('sqs', 'orders')}"}
    assert pending(plan) == {str(CLUSTER.address): "delete"}
    platform.apply(plan)
    aws.delete_event_source_mapping(UUID=mapping["UUID"])
    assert pending(platform.teardown(wanted))[str(FUNCTION.address)] == "delete"


@pytest.mark.parametrize("spelled", [ALARM.name, f'"{ALARM.name}"', f'"{arn("cloudwatch", f"alarm:{ALARM.name}")}"'])
def test_an_alarm_in_the_rule_of_others_stays(platform: Platform, spelled: str) -> None:
    platform.converge([ALARM, SECOND_ALARM, COMPOSITE])
    platform.client("cloudwatch").put_composite_alarm(AlarmName="theirs", AlarmRule=f"OK({spelled})")
    plan = platform.teardown([ALARM, SECOND_ALARM, COMPOSITE])
    assert stopped(plan) == {ALARM.address: "somebody else's composite alarm refers to it: theirs"}
    assert pending(plan) == {str(COMPOSITE.address): "delete", str(SECOND_ALARM.address): "delete"}
    platform.apply(plan)


def test_a_composite_that_suppresses_one_of_others_stays_with_its_children(platform: Platform) -> None:
    platform.converge([ALARM, SECOND_ALARM, COMPOSITE])
    platform.client("cloudwatch").put_composite_alarm(
        AlarmName="theirs",
        AlarmRule="FALSE",
        ActionsSuppressor=COMPOSITE.name,
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=60,
    )
    plan = platform.teardown([ALARM, SECOND_ALARM, COMPOSITE])
    assert list(stopped(plan)) == [COMPOSITE.address]
    assert pending(plan) == {}


def test_a_composite_of_others_under_our_name_keeps_its_children(platform: Platform) -> None:
    platform.converge([ALARM, SECOND_ALARM, CLUSTER])
    platform.client("cloudwatch").put_composite_alarm(AlarmName=COMPOSITE.name, AlarmRule=COMPOSITE.rule)
    plan = platform.teardown([ALARM, SECOND_ALARM, COMPOSITE, CLUSTER])
    assert pending(plan) == {str(CLUSTER.address): "delete"}
    assert {change.address: change.why for change in plan.held} == {
        COMPOSITE.address: Why.NOT_OURS,
        ALARM.address: Why.NEEDED,
        SECOND_ALARM.address: Why.NEEDED,
    }
    platform.apply(plan)


NAMES: dict[str, Callable[[Client], str]] = {
    "id": key_id,
    "ARN": key_arn,
    "alias": lambda aws: KEY.alias,
    "ARN of the alias": lambda aws: arn("kms", KEY.alias),
    "alias of others": lambda aws: "alias/theirs",
}


@pytest.mark.parametrize("spelled", NAMES)
def test_a_key_stays_while_others_use_it_under_whatever_name(platform: Platform, spelled: str) -> None:
    platform.converge([KEY, GROUP])
    platform.client("kms").create_alias(AliasName="alias/theirs", TargetKeyId=key_id(platform.client))
    name = NAMES[spelled](platform.client)
    platform.client("sqs").create_queue(QueueName="their-queue", Attributes={"KmsMasterKeyId": name})
    platform.client("sns").create_topic(Name="their-topic", Attributes={"KmsMasterKeyId": name})
    plan = platform.plan([GROUP])
    assert stopped(plan) == {KEY.address: "encrypted with it are queue their-queue, topic their-topic"}
    assert pending(plan) == {}


def test_a_key_stays_while_a_log_group_of_others_uses_it(platform: Platform) -> None:
    platform.converge([KEY, GROUP])
    platform.client("logs").create_log_group(logGroupName="/theirs", kmsKeyId=key_arn(platform.client))
    plan = platform.teardown([KEY, GROUP])
    assert stopped(plan) == {KEY.address: "encrypted with it are log group /theirs"}
    assert pending(plan) == {str(GROUP.address): "delete"}


def test_what_the_platform_itself_encrypts_and_what_has_another_key_is_no_obstacle(platform: Platform) -> None:
    wanted = [KEY, replace(TOPIC, kms_key=KEY.arn), replace(QUEUE, kms_key=KEY.arn), replace(GROUP, kms_key=KEY.arn)]
    platform.converge(wanted)
    platform.client("sqs").create_queue(QueueName="theirs", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    plan = platform.teardown(wanted)
    assert stopped(plan) == {}
    assert pending(plan)[str(KEY.address)] == "delete"


DENIALS = {
    "log groups": ("logs", "DescribeLogGroups", "AccessDeniedException"),
    "queues": ("sqs", "ListQueues", "AccessDenied"),
    "topics": ("sns", "ListTopics", "AuthorizationError"),
}


@pytest.mark.parametrize("things", DENIALS)
def test_what_could_not_be_looked_at_is_told_and_stops_nothing(platform: Platform, things: str) -> None:
    service, operation, code = DENIALS[things]
    platform.converge([KEY])
    platform.control("POST", "faults", service=service, operation=operation, code=code, times=1000)
    plan = platform.teardown([KEY])
    assert pending(plan) == {str(KEY.address): "delete"}
    (loss,) = plan.losses
    assert loss.text.endswith(f"; {things} could not be looked at: {code}")


def test_a_queue_that_hides_its_attributes_hides_no_other(platform: Platform) -> None:
    platform.converge([KEY])
    for name in ("one", "two"):
        platform.client("sqs").create_queue(QueueName=name, Attributes={"KmsMasterKeyId": KEY.alias})
    platform.control("POST", "faults", service="sqs", operation="GetQueueAttributes", code="AccessDenied", times=1)
    (text,) = stopped(platform.teardown([KEY])).values()
    assert text in ("encrypted with it are queue one", "encrypted with it are queue two")


def test_nobody_is_asked_about_a_key_that_stays_anyway(platform: Platform) -> None:
    guarded = replace(GROUP, kms_key=KEY.arn, deletion_protection=True)
    platform.converge([KEY, guarded])
    platform.clear_calls()
    platform.plan([KEY, guarded])
    platform.teardown([KEY, guarded], Options())
    assert not {"ListQueues", "ListTopics"} & {call["operation"] for call in platform.control("GET", "calls")}


def given_a_function_of_others(platform: Platform) -> None:
    platform.client("lambda").create_function(
        FunctionName="theirs",
        Role=arn("iam", f"role/{ROLE.name}", ""),
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": PACKAGES["first.zip"]},
    )


def stopped(plan: Plan) -> dict[Address, str]:
    """What the plan leaves because of others, and what it says of them."""
    return {change.address: change.detail for change in plan.changes if change.why is Why.OBSTRUCTED}
