"""A misspelt key, in whichever table of the schema: one finding, on its line, with the key that was meant."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from provisioner import blueprint
from provisioner.blueprint.file import schema
from tests.unit.linting import LONG_AGO

LINES = ['platform.name = "shop"', "environments.dev.protected = false", 'composites.x.rule = "cluster.cpu"']


def tables(kind: object, path: str = "") -> Iterator[tuple[str, bool, type[BaseModel]]]:
    """Every table: its dotted path, whether it is the element of a list, and its class."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield path, False, kind
        for name, field in kind.model_fields.items():
            yield from tables(field.annotation, f"{path}.{name}".lstrip("."))
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is dict:
        yield from tables(arguments[1], f"{path}.x")
    elif typing.get_origin(kind) is list:
        yield from ((where, True, one) for where, _, one in tables(arguments[0], path))
    elif typing.get_origin(kind) in (typing.Union, types.UnionType):
        for argument in arguments:
            yield from tables(argument, path)


MISSPELT = [
    pytest.param(prefix, path, listed, key, id=f"{prefix}{path}.{key}")
    for path, listed, table in tables(schema.Document)
    for prefix, keys in (("", list(table.model_fields)), ("environments.dev.", list(table.model_fields)[-1:]))
    for key in keys
]


@pytest.mark.parametrize(("prefix", "path", "listed", "key"), MISSPELT)
def test_it_is_one_finding(tmp_path: Path, prefix: str, path: str, listed: bool, key: str) -> None:
    wrong, table = f"{key[:-1]}x{key[-1]}", f"{prefix}{path}".strip(".")
    lines = [line for line in LINES if prefix or not line.startswith(f"{path}.{key} ")]
    if path.endswith(".metric") and key != "name":
        lines.append(f'{table}.name = "m"')
    if listed:
        right = {"protocol": '"email"', "endpoint": '"a@example.com"'}
        others = "".join(f"{name} = {value}, " for name, value in right.items() if name != key)
        lines.append(f"{table} = [{{{others}{wrong} = 1}}]")
    else:
        lines.append(f"{table}.{wrong} = 1".lstrip("."))
    (tmp_path / "platform.toml").write_text("\n".join(lines))

    (finding,) = blueprint.lint(tmp_path / "platform.toml", LONG_AGO).findings
    assert finding.what.startswith("unknown key; did you mean "), finding
    assert key in finding.what
    assert finding.path.split(".")[-1] == wrong
    assert finding.line == len(lines)
