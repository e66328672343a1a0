"""Sending the outbox: claim rows, send them, note what became of each. Nothing is sent inside a transaction."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone, translation
from django.utils.module_loading import import_string

from accounts.languages import spoken
from accounts.services import note_returned
from kit.emails.encoding import EncodedEmail
from kit.emails.returned import Kind, Returned
from kit.emails.server import EMAILS, MailServer, NoMailServer, is_refused_for_good, said_nobody_is_there
from kit.jobs.claims import fail, release
from kit.jobs.failures import in_words
from kit.own_time import own_time
from kit.texts.email_addresses import address_fault
from sellers.brands import reply_headers, sender_of

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

BATCH = 250
"""How many emails a worker claims at once: their facts take the same few statements, however many there are."""

NOTED_TOGETHER = 20
"""How many are sent before it is noted that they were: those of a worker that dies in between are sent again."""


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
        while (until is None or clock() < until) and (rows := claim(limit=batch, now=clock())) is not None:
            sending = Sending(rows, compose_all(rows, now=clock()), clock)
            try:
                sending.send_by(server)
            except NoMailServer as error:
                logger.warning("No mail server: %s", error)
                EMAILS.labels("no_server").inc()
                break
            finally:
                sent += sending.sent
    return sent


class Sending(Generic[Row]):
    """Claimed rows that are sent while the claim is young, for nobody else may take up what is being sent."""

    def __init__(self, rows: Sequence[Row], composed: Composed[Row], clock: Clock) -> None:
        self.composed: Composed[Row] = composed
        self.clock, self.stop_at = clock, clock() + Outgoing.lease / 2
        self.untold: dict[int, Row] = {row.pk: row for row in rows}
        """Those of which nothing is known yet."""
        self.rows: dict[EncodedEmail, Row] = {}
        """Those whose emails are made and of which nothing is known yet."""
        self.left: list[Row] = []
        """Those that left, and of which that is not noted yet."""
        self.sent = 0

    def send_by(self, server: MailServer) -> None:
        """Send them, note what became of each, and give back those that were not tried. Raises ``NoMailServer``."""
        try:
            for letter, error in server.send_all(self._letters()):
                self._note(self.rows.pop(letter), error)
        except NoMailServer:
            release(list(self.untold.values()), now=self.clock(), wait=NO_SERVER)
            raise
        finally:
            self._note_sent()
        release(list(self.untold.values()), now=self.clock(), wait=NO_SERVER)

    def _letters(self) -> Iterator[EncodedEmail]:
        """Their emails, as far as the time reaches; each is made when it is asked for."""
        for row in list(self.untold.values()):
            if self.clock() > self.stop_at:
                return
            if letter := _letter(row, self.composed, self.clock):
                self.rows[letter] = row
                yield letter
            else:
                del self.untold[row.pk]

    def _note(self, row: Row, error: Exception | None) -> None:
        del self.untold[row.pk]
        if error is None:
            self.left.append(row)
        else:
            _fail(row, error, self.clock)
        if len(self.left) == NOTED_TOGETHER:
            self._note_sent()

    def _note_sent(self) -> None:
        if self.left:
            record_sent(deliveries=self.left, now=self.clock())
            EMAILS.labels("sent").inc(len(self.left))
            self.sent += len(self.left)
            self.left = []


def _letter(delivery: Row, composed: Composed[Row], clock: Clock) -> EncodedEmail | None:
    """The email of a delivery; ``None`` if there can be none, which keeps no other from being sent."""
    if fault := address_fault(delivery.user.email):
        fail(delivery, error=f"{delivery.user.email}: {fault}", now=clock(), for_good=True)
        EMAILS.labels("failed").inc()
        return None
    try:
        return EncodedEmail(composed(delivery))
    except Exception as error:
        _fail(delivery, error, clock)
        return None


def _fail(delivery: Row, error: Exception, clock: Clock) -> None:
    name, is_ours = NAMES[type(delivery)], not isinstance(error, OSError)
    logger.warning("%s %s failed: %s", name, delivery.pk, error, exc_info=error if is_ours else None)
    fail(delivery, error=_words(error), now=clock(), for_good=is_refused_for_good(error))
    EMAILS.labels("failed").inc()
    if said := said_nobody_is_there(error):
        note_returned(returned=[Returned(delivery.address, Kind.HARD, said)], now=clock())


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, OSError) else in_words(error)


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
    """An email in text and HTML, in the person's language and the market's time zone; deadlines in their own too.

    The Message-ID is derived from the row, so that a bounce leads to it and a second sending is recognised.
    """
    market = delivery.message.seller.market
    with (
        translation.override(language_of(delivery)),
        timezone.override(market.zone),
        own_time(delivery.user.own_zone),
    ):
        parts = write(delivery)
    email = EmailMultiAlternatives(
        subject=" ".join(parts.subject.split()),
        body=parts.text,
        from_email=sender_of(market),
        to=[delivery.user.email],
        headers=_headers(delivery) | reply_headers(market),
    )
    email.attach_alternative(parts.html, "text/html")
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
