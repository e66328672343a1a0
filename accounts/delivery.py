"""Sending emails about people's own accounts: soon, one by one, and never behind what a whole market is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import translation

from kit.documents.calendar_files import invitation_type
from kit.emails.encoding import EncodedEmail
from kit.emails.returned import Kind, Returned
from kit.emails.server import EMAILS, MailServer, NoMailServer, is_refused_for_good, said_nobody_is_there
from kit.jobs.claims import fail
from kit.texts.email_addresses import address_fault

from .looks import look_for
from .models import AccountEmail
from .services import claim_account_email, note_returned, record_account_email_sent

logger = logging.getLogger(__name__)


Clock = Callable[[], datetime]


def deliver_account_emails(*, clock: Clock) -> int:
    """Send what is due and return how many emails left. A mail server that cannot be reached ends it."""
    sent = 0
    with closing(MailServer()) as server:
        while (email := claim_account_email(now=clock())) is not None:
            try:
                result = _deliver(email, server, clock)
            except NoMailServer as error:
                fail(email, error=str(error), now=clock())
                logger.warning("No mail server: %s", error)
                EMAILS.labels("no_server").inc()
                break
            EMAILS.labels(result).inc()
            sent += result == "sent"
    return sent


def _deliver(email: AccountEmail, server: MailServer, clock: Clock) -> str:
    """Send one and note what became of it; one that cannot be sent keeps no other from being. Raises ``NoMailServer``.

    An address that leads to nobody gets nothing else either.
    """
    if fault := address_fault(email.to):
        fail(email, error=fault, now=clock(), for_good=True)
        return "failed"
    try:
        server.send(EncodedEmail(_compose(email)))
    except NoMailServer:
        raise
    except Exception as error:
        logger.warning("Account email %s failed: %s", email.pk, error)
        fail(email, error=str(error), now=clock(), for_good=is_refused_for_good(error))
        if said := said_nobody_is_there(error):
            note_returned(returned=[Returned(email.to.lower(), Kind.HARD, said)], now=clock())
        return "failed"
    record_account_email_sent(email=email)
    return "sent"


def _compose(email: AccountEmail) -> EmailMessage:
    """The email as its reader sees it; its Message-ID is derived from the row, so a second sending is recognised."""
    host = urlsplit(settings.BASE_URL).hostname
    headers = {"Message-ID": f"<account-{email.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    written = EmailMultiAlternatives(subject=email.subject, body=email.body, to=[email.to], headers=headers)
    with translation.override(email.language or None):
        look_for(email.to, email.look).dress(written)
    if email.calendar:
        written.attach_alternative(email.calendar, invitation_type(email.calendar))
    return written
