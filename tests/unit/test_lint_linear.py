"""The time that judging takes grows with the file and no faster; counted in lines of the program, not in seconds."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from pathlib import Path

from provisioner import blueprint
from provisioner.blueprint import Config
from tests.engine.counting import LinesRun
from tests.unit.building import SAMPLE
from tests.unit.linting import LONG_AGO

OWNERS = 8
HEAD = """[platform]
name = "shop"
regions = ["us-east-1", "eu-west-1"]
account_id = "123456789012"
[environments.dev]
[environments.prod.notifications]
notify = "composites"
"""
OWNER = """
[services.s{0}]
log_fields = ["date", "time"]
tags = {{ CostCenter = "{0}" }}
[functions.f{0}]
alarms.errors.metric = {{ namespace = "AWS/Lambda", name = "Errors", dimensions = {{ FunctionName = "f{0}-{{env}}" }} }}
[composites.c{0}]
rule = "s{0}.errors AND (f{0}.latency OR NOT f{0}.errors)"
[[notifications.subscriptions]]
protocol = "email"
endpoint = "oncall{0}@example.com"
[environments.prod.services.s{0}]
log_fields = ["time"]
retention_days = 7
"""


def lines_to_judge(path: Path, owners: int, today: date = LONG_AGO) -> int:
    path.write_text(HEAD + "".join(OWNER.format(index) for index in range(owners)))
    with LinesRun() as lines:
        report = blueprint.lint(path, today)
    assert {finding.severity for finding in report.findings} == {"warning"}, "nothing is left out for an error"
    return lines.count


def test_judging_grows_with_the_file_and_no_faster(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    lines_to_judge(path, 1)  # reads what is read once: tables of what AWS publishes
    one, two, three = (lines_to_judge(path, OWNERS * times) for times in (1, 2, 3))
    assert three - two < 1.02 * (two - one)


def test_what_follows_from_a_configuration_is_made_once() -> None:
    config = blueprint.load(SAMPLE, "dev")
    derived = [name for name, what in vars(Config).items() if isinstance(what, property | cached_property)]
    assert len(derived) > 3
    for name in derived:
        assert getattr(config, name) is getattr(config, name), name
