"""Sentences that go through gettext can be translated: they are whole, constant, and name what is put into them."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from tests.apps import APPS, ROOT
from tests.translation import catalogues
from tests.translation.modules import faults_of
from tests.translation.texts import extracted, texts_of

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
        ("f\"{noun}: {_('Read')}\"", True),
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


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return extracted()


def test_texts_of_modules_and_templates_are_extracted(texts: Catalog) -> None:
    assert "Say why; everybody who signed up is told." in texts
    assert ("%(count)s question", "%(count)s questions") in [text.id for text in texts]
    assert {path.rsplit(".", 1)[1] for text in texts for path, _line in text.locations} >= {"py", "html", "md"}


def test_every_plural_is_given_what_its_singular_is(texts: Catalog) -> None:
    assert list(catalogues.faults_of_texts(texts)) == []


def test_a_singular_may_leave_out_the_number_and_nothing_else() -> None:
    texts = Catalog()
    texts.add(("one pass", "%(count)s passes"))
    texts.add(("%(policy)s", "%(count)s policies"), locations=[("quizzes/wording.py", None)])
    expected = "quizzes/wording.py: singular and plural differ in what is put in: %(count)s policies"
    assert list(catalogues.faults_of_texts(texts)) == [expected]


def test_comments_for_translators_are_kept_with_the_text(tmp_path: Path) -> None:
    template = tmp_path / "one.html"
    template.write_text('{% load i18n %}\n  {# Translators: a verb #}\n  {% translate "Open" context "verb" %}')
    assert [(text, comments, context) for _line, text, comments, context in texts_of(template)] == [
        ("Open", ["Translators: a verb"], "verb")
    ]


def test_catalogues_are_in_step_and_compiled(texts: Catalog) -> None:
    assert [fault for path in catalogues.paths() for fault in catalogues.faults_of(path, texts)] == []
