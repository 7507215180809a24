"""Calls that took effect without an answer that says so: what they made is found, never made again, never refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from provisioner.engine.consent import Options
from provisioner.engine.errors import AwsError
from provisioner.engine.model import Resource
from provisioner.engine.plan import Plan
from provisioner.resources import KINDS as RECONCILERS
from tests.resources.driver import Doing, Platform, Stopped, dying_after, dying_before, pending
from tests.resources.examples import EXAMPLES, everything

LOST = {"drop_connection": True}
FAILED = {"code": "InternalFailure", "status": 500, "after_effect": True}
REFUSING = ["kms_key", "log_group", "iam_role", "lambda_function", "sampling_rule"]
"""AWS refuses their creation where they are there already, or would make a second one."""


def faulty(platform: Platform, plan: Plan, **how: Any) -> Plan:
    """``plan``, of which the first call of each operation meets that."""
    calls = {(call.service, call.operation) for change in plan.pending for call in change.calls}
    for service, operation in sorted(calls):
        platform.control("POST", "faults", service=service, operation=operation, **how)
    return plan


def once(platform: Platform, plan: Plan, **how: Any) -> None:
    """``plan`` is carried out by one run all the same, and then nothing is left to do."""
    assert plan.pending
    platform.apply(faulty(platform, plan, **how))
    for kind, example in EXAMPLES.items():
        assert example.count is None or example.count(platform.client) <= 1, kind


@pytest.mark.parametrize("how", [LOST, FAILED], ids=["lost", "500"])
@pytest.mark.parametrize("kind", REFUSING)
def test_a_creation(platform: Platform, kind: str, how: dict[str, Any]) -> None:
    resource, beside = everything(kind)
    wanted = [*beside, resource]
    once(platform, platform.plan(wanted), **how)
    assert pending(platform.plan(wanted)) == {}


def test_every_kind_whose_creation_aws_refuses_a_second_time_is_tried() -> None:
    assert {kind.resource.kind for kind in RECONCILERS if "effect" in vars(kind)} == set(REFUSING)


def test_a_revival(platform: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    platform.converge([base])
    platform.apply(platform.teardown([base]))
    once(platform, platform.plan([base]), **FAILED)
    assert pending(platform.plan([base])) == {}


def test_what_was_not_made_is_made_after_all(platform: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    once(platform, platform.plan([base]), code="KMSInternalException", status=500, times=2)
    assert pending(platform.plan([base])) == {}


def test_a_creation_that_is_never_answered_is_made_once(platform: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    platform.control("POST", "faults", service="kms", operation="CreateKey", **FAILED, times=None)
    platform.converge([base])
    assert keys(platform) == ["Enabled"]


def stranger(platform: Platform, base: Resource) -> None:
    """Somebody makes what is wanted, between the plan and its call."""
    if base.kind == "log_group":
        platform.client("logs").create_log_group(logGroupName=base.name)
    elif base.kind == "iam_role":
        platform.client("iam").create_role(RoleName=base.name, AssumeRolePolicyDocument=json.dumps(TRUST))


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.mark.parametrize("unanswered", [False, True])
@pytest.mark.parametrize("kind", ["log_group", "iam_role"])
def test_what_a_stranger_has_made_meanwhile_is_not_taken(platform: Platform, kind: str, unanswered: bool) -> None:
    base = EXAMPLES[kind].base
    plan = platform.plan([base])
    stranger(platform, base)
    if unanswered:
        (call, *_) = plan.pending[0].calls
        platform.control("POST", "faults", service=call.service, operation=call.operation, code="X", status=500)
    with pytest.raises(AwsError, match="AlreadyExists"):
        platform.apply(plan)


@pytest.fixture
def late(platform: Platform) -> Iterator[Platform]:
    """The index of tags is a minute behind."""
    platform.control("POST", "settings", tag_index_lag=60)
    yield platform
    platform.control("POST", "settings", tag_index_lag=0)


def keys(platform: Platform) -> list[str]:
    """The states of all keys, oldest first."""
    kms = platform.client("kms")
    found = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return [key["KeyState"] for key in sorted(found, key=lambda key: key["CreationDate"])]


def test_a_key_on_its_way_out_is_not_what_was_made(late: Platform) -> None:
    """It has the same tags."""
    base = EXAMPLES["kms_key"].base
    late.converge([base])
    late.apply(late.teardown([base]))
    late.lose_state()
    once_made = faulty(late, late.plan([base]), **LOST)
    late.apply(once_made)
    assert keys(late) == ["PendingDeletion", "Enabled"]


def gone_silent(perform: Doing) -> Doing:
    """The process ends when AWS has made the key, before the key's id is on record."""
    return dying_after(1)(perform)


def test_a_key_that_was_made_unheard_is_found_before_the_index_knows_it(late: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    with pytest.raises(Stopped):
        late.apply(late.plan([base]), gone_silent)
    again = late.plan([base])
    assert pending(again) == {"kms_key.logs-dev": "update"}
    late.apply(again)
    assert keys(late) == ["Enabled"]


def test_a_teardown_finds_it_too(late: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    with pytest.raises(Stopped):
        late.apply(late.plan([base]), gone_silent)
    late.apply(late.teardown([base]))
    assert keys(late) == ["PendingDeletion"]


def test_what_was_begun_and_not_made_is_made(late: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    with pytest.raises(Stopped):
        late.apply(late.plan([base]), dying_before(1))
    again = late.plan([base])
    assert pending(again) == {"kms_key.logs-dev": "create"}
    late.apply(again)
    assert pending(late.plan([base])) == {}


def test_keys_whose_owners_let_nobody_see_their_tags_are_none_of_ours(late: Platform) -> None:
    base = EXAMPLES["kms_key"].base
    late.client("kms").create_key()
    with pytest.raises(Stopped):
        late.apply(late.plan([base]), gone_silent)
    late.control("POST", "faults", service="kms", operation="ListResourceTags", code="AccessDeniedException")
    assert pending(late.plan([base])) in ({"kms_key.logs-dev": "update"}, {"kms_key.logs-dev": "create"})


def test_a_second_key_is_named_and_removed(platform: Platform) -> None:
    """Whoever made it, as a former version of this program may have."""
    base = EXAMPLES["kms_key"].base
    platform.converge([base])
    tags = [{"TagKey": key, "TagValue": value} for key, value in (base.tags_if_any or {}).items()]
    second = platform.client("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"]
    plan = platform.plan([base])
    assert pending(plan) == {f"kms_key.{second}": "delete"}
    assert any(
        refusal.address and refusal.address.name == second for refusal in platform.plan([base], Options()).refusals
    )
    platform.apply(plan)
    assert keys(platform) == ["Enabled", "PendingDeletion"]
    assert pending(platform.plan([base])) == {}
