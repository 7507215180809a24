"""What AWS would not let go, or others still use: known before the first removal, and the rest is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.errors import AwsError
from provisioner.engine.model import Address, Resource
from provisioner.engine.plan import Plan, Why
from tests.resources.compute import CLUSTER, FUNCTION, GROUP, PACKAGES, ROLE, XRAY
from tests.resources.driver import Platform, pending
from tests.resources.examples import standing
from tests.resources.keys import KEY, key_arn, key_id
from tests.resources.messaging import DEAD, QUEUE, TOPIC
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


ALARMS = {ALARM.name: ALARM, SECOND_ALARM.name: SECOND_ALARM}


@pytest.mark.parametrize("named", [[], [ALARM.name], [ALARM.name, SECOND_ALARM.name]])
@pytest.mark.parametrize("recorded", [False, True])
def test_a_composite_of_others_under_our_name_keeps_what_its_own_rule_names(
    platform: Platform, named: list[str], recorded: bool
) -> None:
    """Not what ours would have named, or once did."""
    wanted = [ALARM, SECOND_ALARM, COMPOSITE, CLUSTER]
    platform.converge(wanted if recorded else [ALARM, SECOND_ALARM, CLUSTER])
    aws = platform.client("cloudwatch")
    if recorded:
        aws.delete_alarms(AlarmNames=[COMPOSITE.name])
    rule = " OR ".join(f"ALARM({name})" for name in named) or "FALSE"
    aws.put_composite_alarm(AlarmName=COMPOSITE.name, AlarmRule=rule, Tags=[{"Key": "Owner", "Value": "they"}])
    plan = platform.teardown(wanted)
    gone = {str(item.address): "delete" for name, item in ALARMS.items() if name not in named}
    assert pending(plan) == {str(CLUSTER.address): "delete", **gone}
    assert {change.address: change.why for change in plan.held} == {
        COMPOSITE.address: Why.NOT_OURS,
        **{ALARMS[name].address: Why.NEEDED for name in named},
    }
    platform.apply(plan)


def test_a_function_of_others_under_our_name_keeps_the_role_that_it_runs_as(platform: Platform) -> None:
    platform.converge([ROLE, CLUSTER])
    given_a_function_of_others(platform, FUNCTION.name)
    plan = platform.teardown([*standing(FUNCTION), CLUSTER])
    assert pending(plan) == {str(CLUSTER.address): "delete"}
    held = {change.address: change.why for change in plan.held}
    assert held == {FUNCTION.address: Why.NOT_OURS, ROLE.address: Why.NEEDED}


def test_a_function_that_we_let_go_of_keeps_its_role(platform: Platform) -> None:
    wanted = standing(FUNCTION)
    platform.converge([item for item in wanted if item.address != FUNCTION.address])
    given_a_function_of_others(platform, FUNCTION.name)
    platform.converge(wanted, Options(adopt=EVERYTHING))
    plan = platform.teardown(wanted)
    assert pending(plan)[str(FUNCTION.address)] == "release"
    assert [change.address for change in plan.changes if change.why is Why.NEEDED] == [ROLE.address]


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


USERS: dict[str, tuple[Resource, Callable[[Client, str], object]]] = {
    "log group": (GROUP, lambda aws, key: aws("logs").create_log_group(logGroupName=GROUP.name, kmsKeyId=key)),
    "queue": (
        DEAD,
        lambda aws, key: aws("sqs").create_queue(QueueName=DEAD.name, Attributes={"KmsMasterKeyId": KEY.alias}),
    ),
    "topic": (
        TOPIC,
        lambda aws, key: aws("sns").create_topic(Name=TOPIC.name, Attributes={"KmsMasterKeyId": KEY.alias}),
    ),
}


@pytest.mark.parametrize("noun", USERS)
@pytest.mark.parametrize("declared", [False, True])
def test_what_others_encrypt_under_our_names_keeps_the_key(platform: Platform, noun: str, declared: bool) -> None:
    namesake, make = USERS[noun]
    platform.converge([KEY])
    make(platform.client, key_arn(platform.client))
    plan = platform.teardown([KEY, namesake] if declared else [KEY])
    assert pending(plan) == {}
    assert {change.address for change in plan.held} >= {KEY.address}


def test_what_the_platform_itself_encrypts_and_what_has_another_key_is_no_obstacle(platform: Platform) -> None:
    wanted = [KEY, replace(TOPIC, kms_key=KEY.arn), replace(QUEUE, kms_key=KEY.arn), replace(GROUP, kms_key=KEY.arn)]
    platform.converge(wanted)
    platform.client("sqs").create_queue(QueueName="theirs", Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    plan = platform.teardown(wanted)
    assert stopped(plan) == {}
    assert pending(plan)[str(KEY.address)] == "delete"


DENIALS: dict[str, tuple[Resource, str, str, str]] = {
    "log groups": (KEY, "logs", "DescribeLogGroups", "AccessDeniedException"),
    "queues": (KEY, "sqs", "ListQueues", "AccessDenied"),
    "topics": (KEY, "sns", "ListTopics", "AuthorizationError"),
    "aliases of keys": (KEY, "kms", "ListAliases", "AccessDeniedException"),
    "events of log groups": (GROUP, "logs", "FilterLogEvents", "AccessDeniedException"),
    "functions": (ROLE, "lambda", "ListFunctions", "AccessDeniedException"),
    "instance profiles": (ROLE, "iam", "ListInstanceProfilesForRole", "AccessDenied"),
    "event sources of functions": (FUNCTION, "lambda", "ListEventSourceMappings", "AccessDeniedException"),
}


@pytest.mark.parametrize("things", DENIALS)
def test_what_could_not_be_looked_at_is_told_and_stops_nothing(platform: Platform, things: str) -> None:
    base, service, operation, code = DENIALS[things]
    wanted = standing(base)
    platform.converge(wanted)
    platform.control("POST", "faults", service=service, operation=operation, code=code, times=1000)
    plan = platform.teardown(wanted)
    assert pending(plan)[str(base.address)] == "delete"
    assert plan.notes == (f"could not be looked at: {things} ({code})",)
    platform.apply(plan)


def test_a_denied_listing_of_composites_is_told(platform: Platform) -> None:
    """The same operation also reads what is ours: that comes first, and is allowed."""
    platform.converge([ALARM])
    platform.control(
        "POST", "faults", service="cloudwatch", operation="DescribeAlarms", code="AccessDenied", skip=1, times=1000
    )
    plan = platform.teardown([ALARM])
    assert pending(plan) == {str(ALARM.address): "delete"}
    assert plan.notes == ("could not be looked at: composite alarms (AccessDenied)",)


def test_an_error_that_is_no_denial_is_not_passed_over(platform: Platform) -> None:
    platform.converge([ROLE])
    platform.control("POST", "faults", service="lambda", operation="ListFunctions", code="ValidationException", times=9)
    with pytest.raises(AwsError, match="ListFunctions"):
        platform.teardown([ROLE])


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


def given_a_function_of_others(platform: Platform, name: str = "theirs") -> None:
    platform.client("lambda").create_function(
        FunctionName=name,
        Role=arn("iam", f"role/{ROLE.name}", ""),
        Runtime="python3.12",
        Handler="index.handler",
        Code={"ZipFile": PACKAGES["first.zip"]},
    )


def stopped(plan: Plan) -> dict[Address, str]:
    """What the plan leaves because of others, and what it says of them."""
    return {change.address: change.detail for change in plan.changes if change.why is Why.OBSTRUCTED}
