"""The mutants of a module: its syntax tree with one small change, in the body of a function.

Constants, defaults and decorators of a module are left alone, and so are texts and annotations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
OTHERS = {"min": "max", "max": "min", "any": "all", "all": "any"}
PASSED_OVER = {"sorted", "reversed", "abs"}
"""Functions left out: what they are given stays."""
LEFT_OUT = {"order_by", "select_for_update", "filter", "exclude", "distinct", "strip", "lower", "casefold", "reverse"}
"""Methods left out: what they are called on stays."""
UNTOLD = {"logger", "log"}
"""Whatever these are told, nobody's behaviour changes."""
CHECKS = {"strict"}
"""Arguments that only make sure of what holds anyhow."""


@dataclass(frozen=True)
class Mutant:
    """One change. ``lines`` are those of the statement that it is in: a test that runs one of them may notice."""

    function: str
    line: int
    lines: range
    change: str
    tree: ast.Module


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a source, in its order. A mutant's tree holds its change until the next one is asked for."""
    tree = ast.parse(source)
    for name, function in functions(tree):
        for statement, parent, field, index, new in changes(function):
            old = child(parent, field, index)
            with put(parent, field, index, new):
                line = old.iter.lineno if isinstance(old, ast.comprehension) else old.lineno
                yield Mutant(name, line, lines_of(statement), told(old, new), tree)


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """The functions of the module and the methods of its classes, by qualified name; not those within functions."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Function))


Change = tuple[ast.stmt, ast.AST, str, int | None, ast.AST]
"""A statement, and in it a field of a node, with an index if it is a list, and what takes its place."""


def changes(function: Function) -> Iterator[Change]:
    for index, statement in enumerate(function.body):
        yield from within(statement, statement, function, "body", index)


def within(node: Any, statement: ast.stmt, parent: ast.AST, field: str, index: int | None) -> Iterator[Change]:
    """The changes of a node and of all that is in it."""
    if isinstance(node, ast.JoinedStr) or untold(node) or is_check(node):
        return
    for new in replacements(node):
        yield statement, parent, field, index, ast.fix_missing_locations(ast.copy_location(new, node))
    for inner_field, value in ast.iter_fields(node):
        if inner_field in {"annotation", "returns", "decorator_list", "args"} and isinstance(node, Function):
            continue
        if inner_field == "annotation":
            continue
        listed = value if isinstance(value, list) else [value]
        for position, inner in enumerate(listed):
            if isinstance(inner, ast.AST):
                holder = inner if isinstance(inner, ast.stmt) else statement
                yield from within(inner, holder, node, inner_field, position if isinstance(value, list) else None)


def untold(node: ast.AST) -> bool:
    """Whether it is a docstring or a call of a logger."""
    if not isinstance(node, ast.Expr):
        return False
    call = node.value
    if not isinstance(call, ast.Call):
        return isinstance(call, ast.Constant)
    called = call.func
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in UNTOLD


def is_check(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in CHECKS


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may take the place of a node."""
    for kind, make in MAKERS.items():
        if isinstance(node, kind):
            yield from make(node)


def of_compare(node: ast.Compare) -> Iterator[ast.AST]:
    for position, operator in enumerate(node.ops):
        for other in COMPARED[type(operator)]:
            new = deepcopy(node)
            new.ops[position] = other()
            yield new


def of_computation(node: ast.BinOp | ast.AugAssign) -> Iterator[ast.AST]:
    if other := COMPUTED.get(type(node.op)):
        new = deepcopy(node)
        new.op = other()
        yield new


def of_and_or(node: ast.BoolOp) -> Iterator[ast.AST]:
    yield ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)
    for position in range(len(node.values)):  # each operand counts
        kept = node.values[:position] + node.values[position + 1 :]
        yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def of_not(node: ast.UnaryOp) -> Iterator[ast.AST]:
    if isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        yield node.operand


def of_condition(node: ast.If | ast.IfExp | ast.While) -> Iterator[ast.AST]:
    """Its opposite; comparisons, ``not`` and the like have opposites of their own."""
    if not isinstance(node.test, ast.Compare | ast.UnaryOp | ast.BoolOp):
        new = deepcopy(node)
        new.test = ast.UnaryOp(ast.Not(), new.test)
        yield new


