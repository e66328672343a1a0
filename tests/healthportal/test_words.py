"""Sentences that go through gettext can be translated: they are whole, constant, and name what is put into them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from tests.apps import APPS, ROOT

GETTEXT = {
    "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "npgettext", "npgettext_lazy", "pgettext",
    "pgettext_lazy",
}  # fmt: skip
TEXTS = {"gettext": 1, "gettext_noop": 1, "pgettext": 2, "ngettext": 2, "npgettext": 3}
"""How many arguments of each are texts: what is counted comes after them."""

CHOSEN = (ast.Name, ast.Attribute, ast.Subscript, ast.IfExp)
"""What chooses among texts that stand elsewhere in the module, marked with ``gettext_noop``."""

UNNAMED = re.compile(r"%(?:[sdif]|\d)|\{\d*\}")
NAMED = re.compile(r"%\((\w+)\)[sdif]")


def aliases(tree: ast.AST) -> dict[str, str]:
    """By which names a module calls gettext's functions."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            found |= {name.asname or name.name: name.name for name in node.names if name.name in GETTEXT}
    return found


def faults_of(source: str) -> Iterator[str]:
    """What would keep a translator from a text of a Python module."""
    tree = ast.parse(source)
    known = aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            number = TEXTS[known[node.func.id].removesuffix("_lazy")]
            marked = "gettext_noop" in known.values()
            yield from _faults(node.args[:number], line=node.lineno, marked=marked)


def _faults(texts: list[ast.expr], *, line: int, marked: bool) -> Iterator[str]:
    for text in texts:
        if marked and isinstance(text, CHOSEN) and not any(isinstance(one, ast.BinOp) for one in ast.walk(text)):
            continue
        if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
            yield f"line {line}: a text is made and not written: {ast.unparse(text)[:60]}"
        elif UNNAMED.search(text.value.replace("%%", "")):
            yield f"line {line}: what is put in has no name: {text.value[:60]}"


MODULES = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_of_a_module_can_be_translated(path: Path) -> None:
    assert list(faults_of(path.read_text())) == []


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ('_("Read %(number)s articles")', False),
        ('_("100 %% of it")', False),
        ('_(f"Read {number} articles")', True),
        ('_("Read " + noun)', True),
        ('_("Read {} articles".format(number))', True),
        ('_("Read %s articles")', True),
        ('ngettext("%(n)s point", f"{n} points", n)', True),
        ('ngettext("%(n)s point", "%(n)s points", n + 1)', False),
        ('gettext(f"{x}")', False),  # somebody else's function
    ],
)
def test_what_cannot_be_translated_is_found(call: str, fault: bool) -> None:
    source = f"from django.utils.translation import gettext as _, ngettext\n{call}\n"
    assert bool(list(faults_of(source))) == fault


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_texts_of_a_template_can_be_extracted(path: Path) -> None:
    """Django's own reading of a template for translators takes it; a block that it cannot take raises."""
    templatize(path.read_text(), origin=str(path))
