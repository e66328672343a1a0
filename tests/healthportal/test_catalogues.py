"""The catalogue of a language, from the first text to what Django shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from django.template import engines
from django.utils.translation import gettext, ngettext, override, pgettext

from tests.translation import catalogues
from tests.translation.texts import extracted

GERMAN = {
    "Points ledger": "Punktekonto",
    ("%(count)s question", "%(count)s questions"): ("%(count)s Frage", "%(count)s Fragen"),
}


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return extracted()


@pytest.fixture
def german(tmp_path: Path, texts: Catalog) -> Path:
    """A catalogue of our own in which two texts are translated."""
    path = catalogues.path_of("de", tmp_path)
    catalogues.bring_in_step(path, texts)
    translate(path, GERMAN)
    catalogues.bring_in_step(path, texts)
    return path


@pytest.fixture
def spoken(german: Path, settings: Any) -> Iterator[None]:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    settings.LOCALE_PATHS = [german.parents[2]]
    with override("de"):
        yield


def translate(path: Path, translations: dict[Any, Any]) -> None:
    catalogue = catalogues.read(path)
    for text, translation in translations.items():
        catalogue[text].string = translation
    with path.open("wb") as file:
        write_po(file, catalogue)


@pytest.mark.usefixtures("spoken")
def test_django_shows_what_was_translated_and_english_for_the_rest() -> None:
    assert gettext("Points ledger") == "Punktekonto"
    assert [ngettext("%(count)s question", "%(count)s questions", n) % {"count": n} for n in (1, 3)] == [
        "1 Frage",
        "3 Fragen",
    ]
    assert gettext("Take a quiz") == "Take a quiz"
    assert pgettext("a language we have not", "Points ledger") == "Points ledger"


@pytest.mark.usefixtures("spoken")
def test_a_template_shows_it() -> None:
    template = engines["django"].from_string('{% load i18n %}{% translate "Points ledger" %}')
    assert template.render() == "Punktekonto"


def test_catalogue_in_step_stays_as_it_is(german: Path, texts: Catalog) -> None:
    written = german.read_bytes(), german.with_suffix(".mo").read_bytes()
    catalogues.bring_in_step(german, texts)
    assert (german.read_bytes(), german.with_suffix(".mo").read_bytes()) == written
    assert list(catalogues.faults_of(german, texts)) == []


def test_catalogue_that_is_not_in_step_or_not_compiled_is_found(german: Path, texts: Catalog) -> None:
    translate(german, {"Points ledger": "Punktebuch"})
    assert list(catalogues.faults_of(german, texts)) == ["de: is not in step with the texts; run make messages"]
    german.write_bytes(catalogues.in_step(german, texts))
    assert list(catalogues.faults_of(german, texts)) == ["de: is not compiled as it is written; run make messages"]


@pytest.mark.parametrize(
    ("text", "translation", "faults"),
    [
        ("Half of %(points)s", "Die Hälfte von %(points)s", []),
        ("Half of %(points)s", "Die Hälfte", ["“Die Hälfte” leaves out points"]),
        ("%(points)s", "%(points)s %(mehr)s", ["“%(points)s %(mehr)s” cannot be filled with points"]),
        ("%(points)s", "100 % von %(points)s", ["“100 % von %(points)s” cannot be filled with points"]),
        ("Half", "50 %", []),
        (("one pass", "%(count)s passes"), ("%(count)s Mal", "%(count)s Mal"), []),
        (("one pass", "%(count)s passes"), ("", ""), []),
    ],
)
def test_translation_that_cannot_be_filled_is_found(text: Any, translation: Any, faults: list[str]) -> None:
    catalogue = Catalog("de")
    catalogue.add(text, translation)
    assert list(catalogues.faults_of_translation(catalogue[text])) == faults


def test_the_folder_of_a_language_is_called_as_django_calls_it() -> None:
    assert catalogues.path_of("zh-hans", Path("locale")) == Path("locale/zh_Hans/LC_MESSAGES/django.po")
