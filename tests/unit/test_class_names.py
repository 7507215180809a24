"""One name, one class: whoever reads a name in a message or a signature looks it up once."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
TWICE = {"Service"}
"""At most three, each with its reason in a docstring."""


def test_a_name_is_given_to_one_class() -> None:
    declared: dict[str, list[ast.ClassDef]] = defaultdict(list)
    for folder in ("provisioner", "lambdas", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    declared[node.name].append(node)
    doubles = {name: nodes for name, nodes in declared.items() if len(nodes) > 1}
    assert doubles.keys() == TWICE
    for nodes in doubles.values():
        assert any("of the same name" in (ast.get_docstring(node) or "") for node in nodes)
