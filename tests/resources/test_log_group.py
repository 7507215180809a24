"""Log groups, and the filters that go with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provisioner.engine.consent import Options
from provisioner.engine.plan import Action, Way
from tests.resources.compute import GROUP, SECOND_GROUP
from tests.resources.driver import Platform, fields, only, pending
from tests.resources.watching import FILTER

FILTERS_PER_GROUP = 100


def test_a_lost_group_takes_its_filters_along(platform: Platform) -> None:
    platform.converge([GROUP, FILTER])
    platform.client("logs").delete_log_group(logGroupName=GROUP.name)
    plan = platform.converge([GROUP, FILTER])
    assert pending(plan) == {str(GROUP.address): "create", str(FILTER.address): "create"}
    assert {change.origin.value for change in plan.pending} == {"drift"}
    assert pending(platform.plan([GROUP, FILTER])) == {}


@pytest.mark.parametrize("declared", [True, False], ids=["old group kept", "old group dropped"])
def test_a_moved_filter_leaves_nothing_behind(platform: Platform, declared: bool) -> None:
    """Its group is part of its identity: looked for only in the new place, the old one would go on counting."""
    platform.converge([GROUP, SECOND_GROUP, FILTER])
    moved = replace(FILTER, log_group=SECOND_GROUP.group)
    wanted = [*([GROUP] if declared else []), SECOND_GROUP, moved]
    platform.converge(wanted)
    there = platform.client("logs").describe_metric_filters()["metricFilters"]
    assert [item["logGroupName"] for item in there] == [SECOND_GROUP.name]
    assert pending(platform.plan(wanted)) == {}


def test_a_strangers_filter_is_named(platform: Platform) -> None:
    wanted = [GROUP, FILTER]
    platform.converge(wanted)
    whole = {"metricNamespace": "Theirs", "metricName": "Theirs", "metricValue": "1"}
    platform.client("logs").put_metric_filter(
        logGroupName=GROUP.name, filterName="theirs", filterPattern="", metricTransformations=[whole]
    )
    plan = platform.plan(wanted)
    assert pending(plan) == {}
    assert any("theirs" in note and "left alone" in note for note in plan.notes)


def test_no_default_is_not_zero(platform: Platform) -> None:
    zero = replace(FILTER, default=0)
    platform.converge([GROUP, zero])
    change = only(platform.plan([GROUP, FILTER]))
    assert [(item.field, item.before, item.after) for item in change.fields] == [("default", 0.0, "")]


def test_more_filters_than_a_group_takes_are_refused(platform: Platform) -> None:
    many = [replace(FILTER, name=f"errors-{number}") for number in range(FILTERS_PER_GROUP + 1)]
    plan = platform.plan([GROUP, *many])
    (refusal,) = plan.refusals
    assert GROUP.name in refusal.text
    assert f"{FILTERS_PER_GROUP + 1}" in refusal.text
    assert f"{FILTERS_PER_GROUP}." in refusal.text
    assert not platform.plan([GROUP, *many[:-1]]).refusals


def test_a_group_of_the_wrong_class_is_refused(platform: Platform) -> None:
    """A replacement would destroy what nobody can bring back."""
    platform.client("logs").create_log_group(
        logGroupName=GROUP.name, logGroupClass="INFREQUENT_ACCESS", tags=GROUP.tags
    )
    plan = platform.plan([GROUP], Options())
    (refusal,) = plan.refusals
    assert (refusal.address, refusal.way) == (GROUP.address, Way.LOSE)


def test_a_protected_group_is_removed_when_we_say_so(platform: Platform) -> None:
    protected = replace(GROUP, deletion_protection=True)
    platform.converge([protected])
    change = only(platform.teardown([protected]))
    assert [call.operation for call in change.calls] == ["PutLogGroupDeletionProtection", "DeleteLogGroup"]
    platform.apply(platform.teardown([protected]))
    assert pending(platform.teardown([protected])) == {}


def test_a_group_made_anew_by_its_writer_is_told_from_ours(platform: Platform) -> None:
    """Retention and encryption are gone with the old one; the record says what was applied."""
    platform.converge([GROUP])
    logs = platform.client("logs")
    logs.delete_log_group(logGroupName=GROUP.name)
    logs.create_log_group(logGroupName=GROUP.name)
    change = only(platform.plan([GROUP]))
    assert change.action in (Action.ADOPT, Action.UPDATE)
    assert fields(change) == ["retention_days", "tags"]
    platform.converge([GROUP])
    assert pending(platform.plan([GROUP])) == {}
