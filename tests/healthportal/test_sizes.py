"""What is written can be read at once: no function over 25 lines, no module over 300, half of the functions tiny."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.apps import APPS, ROOT

MAX_IN_A_FUNCTION = 25
MAX_IN_A_MODULE = 300
MEDIAN = 6


def modules() -> Iterator[Path]:
    """Those that people write; migrations are written by Django."""
    return (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)


def functions() -> dict[str, int]:
    """How many lines each function has below its name and docstring."""
    found = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines_of(node)
    return found


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def code_lines(path: Path) -> int:
    """Without blank lines and comments."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return sum(bool(line) and not line.startswith("#") for line in lines)


def test_no_function_is_longer_than_a_look() -> None:
    assert {name: count for name, count in functions().items() if count > MAX_IN_A_FUNCTION} == {}


def test_half_of_the_functions_are_tiny() -> None:
    counts = list(functions().values())
    assert len(counts) > 3_000
    assert median(counts) <= MEDIAN


def test_no_module_is_longer_than_its_subject() -> None:
    counts = {str(path.relative_to(ROOT)): code_lines(path) for path in modules()}
    assert len(counts) > 500
    assert {name: count for name, count in counts.items() if count > MAX_IN_A_MODULE} == {}
