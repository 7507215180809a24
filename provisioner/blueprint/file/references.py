"""A value that the file does not hold but says where it is: ``{ ssm = "/ops/hook" }``. Nobody may see what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from provisioner.engine.model import Hidden

if TYPE_CHECKING:
    from provisioner.blueprint.file.locate import Path
    from provisioner.blueprint.file.schema import Config, Function, Notifications

KINDS = {
    "variable": "a variable of this command's environment",
    "ssm": "a parameter of the Parameter Store, by its name",
    "secret": "a secret of Secrets Manager, by its name or ARN",
}
_FORMS = '{ variable = "NAME" }, { ssm = "/path" }, { secret = "id" } or { secret = "id", key = "k" }'
_LONGEST = 2048
"""Of an ARN, by which both stores take a name."""


@dataclass(frozen=True)
class Reference:
    """Where a value is: ``kind`` is one of :data:`KINDS`; with ``key`` it is that of the JSON object in a secret."""

    kind: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        key = f', key = "{self.key}"' if self.key else ""
        return f'{{ {self.kind} = "{self.name}"{key} }}'


def text_or_reference(value: object) -> str | Reference:
    """``value`` as the file has it. ``ValueError`` for anything else, which is not repeated: it may be a secret."""
    if isinstance(value, str | Reference):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"neither a text nor a reference: {_FORMS}")
    said = dict(value)
    kinds = [kind for kind in KINDS if kind in said]
    sound = all(isinstance(text, str) and 0 < len(text) <= _LONGEST for text in said.values())
    if len(kinds) != 1 or not sound or set(said) - {kinds[0], *(["key"] if kinds == ["secret"] else [])}:
        raise ValueError(f"not a reference; there are {_FORMS}")
    return Reference(kinds[0], said[kinds[0]], said.get("key", ""))


def references(config: Config) -> dict[Path, Reference]:
    """Every reference that ``config`` makes use of, by its place in the file."""
    found: dict[Path, Reference] = {}
    for index, item in enumerate(config.notifications.subscriptions):
        if isinstance(item.endpoint, Reference):
            found["notifications", "subscriptions", index, "endpoint"] = item.endpoint
    for owner, function in config.deployed.items():
        for name, value in function.environment.items():
            if isinstance(value, Reference):
                found["functions", owner, "environment", name] = value
    return found


def with_values(config: Config, values: Mapping[Reference, str]) -> Config:
    """``config`` with the ``values`` of references in their place; those that are not known stay."""

    def known(value: str | Reference) -> str | Reference:
        return Hidden(values[value]) if isinstance(value, Reference) and value in values else value

    def of_function(function: Function) -> Function:
        environment = {name: known(value) for name, value in function.environment.items()}
        return function.model_copy(update={"environment": environment})

    def of_notifications(table: Notifications) -> Notifications:
        heard = [item.model_copy(update={"endpoint": known(item.endpoint)}) for item in table.subscriptions]
        return table.model_copy(update={"subscriptions": heard})

    tables = {name: getattr(config, name) for name in type(config).model_fields}
    tables["functions"] = {owner: of_function(function) for owner, function in config.functions.items()}
    tables["notifications"] = of_notifications(config.notifications)
    return type(config)(**tables)
