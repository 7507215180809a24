"""The policies in ``docs/permissions.md`` against every call that the program can make."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from botocore import xform_name

from tests.documents.calls import PACKAGE, calls, operations

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
READS = re.compile(r"\w+:(Get|List|Describe|Filter|Test)")

WITHOUT_A_CALL = {
    "lambda:ListTags",  # GetFunction leaves the tags out without it
    "lambda:GetLayerVersion",
    "iam:PassRole",
    "iam:CreateServiceLinkedRole",
}
WITHOUT_A_PERMISSION = {"sts:GetCallerIdentity"}


def actions(heading: str) -> set[str]:
    """Every action of the policy under ``heading``."""
    text = PAGE.read_text(encoding="utf-8")
    (policy,) = re.findall(rf"^## {heading}\n.*?```json\n(.*?)```", text, re.DOTALL | re.MULTILINE)
    found: set[str] = set()
    for statement in json.loads(policy)["Statement"]:
        action: Any = statement["Action"]
        found.update([action] if isinstance(action, str) else action)
    return found


def test_the_policies_hold_every_call_and_nothing_else() -> None:
    documented = actions("To look") | actions("To change") | actions("To prove")
    assert documented - WITHOUT_A_CALL == calls() - WITHOUT_A_PERMISSION
    assert documented >= WITHOUT_A_CALL


def test_whoever_only_looks_may_not_write() -> None:
    for heading in ("To look", "To prove"):
        assert [action for action in actions(heading) if not READS.match(action)] == []
    assert [action for action in actions("To change") - WITHOUT_A_CALL if READS.match(action)] == []


def test_state_in_s3_needs_what_its_store_calls() -> None:
    tree = ast.parse((PACKAGE / "aws" / "s3_store.py").read_text(encoding="utf-8"))
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    called = {operation for operation in operations("s3") if xform_name(operation) in words}
    needed = {"ListBucket" if operation == "ListObjectsV2" else operation for operation in called}
    assert {f"s3:{operation}" for operation in needed} == actions("State in S3")
