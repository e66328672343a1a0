"""Everything that a reader can open, as they open it: pages and documents by their links, emails as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.mail import EmailMultiAlternatives
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from pypdf import PdfReader

from inbox.delivery import compose
from inbox.models import EmailDelivery
from tests.crawl.answers import content_of
from tests.crawl.pages import Page
from tests.crawl.visit import pattern_of

from . import visible


class Seen(NamedTuple):
    """A text outside of «…», where it stands and what that belongs to."""

    area: str
    place: str
    text: str


def pages(client: Client, start: str) -> Iterator[Seen]:
    """One page of each address pattern, breadth first; of lists as they are, not as they are filtered.

    The first text of each is empty: a page on which all is well counts too.
    """
    level, opened = {start: None}, set()
    while level:
        found: dict[str, None] = {}
        for address in level:
            if (pattern := pattern_of(address)) not in opened and "?" not in address:
                opened.add(pattern)
                response = client.get(address)
                yield from (Seen(area_of(address), address, text) for text in ("", *_texts(response)))
                found |= dict.fromkeys(_links(address, response))
                content_of(response)  # a file that is streamed: read to its end, it is closed
        level = found


def emails(deliveries: Iterable[EmailDelivery]) -> Iterator[Seen]:
    for delivery in deliveries:
        yield from in_email(compose(delivery, now=timezone.now()), place=delivery.message.template)


def in_email(email: EmailMultiAlternatives, *, place: str) -> Iterator[Seen]:
    html = str(email.alternatives[0][0])
    texts = [*visible.outside([str(email.subject)]), *visible.outside([str(email.body)]), *visible.of_page(html)]
    yield from (Seen("emails", place, text) for text in texts)


def area_of(address: str) -> str:
    """The app of a page; of pages of the admin, that of the records."""
    match = resolve(urlsplit(address).path)
    package = match.func.__module__.partition(".")[0]
    return "admin" if match.namespace == "admin" else package


def _texts(response: HttpResponse) -> Iterator[str]:
    kind = response.get("Content-Type", "").partition(";")[0]
    if kind == "text/html":
        yield from visible.of_page(response.text)
    elif kind == "application/pdf":
        reader = PdfReader(BytesIO(content_of(response)))
        yield from visible.outside([str(reader.metadata.title), *(page.extract_text() for page in reader.pages)])


def _links(address: str, response: HttpResponse) -> list[str]:
    if location := response.get("Location"):
        return [urlsplit(location).path]
    if response.get("Content-Type", "").startswith("text/html"):
        return sorted(Page(address, response.text).links)
    return []
