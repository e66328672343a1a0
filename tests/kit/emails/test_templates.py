"""Templates of emails: styles stand at elements, what is put in is escaped, and each statement keeps its place."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from jinja2 import UndefinedError

from kit.brands import EmailColours, ShownBrand
from kit.emails.templates import STATEMENT, render_email, styled, with_styles

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"
PAGES = sorted(FOLDER.glob("*.html.jinja"))
STYLE = (FOLDER / "style.css").read_text()
HOSTILE = "</bdi><script>'\"&"


def context(**more: Any) -> dict[str, Any]:
    message = SimpleNamespace(subject="News", seller=HOSTILE, action="Look", notice_language="")
    links = SimpleNamespace(choose="https://portal.example/choose", unsubscribe="")
    said = "**Read** [this](https://portal.example/)"
    brand = ShownBrand("Portal", email=EmailColours(link="#123456"))
    return {"message": message, "said": said, "brand": brand, "link": "https://portal.example/?a=1&b=2", "links": links,
            "names_zone": False} | more  # fmt: skip


def test_what_is_put_in_is_escaped_in_html_and_not_in_text() -> None:
    html, text = render_email("message.html", context()), render_email("message.txt", context())
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "?a=1&amp;b=2" in html
    assert text.startswith(f"{HOSTILE}\n")
    assert "?a=1&b=2" in text


def test_elements_have_their_styles_those_of_markdown_too() -> None:
    html = render_email("message.html", context())
    assert re.search(r'<p class="seller" style="[^"]*font-size: 13px', html)
    assert '<p style="margin: 0 0 8px;"><strong>Read</strong> <a' in html
    assert re.search(r'<a href="https://portal.example/"[^>]*style="color: #123456', html)
    assert styled("<p>x</p>", context()["brand"]) == '<p style="margin: 0 0 8px;">x</p>'


def test_name_that_a_template_does_not_get_is_an_error() -> None:
    broken = context()
    del broken["link"]
    with pytest.raises(UndefinedError, match="link"):
        render_email("message.html", broken)


def test_email_says_how_its_language_is_written() -> None:
    with translation.override("ar"):
        assert '<html lang="ar" dir="rtl">' in render_email("message.html", context())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_statements_stand_between_elements_and_stay_there(page: Path) -> None:
    source = page.read_text()
    assert re.findall(r"<\w[^<>]*\{%.*", source) == []
    loaded = with_styles(source, STYLE)
    assert STATEMENT.findall(loaded) == STATEMENT.findall(source)
    assert re.findall(r"\{\{.*?\}\}", re.sub(r' style="[^"]*"', "", loaded)) == re.findall(
        r"\{\{.*?\}\}", re.sub(r' style="[^"]*"', "", source)
    )
    assert (loaded.count("<div"), loaded.count("<table")) == (source.count("<div"), source.count("<table"))
