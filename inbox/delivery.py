"""Sending the outbox: claim rows, send them, note what became of each. Nothing is sent inside a transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from smtplib import SMTPException
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from .models import EmailDelivery
from .services import claim_deliveries, note_failed, note_sent

logger = logging.getLogger(__name__)


def deliver_pending(*, clock: Callable[[], datetime], batch: int = 100) -> int:
    """Send everything that is due, in batches, and return how many emails left.

    ``clock`` gives the present moment, which moves on while emails are sent. Several processes may run this at once.
    """
    sent = 0
    while deliveries := claim_deliveries(limit=batch, now=clock()):
        with get_connection() as connection:
            sent += sum(_deliver(delivery, connection, clock) for delivery in deliveries)
    return sent


def _deliver(delivery: EmailDelivery, connection: BaseEmailBackend, clock: Callable[[], datetime]) -> bool:
    try:
        compose(delivery, connection).send()
    except (SMTPException, OSError) as error:
        logger.warning("Email delivery %s failed: %s", delivery.pk, error)
        note_failed(delivery=delivery, error=str(error), now=clock())
        return False
    note_sent(delivery=delivery, now=clock())
    return True


def compose(delivery: EmailDelivery, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    """The email of a delivery, in text and HTML. Its Message-ID is derived from the row."""
    message = delivery.message
    context = {
        "message": message,
        "user": delivery.user,
        "base_url": settings.BASE_URL,
        "link": f"{settings.BASE_URL}{message.path or message.get_absolute_url()}",
        "inbox_link": f"{settings.BASE_URL}{message.get_absolute_url()}",
    }
    email = EmailMultiAlternatives(
        subject=f"{message.subject} · {message.seller}",
        body=render_to_string("emails/message.txt", context),
        to=[delivery.user.email],
        headers={"Message-ID": f"<delivery-{delivery.pk}@{urlsplit(settings.BASE_URL).hostname}>"},
        connection=connection,
    )
    html = render_to_string("emails/message.html", context)
    email.attach_alternative(css_inline.inline(html, load_remote_stylesheets=False), "text/html")
    return email
