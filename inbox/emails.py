"""What an email says. Apps above the inbox write those of their own kind of message with it (``EMAIL_WRITERS``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.text import Truncator

from kit.emails.templates import render_email
from kit.texts.characters import isolated
from sellers.brands import brand_of

from .models import EmailDelivery, Message
from .subscriptions import subscription_links

MAX_TITLE = 60
"""How many characters of the content's title a subject has room for."""


@dataclass(frozen=True)
class CalendarPart:
    """A calendar file that mail programs act on (RFC 6047), and its iTIP method: ``REQUEST``, ``CANCEL``."""

    method: str
    content: bytes


@dataclass(frozen=True)
class EmailParts:
    """What an email says. ``html`` has its styles at its elements."""

    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None


Writer = Callable[[EmailDelivery], EmailParts]
"""Writes the email of one of the deliveries whose facts it has, in the language and the time zone that are active."""

A_DAY_ALONE = re.compile(r"\d{4}(?!, \d)")
"""What tells that a text names a day, which begins and ends in some zone; a time of day has its zone beside it."""


def email_context(delivery: EmailDelivery) -> dict[str, Any]:
    """What every email's template needs: the message, where it leads, and the way out."""
    message = delivery.message
    return {
        "message": message,
        "brand": brand_of(message.seller.market),
        "link": f"{settings.BASE_URL}{message.path or message.get_absolute_url()}",
        "links": subscription_links(delivery),
    }


def message_writer(deliveries: Sequence[EmailDelivery], *, now: datetime) -> Writer:
    """A message has its facts in itself."""
    return message_parts


def message_parts(delivery: EmailDelivery, *, said: str = "") -> EmailParts:
    """The email that says first what the message in the inbox says first, below its subject, and leads there.

    Or ``said`` instead: Markdown that names the zone of its times itself.
    """
    context = email_context(delivery)
    context["said"] = said or delivery.message.lead
    context["names_zone"] = not said and bool(A_DAY_ALONE.search(context["said"]))
    return EmailParts(
        subject=_subject(delivery.message),
        text=render_email("message.txt", context),
        html=render_email("message.html", context),
    )


def _subject(message: Message) -> str:
    """With what tells it from others of the same kind, policy or seller where only subjects are listed."""
    title = isolated(Truncator(message.content_title).chars(MAX_TITLE))
    about = f"{message.get_content_kind_display()} “{title}”" if message.content_kind else ""
    return " · ".join(part for part in (isolated(message.subject), about, isolated(message.seller.name)) if part)
