"""Keys: on their way out and back, without their alias, or with an alias that points elsewhere."""

from __future__ import annotations

from provisioner.engine.plan import Action
from tests.resources.driver import Platform, Stopped, dying_before, fields, only, pending
from tests.resources.keys import ALIAS, KEY, key_id


def calls(platform: Platform) -> list[str]:
    return [call.operation for call in only(platform.plan([KEY])).calls]


def keys(platform: Platform) -> list[str]:
    return [item["KeyId"] for item in platform.client("kms").list_keys()["Keys"]]


def test_a_torn_down_key_is_brought_back(platform: Platform) -> None:
    """What it encrypted is readable with no other."""
    platform.converge([KEY])
    platform.apply(platform.teardown([KEY]))
    change = only(platform.plan([KEY]))
    assert change.action is Action.REVIVE
    assert [call.operation for call in change.calls] == [
        "CancelKeyDeletion",
        "EnableKey",
        "CreateAlias",
        "EnableKeyRotation",  # a key on its way out shows none, whatever it had
    ]
    platform.converge([KEY])
    assert pending(platform.plan([KEY])) == {}
    assert len(keys(platform)) == 1


def test_a_torn_down_key_is_found_by_its_tags(platform: Platform) -> None:
    platform.converge([KEY])
    platform.apply(platform.teardown([KEY]))
    platform.lose_state()
    assert only(platform.plan([KEY])).action is Action.REVIVE


def test_a_teardown_leaves_a_key_alone_that_is_on_its_way_out(platform: Platform) -> None:
    platform.converge([KEY])
    platform.apply(platform.teardown([KEY]))
    assert pending(platform.teardown([KEY])) == {}


def test_the_declared_window_is_the_one_that_is_asked_for(platform: Platform) -> None:
    platform.converge([KEY])
    (call,) = (call for call in only(platform.teardown([KEY])).calls if call.operation == "ScheduleKeyDeletion")
    assert call.params["PendingWindowInDays"] == KEY.deletion_window_days


def test_a_key_that_a_crash_left_without_alias_is_found_without_state(platform: Platform) -> None:
    try:
        platform.apply(platform.plan([KEY]), dying_before(2))
    except Stopped:
        platform.lose_state()
    change = only(platform.plan([KEY]))
    assert (change.action, fields(change)) == (Action.UPDATE, ["alias", "rotation_days"])
    platform.converge([KEY])
    assert len(keys(platform)) == 1


def test_an_alias_that_points_elsewhere_is_turned_back(platform: Platform) -> None:
    platform.converge([KEY])
    kms = platform.client("kms")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    ours = key_id(platform.client)
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)
    change = only(platform.plan([KEY]))
    assert (fields(change), change.origin.value) == (["alias"], "drift")
    assert [call.operation for call in change.calls] == ["UpdateAlias"]
    assert platform.plan([KEY]).notes == (f"{KEY.address}: {ALIAS} leads to the key {other}, and ours is {ours}",)
    platform.converge([KEY])
    assert platform.plan([KEY]).notes == ()
    assert key_id(platform.client) == ours


def test_an_alias_on_a_key_that_is_on_its_way_out_is_taken_from_it(platform: Platform) -> None:
    """An alias stays bound to it, and cannot be moved from there."""
    platform.converge([KEY])
    kms = platform.client("kms")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=ALIAS, TargetKeyId=other)
    kms.schedule_key_deletion(KeyId=other, PendingWindowInDays=7)
    assert calls(platform) == ["DeleteAlias", "CreateAlias"]
    platform.converge([KEY])
    assert pending(platform.plan([KEY])) == {}


def test_a_disabled_key_is_enabled_before_anything_else(platform: Platform) -> None:
    platform.converge([KEY])
    kms, ours = platform.client("kms"), key_id(platform.client)
    kms.disable_key_rotation(KeyId=ours)
    kms.disable_key(KeyId=ours)
    assert calls(platform) == ["EnableKey", "EnableKeyRotation"]
    platform.converge([KEY])
    assert pending(platform.plan([KEY])) == {}
