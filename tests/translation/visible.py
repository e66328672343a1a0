"""What a reader sees of a page, an email or a document outside of «…»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db.models import CharField, JSONField, TextField

from tests.apps import APPS

from .pseudo import BEGIN, END

SHOWN = {"alt", "aria-description", "aria-label", "data-label", "placeholder", "title"}
LETTERS = re.compile(r"[^\W\d_]{2,}")
MARKS = re.compile(r"[*#|`\n]+")
CODE = re.compile(r"[a-z_]*")
"""A value of an enumeration, and no text."""
WRITTEN_IN = {*APPS, "auth"}
"""Where words stand in the database: names of roles and permissions too."""


class Reader(HTMLParser):
    """Collects what is shown of a page, in order, and attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden = tag in {"kbd", "script", "style"}
        given = {name: value or "" for name, value in attrs}
        self.attributes += [value for name, value in given.items() if name in SHOWN]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.attributes.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def of_page(html: str) -> Iterator[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    yield from outside(reader.texts)
    for attribute in reader.attributes:
        yield from outside([attribute])


def outside(texts: Iterable[str]) -> Iterator[str]:
    """The parts that stand outside of «…»; one may begin in one text and end in another."""
    depth = 0
    for text in texts:
        for part in re.split(f"([{BEGIN}{END}])", text):
            if part == BEGIN:
                depth += 1
            elif part == END:
                depth = max(0, depth - 1)
            elif depth == 0 and LETTERS.search(part):
                yield " ".join(part.split())
        if text.rstrip(f" \n{END}").endswith("…"):  # cut short
            depth = 0
    if depth:
        yield f"{BEGIN} without {END}"


def values_of_the_database() -> list[str]:
    """Everything that anybody wrote, the longest first; of Markdown the parts between its marks."""
    found: set[str] = set()
    for model in apps.get_models():
        if model._meta.app_label in WRITTEN_IN:
            fields = [field for field in model._meta.concrete_fields if _holds_text(field)]
            for row in model._base_manager.values_list(*[field.attname for field in fields]):
                found |= {" ".join(part.split()) for value in row for text in texts_in(value) for part in parts(text)}
    return sorted(filter(LETTERS.search, found), key=len, reverse=True)


def _holds_text(field: Any) -> bool:
    return isinstance(field, CharField | TextField | JSONField) and not field.choices


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_in(one)


def parts(text: str) -> Iterator[str]:
    if not CODE.fullmatch(text):
        yield " ".join(text.split())
        yield from MARKS.split(text)


def without(values: Iterable[str], text: str) -> str:
    """A text without what comes from the database."""
    for value in values:
        text = text.replace(value, " ")
    return text
