"""Every place where one module can be wrong by one step, found in its syntax tree.

    a comparison        ``<`` is ``<=`` or ``>=``, ``==`` is ``!=``, ``in`` is ``not in``, ``is`` is ``is not``
    a boolean           ``and`` is ``or``, ``not x`` is ``x``, ``True`` is ``False``, a bare condition is its contrary
    a returned value    nothing: ``None``, the empty value of the declared type, or ``True`` and ``False`` in turn;
                        0 from a lambda, which makes all the same to a sort
    a statement         left out: calls, yields, raises, deletions, loops' exits, assignments that something else
                        could stand in for, and the guard of a ``with``

Texts are left as they are, and so is what is there for the type checker: annotations, protocols and ``assert``.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}

_EMPTY = {
    "bool": ("False", "True"),
    "str": ("''",),
    "bytes": ("b''",),
    "int": ("0",),
    "float": ("0.0",),
    "list": ("[]",),
    "Sequence": ("[]",),
    "tuple": ("()",),
    "dict": ("{}",),
    "Mapping": ("{}",),
    "set": ("set()",),
    "frozenset": ("frozenset()",),
}
"""What a function of a declared type may return without having done anything."""


@dataclass(frozen=True)
class Mutant:
    """One module with one thing changed: ``was`` at ``line`` of the function ``where`` is now ``becomes``."""

    module: str
    line: int
    where: str
    was: str
    becomes: str
    compiled: Callable[[], CodeType]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What stays the same when lines move."""
        return (self.module, self.where, self.was, self.becomes)

    def __str__(self) -> str:
        path = self.module.replace(".", "/")
        return f"{path}.py:{self.line} {self.where}: `{self.was}` -> `{self.becomes}`"


def mutants(module: str, source: str) -> list[Mutant]:
    """Every mutant of ``source``, in the order of its lines."""
    tree = ast.parse(source)
    found = _Finder(module, tree)
    found.visit(tree)
    return sorted(found.mutants, key=lambda mutant: mutant.line)


class _Finder(ast.NodeVisitor):
    """Walks a tree once; what it changes is put back after each compilation."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.mutants: list[Mutant] = []
        self._module = module
        self._tree = tree
        self._functions: list[Function] = []
        self._names: list[str] = []
        self._bound: list[set[str]] = [set()]

    def generic_visit(self, node: ast.AST) -> None:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns"):
                continue
            for place, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.AST):
                    self._site(node, name, place if isinstance(value, list) else None, child)
                    self.visit(child)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """A text."""

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) != "TYPE_CHECKING":
            self.generic_visit(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        """It is for the type checker."""

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if "Protocol" not in map(ast.unparse, node.bases):  # which is for the type checker, too
            self._within(node, set())

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node)
        self._within(node, {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)})
        self._functions.pop()

    def _within(self, node: ast.ClassDef | ast.FunctionDef, bound: set[str]) -> None:
        self._names.append(node.name)
        self._bound.append(bound)
        self.generic_visit(node)
        self._bound.pop()
        self._names.pop()

    def _site(self, parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
        """Note every way in which ``node``, which stands in ``field`` of ``parent``, can be wrong."""
        if isinstance(node, ast.expr):
            for other in _expressions(parent, field, node):
                self._note(parent, field, place, node, other)
        if isinstance(parent, ast.Return) and isinstance(node, ast.expr):
            for other in _returned(node, self._functions[-1].returns):
                self._note(parent, field, place, node, other)
        if isinstance(parent, ast.Lambda) and field == "body":
            self._note(parent, field, place, node, ast.Constant(0))
        if isinstance(node, ast.stmt):
            instead = _without(node, self._bound[-1])
            if instead is not None:
                self._note(parent, field, place, node, instead)
            self._bound[-1] |= _bound_by(node)

    def _note(self, parent: ast.AST, field: str, place: int | None, node: ast.AST, other: ast.AST) -> None:
        def compiled() -> CodeType:
            _put(parent, field, place, ast.fix_missing_locations(ast.copy_location(other, node)))
            try:
                return compile(self._tree, f"{self._module}.py", "exec")
            finally:
                _put(parent, field, place, node)

        line = node.lineno if isinstance(node, ast.expr | ast.stmt) else 0
        where = ".".join(self._names) or "the module"
        self.mutants.append(Mutant(self._module, line, where, _text(node), _text(other), compiled))


def _put(parent: ast.AST, field: str, place: int | None, node: ast.AST) -> None:
    if place is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[place] = node


def _text(node: ast.AST) -> str:
    """The source of ``node`` on one line; of a guard its head alone."""
    if isinstance(node, ast.With):
        return f"with {', '.join(ast.unparse(item) for item in node.items)}"
    if isinstance(node, ast.If):
        return "its body alone"
    return " ".join(ast.unparse(node).split())


def _expressions(parent: ast.AST, field: str, node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for place, operator in enumerate(ops):
                for other in _COMPARISONS[type(operator)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], comparators)
        case ast.BoolOp(op=operation, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(operation, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case _ if _decides(parent, field):
            yield ast.UnaryOp(ast.Not(), node)


def _decides(parent: ast.AST, field: str) -> bool:
    """Whether what stands there is asked for its truth alone."""
    tested = isinstance(parent, ast.If | ast.While | ast.IfExp) and field == "test"
    filtered = isinstance(parent, ast.comprehension) and field == "ifs"
    operand = isinstance(parent, ast.BoolOp) and field == "values"
    return tested or filtered or operand or (isinstance(parent, ast.match_case) and field == "guard")


def _returned(node: ast.expr, declared: ast.expr | None) -> Iterator[ast.expr]:
    name = ast.unparse(declared).split("[")[0] if declared is not None else ""
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool)):
        return
    for text in _EMPTY.get(name, ("None",)):
        if text != ast.unparse(node):
            yield ast.parse(text, mode="eval").body


def _without(node: ast.stmt, bound: set[str]) -> ast.stmt | None:
    """What stands there when ``node`` is left out; ``None`` where leaving it out says nothing or cannot be."""
    match node:
        case ast.Expr(value=ast.Constant()):
            return None
        case ast.Expr() | ast.Raise() | ast.Delete() | ast.AugAssign() | ast.Break() | ast.Continue():
            return ast.Pass()
        case ast.Return(value=None):
            return ast.Pass()
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
            set_before = target.id in bound if isinstance(target, ast.Name) else not isinstance(target, ast.Tuple)
            return ast.Pass() if set_before else None
        case ast.With(items=items, body=body) if all(item.optional_vars is None for item in items):
            return ast.If(ast.Constant(True), copy.copy(body), [])
        case _:
            return None


def _bound_by(node: ast.stmt) -> set[str]:
    """The names that hold something once ``node`` has been met."""
    targets: list[ast.expr] = []
    match node:
        case ast.Assign():
            targets = node.targets
        case ast.AnnAssign() | ast.AugAssign() | ast.For():
            targets = [node.target]
        case ast.With():
            targets = [item.optional_vars for item in node.items if item.optional_vars]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
