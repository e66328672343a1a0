"""The documentation says what the code is: every rule of the database, and one word for one thing."""

from __future__ import annotations

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from kit.database.rules import Rule, rules
from tests.apps import APPS, ROOT

MAX_WORDS = 25
BANNED = {
    "strike", "strikes", "penalty", "penalties", "ban", "bans", "infraction", "score", "scores", "merchant", "vendor",
    "notification", "notifications", "dispute", "sanction", "kept", "letter", "letters", "hands",
    "aftermath", "sealed", "seals",
}  # fmt: skip


def own_modules() -> list[Path]:
    return [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]


def packages() -> list[Path]:
    """The packages that somebody opens to find something; Django's own folders say by their names what they hold."""
    plain = {"migrations", "management", "commands", "templatetags", "en"}
    return [path for path in own_modules() if path.name == "__init__.py" and path.parent.name not in plain]


def words_of(name: str) -> set[str]:
    """``MassReversal`` and ``mass_reversal`` are both mass and reversal."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_module_is_named_by_a_synonym() -> None:
    assert [str(path) for path in own_modules() if words_of(path.stem) & BANNED] == []


def test_no_class_is_named_by_a_synonym() -> None:
    classes = {
        f"{path.name}: {node.name}"
        for path in own_modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and words_of(node.name) & BANNED
    }
    assert classes == set()


def test_no_table_or_column_is_named_by_a_synonym() -> None:
    models = [model for model in apps.get_models() if model._meta.app_label in APPS]
    names = {f"{model._meta.db_table}.{field.name}" for model in models for field in model._meta.concrete_fields}
    assert {name for name in names if words_of(name) & BANNED} == set()


def test_the_glossary_names_every_synonym_that_is_looked_for_of_the_domain() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text()
    assert {"strike", "penalty", "ban", "infraction", "score", "kept", "letter", "hands", "aftermath", "sealed"} <= set(
        re.findall(r"[a-z]+", text)
    )


def pages() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def sentences(page: Path) -> Iterator[str]:
    """Those of its paragraphs and list items. A colon and a semicolon end one too; code and addresses are one word."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )", text):
        if not block.lstrip().startswith("|"):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"`[^`]*`", "code", " ".join(block.split())))
            yield from re.split(r"(?<=[.!?:;])\s+", plain)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_sentence_of_a_page_is_longer_than_a_breath(page: Path) -> None:
    assert [one for one in sentences(page) if len(re.findall(r"\w[\w'’-]*", one)) > MAX_WORDS] == []


def headings(page: Path) -> set[str]:
    """The anchors of a page, made of its headings as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"https?:|mailto:", link)]
    for link in links:
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or target.suffix != ".md" or anchor in headings(target), link


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.path.stem)
def test_every_rule_of_the_database_is_explained_as_its_file_says(rule: Rule) -> None:
    line = f"| [`{rule.path.stem}`](../{rule.path.relative_to(ROOT)}) | {rule.why} |"
    assert line in (ROOT / "docs" / "database.md").read_text().splitlines()


def rules_of_the_architecture() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text()
    table = text.partition("## Where a rule stands")[2].partition("\n## ")[0]
    return re.findall(r"`([a-z]+\.[\w.]+)`", table)


@pytest.mark.parametrize("name", rules_of_the_architecture())
def test_rule_stands_where_the_architecture_says(name: str) -> None:
    assert pkgutil.resolve_name(name)


@pytest.mark.parametrize("path", packages(), ids=str)
def test_package_says_what_it_holds(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))
