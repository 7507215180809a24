"""export: files from which another tool takes over what is ours, and the hand-over that follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.inventory import total
from tests.cli.running import Cli, Control

Aws = Callable[[str], Any]

TOOLS = ("terraform", "cloudformation")


@pytest.mark.parametrize("tool", TOOLS)
def test_everything_of_ours_is_exported_once_and_nothing_is_written(
    cli: Cli, control: Control, aws: Aws, tmp_path: Path, tool: str
) -> None:
    cli.ok("apply", "--yes")
    aws("logs").create_log_group(logGroupName="/theirs", tags={"Owner": "others"})
    control.clear()
    with_state = exported(cli, tool, tmp_path / "with")
    cli.state = str(tmp_path / "none")
    assert exported(cli, tool, tmp_path / "without") == with_state
    assert control.writes() == []
    assert "/theirs" not in "".join(with_state.values())


def exported(cli: Cli, tool: str, folder: Path) -> dict[str, str]:
    """The files of an export of all that there is."""
    done = cli.ok("export", tool, "--out", str(folder))
    assert "release --all --hand-over" in done.err
    assert f"{total()} resources" in done.err
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_folder_that_is_not_empty_is_left_alone(cli: Cli, tmp_path: Path, tool: str) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "main.tf").write_text("# theirs")
    done = cli("export", tool, "--out", str(folder))
    assert done.code == 64
    assert "not empty" in done.err
    assert [path.name for path in folder.iterdir()] == ["main.tf"]
    assert cli("export", tool, "--out", str(folder / "main.tf")).code == 64


def test_where_nothing_is_ours_there_is_nothing_to_export(cli: Cli, tmp_path: Path) -> None:
    done = cli("export", "terraform", "--out", str(tmp_path / "out"))
    assert done.code == 1
    assert "nothing of ours" in done.err
    assert not (tmp_path / "out").exists()


def test_what_is_handed_over_is_as_the_export_says(cli: Cli, aws: Aws, tmp_path: Path) -> None:
    cli.ok("apply", "--yes")
    cli.ok("export", "cloudformation", "--out", str(tmp_path / "out"))
    nowhere = cli("export", "cloudformation", "--out", str(tmp_path / "out" / "template.json" / "below"))
    assert nowhere.code == 64
    assert "Traceback" not in nowhere.err
    cli.ok("release", "--all", "--hand-over", "--yes")
    resources = json.loads((tmp_path / "out" / "template.json").read_text())["Resources"].values()
    groups = {item["Properties"]["LogGroupName"]: item for item in resources if item["Type"] == "AWS::Logs::LogGroup"}
    for group in aws("logs").describe_log_groups()["logGroups"]:
        said = {tag["Key"]: tag["Value"] for tag in groups.pop(group["logGroupName"])["Properties"]["Tags"]}
        assert aws("logs").list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == said
        assert "Environment" in said
        assert not [key for key in said if key.startswith("provisioner:") or key == "ManagedBy"]
    assert groups == {}
    filters = [item["Properties"] for item in resources if item["Type"] == "AWS::Logs::MetricFilter"]
    there = aws("logs").describe_metric_filters()["metricFilters"]
    assert sorted(item["FilterName"] for item in filters) == sorted(item["filterName"] for item in there)
    assert len(aws("sns").list_subscriptions()["Subscriptions"]) == 1
    plan = cli("plan", "--json")
    assert plan.code == 1, "what is still declared is somebody else's now"
    assert plan.json()["summary"]["adopt"] == total()
