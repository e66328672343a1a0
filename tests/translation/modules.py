"""What would keep a translator from a text of a Python module: each is whole, constant, and names what is put in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .texts import FUNCTIONS

TEXTS = {"gettext": 1, "gettext_noop": 1, "pgettext": 2, "ngettext": 2, "npgettext": 3}
"""How many arguments of each are texts: what is counted comes after them."""

CHOSEN = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
"""What chooses among texts that stand elsewhere in the module, marked with ``gettext_noop``."""

UNNAMED = re.compile(r"%(?:[sdif]|\d)|\{\d*\}")


def aliases(tree: ast.AST) -> dict[str, str]:
    """By which names a module calls gettext's functions."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            found |= {name.asname or name.name: name.name for name in node.names if name.name in FUNCTIONS}
    return found


def faults_of(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    known = aliases(tree)
    yield from (f"line 1: {name} is a name that is not extracted" for name in known if name not in FUNCTIONS)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and any(_is_text(part, known) for part in ast.walk(node)):
            yield f"line {node.lineno}: a text within an f-string is not extracted: {ast.unparse(node)[:60]}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            number = TEXTS[known[node.func.id].removesuffix("_lazy")]
            marked = "gettext_noop" in known.values()
            yield from _faults(node.args[:number], line=node.lineno, marked=marked)


def _is_text(node: ast.AST, known: dict[str, str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known


def _faults(texts: list[ast.expr], *, line: int, marked: bool) -> Iterator[str]:
    for text in texts:
        if marked and isinstance(text, CHOSEN) and not any(isinstance(one, ast.BinOp) for one in ast.walk(text)):
            continue
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            yield f"line {line}: a text is made and not written: {ast.unparse(text)[:60]}"
        elif UNNAMED.search(text.value.replace("%%", "")):
            yield f"line {line}: what is put in has no name: {text.value[:60]}"
