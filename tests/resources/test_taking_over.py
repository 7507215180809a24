"""What others made and we took over: their tags stay, and a teardown lets go of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provisioner.engine.adoption import ADOPTED_TAG
from provisioner.engine.consent import EVERYTHING, Options
from provisioner.engine.ownership import STACK_TAG
from provisioner.engine.plan import Action
from tests.resources.compute import GROUP
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.keys import KEY
from tests.resources.messaging import QUEUE, url

OF_OTHERS = {"Team": "billing", "Name": "their name", "CostCentre": "7"}


def tags_of(platform: Platform) -> dict[str, str]:
    return dict(platform.client("sqs").list_queue_tags(QueueUrl=url(platform.client)).get("Tags", {}))


@pytest.fixture
def taken(platform: Platform) -> Platform:
    """Somebody's queue of our name, with tags of theirs, taken over by consent."""
    platform.client("sqs").create_queue(QueueName=QUEUE.name, tags=OF_OTHERS)
    platform.converge([QUEUE], Options(adopt=EVERYTHING))
    return platform


def test_their_tags_stay_but_for_the_keys_that_are_ours(taken: Platform) -> None:
    tags = tags_of(taken)
    assert (tags["Team"], tags["CostCentre"]) == ("billing", "7")
    assert tags["Name"] == QUEUE.tags["Name"]
    assert ADOPTED_TAG in tags
    assert pending(taken.plan([QUEUE])) == {}


@pytest.mark.parametrize("forgetful", [False, True])
def test_what_they_had_stays_also_without_state(taken: Platform, forgetful: bool) -> None:
    if forgetful:
        taken.lose_state()
    assert pending(taken.converge([QUEUE])) == {}
    assert tags_of(taken)["Team"] == "billing"


def test_a_tag_that_somebody_adds_later_is_drift(taken: Platform) -> None:
    taken.client("sqs").tag_queue(QueueUrl=url(taken.client), Tags={"Later": "x"})
    change = only(taken.plan([QUEUE]))
    assert (change.action, fields(change)) == (Action.UPDATE, ["tags"])
    assert pending(taken.plan([QUEUE], Options(ignore_tags=("Lat",)))) == {}


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_teardown_lets_go_of_it(taken: Platform, forgetful: bool) -> None:
    if forgetful:
        taken.lose_state()
    plan = taken.teardown([QUEUE])
    assert pending(plan) == {str(QUEUE.address): "release"}
    taken.apply(plan)
    tags = tags_of(taken)
    assert not [key for key in tags if key.startswith("provisioner:")]
    assert "ManagedBy" not in tags
    assert (tags["Team"], tags["CostCentre"]) == ("billing", "7")
    if not forgetful:
        assert tags["Name"] == "their name", "what we had overwritten is put back"
    assert only(taken.plan([QUEUE])).action is Action.ADOPT


def test_a_teardown_removes_it_when_asked(taken: Platform) -> None:
    plan = taken.teardown([QUEUE], Options(delete_adopted=True))
    assert pending(plan) == {str(QUEUE.address): "delete"}


def test_what_we_made_is_removed_by_a_teardown(platform: Platform) -> None:
    platform.converge([QUEUE])
    assert pending(platform.teardown([QUEUE])) == {str(QUEUE.address): "delete"}


def test_another_stack_takes_nothing(platform: Platform) -> None:
    other: Any = replace(QUEUE, tags={**QUEUE.tags, STACK_TAG: "team-b/dev/us-east-1"})
    platform.converge([other])
    platform.lose_state()
    assert platform.plan([QUEUE], Options(adopt=EVERYTHING)).refusals


def test_a_release_names_the_key_that_the_thing_needs(platform: Platform) -> None:
    group = replace(GROUP, kms_key=KEY.arn)
    platform.converge([KEY, group])
    plan = platform.release([KEY, group], GROUP.address)
    assert pending(plan) == {str(GROUP.address): "release"}
    assert f"{KEY.address} stays ours, and what is released needs it" in plan.notes
    platform.apply(plan)
    (there,) = platform.client("logs").describe_log_groups(logGroupNamePrefix=GROUP.name)["logGroups"]
    assert there["kmsKeyId"]
    assert platform.teardown([KEY, group]).pending == (), "the key is still in use, by what is not ours any more"
