"""Mutants: solutions with one small automatic change, most of which a suite should refuse.

A mutant changes one thing inside what students write: a constant, an operator, a comparison, a condition, an
argument, a statement. The words of an error are left alone: a contract says which error is raised and when.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.course.markers import regions

OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

SYMMETRIC = {"min", "max", "minimum", "maximum", "promote_types", "broadcast_shapes", "equal", "logaddexp", "transpose"}
"""Functions for which the order of their first two arguments means nothing."""
AROUND = ("decorator_list", "type_params", "bases", "keywords")
"""The parts of a definition that stand around its body."""
SILENT = {"strict", "device", "cpu"}
"""Keywords and calls without which nothing changes: lengths are equal, and the judge here is on the CPU."""


def sample(source: str, most: int) -> list[tuple[str, str]]:
    """Return at most so many mutants, spread over the whole solution; always the same ones."""
    found = list(mutants(source)) if most else []
    return found[:: max(1, -(-len(found) // max(1, most)))]


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Yield (what was changed, the mutant's source) for everything that students write."""
    tree = ast.parse(source)
    taken_out = {number for begin, end in regions(source, "solution") for number in range(begin + 2, end + 1)}
    for place, node in _inside(tree):
        if node.lineno not in taken_out:  # type: ignore[attr-defined]
            continue
        for label, changed in _changes(node):
            before, after = ast.unparse(node), ast.unparse(changed) if changed is not None else "nothing"
            if before != after:
                _put(place, changed if changed is not None else ast.Pass())
                mutant = ast.unparse(tree)
                _put(place, node)
                yield f"line {node.lineno}: {label}: {_short(before)} -> {_short(after)}", mutant  # type: ignore[attr-defined]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:70]}…"


Place = tuple[ast.AST, str, int | None]
"""Where a node stands: the node around it, the field, and in a list of nodes the index."""


def _inside(node: ast.AST, in_body: bool = False) -> Iterator[tuple[Place, ast.AST]]:
    """Every node in the body of a function, with its place, but for docstrings, annotations and errors' words."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", *(() if in_body else AROUND)):
            continue
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            if not isinstance(item, ast.AST) or isinstance(item, ast.Raise) or _is_docstring(item):
                continue
            inner = in_body or (isinstance(node, ast.FunctionDef) and field == "body")
            if inner and hasattr(item, "lineno"):
                yield (node, field, index if isinstance(value, list) else None), item
            yield from _inside(item, inner)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _put(place: Place, new: ast.AST) -> None:
    owner, field, index = place
    if index is None:
        setattr(owner, field, new)
    else:
        getattr(owner, field)[index] = new


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST | None]]:
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield "operator", ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield "comparison", ast.Compare(node.left, [COMPARISONS[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield "and/or", ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp):
        yield "sign dropped", node.operand
    elif isinstance(node, ast.If | ast.While):
        yield "condition", type(node)(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.IfExp):
        yield "branches swapped", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Assign | ast.AugAssign | ast.Expr):
        yield "statement dropped", None


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node.value, bool):
        yield "constant", ast.Constant(not node.value)
    elif isinstance(node.value, int | float):
        yield "constant", ast.Constant(node.value + 1)
        if node.value:
            yield "constant", ast.Constant(type(node.value)(0))


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    plain = len(node.args) >= 2 and not any(isinstance(arg, ast.Starred) for arg in node.args)
    if plain and ast.unparse(node.func).rpartition(".")[2] not in SYMMETRIC:
        yield "arguments swapped", ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    for index, dropped in enumerate(node.keywords):
        if dropped.arg in SILENT:
            continue
        kept = [keyword for place, keyword in enumerate(node.keywords) if place != index]
        yield "keyword dropped", ast.Call(node.func, node.args, kept)
    if isinstance(node.func, ast.Attribute) and not node.keywords and node.func.attr not in SILENT:
        yield "call dropped", node.func.value
