"""``docs/commands.md`` against the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from provisioner.cli.commands import app
from tests.documents.pages import quoted, rows, sections

PAGE = sections("docs/commands.md")
EVERY = "Every command"


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """``"state list"`` and so on, each with its click command; other names of the same command are hidden."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        elif not command.hidden:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def options_of(command: Any) -> set[str]:
    """Every spelling of every option, ``--help`` included."""
    found = {"--help"}
    for parameter in command.params:
        if parameter.param_type_name == "option":
            found |= {*parameter.opts, *parameter.secondary_opts}
    return found


def options_in(section: str) -> set[str]:
    """Every option in the first column of the tables of a section."""
    cells = [text for row in rows(PAGE[section]) for text in quoted(row[0])]
    return {word for cell in cells for word in re.findall(r"^--?[a-z-]+|(?<=, )--?[a-z-]+", cell)}


def test_every_command_has_its_section() -> None:
    titles = [title for title in PAGE if title in COMMANDS]
    assert sorted(titles) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_there_and_no_other(command: str) -> None:
    assert options_in(command) | options_in(EVERY) == options_of(COMMANDS[command])
    assert not options_in(command) & options_in(EVERY)


def test_the_other_name_of_teardown_is_told() -> None:
    assert "`destroy`" in PAGE["teardown"]


def test_every_exit_code_is_there() -> None:
    codes = {row[0] for row in rows(PAGE[EVERY]) if row[0].isdigit()}
    assert codes == {"0", "1", "2", "64", "130", "141"}
