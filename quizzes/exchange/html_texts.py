"""HTML of other systems as Markdown, as far as Markdown has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

from .items import Loss

MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
BREAKS = {"br": "\n", "p": "\n\n", "div": "\n\n", "ul": "\n\n", "ol": "\n\n", "li": "\n- "}
FILES = {"audio", "video", "object", "iframe", "source"}
SILENT = {"span", "html", "body"}


@dataclass(frozen=True)
class Image:
    """A picture that a text names, and what it shows in words."""

    source: str
    alt: str


class _Reader(HTMLParser):
    """``marks`` are what stands for tags; what has none is lost."""

    def __init__(self, marks: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.marks = marks
        self.said: list[str] = []
        self.losses: set[Loss] = set()
        self.images: list[Image] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            found = dict(attrs)
            self.images.append(Image(found.get("src") or "", (found.get("alt") or "").strip()))
            return
        if tag in FILES:
            self.losses.add(Loss.FILES)
        elif tag not in self.marks and tag not in BREAKS and tag not in SILENT:
            self.losses.add(Loss.FORMATTING)
        self.said.append(self.marks.get(tag) or BREAKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        ends = {"p": "\n\n", "div": "\n\n", "ul": "\n\n", "ol": "\n\n"}
        self.said.append(self.marks.get(tag) or ends.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.said.append(re.sub(r"\s+", " ", data))


def as_markdown(html: str) -> tuple[str, set[Loss], list[Image]]:
    """The Markdown of some HTML, what is lost, and the pictures that stand in it."""
    return _read(html, MARKS)


def as_plain(html: str) -> tuple[str, set[Loss]]:
    """The words of some HTML, as a choice shows them: it has neither marks nor pictures."""
    text, losses, images = _read(html, {})
    return text, losses | ({Loss.FILES} if images else set())


def without_pictures(html: str) -> tuple[str, set[Loss]]:
    """The Markdown for a format that holds no pictures: they are lost."""
    text, losses, images = as_markdown(html)
    return text, losses | ({Loss.FILES} if images else set())


def _read(html: str, marks: Mapping[str, str]) -> tuple[str, set[Loss], list[Image]]:
    reader = _Reader(marks)
    reader.feed(html)
    reader.close()
    lines = [line.strip() for line in "".join(reader.said).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), reader.losses, reader.images
