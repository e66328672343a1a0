"""Sending emails about people's own accounts: soon, one by one, and never behind what a whole market is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.utils import translation

from kit.email_bytes import EncodedEmail
from kit.jobs.claims import fail
from kit.mail_server import MailServer, NoMailServer
from kit.texts.email_addresses import address_fault

from .looks import look_for
from .models import AccountEmail
from .services import claim_account_email, record_account_email_sent

logger = logging.getLogger(__name__)


def deliver_account_emails(*, clock: Callable[[], datetime]) -> int:
    """Send what is due and return how many emails left. A mail server that cannot be reached ends it."""
    sent = 0
    with closing(MailServer()) as server:
        while (email := claim_account_email(now=clock())) is not None:
            if fault := address_fault(email.to):
                fail(email, error=fault, now=clock(), for_good=True)
                continue
            try:
                server.send(EncodedEmail(_compose(email)))
            except NoMailServer as error:
                fail(email, error=str(error), now=clock())
                logger.warning("No mail server: %s", error)
                break
            except Exception as error:  # one that cannot be sent keeps no other from being sent
                logger.warning("Account email %s failed: %s", email.pk, error)
                fail(email, error=str(error), now=clock(), for_good=_nobody_there(error))
            else:
                record_account_email_sent(email=email)
                sent += 1
    return sent


def _nobody_there(error: Exception) -> bool:
    """Whether the mail server said that it takes nothing for this address (RFC 5321: a reply of 5xx)."""
    return isinstance(error, SMTPRecipientsRefused) and all(code >= 500 for code, _ in error.recipients.values())


def _compose(email: AccountEmail) -> EmailMessage:
    """The email as its reader sees it; its Message-ID is derived from the row, so a second sending is recognised."""
    host = urlsplit(settings.BASE_URL).hostname
    headers = {"Message-ID": f"<account-{email.pk}@{host}>", "Auto-Submitted": "auto-generated"}
    written = EmailMultiAlternatives(subject=email.subject, body=email.body, to=[email.to], headers=headers)
    with translation.override(email.language or None):
        look_for(email.to, email.look).dress(written)
    return written