def of_selection(node: ast.comprehension) -> Iterator[ast.AST]:
    for position in range(len(node.ifs)):
        new = deepcopy(node)
        del new.ifs[position]
        yield new


def of_constant(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield ast.Constant(node.value + 1)


def of_return(node: ast.Return) -> Iterator[ast.AST]:
    if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield ast.Return(ast.Constant(None))


def of_statement(node: ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break) -> Iterator[ast.AST]:
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom)):
        yield ast.Pass()


def of_assignment(node: ast.Assign) -> Iterator[ast.AST]:
    if not isinstance(node.targets[0], ast.Name | ast.Tuple):
        yield ast.Pass()


def of_with(node: ast.With) -> Iterator[ast.AST]:
    """Its body alone: without the transaction, without the lock."""
    if all(item.optional_vars is None for item in node.items):
        yield ast.If(ast.Constant(True), node.body, [])


def of_call(node: ast.Call) -> Iterator[ast.AST]:
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr in LEFT_OUT:
        yield called.value
    elif isinstance(called, ast.Name) and called.id in PASSED_OVER and node.args:
        yield node.args[0]
    elif isinstance(called, ast.Name) and called.id in OTHERS:
        yield ast.Call(ast.Name(OTHERS[called.id], ast.Load()), node.args, node.keywords)
    for position, keyword in enumerate(node.keywords):
        if keyword.arg is not None and not is_check(keyword):
            yield ast.Call(called, node.args, node.keywords[:position] + node.keywords[position + 1 :])


def of_several(node: ast.Call) -> Iterator[ast.AST]:
    """One argument less of what takes any number: the columns of an order, the conditions of a choice."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"order_by", "filter", "exclude"}:
        for position in range(len(node.args)):
            if len(node.args) > 1:
                yield ast.Call(node.func, node.args[:position] + node.args[position + 1 :], node.keywords)


MAKERS: dict[Any, Any] = {
    ast.Compare: of_compare,
    (ast.BinOp, ast.AugAssign): of_computation,
    ast.BoolOp: of_and_or,
    ast.UnaryOp: of_not,
    (ast.If, ast.IfExp, ast.While): of_condition,
    ast.comprehension: of_selection,
    ast.Constant: of_constant,
    ast.Return: of_return,
    (ast.Expr, ast.AugAssign, ast.Raise, ast.Continue, ast.Break): of_statement,
    ast.Assign: of_assignment,
    ast.With: of_with,
    ast.Call: lambda node: [*of_call(node), *of_several(node)],
}


def child(parent: ast.AST, field: str, index: int | None) -> Any:
    value = getattr(parent, field)
    return value if index is None else value[index]


@contextmanager
def put(parent: ast.AST, field: str, index: int | None, new: ast.AST) -> Iterator[None]:
    """Put ``new`` there for as long as the mutant is looked at."""
    old = child(parent, field, index)
    try:
        replace(parent, field, index, new)
        yield
    finally:
        replace(parent, field, index, old)


def replace(parent: ast.AST, field: str, index: int | None, new: ast.AST) -> None:
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new


def lines_of(statement: ast.stmt) -> range:
    """The lines that are the statement's own: of a compound one those before its body."""
    body = getattr(statement, "body", None)
    end = body[0].lineno if isinstance(body, list) and body else (statement.end_lineno or statement.lineno) + 1
    return range(statement.lineno, max(end, statement.lineno + 1))


def told(old: ast.AST, new: ast.AST) -> str:
    """What the change is."""
    if isinstance(old, ast.Call) and isinstance(new, ast.Call):
        for one in (*old.keywords, *old.args):
            if one not in (*new.keywords, *new.args):
                return f"{shown(old.func)}(…) without {shown(one)}"
    return f"{shown(old)}  →  {shown(new)}"


def shown(node: ast.AST) -> str:
    """One line of it."""
    if isinstance(node, ast.comprehension):
        words = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}" + "".join(
            f" if {ast.unparse(test)}" for test in node.ifs
        )
    else:
        words = ast.unparse(node).split("\n", 1)[0]
    return words if len(words) <= 100 else words[:99] + "…"
