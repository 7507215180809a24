"""A stack that Terraform made: adopted, changed, released, adopted again, and nothing is made anew or lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.account import Told, told
from tests.cli.running import Cli, Control, Sample
from tests.cli.terraform import ALARMED, build, identities

Aws = Callable[[str], Any]


def count(things: Told) -> int:
    """How many resources Terraform counts: a key and its alias are two."""
    return sum(map(len, things.values())) + len(things["kms_key"])


def tags_in(value: Any) -> list[dict[str, str]]:
    """The tags in what AWS tells of one thing, whatever the service calls them."""
    if isinstance(value, list):
        return [found for item in value for found in tags_in(item)]
    if not isinstance(value, dict):
        return []
    tags = [value[key] for key in ("Tags", "tags", "TagList") if value.get(key)]
    return [_as_map(item) for item in tags] or [found for item in value.values() for found in tags_in(item)]


def _as_map(tags: Any) -> dict[str, str]:
    if isinstance(tags, dict):
        return dict(tags)
    return {next(v for k, v in tag.items() if k.endswith(("Key", "key"))): tag[max(tag)] for tag in tags}


@pytest.fixture
def stack(cli: Cli, sample: Sample, aws: Aws) -> Told:
    """What Terraform made, as AWS told of it before anybody took it over. The functions are others'."""
    for name in ("payment_handler", "order_processor"):
        sample.edit(rf'^source = "lambdas/{name}"$', "")
    build(aws)
    return told(aws)


def states(aws: Aws) -> dict[str, tuple[str, object]]:
    alarms = aws("cloudwatch").describe_alarms(AlarmNames=[ALARMED])["MetricAlarms"]
    return {alarm["AlarmName"]: (alarm["StateValue"], alarm["StateReason"]) for alarm in alarms}


def test_nothing_of_a_stack_of_terraform_is_made_anew(
    cli: Cli, control: Control, sample: Sample, aws: Aws, stack: Told, tmp_path: Any
) -> None:
    born, ringing = identities(stack), states(aws)
    assert count(stack) == 34

    def nothing_is_lost() -> Told:
        now = told(aws)
        theirs = {kind: {name: now[kind][name] for name in things} for kind, things in stack.items()}
        assert identities(theirs) == born
        assert states(aws) == ringing
        return theirs

    saved = str(tmp_path / "plan.json")
    refused = cli("plan")
    assert refused.code == 1
    assert "terraform" in refused.out, "it says whose marks these are"
    control.clear()
    summary = cli.plan("--adopt", "--out", saved)["summary"]
    assert (summary["delete"], summary["replace"]) == (0, 0)
    cli.ok("apply", saved)
    assert cli.pending() == {}

    sample.edit(r"^service_errors = 10$", "service_errors = 11")
    sample.edit(r"^retention_days = 30 ", "retention_days = 60 ")
    cli.ok("apply", "--yes")
    nothing_is_lost()
    assert not [call for call in control.writes() if ":Delete" in call]

    cli.ok("release", "--all", "--yes")
    for kind, things in nothing_is_lost().items():
        for name, thing in things.items():
            assert tags_in(thing) == tags_in(stack[kind][name]), name
    assert cli("plan").code == 1, "it is somebody else's again"

    cli.ok("apply", "--yes", "--adopt")
    assert cli.pending() == {}
    cli.ok("teardown", "--yes")
    nothing_is_lost()
