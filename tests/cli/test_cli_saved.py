"""A plan kept in a file is carried out to the letter, or not at all."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner.render.document import digest_of
from tests.cli.running import Cli, Control, Sample

Aws = Callable[[str], Any]
Document = dict[str, Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "saved.json"


@pytest.fixture
def saved(cli: Cli, aws: Aws, file: Path) -> Document:
    """A plan with one change: somebody made a log group of ours keep its events for less long."""
    cli.ok("apply", "--yes")
    aws("logs").put_retention_policy(logGroupName="/ecs/order-service-dev", retentionInDays=14)
    cli.ok("plan", "--out", str(file))
    document: Document = json.loads(file.read_text(encoding="utf-8"))
    return document


def test_a_saved_plan_is_applied_once_without_a_question(cli: Cli, control: Control, file: Path) -> None:
    cli.ok("plan", "--out", str(file))
    cli.ok("apply", str(file))
    assert cli.pending() == {}
    control.clear()
    again = cli("apply", str(file))
    assert again.code == 1
    assert "out of date" in again.err
    assert str(file) in again.err
    assert control.writes() == []


def test_what_is_no_saved_plan_is_refused(cli: Cli, control: Control, file: Path) -> None:
    assert str(file) in cli("apply", str(file)).err
    for text in ("not json", "[]", '{"schema": 99, "digest": "sha256:0"}'):
        file.write_text(text, encoding="utf-8")
        run = cli("apply", str(file))
        assert run.code in (1, 64)
        assert str(file) in run.err
    assert control.writes() == []


def digit(document: Document) -> None:
    document["changes"][0]["requests"][0]["parameters"]["retentionInDays"] = 1


EDITS: dict[str, Callable[[Document], object]] = {
    "a call's parameter": digit,
    "a call": lambda document: document["changes"][0]["calls"].append("logs:DeleteLogGroup"),
    "a field": lambda document: document["changes"][0]["fields"][0].update(after=1),
    "a reason": lambda document: document["changes"][0].update(reason="nothing to see"),
    "no changes": lambda document: document.update(changes=[]),
    "the summary": lambda document: document["summary"].update(update=0),
    "the notes": lambda document: document.update(notes=["harmless"]),
    "the loss": lambda document: document.update(data_loss=[{"address": "a.b"}]),
    "the consent": lambda document: document["consent"].update(allow_data_loss="all"),
    "the account": lambda document: document.update(account="210987654321"),
    "the estimate": lambda document: document["estimate"].update(seconds=1),
    "something more": lambda document: document.update(approved_by="ada"),
    "the digest": lambda document: document.update(digest="sha256:0"),
}


TRUE_ALL_THE_SAME = ("the digest", "the consent")
"""With a digest of its own: the first is the file as it was, the second what somebody may agree to without effect."""


@pytest.mark.parametrize("signed", [False, True], ids=["as it is", "with a digest of its own"])
def test_a_file_that_was_edited_is_refused(
    cli: Cli, control: Control, saved: Document, file: Path, signed: bool
) -> None:
    before = file.read_text(encoding="utf-8")
    for edit in EDITS:
        document = json.loads(before)
        EDITS[edit](document)
        if signed:
            document["digest"] = digest_of(document)
        file.write_text(json.dumps(document), encoding="utf-8")
        if signed and edit in TRUE_ALL_THE_SAME:
            continue
        control.clear()
        run = cli("apply", str(file))
        assert (run.code, control.writes()) == (1, []), edit
        assert ("is out of date" if signed else "is not as it was saved") in run.err, edit
    file.write_text(before, encoding="utf-8")
    cli.ok("apply", str(file))


def test_a_plan_that_was_refused_stays_so(cli: Cli, control: Control, aws: Aws, file: Path) -> None:
    aws("logs").create_log_group(logGroupName="/ecs/order-service-dev", tags={"Team": "b"})
    assert cli("plan", "--out", str(file)).code == 1
    refused = json.loads(file.read_text(encoding="utf-8"))["refusals"]
    assert refused
    aws("logs").delete_log_group(logGroupName="/ecs/order-service-dev")
    control.clear()
    for arguments in ([], ["--adopt"]):
        run = cli("apply", str(file), *arguments)
        assert run.code in (1, 64)
        assert control.writes() == []
    assert refused[0] in cli("apply", str(file)).err


def test_nothing_else_can_be_agreed_to_later(cli: Cli, control: Control, saved: Document, file: Path) -> None:
    control.clear()
    run = cli("apply", str(file), "--allow-removals")
    assert run.code == 64
    assert "says itself what was agreed to" in run.err
    assert control.calls() == []


def test_no_secret_is_in_it_and_no_stamp_of_one(cli: Cli, sample: Sample, file: Path) -> None:
    texts = []
    for pin in ("0000", "9999"):
        sample.edit(r"^(# )?environment = .*$", f'environment = {{ PIN = "{pin}" }}')
        cli.ok("plan", "--out", str(file))
        texts.append(file.read_text(encoding="utf-8"))
    assert "PIN" in texts[0]
    assert texts[0] == texts[1]


def test_it_is_as_private_as_the_state(cli: Cli, file: Path, saved: Document) -> None:
    for mode in (0o600, 0o666):
        file.chmod(mode)
        umask = os.umask(0)
        try:
            cli.ok("plan", "--out", str(file))
        finally:
            os.umask(umask)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_may_be_written_to_what_is_no_file(cli: Cli) -> None:
    cli.ok("plan", "--out", os.devnull)
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    assert stat.S_IMODE(Path(os.devnull).stat().st_mode) == 0o666


def test_a_place_that_cannot_be_written_is_told(cli: Cli, tmp_path: Path) -> None:
    run = cli("plan", "--out", str(tmp_path / "none" / "plan.json"))
    assert run.code == 64
    assert "cannot write" in run.err


def test_json_shows_the_same_digest(cli: Cli, saved: Document) -> None:
    shown = cli.plan()
    assert shown["digest"] == saved["digest"] == cli.plan("--all")["digest"]
    assert shown["changes"] == saved["changes"]


ODD = [
    "",
    "7",
    "null",
    "[" * 100_000,
    '{"schema": 1}',
    '{"schema": 1, "digest": "sha256:0", "changes": 7}',
    '{"schema": 1, "digest": "x", "changes": [{"action": "keep"}], "refusals": [], "consent": []}',
    '{"schema": 1, "schema": 1}',
    '{"schema": ' + "9" * 5000 + "}",
    '{"schema": [[]], "changes": []}',
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_what_is_odd_is_no_plan(cli: Cli, control: Control, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    run = cli("apply", str(file))
    assert run.code in (1, 64)
    assert str(file) in run.err
    assert control.calls() == []


def test_two_plans_in_one_are_none(cli: Cli, control: Control, saved: Document, file: Path) -> None:
    """A reader sees the first ``changes``, a program the last."""
    file.write_text(file.read_text(encoding="utf-8").replace('"changes":', '"changes": [],\n "changes":'))
    control.clear()
    assert "is not a saved plan" in cli("apply", str(file)).err
    assert control.calls() == []


def test_a_pipe_is_not_waited_for(cli: Cli, file: Path) -> None:
    os.mkfifo(file)
    assert "only ordinary files are read" in cli("apply", str(file)).err
