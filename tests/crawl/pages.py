"""What a page holds that leads on: links and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit, urlunsplit

BASE = "http://portal.example"
ADDRESSES = {"a": "href", "link": "href", "img": "src", "area": "href", "iframe": "src", "object": "data"}


@dataclass
class Form:
    """A form that is sent by POST: its fields as the page shows them, and those of them that nobody types."""

    action: str
    hidden: dict[str, list[str]] = field(default_factory=dict)
    shown: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """Collects the addresses within the portal that a page names, and its forms."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__()
        self.address = address
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = self._text_area = ""
        self._chosen: list[str] = []
        self._first_option: str | None = None
        self._text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = {name: value or "" for name, value in attrs}
        for name in (ADDRESSES.get(tag), "hx-get"):
            if name and words.get(name):
                self.follow(words[name])
        getattr(self, f"_start_{tag}", lambda words: None)(words)

    def handle_endtag(self, tag: str) -> None:
        getattr(self, f"_end_{tag}", lambda: None)()

    def handle_data(self, data: str) -> None:
        if self._text_area:
            self._text.append(data)

    def follow(self, href: str) -> None:
        """Note where an address leads, if that is within the portal."""
        parts = urlsplit(urljoin(BASE + self.address, href))
        if f"{parts.scheme}://{parts.netloc}" == BASE and not parts.path.startswith("/static/"):
            self.links.add(urlunsplit(("", "", parts.path, parts.query, "")))

    def _start_form(self, words: dict[str, str]) -> None:
        action = words.get("action") or self.address
        if words.get("method", "get").lower() == "post":
            self._form = Form(urljoin(self.address, action))
            self.forms.append(self._form)
        else:
            self.follow(action)

    def _end_form(self) -> None:
        self._form = None

    def _start_input(self, words: dict[str, str]) -> None:
        kind, name = words.get("type", "text"), words.get("name", "")
        if self._form is None or not name or kind == "file" or name == "csrfmiddlewaretoken":
            return
        if kind in {"checkbox", "radio"} and "checked" not in words:
            return
        if kind == "submit":
            self._button(name, words.get("value", ""))
            return
        value = words.get("value", "on" if kind == "checkbox" else "")
        self._form.shown.setdefault(name, []).append(value)
        if kind == "hidden":
            self._form.hidden.setdefault(name, []).append(value)

    def _start_button(self, words: dict[str, str]) -> None:
        if self._form is not None and words.get("name") and words.get("type", "submit") == "submit":
            self._button(words["name"], words.get("value", ""))

    def _button(self, name: str, value: str) -> None:
        """The first button is the one that Enter presses."""
        if self._form is not None and not any(key.startswith("_") for key in self._form.shown):
            self._form.shown.setdefault(name, [value])

    def _start_select(self, words: dict[str, str]) -> None:
        self._select, self._chosen = words.get("name", ""), []
        self._first_option = None if "multiple" in words else ""

    def _start_option(self, words: dict[str, str]) -> None:
        if "selected" in words:
            self._chosen.append(words.get("value", ""))
        if self._first_option == "":
            self._first_option = words.get("value", "")

    def _end_select(self) -> None:
        if self._form is not None and self._select:
            chosen = self._chosen or ([] if self._first_option is None else [self._first_option])
            if chosen:
                self._form.shown.setdefault(self._select, []).extend(chosen)
        self._select = ""

    def _start_textarea(self, words: dict[str, str]) -> None:
        self._text_area, self._text = words.get("name", ""), []

    def _end_textarea(self) -> None:
        if self._form is not None and self._text_area:
            self._form.shown.setdefault(self._text_area, []).append("".join(self._text).removeprefix("\n"))
        self._text_area = ""
