"""What AWS would not let go, or others still use: known before the first removal, and the rest is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.engine.model import Address
from provisioner.engine.plan import Plan, Why
from tests.resources.compute import CLUSTER, FUNCTION, PACKAGES, ROLE, XRAY
from tests.resources.driver import Platform, pending
from tests.resources.examples import standing
from tests.resources.naming import arn
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
