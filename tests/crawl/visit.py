"""Going through the portal as somebody: every link breadth-first, every form once empty and once as it is shown."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from . import answers
from .folder import Folder
from .pages import BASE, Form, Page
from .stage import nothing_remains

PAGES_OF_A_PATTERN = 4
PAGES_FOR_STAFF = 2
PAGES_WITH_A_QUERY = 1
POSTS_OF_A_PATTERN = 1

Pattern = tuple[str, ...]


class Visit:
    """One person's way through the portal."""

    def __init__(self, who: str, client: Client, folder: Folder) -> None:
        self.who, self.client, self.folder = who, client, folder
        self.seen: set[str] = set()
        self.visited: Counter[Pattern] = Counter()
        self.posted: Counter[Pattern] = Counter()

    def crawl(self, starts: Iterable[str]) -> None:
        """Level by level; which pages of a pattern are looked at does not depend on the order of links in a page."""
        level = dict.fromkeys(starts, "")
        while level:
            self.seen |= level.keys()
            found: dict[str, str] = {}
            for address in sorted(level, key=spread):
                pattern = pattern_of(address)
                if self.visited[pattern] < _most(address):
                    self.visited[pattern] += 1
                    for link in self._look(address, level[address]):
                        if not ("?" in link and "?" in address):  # filters are not combined
                            found.setdefault(link, address)
            level = {link: page for link, page in found.items() if link not in self.seen}

    def _look(self, address: str, found_on: str) -> set[str]:
        response, content = self._ask(f"GET {address}", lambda: self.client.get(address), found_on)
        links = set()
        if location := response.get("Location"):
            links |= _page(address, f'<a href="{location}">').links
        if response.get("Content-Type", "").startswith("text/html"):
            page = _page(address, content.decode())
            links |= page.links
            for form in page.forms:
                self._post(form, address)
        return links

    def _post(self, form: Form, page: str) -> None:
        """Send a form empty, then as it is shown. Where that leads to is looked at before it is undone."""
        pattern = (pattern_of(form.action)[0], *sorted(form.shown))
        self.posted[pattern] += 1
        if self.posted[pattern] > POSTS_OF_A_PATTERN:
            return
        number = self.posted[pattern]
        for how, fields in (("empty", form.hidden), ("as shown", form.shown)):
            name = f"POST {form.action} from {page} {how} {number}"
            self._ask(name, lambda fields=fields: self.client.post(form.action, fields, HTTP_REFERER=BASE + page), page)

    def _ask(self, name: str, ask: Callable[[], HttpResponseBase], found_on: str) -> tuple[HttpResponseBase, bytes]:
        cookies = SimpleCookie(self.client.cookies.output(header="", sep="\n"))
        with nothing_remains(f"{self.who} {name}"):
            response = ask()
            content = answers.content_of(response)
            text = answers.recorded(response, content)
            location = response.get("Location", "")
            if name.startswith("POST") and location.startswith("/"):
                then = self.client.get(location)
                text += f"\n\n=== then {location}\n{answers.recorded(then, answers.content_of(then))}"
        self.client.cookies = cookies
        kind = response.get("Content-Type", "").partition(";")[0]
        self.folder.write(self.who, name, text, str(response.status_code), kind, found_on)
        return response, content


def _most(address: str) -> int:
    """How many pages of the pattern of an address are looked at."""
    if "?" in address:
        return PAGES_WITH_A_QUERY
    return PAGES_FOR_STAFF if address.startswith("/admin/") else PAGES_OF_A_PATTERN


def _page(address: str, html: str) -> Page:
    return Page(address, html)


def pattern_of(address: str) -> Pattern:
    """The route of an address and the names in its query."""
    parts = urlsplit(address)
    try:
        route = resolve(parts.path).route
    except Resolver404:
        route = parts.path
    return (route, *sorted(parse_qs(parts.query, keep_blank_values=True)))


def spread(address: str) -> tuple[int, str]:
    """Sort by what differs between addresses of one pattern, in an order that mixes early and late ones."""
    parts = urlsplit(address)
    try:
        kwargs = sorted(resolve(parts.path).kwargs.items())
    except Resolver404:
        kwargs = []
    return zlib.crc32(f"{kwargs} {parts.query}".encode()), address
