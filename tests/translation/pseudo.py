"""A language in which every text is written «like this»: what a reader sees of English bypasses gettext."""

from __future__ import annotations

from pathlib import Path

import allauth
import django
import django_filters
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from . import catalogues
from .texts import extracted

LANGUAGE = "en-xa"
BEGIN, END = "«»"
PACKAGES = (django, allauth, django_filters)
"""What brings texts and catalogues of its own: Django's are all in that of English, the others' in that of German."""


def write(folder: Path) -> None:
    """Put the catalogue into a folder for ``LOCALE_PATHS``."""
    path = catalogues.path_of(LANGUAGE, folder).with_suffix(".mo")
    path.parent.mkdir(parents=True)
    path.write_bytes(catalogues.compiled(pseudo()))


def pseudo() -> Catalog:
    catalogue = Catalog("en", charset="utf-8", fuzzy=False)
    for message in (*foreign(), *extracted()):
        if message.id:
            catalogue.add(message.id, wrapped(message), context=message.context)
    return catalogue


def foreign() -> list[Message]:
    found = []
    for package in PACKAGES:
        for path in sorted(Path(package.__file__).parent.rglob("locale/de/LC_MESSAGES/django.mo")):
            with path.open("rb") as file:
                found += list(read_mo(file))
        for path in sorted(Path(package.__file__).parent.rglob("locale/en/LC_MESSAGES/django.po")):
            with path.open("rb") as file:
                found += list(read_po(file))
    return found


def wrapped(message: Message) -> str | tuple[str, ...]:
    forms = tuple(_wrapped(form) for form in catalogues.forms(message.id))
    return forms if message.pluralizable else forms[0]


def _wrapped(text: str) -> str:
    """Line breaks around a text stay around it: Markdown and emails are made of lines."""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{BEGIN}{text.strip()}{END}{after}"
