"""A cell's statements: what each binds, needs and changes, so that those that a definition depends on can be kept.

Told from the text alone: nothing is executed. What a call does to its arguments cannot be told, unless its name says
so.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

import msgspec

from grader.course.markers import UNWRITTEN
from grader.course.sources import DEFINITIONS

IMPORTS = (ast.Import, ast.ImportFrom)
BLOCKS = (ast.If, ast.Try, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match)
MUTATE = {"shuffle", "heapify", "heappush", "heappop", "insort", "setattr", "delattr", "seed", "manual_seed"}
"""Functions that change what they are given, or the state of their module."""
LOOK = {"print", "display", "len", "repr", "str", "type", "help", "id", "isinstance", "sorted", "sum", "min", "max"}
"""Functions that change nothing of what they are given."""
MANY = 1_000_000
"""So many pairs of names and inner scopes in one scope are looked up one by one; beyond, every name counts as used."""


class Statement(msgspec.Struct):
    """One statement at top level."""

    cell: int
    text: str
    now: set[str]
    """Names that it needs when it runs."""
    later: set[str]
    """Names that it needs when it is called."""
    data: bool = False
    """Whether what it binds is neither imported nor a definition."""
    always: bool = False
    """Whether it is kept whatever is wanted: what it binds or changes cannot be told."""
    future: bool = False
    stub: bool = False
    binds: set[str] = set()
    changes: set[str] = set()
    """Names whose values it changes without binding them."""
    methods: set[str] = set()
    """Names of which it calls a method for its own sake: of data that is a change, of a module or function none."""
    touches: set[str] = set()
    """Names whose values it may change: arguments of calls that say nothing about it."""

    def look(self, node: ast.stmt) -> None:
        """Note what the statement does to names, in its blocks too."""
        todo = [node]
        while todo:
            one = todo.pop()
            self.binds |= _bound(one)
            if isinstance(one, BLOCKS):
                todo += _inside(one)
            elif isinstance(one, ast.AugAssign):
                self.changes |= _root(one.target)
            elif isinstance(one, ast.Assign | ast.AnnAssign | ast.Delete):
                targets = [one.target] if isinstance(one, ast.AnnAssign) else one.targets
                changed = [part for target in targets for part in _parts(target) if not isinstance(part, ast.Name)]
                self.changes |= {name for part in changed for name in _root(part)}
            elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
                self.call(one.value)

    def call(self, call: ast.Call) -> None:
        """Take a call that stands for itself: a method may change its object, a function its arguments."""
        values = [*call.args, *(item.value for item in call.keywords)]
        given = {name for value in values for name in _root(value)}
        if isinstance(call.func, ast.Attribute):
            name, owner = call.func.attr, _root(call.func.value)
            if name in MUTATE or name.endswith("_"):
                self.changes |= given | owner
            elif name.startswith("set_"):
                self.changes |= owner
            else:
                self.methods |= owner
                self.touches |= given
        elif isinstance(call.func, ast.Name) and call.func.id in MUTATE:
            self.changes |= given
        elif not (isinstance(call.func, ast.Name) and call.func.id in LOOK):
            self.touches |= given


def statements_of(cell: int, source: str) -> list[Statement]:
    """Return the statements of a cell.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python, or too deep.
    """
    lines = [line.encode() for line in source.split("\n")]
    body = ast.parse(source).body
    return [_statement(cell, node, _text(node, lines)) for node in body if not _is_examples(node)]


def _is_examples(node: ast.stmt) -> bool:
    """Whether this is the block of a notebook's visible examples: nothing in it is an answer."""
    if not isinstance(node, ast.With):
        return False
    calls = [item.context_expr.func for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr == "examples" for call in calls)


def _text(node: ast.stmt, lines: list[bytes]) -> str:
    """Return a statement's own text, decorators included, also when it shares its line."""
    decorators = getattr(node, "decorator_list", [])
    first, begin = (decorators[0].lineno, 0) if decorators else (node.lineno, node.col_offset)
    own = lines[first - 1 : node.end_lineno]
    own[-1] = own[-1][: node.end_col_offset]
    own[0] = own[0][begin:]
    return b"\n".join(own).decode()


def _statement(cell: int, node: ast.stmt, text: str) -> Statement:
    now, later = _uses(text)
    defines = isinstance(node, DEFINITIONS)
    if not defines:
        now, later = now | later, set()
    star = isinstance(node, ast.ImportFrom) and any(item.name == "*" for item in node.names)
    future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
    one = Statement(
        cell,
        text,
        now,
        later,
        data=not defines and not isinstance(node, IMPORTS),
        always=star or future,
        future=future,
        stub=defines and UNWRITTEN.search(text) is not None,
    )
    one.look(node)
    return one


def _inside(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements directly inside a block."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, ast.ExceptHandler | ast.match_case):
            yield from child.body


def _root(node: ast.expr) -> set[str]:
    """Return the name whose value an expression is a part of."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    """Yield what an assignment to `target` assigns to: names, which it binds, and parts of values, which it changes."""
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from _parts(item)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds itself, without the statements inside it."""
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, IMPORTS):
        return {item.asname or item.name.partition(".")[0] for item in node.names}
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets += node.targets
    elif isinstance(node, ast.For | ast.AsyncFor) or (isinstance(node, ast.AnnAssign) and node.value is not None):
        targets.append(node.target)
    elif isinstance(node, ast.With | ast.AsyncWith):
        targets += [item.optional_vars for item in node.items if item.optional_vars]
    return {part.id for target in targets for part in _parts(target) if isinstance(part, ast.Name)}


class _Generators(ast.NodeTransformer):
    """Every comprehension as a generator: since Python 3.12 the others have no scope of their own in a symbol table."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        return ast.GeneratorExp(node.elt, self.generic_visit(node).generators)  # type: ignore[attr-defined]

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def _uses(text: str) -> tuple[set[str], set[str]]:
    """Return the module's names that a statement needs when it runs, and when what it defines is called."""
    now: set[str] = set()
    later: set[str] = set()
    text = ast.unparse(_Generators().visit(ast.parse(text)))
    tables = [(symtable.symtable(text, "cell", "exec"), True)]
    while tables:
        table, at_once = tables.pop()
        top, children = table.get_type() == "module", table.get_children()
        uses = now if at_once else later
        if len(children) * len(table.get_identifiers()) > MANY:
            uses |= set(table.get_identifiers())
        else:
            for symbol in table.get_symbols():
                if (symbol.is_referenced() or symbol.is_declared_global()) and (top or symbol.is_global()):
                    uses.add(symbol.get_name())
        tables += [(child, at_once and child.get_type() != "function") for child in children]
    return now, later
