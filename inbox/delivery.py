"""Sending the outbox: claim rows, send them, note what became of each. Nothing is sent inside a transaction."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import TypeVar
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from accounts.languages import spoken
from kit.jobs.claims import fail, release
from kit.jobs.failures import in_words
from kit.mail_server import MailServer, NoMailServer
from kit.texts.email_addresses import address_fault

from .emails import Writer
from .models import Digest, EmailDelivery
from .outgoing import Outgoing
from .services import NO_SERVER, claim_deliveries, record_sent
from .subscriptions import subscription_links

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

Row = TypeVar("Row", EmailDelivery, Digest)
NAMES = {EmailDelivery: "Email delivery", Digest: "Digest"}


Claim = Callable[..., list[Row] | None]
"""Takes rows of an outbox for the caller alone: ``claim(limit=…, now=…)``; ``None`` when none are left."""

Composed = Callable[[Row], EmailMultiAlternatives]
"""Makes the email of a row of a batch."""

Composer = Callable[..., Composed[Row]]
"""Reads what a batch of rows needs, ``composer(rows, now=…)``, and gives what makes the email of each."""

BATCH = 100
"""How many emails a worker claims at once."""


def deliver_pending(*, clock: Clock, batch: int = BATCH, until: datetime | None = None) -> int:
    """Send what is due, in batches, and return how many emails left.

    ``clock`` gives the present moment, which moves on while emails are sent; after ``until`` no further batch is begun.
    Several processes may run this at once. A mail server that cannot be reached, or takes nothing, ends it.
    """
    return deliver(claim_deliveries, composer, clock=clock, batch=batch, until=until)


def deliver(
    claim: Claim[Row], compose_all: Composer[Row], *, clock: Clock, batch: int = BATCH, until: datetime | None = None
) -> int:
    """Send the rows of an outbox that ``claim`` gives, each batch as ``compose_all`` makes it."""
    sent = 0
    with closing(MailServer()) as server:
        while (until is None or clock() < until) and (deliveries := claim(limit=batch, now=clock())) is not None:
            try:
                for has_left in _deliver_all(deliveries, compose_all, server, clock):
                    sent += has_left
            except NoMailServer as error:
                logger.warning("No mail server: %s", error)
                break
    return sent


def _deliver_all(
    deliveries: Sequence[Row], compose_all: Composer[Row], server: MailServer, clock: Clock
) -> Iterator[bool]:
    """Send what was claimed while the claim is young, for nobody else may take up what is being sent.

    Yields for each whether it left. Those that were not tried are given back. Raises ``NoMailServer``.
    """
    stop_at = clock() + Outgoing.lease / 2
    composed = compose_all(deliveries, now=clock())
    for done, delivery in enumerate(deliveries):
        if clock() > stop_at:
            release(deliveries[done:], now=clock(), wait=NO_SERVER)
            return
        try:
            yield _deliver(delivery, composed, server, clock)
        except NoMailServer:
            release(deliveries[done:], now=clock(), wait=NO_SERVER)
            raise


def _deliver(delivery: Row, composed: Composed[Row], server: MailServer, clock: Clock) -> bool:
    if fault := address_fault(delivery.user.email):
        fail(delivery, error=f"{delivery.user.email}: {fault}", now=clock(), for_good=True)
        return False
    try:
        server.send(composed(delivery))
    except NoMailServer:
        raise
    except Exception as error:  # one that cannot be composed or sent keeps no other from being sent
        logger.warning(
            "%s %s failed: %s", NAMES[type(delivery)], delivery.pk, error, exc_info=not isinstance(error, OSError)
        )
        fail(delivery, error=_words(error), now=clock(), for_good=_is_for_good(error))
        return False
    record_sent(delivery=delivery, now=clock())
    return True


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, OSError) else in_words(error)


def _is_for_good(error: Exception) -> bool:
    """Whether the mail server said that trying again is no use (RFC 5321: a reply of 5xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def compose(delivery: EmailDelivery, *, now: datetime) -> EmailMultiAlternatives:
    """The email of one delivery, composed as a batch of one."""
    return composer([delivery], now=now)(delivery)


def composer(deliveries: Sequence[EmailDelivery], *, now: datetime) -> Composed[EmailDelivery]:
    """What composes the emails of some deliveries; their facts are read now, together for each kind of message.

    What they say is written by what ``EMAIL_WRITERS`` names for the kind, else it is the message itself.
    """
    by_kind: dict[str, list[EmailDelivery]] = defaultdict(list)
    for delivery in deliveries:
        by_kind[delivery.message.kind].append(delivery)
    writers = {kind: _writer(kind, some, now) for kind, some in by_kind.items()}
    return lambda delivery: _composed(delivery, writers[delivery.message.kind])


def _writer(kind: str, deliveries: Sequence[EmailDelivery], now: datetime) -> Writer:
    """What writes deliveries of one kind. One whose facts cannot be read keeps no other from being written."""
    try:
        return _facts_read(kind, deliveries, now)
    except Exception as error:
        logger.warning("Emails of the kind %s are composed one by one: %s", kind, error)
        return lambda delivery: _facts_read(kind, [delivery], now)(delivery)


def _facts_read(kind: str, deliveries: Sequence[EmailDelivery], now: datetime) -> Writer:
    prepare = import_string(settings.EMAIL_WRITERS.get(kind, "inbox.emails.message_writer"))
    writer: Writer = prepare(deliveries, now=now)
    return writer


def _composed(delivery: EmailDelivery, write: Writer) -> EmailMultiAlternatives:
    """An email in text and HTML, in the person's language and the market's time zone.

    The Message-ID is derived from the row, so that a bounce leads to it and a second sending is recognised.
    """
    with translation.override(language_of(delivery)), timezone.override(delivery.message.seller.market.zone):
        parts = write(delivery)
    email = EmailMultiAlternatives(
        subject=" ".join(parts.subject.split()),
        body=parts.text,
        to=[delivery.user.email],
        headers=_headers(delivery),
    )
    html = css_inline.inline(parts.html, load_remote_stylesheets=False, keep_at_rules=True)
    email.attach_alternative(html, "text/html")
    if parts.calendar is not None:
        mime_type = f"text/calendar; method={parts.calendar.method}; charset=utf-8"
        email.attach_alternative(parts.calendar.content.decode(), mime_type)
    return email


def language_of(delivery: EmailDelivery) -> str:
    """The person's language, else the market's; the portal's own if it does not speak that one."""
    return spoken(delivery.user.language or delivery.message.seller.market.language)


def _headers(delivery: EmailDelivery) -> dict[str, str]:
    host = urlsplit(settings.BASE_URL).hostname
    headers = {
        "Message-ID": f"<delivery-{delivery.pk}@{host}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": language_of(delivery),
    }
    links = subscription_links(delivery)
    if links.unsubscribe:  # RFC 2369, and RFC 8058 for one click
        headers["List-Unsubscribe"] = f"<{links.unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
