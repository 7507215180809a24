"""``docs/file.md`` against the schema: every table, every key, every default."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from provisioner.blueprint.file import schema
from tests.documents.pages import quoted, rows, sections

PAGE = sections("docs/file.md")
SECTIONS: dict[str, type[BaseModel]] = {
    "[platform]": schema.PlatformTable,
    "[state]": schema.StateTable,
    "[encryption]": schema.Encryption,
    "[notifications]": schema.Notifications,
    "[[notifications.subscriptions]]": schema.Subscription,
    "[logs]": schema.Logs,
    "[cluster]": schema.Cluster,
    "[cluster.alarms]": schema.ClusterAlarms,
    "[role]": schema.Role,
    "[tracing]": schema.Tracing,
    "A sampling rule": schema.Sampling,
    "[alarms]": schema.Alarms,
    "[functions.X]": schema.Function,
    "[functions.X.names]": schema.FunctionNames,
    "[functions.X.alarms]": schema.FunctionAlarms,
    "[services.X]": schema.Service,
    "[services.X.names]": schema.ServiceNames,
    "[services.X.alarms]": schema.ServiceAlarms,
    "[composites.X]": schema.Composite,
    "An alarm": schema.Alarm,
    "A log group": schema.LogGroupTable,
    "A metric of your own": schema.Metric,
    "A pattern": schema.LogMetric,
}


def tables(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every table that a value of this type may be or hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from tables(field.annotation)
    for part in get_args(annotation):
        yield from tables(part)


def default_of(table: type[BaseModel], key: str) -> str | None:
    """The default as the page shows it; ``None`` for a table in a table, of which the text says more."""
    field = table.model_fields[key]
    if field.is_required():
        return "required"
    if isinstance(field.default, BaseModel):
        return None
    if field.default is None:
        return "–"
    value = int(field.default) if isinstance(field.default, float) and field.default.is_integer() else field.default
    return f"`{json.dumps(value)}`"


def test_every_table_of_the_schema_has_a_section() -> None:
    reached = set(tables(schema.Document)) - {schema.Document}
    assert reached == set(SECTIONS.values())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_there_with_its_default(section: str) -> None:
    table = SECTIONS[section]
    shown = {quoted(row[0])[0]: row[1] for row in rows(PAGE[section])}
    assert set(shown) == set(table.model_fields)
    for key, default in shown.items():
        assert default == (default_of(table, key) or ""), key


def test_every_top_level_table_is_told() -> None:
    named = {section.strip("[]").split(".")[0] for section in SECTIONS if section.startswith("[")}
    alone = {name for name, field in schema.Document.model_fields.items() if field.annotation is bool}
    assert named | alone == set(schema.Document.model_fields)
    assert all(f"`{name} = " in PAGE["Environments"] for name in alone)
