"""Every API call that the program can make, read off its source: AWS's words stand at the call as plain text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session

from tests.documents.policies import in_iam

PACKAGE = Path(__file__).resolve().parents[2] / "provisioner"
ROOMS = ("aws", "resources", "health", "proof")
"""Who asks AWS: the door, the kinds, and those who look at what is there."""


def calls() -> frozenset[str]:
    """Every operation that is called by its literal name, as IAM spells it: ``"kms:CreateKey"``."""
    files = [path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")]
    found = {pair for path in files for pair in _calls(ast.parse(path.read_text(encoding="utf-8")))}
    return frozenset(in_iam(f"{service}:{operation}") for service, operation in found)


def _calls(tree: ast.AST, service: str | None = None) -> Iterator[tuple[str, str]]:
    """Service and operation of each call below ``tree``; ``service`` is that of the kind around it."""
    for node in ast.iter_child_nodes(tree):
        yield from _calls(node, _declared(node) if isinstance(node, ast.ClassDef) else service)
        if isinstance(node, ast.Call):
            texts = [list(_texts(argument)) for argument in node.args[:2]]
            for first in texts[0] if texts else []:
                if service and first in operations(service):
                    yield service, first
                if len(texts) == 2:
                    yield from ((first, second) for second in texts[1] if second in operations(first))


def _declared(node: ast.ClassDef) -> str | None:
    """The ``service = "..."`` of a kind."""
    for item in node.body:
        match item:
            case ast.Assign(targets=[ast.Name(id="service")], value=ast.Constant(value=str(service))):
                return service
    return None


def _texts(node: ast.AST) -> Iterator[str]:
    """The literal texts that an argument may be: one, or both of ``a if condition else b``."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _texts(body)
            yield from _texts(other)


@cache
def _session() -> tuple[botocore.session.Session, frozenset[str]]:
    session = botocore.session.get_session()
    return session, frozenset(session.get_available_services())


@cache
def operations(service: str) -> frozenset[str]:
    """The operations of a service by botocore's model; none for what is no service."""
    session, services = _session()
    return frozenset(session.get_service_model(service).operation_names) if service in services else frozenset()
