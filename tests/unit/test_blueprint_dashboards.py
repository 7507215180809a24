"""Dashboards of platforms that are larger than one of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprint
from provisioner.blueprint.parts.alarms import INSIGHTS_METRICS
from provisioner.dashboards import check, misplaced
from provisioner.engine.model import references
from provisioner.resources.dashboard import Dashboard
from tests.unit.building import built, of_kind, scope


def boards(tmp_path: Path, functions: int, services: int = 0) -> dict[str, Any]:
    """The dashboards of so many functions, with a composite each, and services, by name."""
    write(tmp_path, functions, services)
    return of_kind(built(tmp_path / "platform.toml"), "dashboard")


def write(folder: Path, functions: int, services: int) -> None:
    (folder / "platform.toml").write_text(
        '[platform]\nname = "payment-platform"\nregions = ["us-east-1", "eu-west-1"]\n[environments.dev]\n'
        + "".join(f'[functions.f{n}]\n[composites.c{n}]\nrule = "f{n}.errors"\n' for n in range(functions))
        + "".join(f"[services.s{n}]\n" for n in range(services))
    )


def metrics_of(board: Any) -> list[str]:
    return [json.dumps(line) for widget in board.body["widgets"] for line in widget["properties"].get("metrics", ())]


@pytest.mark.parametrize(("functions", "services", "count"), [(356, 0, 1), (357, 0, 2), (360, 300, 2), (1000, 0, 3)])
def test_a_dashboard_that_would_be_too_large_goes_on_in_others(
    tmp_path: Path, functions: int, services: int, count: int
) -> None:
    """Each graph of 100 owners is whole, so that dashboards are filled to within a row of two."""
    found = boards(tmp_path, functions, services)
    name = "observability-platform-dev"
    assert list(found) == [name, *(f"{name}-{number}" for number in range(2, count + 1))]
    for board in found.values():
        known = {ref.address: {"arn": f"arn:{ref.address}"} for ref in references(board.body)}
        assert check(json.dumps(board.resolve(known).body)) == ([], [])
        assert list(misplaced(board.body)) == []
        assert board.tags["provisioner:address"] == f"dashboard.{board.name}"
    lines = [line for board in found.values() for line in metrics_of(board)]
    assert len(lines) == len(set(lines)) == 7 * functions + services + len(INSIGHTS_METRICS) * 3
    alarms = [ref for board in found.values() for ref in references(board.body)]
    assert len(set(alarms)) == len(alarms) == 4 * functions + services + len(INSIGHTS_METRICS)


def test_each_of_several_dashboards_leads_to_the_others(tmp_path: Path) -> None:
    first, second, third = boards(tmp_path, 1000).values()
    for board in (first, second, third):
        heading = board.body["widgets"][0]
        assert (heading["type"], heading["x"], heading["y"], heading["width"]) == ("text", 0, 0, 24)
        links = heading["properties"]["markdown"].split(" | ")
        assert f"**{board.name}**" in links
        for other in (first, second, third):
            assert other is board or any(link.endswith(f"#dashboards/dashboard/{other.name})") for link in links)


def test_a_lone_dashboard_leads_nowhere(tmp_path: Path) -> None:
    (board,) = boards(tmp_path, 10).values()
    assert "text" not in {widget["type"] for widget in board.body["widgets"]}


def test_the_address_of_the_dashboards_is_that_of_the_first(tmp_path: Path) -> None:
    write(tmp_path, 1000, 0)
    platform = blueprint.build(blueprint.load(tmp_path / "platform.toml", "dev"), scope(), None)
    given = [item.outputs for item in platform.declared if item.kind is Dashboard]
    assert [list(outputs) for outputs in given] == [["dashboard_url"], [], []]
    assert str(given[0]["dashboard_url"]).endswith("/observability-platform-dev")
