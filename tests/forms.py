"""Filling in the forms of a page as a browser does: what stands in the page is sent, except for what is changed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponseBase
from django.test import Client


class FormFields(HTMLParser):
    """The names and values that a browser would send with the forms that are sent by POST."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self.posting = False
        self.name = ""
        self.text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.posting = found.get("method", "").lower() == "post" and "logout" not in found.get("action", "")
        name = found.get("name", "")
        if tag in {"select", "textarea"}:
            self.name, self.text = name, "" if tag == "textarea" else None
        elif tag == "option" and "selected" in found:
            self.keep(self.name, found.get("value", ""))
        elif tag == "input" and found.get("type") not in {"submit", "file", "image", "button"}:
            self.keep_input(name, found)

    def keep_input(self, name: str, found: dict[str, str]) -> None:
        if found.get("type") not in {"checkbox", "radio"} or "checked" in found:
            self.keep(name, found.get("value", "on" if found.get("type") in {"checkbox", "radio"} else ""))

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            self.keep(self.name, self.text.removeprefix("\r\n").removeprefix("\n"))
            self.text = None
        elif tag == "form":
            self.posting = False

    def keep(self, name: str, value: str) -> None:
        if self.posting and name and "__prefix__" not in name:
            self.fields.setdefault(name, []).append(value)


def fields_of(html: str) -> dict[str, list[str]]:
    parser = FormFields()
    parser.feed(html)
    return parser.fields


def fill_in(client: Client, url: str, **changes: Any) -> HttpResponseBase:
    """Open a page and send its form with these fields changed."""
    page = client.get(url)
    assert page.status_code == 200, url
    return client.post(url, {**fields_of(page.text), **changes})
