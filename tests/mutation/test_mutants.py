"""What is changed of a source, and that each change is taken back before the next."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from .mutants import mutants


def changed(source: str) -> list[str]:
    """The bodies of a source's mutants."""
    return [ast.unparse(mutant.tree) for mutant in mutants(source)]


def changed_body(body: str) -> list[str]:
    """The mutants of a function with this body, as bodies."""
    head = "def f(x):\n"
    found = changed(head + "\n".join(f"    {line}" for line in body.splitlines()))
    return [dedent(one.removeprefix(head)) for one in found]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("g(x)", ["pass"]),
        ("x.y = x", ["pass"]),
        ("y = x", []),
        ("raise x", ["pass"]),
        ("return x", ["return None"]),
        ("return", []),
        ("y = x + 1", ["y = x - 1", "y = x + 2"]),
        ("y = x < z", ["y = x <= z", "y = x >= z"]),
        ("y = a and b", ["y = a or b", "y = b", "y = a"]),
        ("y = not x", ["y = x"]),
        ("y = True", ["y = False"]),
        ("y = min(x)", ["y = max(x)"]),
        ("y = sorted(x)", ["y = x"]),
        ("y = [z for z in x if z]", ["y = [z for z in x]"]),
        ("y = x.order_by('a', 'b')", ["y = x", "y = x.order_by('b')", "y = x.order_by('a')"]),
        ("y = x.select_for_update(skip_locked=z)", ["y = x", "y = x.select_for_update()"]),
        ("with x:\n    y = z", ["if True:\n    y = z"]),
        ("with x as y:\n    y = z", []),
        ("if x:\n    y = z", ["if not x:\n    y = z"]),
        ("'''What it does.'''", []),
        ("logger.info(x + 1)", []),
        ("y = f'{x + 1}'", []),
        ("y = zip(x, z, strict=True)", []),
    ],
)
def test_each_change_stands_alone(body: str, expected: list[str]) -> None:
    assert changed_body(body) == expected


def test_only_bodies_of_functions_are_changed() -> None:
    assert changed("N = 1 + 2\n\n@decorated(1 + 2)\ndef f(x: 1 | 2 = 1 + 2) -> 1 | 2:\n    y: 1 | 2 = x\n") == []


def test_methods_are_named_by_their_class_and_changes_by_their_place() -> None:
    found = [
        (mutant.function, mutant.line, list(mutant.lines), mutant.change)
        for mutant in mutants("class A:\n    def f(self):\n        y = g(\n            n=self\n        )\n")
    ]
    assert found == [("A.f", 3, [3, 4, 5], "g(…) without n=self")]
