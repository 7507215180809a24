"""Text from AWS, from the state, from the file and from the command line is shown as text, whatever is in it.

That nothing invisible is written holds for every run of every test here: ``cli`` sees to it.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.engine.keeping.lock import Holder
from provisioner.render.visible import visible
from tests.cli.inventory import declared
from tests.cli.running import Cli, Control, Sample

FORGED = "Nothing to do: all resources are as declared."
HOSTILE = f"x\n{FORGED}\r\n{FORGED}\x1b[2J\x1b]8;;//evil\x07\u202e\u2028\x9b1A\x7f [/x] [link=//evil]y[/link] :ok:"
SHOWN = rf"x\n{FORGED}\r\n{FORGED}\x1b[2J\x1b]8;;//evil\x07\u202e\u2028\x9b1A\x7f [/x] [link=//evil]y[/link] :ok:"
ALARM = declared()["metric_alarm"][0]

Aws = Callable[[str], Any]


@pytest.fixture
def strange(cli: Cli, aws: Aws) -> Cli:
    """Somebody has changed the description of an alarm, told a reason for its state, and tagged a topic."""
    cli.apply()
    cloudwatch, sns = aws("cloudwatch"), aws("sns")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    given = ("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods")
    rest = (
        "Threshold",
        "ComparisonOperator",
        "AlarmActions",
        "OKActions",
        "TreatMissingData",
        "ExtendedStatistic",
        "Metrics",
    )
    kept = {name: alarm[name] for name in (*given, *rest) if name in alarm}
    cloudwatch.put_metric_alarm(**kept, AlarmDescription=HOSTILE)
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason=HOSTILE)
    topic = sns.list_topics()["Topics"][0]["TopicArn"]
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "Strange", "Value": "a\u2028b [/x]"}])
    return cli


def test_what_strangers_write_into_aws_forges_nothing(strange: Cli, tmp_path: Path) -> None:
    for command in (["plan"], ["plan", "-v"], ["drift"], ["status"], ["apply", "--dry-run"]):
        run = strange(*command)
        assert SHOWN in run.out, command
        assert not [line for line in run.out.splitlines() if line.startswith(FORGED)]
    for tool in ("terraform", "cloudformation"):
        strange.ok("export", tool, "--out", str(tmp_path / tool))
    strange.ok("plan", "--out", str(tmp_path / "plan.json"))
    for path in [tmp_path / "plan.json", *tmp_path.glob("*/*.json")]:
        text = path.read_text(encoding="ascii")
        assert [visible(line) for line in text.split("\n")] == text.split("\n"), path
    for command in (["plan", "--json"], ["drift", "--json"], ["status", "--json"]):
        run = strange(*command)
        assert run.out.isascii()
        assert HOSTILE in str(run.json()) or repr(HOSTILE)[1:-1] in str(run.json())


def test_a_terminal_gets_no_command_of_theirs(strange: Cli) -> None:
    for command in ("status", "plan", "drift"):
        _, seen = strange.at_terminal("never asked", "", command)
        own = re.sub(r"\x1b\[[0-9;]*m", "", seen)
        assert "\x1b" not in own
        assert "\u202e" not in own
        assert "[link=//evil]y[/link]" in own.replace("\r\n", "").replace("\n", "")


def test_words_of_an_error(cli: Cli, control: Control) -> None:
    control.fault("resourcegroupstaggingapi", "GetResources", code="AccessDenied", message=HOSTILE, times=None)
    run = cli("plan")
    assert (run.code, run.out) == (1, "")
    assert SHOWN in run.err
    control.heal()
    control.fault("logs", "CreateLogGroup", code="InvalidParameterException", message=HOSTILE, times=None)
    run = cli("apply", "--yes")
    assert run.code == 1
    assert SHOWN in run.err


def test_a_lock_that_somebody_left(cli: Cli) -> None:
    lock = cli.state_file().with_name(f"{cli.state_file().name}.lock")
    lock.parent.mkdir(parents=True)
    lock.write_bytes(Holder.here(HOSTILE, time.time()).to_bytes())
    assert SHOWN in cli("apply", "--yes").err
    assert SHOWN in cli("state", "unlock").err


def test_a_state_that_somebody_edited(cli: Cli) -> None:
    cli.apply()
    document = json.loads(cli.state_file().read_text(encoding="utf-8"))
    address = next(iter(document["resources"]))
    document["resources"][address]["outputs"] = {"arn": HOSTILE}
    cli.state_file().write_text(json.dumps(document), encoding="utf-8")
    run = cli("state", "show", address)
    assert run.json()["outputs"] == {"arn": HOSTILE}
    assert run.out.isascii()
    assert cli("state", "list").code == 0


def test_a_file_with_strange_words(sample: Sample, cli: Cli) -> None:
    sample.add('[environments."\\u001b[2J\\n[/x]"]\nnonsense = "\\u202e"\n')
    for command in (["validate"], ["plan"], ["validate", "--json"]):
        run = cli(*command)
        assert run.code == 1
        assert "environments" in run.said
        assert "u001b" in run.said or r"\x1b" in run.said
    assert cli("plan", "--env", HOSTILE).code == 1
    assert cli(HOSTILE).code == 64


def test_lines_of_a_log(cli: Cli, aws: Aws, tmp_path: Any) -> None:
    file = tmp_path / "lines.log"
    file.write_text("ERROR \x1b[2J\u202e [/x]\n", encoding="utf-8")
    run = cli("verify", "--pattern", "ERROR", str(file))
    assert r"ERROR \x1b[2J\u202e [/x]" in run.out
