"""The weekly digest of a person: one email about all their sellers, composed when it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation

from accounts.languages import spoken
from kit.emails.templates import render_email
from sellers.brands import brand_of, reply_headers, sender_of

from . import wording
from .delivery import Clock, Composed, deliver
from .models import Digest, Message
from .selectors import DigestContents, read_digests
from .services import claim_digests
from .subscriptions import SubscriptionLinks, digest_links

MAX_MESSAGES = 100
"""Messages that a digest names; the inbox has all of them."""


def deliver_digests(*, clock: Clock, until: datetime | None = None) -> int:
    """Send the digests that are due, and return how many left. Several processes may run this at once."""
    return deliver(claim_digests, digest_composer, clock=clock, until=until)


def digest_composer(digests: Sequence[Digest], *, now: datetime) -> Composed[Digest]:
    """What composes some digests; what they name is read now, together for all of a week."""
    contents = read_digests(digests, most=MAX_MESSAGES)
    return lambda digest: _composed(digest, contents[digest.pk])


def compose_digest(digest: Digest, *, now: datetime) -> EmailMultiAlternatives:
    """The email of one digest, composed as a batch of one."""
    return digest_composer([digest], now=now)(digest)


def _composed(digest: Digest, contents: DigestContents) -> EmailMultiAlternatives:
    """An email in text and HTML, in the person's language, else that of their first seller's market.

    Its Message-ID is derived from the row, so that a second sending is recognised.
    """
    first = contents.messages[0].seller
    market = first.market if contents.markets == 1 else None  # of several none speaks for the others
    language = spoken(digest.user.language or first.market.language)
    links = digest_links(digest, seller_id=first.pk)
    with translation.override(language):
        context = _context(contents) | {"links": links, "brand": brand_of(market)}
        text = render_email("digest.txt", context)
        html = render_email("digest.html", context)
        subject = context["subject"]
    headers = _headers(digest, language, links) | reply_headers(market)
    email = EmailMultiAlternatives(
        subject=subject, body=text, from_email=sender_of(market), to=[digest.user.email], headers=headers
    )
    email.attach_alternative(html, "text/html")
    return email


def _context(contents: DigestContents) -> dict[str, Any]:
    sellers = [
        {"name": seller.name, "inbox": f"{settings.BASE_URL}{inbox_of(seller.pk)}", "messages": _lines(found)}
        for seller, found in groupby(contents.messages, key=lambda message: message.seller)
    ]
    return {
        "subject": wording.digest_subject(contents.count, sellers=contents.sellers),
        "sellers": sellers,
        "more": contents.count - len(contents.messages),
    }


def inbox_of(seller_id: int) -> str:
    return reverse("inbox:list", kwargs={"seller_id": seller_id})


def _lines(messages: Iterable[Message]) -> list[dict[str, str]]:
    """What each message is about, and where it leads."""
    return [
        {
            "kind": " · ".join(filter(None, [message.get_kind_display(), message.about_content])),
            "subject": message.subject,
            "link": _link(message),
        }
        for message in messages
    ]


def _link(message: Message) -> str:
    return f"{settings.BASE_URL}{message.get_absolute_url()}"


def _headers(digest: Digest, language: str, links: SubscriptionLinks) -> dict[str, str]:
    """With a way out in one click (RFC 2369, RFC 8058)."""
    return {
        "Message-ID": f"<digest-{digest.pk}@{urlsplit(settings.BASE_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": language,
        "List-Unsubscribe": f"<{links.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
