"""The rules about notifications, dashboards, limits and lifecycles, and how findings come out of a whole file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from provisioner import blueprint
from provisioner.blueprint import Blueprint, Declared
from provisioner.blueprint.lint import dashboards, notifications
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.context import Context
from provisioner.engine.model import Resource
from provisioner.resources.dashboard import Dashboard
from provisioner.resources.metric_alarm import MetricAlarm
from tests.unit.building import SAMPLE, SMALL, scope
from tests.unit.linting import HEARD, LONG_AGO, Lint

HASH = "--hash=sha256:" + "0" * 64


def subject(*declared: Declared[Resource]) -> Subject:
    built = Blueprint(Context(blueprint.load(SAMPLE, "dev"), scope()))
    built.add(declared)
    return Subject(built, LONG_AGO)


# Notifications


def test_a_platform_whose_alarms_reach_no_person(lint: Lint) -> None:
    (finding,) = lint(head=SMALL)
    assert (finding.severity, finding.path) == ("warning", "notifications")
    assert "nobody is subscribed" in finding.what
    assert "[[notifications.subscriptions]]" in finding.fix


def test_an_alarm_that_tells_nobody() -> None:
    alarms = blueprint.build(blueprint.load(SAMPLE, "dev"), scope(), None).all(MetricAlarm)
    silent = replace(alarms[0], resource=replace(alarms[0].resource, alarm_actions=[]))
    (flaw,) = notifications.silent_alarms(subject(silent, *alarms[1:]))
    assert flaw.severity == "error"
    assert flaw.path == ("functions", "payment-handler", "alarms", "errors")
    assert "lambda-high-error-rate-dev tells nobody" in flaw.what


QUIET = '[composites.c]\nrule = "{}"\n[environments.dev.notifications]\nnotify = "composites"\n'


@pytest.mark.parametrize(
    ("rule", "unheard"),
    [
        ("api.errors AND web.errors", []),
        ("api.errors AND NOT web.errors", ["services.web.alarms.errors"]),
        ("api.errors AND NOT (web.errors OR cluster.cpu)", ["cluster.alarms.cpu", "services.web.alarms.errors"]),
        ("api.errors AND NOT NOT web.errors", []),
        ("NOT (api.errors AND NOT (web.errors))", ["functions.api.alarms.errors"]),
        ("(api.errors AND NOT web.errors) OR web.errors", []),
    ],
)
def test_an_alarm_that_can_only_keep_others_quiet(lint: Lint, rule: str, unheard: list[str]) -> None:
    findings = lint(QUIET.format(rule))
    assert sorted(finding.path for finding in findings) == unheard
    assert {finding.severity for finding in findings} <= {"warning"}


# Dashboards


def board(*widgets: Mapping[str, object]) -> list[tuple[str, str]]:
    flaws = dashboards.bodies(subject(Declared(Dashboard(name="d", body={"widgets": list(widgets)}), ())))
    return [(flaw.severity, flaw.what) for flaw in flaws]


METRIC = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6}


def test_a_dashboard_that_cloudwatch_would_refuse() -> None:
    ((severity, what),) = board({**METRIC, "properties": {"metrics": [["a", "b"]]}})
    assert severity == "error"
    assert "/widgets/0/properties Should have required property 'region'" in what
    many = [{"type": "text", "properties": {"markdown": "."}}] * 501
    assert [severity for severity, _ in board(*many)] == ["error"]


def test_a_dashboard_that_would_look_otherwise() -> None:
    good = {**METRIC, "properties": {"region": "us-east-1", "metrics": [["a", "b"]]}}
    assert board(good, {**good, "x": 12}) == []
    ((severity, what),) = board(good, {**good, "x": 6})
    assert severity == "warning"
    assert "/widgets/1 covers the widget /widgets/0" in what
    assert "ends at column 26" in board({**good, "x": 14})[0][1]
    assert "Unknown property colour" in board({**good, "colour": "red"})[0][1]


def test_the_widgets_of_a_metric_with_dimensions(lint: Lint) -> None:
    extra = "[services.s]\nlog_format = 'json'\nerrors = { dimensions = { A = '$.a', B = '$.b' } }\n"
    assert [finding.path for finding in lint(extra)] == ["services.s.errors.dimensions"], "the dashboard is right"


# Limits

FOUR = "".join(f"[environments.e{index}]\n" for index in range(10))


def head(more: str) -> str:
    return f'[platform]\nname = "shop"\n{more}\n[environments.dev]\n{FOUR}{HEARD}'


def test_thirteen_environments_need_more_sampling_rules_than_an_account_has(lint: Lint) -> None:
    place = 'account_id = "123456789012"\nregions = ["us-east-1"]'
    assert lint("[environments.prod]", head=head(place)) == []
    (finding,) = lint("[environments.prod]\n[environments.test]", head=head(place))
    assert (finding.severity, finding.line, finding.path) == ("error", 5, "environments")
    assert "13 environments need 26 X-Ray sampling rules in us-east-1 of account 123456789012; AWS allows 25" in (
        finding.what
    )


@pytest.mark.parametrize(
    "place", ["", 'regions = ["us-east-1"]', 'account_id = "123456789012"\nregions = ["us-east-1", "eu-west-1"]']
)
def test_environments_that_may_be_apart_are_a_warning(lint: Lint, place: str) -> None:
    findings = lint("[environments.prod]\n[environments.test]", head=head(place))
    assert {finding.severity for finding in findings} == {"warning"}
    assert all("26 X-Ray sampling rules" in finding.what for finding in findings)


def test_environments_of_other_accounts_are_not_counted(lint: Lint) -> None:
    other = '[environments.prod.platform]\naccount_id = "210987654321"\n[environments.test]'
    assert lint(other, head=head('account_id = "123456789012"\nregions = ["us-east-1"]')) == []


def test_a_region_that_is_not_known_is_a_warning(lint: Lint) -> None:
    (finding,) = lint(head=head('regions = ["us-east-1", "eusc-de-east-1", "eu-vest-1"]'))
    assert (finding.severity, finding.path) == ("warning", "platform.regions[2]")
    assert "eu-vest-1 is no Region that this version knows" in finding.what
    assert "eu-west-1" in finding.fix


# Lifecycles


@pytest.fixture
def function(tmp_path: Path) -> str:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").touch()
    return "[functions.f]\nsource = 'code'\nruntime = 'python3.11'\n"


@pytest.mark.parametrize(
    ("today", "severity", "words"),
    [
        (date(2026, 6, 30), "warning", "python3.11 is deprecated on 2027-06-30, in 365 days"),
        (date(2027, 6, 30), "warning", "python3.11 is deprecated on 2027-06-30, in 0 days"),
        (date(2027, 7, 30), "warning", "python3.11 was deprecated on 2027-06-30, 30 days ago"),
        (date(2027, 7, 31), "error", "python3.11 was deprecated on 2027-06-30, 31 days ago"),
    ],
)
def test_a_runtime_near_its_end(lint: Lint, function: str, today: date, severity: str, words: str) -> None:
    (finding,) = lint(function, today)
    assert (finding.severity, finding.path) == (severity, "functions.f.runtime")
    assert words in finding.what
    assert "python3.12 or python3.13 or python3.14" in finding.fix


def test_a_runtime_that_is_not_near_its_end(lint: Lint, function: str) -> None:
    assert lint(function, date(2026, 6, 29)) == []
    assert lint(function.replace("3.11", "3.14"), date(2027, 7, 31)) == []


@pytest.mark.parametrize(
    "line",
    [
        f"aws-xray-sdk==2.15.0 \\\n    {HASH}",
        f"AWS_XRay.SDK==2 {HASH}",
        f"a==1 {HASH}\naws-xray-sdk==2 {HASH}",
    ],
)
def test_an_sdk_near_its_end(lint: Lint, tmp_path: Path, function: str, line: str) -> None:
    (tmp_path / "code" / "requirements.txt").write_text(f"# what it needs\n{line}\n")
    (finding,) = lint(function, date(2026, 2, 25))
    assert (finding.severity, finding.path) == ("warning", "functions.f.source")
    assert "aws-xray-sdk, required by code, loses its support on 2027-02-25, in 365 days" in finding.what
    assert "OpenTelemetry" in finding.fix
    assert "1 days ago" in lint(function, date(2027, 2, 26))[0].what
    assert lint(function, date(2026, 2, 24)) == []


def test_other_packages_have_no_known_end(lint: Lint, tmp_path: Path, function: str) -> None:
    (tmp_path / "code" / "requirements.txt").write_text(f"# aws-xray-sdk\nwrapt==2.5.2 \\\n    {HASH}\n")
    assert lint(function, date(2026, 2, 25)) == []


@pytest.mark.parametrize(
    ("text", "more", "severity", "path", "words"),
    [
        ("thing>=1", "", "error", "source", "code/requirements.txt: not understood: thing>=1"),
        ("thing==1", "", "warning", "source", "no hash in requirements.txt for thing==1"),
        ("thing==1", "require_hashes = false", "warning", "require_hashes", "packages need no hash"),
        (f"thing==1 {HASH}", "require_hashes = false", "warning", "require_hashes", "packages need no hash"),
    ],
)
def test_packages_that_no_hash_pins(
    lint: Lint, tmp_path: Path, function: str, text: str, more: str, severity: str, path: str, words: str
) -> None:
    (tmp_path / "code" / "requirements.txt").write_text(f"{text}\n")
    (finding,) = lint(function + more)
    assert (finding.severity, finding.path, finding.what) == (severity, f"functions.f.{path}", words)


def test_a_source_that_leads_out_of_the_folder(lint: Lint, tmp_path: Path, function: str) -> None:
    (tmp_path / "code").rename(tmp_path.parent / "code-elsewhere")
    (tmp_path / "code").symlink_to("../code-elsewhere")
    (finding,) = lint(function)
    assert (finding.severity, finding.path) == ("error", "functions.f.source")
    assert "outside the configuration's folder" in finding.what
    assert "allow_outside" in finding.fix
    assert lint(f"{function}allow_outside = ['../code-elsewhere']") == []


def test_a_function_of_others_has_its_own_runtime(lint: Lint) -> None:
    assert lint("[functions.f]\nruntime = 'python3.11'", date(2030, 1, 1)) == []


# A whole file


def test_what_cannot_be_built_is_an_error_of_the_same_kind(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(SMALL + "[logs]\nretention_days = 31\n")
    report = blueprint.lint(path, LONG_AGO)
    assert [finding.environment for finding in report.findings] == ["dev", "prod"]
    finding = report.findings[0]
    assert (finding.severity, finding.file, finding.line) == ("error", "platform.toml", SMALL.count("\n") + 2)
    assert (finding.path, finding.what) == ("logs.retention_days", report.findings[1].what)
    assert finding.why
    assert finding.fix


def test_a_rule_of_too_many_alarms_is_an_error(lint: Lint) -> None:
    services = "".join(f"[services.s{index}]\n" for index in range(101))
    rule = " OR ".join(f"s{index}.errors" for index in range(101))
    (finding,) = lint(f"{services}[composites.c]\nrule = '{rule}'")
    assert (finding.severity, finding.path) == ("error", "composites.c.rule")
    assert "101 alarms; at most 100" in finding.what


def test_an_alarm_rule_of_too_many_characters_is_an_error(lint: Lint) -> None:
    name = "x" * 230
    services = "".join(f"[services.s{index}.names]\nerrors_alarm = '{name}{index}{{env}}'\n" for index in range(50))
    rule = " OR ".join(f"s{index}.errors" for index in range(50))
    (finding,) = lint(f"{services}[composites.c]\nrule = '{rule}'")
    assert "characters with the alarms' full names; at most 10240" in finding.what


def test_a_file_that_is_none_is_one_finding(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text("[platform]\nname = \n")
    report = blueprint.lint(path, LONG_AGO)
    assert report.environments == []
    (finding,) = report.findings
    assert (finding.severity, finding.environment, finding.line) == ("error", "", 2)
    assert report.refused("dev") == [finding]
    assert finding.why
    assert finding.fix
    missing = blueprint.lint(tmp_path / "nowhere.toml", LONG_AGO)
    assert missing.findings[0].what == "there is no such file"


def test_one_environments_error_does_not_refuse_another(tmp_path: Path) -> None:
    path = tmp_path / "platform.toml"
    path.write_text(SMALL + "[environments.prod.functions.api]\nlatency = { default = 1 }\n")
    report = blueprint.lint(path, LONG_AGO)
    assert report.refused("dev") == []
    (finding,) = report.refused("prod")
    assert finding.path == "environments.prod.functions.api.latency.default"


@pytest.mark.parametrize("regions", [["us-east-1", "eu-west-1"], ["us-gov-west-1"], []])
def test_every_declared_region_is_checked_and_the_same_is_said_once(lint: Lint, regions: list[str]) -> None:
    top = SMALL.replace('name = "shop"', f'name = "shop"\nregions = {regions}')
    assert len(lint(head=top)) == 1


def test_the_sample_has_warnings_only() -> None:
    report = blueprint.lint(SAMPLE, date(2026, 12, 1))
    assert {finding.severity for finding in report.findings} == {"warning"}
    paths = {finding.path for finding in report.findings}
    assert paths == {
        "notifications",
        "functions.payment-handler.runtime",
        "functions.payment-handler.source",
        "functions.order-processor.runtime",
        "functions.order-processor.source",
    }
