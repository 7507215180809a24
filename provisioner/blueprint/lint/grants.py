"""What grants more than anybody means: administrators' policies, wildcards, code and receivers of other accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from provisioner.blueprint.file.findings import Flaw
from provisioner.blueprint.file.locate import Path as KeyPath
from provisioner.blueprint.lint.subject import Subject
from provisioner.blueprint.parts.compute import is_wide
from provisioner.blueprint.parts.declared import Declared
from provisioner.engine.model import Resource


def attachments(subject: Subject) -> Iterator[Flaw]:
    """Policies of administrators among those that are attached to the role, and names with a wildcard."""
    settings = subject.config.role
    named: list[tuple[KeyPath, str]] = [
        (("role", "extra_policies", index), arn) for index, arn in enumerate(settings.extra_policies)
    ]
    for path, arn in named:
        if "*" in arn or "?" in arn:
            yield Flaw(path, f"{arn} has a wildcard, which no policy's ARN has", fix="Name one policy.")
        elif is_wide(arn):
            yield Flaw(
                path,
                f"{arn} grants more than functions need",
                "Every function runs with it, and so does whoever gets hold of one.",
                "Attach a policy with what the functions do.",
                "warning",
            )


def statements(subject: Subject) -> Iterator[Flaw]:
    """Policies that we declare in which anybody, or everything, is allowed."""
    for item in subject.blueprint.declared:
        for name, attribute in item.resource.attributes().items():
            if attribute.grants:
                yield from _open(item, name)


def _open(item: Declared[Resource], name: str) -> Iterator[Flaw]:
    for statement in _statements(getattr(item.resource, name)):
        if statement.get("Effect") != "Allow":
            continue
        anybody = _is_anybody(statement.get("Principal")) and not statement.get("Condition")
        everything = "*" in _listed(statement.get("Action")) or "NotAction" in statement
        if anybody or everything or "NotPrincipal" in statement:
            who = "anybody" if anybody or "NotPrincipal" in statement else "somebody"
            yield Flaw(
                item.place,
                f"{name} of {item.resource.address} allows {who} {'everything' if everything else 'something'}",
                "A wildcard in a policy holds for whoever and whatever comes later, too.",
                "Name who may do what.",
                "warning",
            )


def _statements(value: object) -> Iterator[Mapping[str, object]]:
    """The statements of a policy, or of several by name."""
    if isinstance(value, Mapping):
        found = value.get("Statement")
        if isinstance(found, list):
            yield from (statement for statement in found if isinstance(statement, Mapping))
        else:
            for policy in value.values():
                yield from _statements(policy)


def _is_anybody(principal: object) -> bool:
    kinds = principal.values() if isinstance(principal, Mapping) else (principal,)
    return any("*" in _listed(names) for names in kinds)


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else [value]


def layers(subject: Subject) -> Iterator[Flaw]:
    """Layers of accounts that are neither the file's own nor AWS's for Lambda Insights: their code runs in ours."""
    own = subject.config.platform.account_id
    for owner, function in subject.config.deployed.items():
        for index, arn in enumerate(function.layers):
            account = arn.split(":")[4]
            if own and account != own:
                yield Flaw(
                    ("functions", owner, "layers", index),
                    f"{arn} is of account {account}, not of {own}",
                    "A layer is code that runs within the function, with its role.",
                    "Copy the layer into an account of your own, or know who that is.",
                    "warning",
                )
