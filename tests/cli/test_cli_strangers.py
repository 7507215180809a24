"""Every name of the platform is somebody else's: nothing that they have is touched by any command, of any stack.

The account is told about by plain boto3 before and after: kind by kind, byte for byte.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from provisioner.engine.ownership import ADDRESS_TAG, STACK_TAG
from provisioner.resources import KINDS
from tests.cli.account import retag, told
from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]

OTHERS = ("order-service", "inventory-service", "notification-service")
"""Services that the file is cut down by: what is left has every kind."""

MARKS = {
    "no tags": {},
    "an owner's tag, and a forged address": {"Owner": "orders", ADDRESS_TAG: "log_group./ecs/payment-processor-dev"},
    "the tags of another environment": {STACK_TAG: "payment-platform/prod/us-east-1", "ManagedBy": "provisioner"},
}


@contextmanager
def untouched(control: Control, aws: Aws) -> Iterator[None]:
    """Nothing is written, and AWS tells the same of everything."""
    before = told(aws)
    assert {kind.resource.kind for kind in KINDS} == set(before), "the world has every kind"
    control.clear()
    yield
    assert control.writes() == []
    after = told(aws)
    for kind, things in before.items():
        assert after[kind] == things, kind


@pytest.fixture
def platform(cli: Cli, sample: Sample) -> Sample:
    """A platform that stands, its state on record."""
    for name in OTHERS:
        sample.remove_service(name)
    cli.ok("apply", "--yes")
    return sample


@pytest.mark.parametrize("mark", MARKS)
def test_strangers_of_all_our_names_survive_every_command(
    cli: Cli, control: Control, aws: Aws, platform: Sample, mark: str
) -> None:
    retag(aws, MARKS[mark])
    agreed = ("--allow-data-loss", "--allow-removals", "--resubscribe")
    with untouched(control, aws):
        if mark != "no tags":  # with its record, a thing without tags is ours, and has lost them
            assert cli("apply", "--yes", *agreed).code == 1
            assert cli("drift").code == 2
            cli.ok("teardown", "--yes", "--delete-adopted")
        shutil.rmtree(cli.state)
        refused = cli("plan", "--json", *agreed)
        assert (refused.code, refused.json()["summary"]["adopt"]) == (1, sum(map(len, told(aws).values())))
        assert cli("apply", "--yes", *agreed).code == 1
        cli.ok("teardown", "--yes", "--delete-adopted")


def test_what_is_another_stacks_survives_every_command(cli: Cli, control: Control, aws: Aws, platform: Sample) -> None:
    """Another platform with the same names; and another Region, of which a file says that it has our role's name."""
    with untouched(control, aws):
        platform.edit('^name = "payment-platform"', 'name = "team-b"')
        assert cli("apply", "--yes", "--adopt", "--allow-data-loss").code == 1
        cli.ok("teardown", "--yes", "--delete-adopted")
        cli.ok("release", "--all", "--yes")
        platform.edit('^name = "team-b"', 'name = "payment-platform"')
        platform.edit(r'^regions = \["us-east-1"\]', 'regions = ["eu-west-1", "us-east-1"]')
        cli.ok("teardown", "--yes", "--delete-adopted", "--region", "eu-west-1")
        cli.ok("release", "--all", "--yes", "--region", "eu-west-1")
