"""The catalogue of a language: made, brought in step with the texts, checked and compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import to_locale

from tests.apps import ROOT

LOCALE = ROOT / "healthportal" / "locale"
NAMED = re.compile(r"%\((\w+)\)")


def path_of(language: str, folder: Path = LOCALE) -> Path:
    return folder / to_locale(language) / "LC_MESSAGES" / "django.po"


def paths(folder: Path = LOCALE) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/django.po"))


def bring_in_step(path: Path, texts: Catalog) -> None:
    """Keep every translation whose text is still there; a text that changed a little keeps its own, marked fuzzy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(in_step(path, texts))
    path.with_suffix(".mo").write_bytes(compiled(read(path)))


def in_step(path: Path, texts: Catalog) -> bytes:
    catalogue = read(path)
    catalogue.update(texts, update_creation_date=False)
    out = BytesIO()
    write_po(out, catalogue, width=110, include_lineno=False, sort_by_file=True)
    return out.getvalue()


def read(path: Path) -> Catalog:
    locale = Locale.parse(path.parents[1].name)
    if not path.exists():
        return empty(locale)
    with path.open("rb") as file:
        return read_po(file, locale, abort_invalid=True)


def empty(locale: Locale) -> Catalog:
    about = f"# The texts of the portal in {locale.english_name} (docs/languages.md)."
    nobody = {"copyright_holder": "", "msgid_bugs_address": "", "last_translator": "", "language_team": ""}
    return Catalog(
        locale, project="healthportal", version="1", charset="utf-8", fuzzy=False, header_comment=about, **nobody
    )


def compiled(catalogue: Catalog) -> bytes:
    """What Django reads. A fuzzy translation is left out: its text is shown in English."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def faults_of(path: Path, texts: Catalog) -> Iterator[str]:
    name, catalogue = path.parents[1].name, read(path)
    if path.read_bytes() != in_step(path, texts):
        yield f"{name}: is not in step with the texts; run make messages"
    elif path.with_suffix(".mo").read_bytes() != compiled(catalogue):
        yield f"{name}: is not compiled as it is written; run make messages"
    for message in catalogue:
        if message.id and not message.fuzzy:
            yield from (f"{name}: {fault}" for fault in faults_of_translation(message))


def faults_of_texts(texts: Catalog) -> Iterator[str]:
    """A singular may leave out the number that is counted, and nothing else: some languages use it for 21 too."""
    for message in texts:
        if message.pluralizable:
            one, many = (set(NAMED.findall(text)) for text in message.id)
            if one - many or len(many - one) > 1:
                yield f"{places(message)}: singular and plural differ in what is put in: {message.id[1]}"


def faults_of_translation(message: Message) -> Iterator[str]:
    """Whatever the text is given can be put into each form, and what every form of the text says is in each."""
    originals = [set(NAMED.findall(text)) for text in forms(message.id)]
    known, needed = set.union(*originals), set.intersection(*originals)
    for form in forms(message.string):
        if form and not needed <= set(NAMED.findall(form)):
            yield f"“{form}” leaves out {', '.join(sorted(needed - set(NAMED.findall(form))))}"
        if form and known and not can_be_filled(form, known):
            yield f"“{form}” cannot be filled with {', '.join(sorted(known))}"


def can_be_filled(form: str, names: set[str]) -> bool:
    try:
        form % dict.fromkeys(names, "1")
    except (KeyError, TypeError, ValueError):
        return False
    return True


def forms(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)


def places(message: Message) -> str:
    return ", ".join(sorted({file for file, _line in message.locations}))
