"""What is written can be read at once.

No function is over 25 lines, no module over 300, and half of the functions are tiny. No sentence of a docstring is over
20 words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.apps import APPS, ROOT

MAX_IN_A_FUNCTION = 25
MAX_IN_A_MODULE = 300
MEDIAN = 6
MAX_WORDS = 20


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


def docstrings() -> Iterator[tuple[str, str]]:
    """Each with the place where it stands."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = "" if isinstance(node, ast.Module) else node.name
                yield f"{path.relative_to(ROOT)} {name}", ast.get_docstring(node) or ""


def sentences(docstring: str) -> Iterator[str]:
    """The sentences of its paragraphs and list items. A colon and a semicolon end one too; code counts as a word."""
    for paragraph in re.split(r"\n\s*\n|\n(?=\s*- )", docstring):
        yield from re.split(r"(?<=[.!?:;])\s+", re.sub(r"``.*?``", "code", " ".join(paragraph.split())))


def words_in(sentence: str) -> int:
    return len(re.findall(r"\w[\w'’-]*", sentence))


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


def test_no_sentence_of_a_docstring_is_longer_than_a_breath() -> None:
    told = list(docstrings())
    assert sum(bool(docstring) for _, docstring in told) > 2_000
    long = [(at, text) for at, docstring in told for text in sentences(docstring) if words_in(text) > MAX_WORDS]
    assert long == []
