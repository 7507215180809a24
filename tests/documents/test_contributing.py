"""CONTRIBUTING against the code that it speaks of: what a kind may declare, and the lines that it quotes."""

from __future__ import annotations

import inspect
import re

import pytest

from provisioner.engine.model import Resource
from provisioner.engine.reconciler import Reconciler
from tests.documents.pages import ROOT, quoted, rows, sections, text_of

SECTION = sections("CONTRIBUTING.md")["The kind"]
TOLD = [name for row in rows(SECTION) for name in quoted(row[0])]
HELPERS = {"call"}
"""Of the reconciler, for a kind to use and not to write."""
QUOTES = re.findall(r"From `(\w+\.py)`:\n\n```python\n(.*?)```", text_of("CONTRIBUTING.md"), re.DOTALL)


def test_every_fact_that_a_kind_may_declare_is_told() -> None:
    facts = {
        name
        for owner in (Resource, Reconciler)
        for name, kind in inspect.get_annotations(owner).items()
        if "ClassVar" in str(kind)
    }
    assert facts <= set(TOLD)


def test_every_method_that_a_kind_may_write_is_told() -> None:
    methods = {name for name, _ in inspect.getmembers(Reconciler, inspect.isfunction) if not name.startswith("_")}
    assert methods - HELPERS <= set(TOLD)


def test_nothing_is_told_that_is_not_there() -> None:
    for name in TOLD:
        if name.isidentifier() and name != "tags":
            assert hasattr(Reconciler, name) or name in (*inspect.get_annotations(Resource), "resource", "service")


@pytest.mark.parametrize(("file", "code"), QUOTES, ids=[file for file, _ in QUOTES])
def test_what_is_quoted_is_there(file: str, code: str) -> None:
    source = " ".join((ROOT / "provisioner" / "resources" / file).read_text(encoding="utf-8").split())
    for line in code.splitlines():
        line = re.sub(r"\s+#.*", "", line).strip()
        if line and "..." not in line:
            assert line in source, f"{file} has no line: {line}"
