"""The policies in ``docs/permissions.md`` against every call that the program can make."""

from __future__ import annotations

import ast
import re

import typer
from botocore import xform_name

from provisioner.cli.commands import app
from tests.documents.calls import PACKAGE, calls, operations
from tests.documents.pages import quoted, rows, sections
from tests.documents.policies import WITHOUT_A_PERMISSION, actions

READS = re.compile(r"\w+:(Get|List|Describe|Filter|Test)")

WITHOUT_A_CALL = {
    "lambda:ListTags",  # GetFunction leaves the tags out without it
    "logs:GetDataProtectionPolicy",  # DescribeAccountPolicies shows some types only together with these three
    "logs:DescribeSubscriptionFilters",
    "logs:DescribeIndexPolicies",
    "lambda:GetLayerVersion",
    "iam:PassRole",
    "iam:CreateServiceLinkedRole",
}


def test_every_command_is_told_what_it_needs() -> None:
    told = {name.split()[0] for row in rows(sections("docs/permissions.md")["Permissions"]) for name in quoted(row[0])}
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert {name for name, command in group.commands.items() if not command.hidden} <= told


def test_the_policies_hold_every_call_and_nothing_else() -> None:
    documented = actions("To look") | actions("To change") | actions("To prove")
    assert documented - WITHOUT_A_CALL == calls() - WITHOUT_A_PERMISSION
    assert documented >= WITHOUT_A_CALL


def test_whoever_only_looks_may_not_write() -> None:
    for heading in ("To look", "To prove"):
        assert [action for action in actions(heading) if not READS.match(action)] == []
    assert [action for action in actions("To change") - WITHOUT_A_CALL if READS.match(action)] == []


_NAMES_OF_S3 = {"ListObjectsV2": "ListBucket", "GetPublicAccessBlock": "GetBucketPublicAccessBlock"}
"""Where IAM's name of an action is not that of the operation (Service Authorization Reference)."""


def test_state_in_s3_needs_what_its_store_calls() -> None:
    tree = ast.parse((PACKAGE / "aws" / "s3_store.py").read_text(encoding="utf-8"))
    words = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    words |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    called = {operation for operation in operations("s3") if xform_name(operation) in words}
    needed = {_NAMES_OF_S3.get(operation, operation) for operation in called}
    assert {f"s3:{operation}" for operation in needed} == actions("State in S3")
