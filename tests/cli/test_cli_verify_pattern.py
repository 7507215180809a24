"""verify --pattern: any pattern over any lines. From a pipe: test_cli_process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Cli

LINES = [
    '{"level": "ERROR", "ms": 12.5, "who": {"id": "a"}}',
    '{"level": "INFO", "ms": "slow"}',
    "plain ERROR",
    '{"level": "ERROR", "ms": "slow"}',
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def test_each_line_with_its_fields_and_its_value(cli: Cli, log: Path) -> None:
    pattern = '{ $.level = "ERROR" && $.ms = * }'
    document = cli.ok("verify", "--json", "--pattern", pattern, "--value", "$.ms", str(log)).json()

    assert (document["pattern"], document["kind"], document["value"]) == (pattern, "json", "$.ms")
    assert (document["lines_read"], document["lines_matched"], document["ambiguities"]) == (4, 2, [])
    found = [(item["line"], item["matched"], item["fields"], item["value"]) for item in document["lines"]]
    assert found == [
        (1, True, {"$.level": "ERROR", "$.ms": "12.5"}, 12.5),
        (2, False, {}, None),
        (3, False, {}, None),
        (4, True, {"$.level": "ERROR", "$.ms": "slow"}, None),
    ]
    assert document["lines"][1]["view"] == {"$.level": "INFO", "$.ms": "slow"}
    assert [item["text"] for item in document["lines"]] == LINES
    assert cli.control.calls() == []


def test_for_people_misses_show_what_stands_where(cli: Cli, log: Path) -> None:
    run = cli.ok("verify", "--pattern", '[kind, level = "ERROR"]', str(log), str(log))

    assert f"+ {log}:3: plain ERROR" in run.out
    assert "$kind = 'plain', $level = 'ERROR'" in run.out
    assert "ambiguous: AWS's editions disagree about lines of more than 2 fields" in run.out
    assert run.out.endswith("2 of 8 lines match.\n")


@pytest.mark.parametrize(
    ("pattern", "value", "said"),
    [
        ("{ $.level = ", "1", "must end with }"),
        ("{ $.level ~ 1 }", "1", "operators: = != < > <= >="),
        ("[a, b", "1", "must end with ]"),
        ("%(a)%", "1", "there are no groups"),
        ("ERROR", "$.ms", "extracts no fields"),
        ("ERROR", "many", "is not a number"),
    ],
)
def test_a_pattern_that_aws_would_refuse_is_an_error_with_its_place(
    cli: Cli, log: Path, pattern: str, value: str, said: str
) -> None:
    run = cli("verify", "--json", "--pattern", pattern, "--value", value, str(log))
    assert run.code == 1
    assert said in run.err
    assert "^" in run.err
    error = run.json()["error"]
    assert error["position"] >= 0
    assert said in error["message"] + error["hint"]


def test_a_file_that_is_not_there_is_an_error(cli: Cli) -> None:
    run = cli("verify", "--pattern", "ERROR", "nowhere.log")
    assert (run.code, "nowhere.log cannot be read" in run.err) == (1, True)


def test_files_without_a_pattern_are_wrong_usage(cli: Cli, log: Path) -> None:
    run = cli("verify", str(log))
    assert (run.code, "FILE goes with --pattern" in run.err) == (64, True)
