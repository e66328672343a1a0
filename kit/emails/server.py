"""The mail server: it may close its connection at any time, after so many emails, when it is busy, when it stops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from smtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from typing import Any

from django.core.mail import get_connection
from prometheus_client import Counter

from .ahead import Ahead
from .encoding import EncodedEmail
from .pipeline import Pipeline
from .returned import is_no_mailbox

EMAILS = Counter("healthportal_emails_total", "Tries to send an email, by what became of them.", ["result"])
"""``sent``, ``failed``, or ``no_server``: nothing could be tried."""

NOT_NOW = 421
"""The reply of a server that ends the connection (RFC 5321, 3.8)."""


class NoMailServer(Exception):
    """It cannot be reached, or takes nothing at present; that is no email's fault."""


class MailServer:
    """A connection that is opened when it is needed, and again when the server closed it."""

    def __init__(self) -> None:
        self.connection = get_connection()
        self.lost_one = False

    def send_all(self, letters: Iterable[EncodedEmail]) -> Iterator[tuple[EncodedEmail, Exception | None]]:
        """Send emails in their order, and say of each what made it fail, or ``None``.

        Where the server takes PIPELINING (RFC 2920), ``letters`` may make the next ones while it takes one. Raises
        ``NoMailServer``; the emails of which nothing was said did not leave then.
        """
        waiting = Ahead(letters)
        while waiting.peek():
            self._open()
            yield from self._pipelined(waiting)
            if letter := waiting.peek():
                outcome = self._outcome(letter)
                yield waiting.take(), outcome

    def _pipelined(self, waiting: Ahead[EncodedEmail]) -> Iterator[tuple[EncodedEmail, Exception | None]]:
        """The same, as far as the connection lasts; nothing for a server that does not offer it."""
        smtp = self._smtp
        if smtp is None or not smtp.has_extn("pipelining"):
            return
        try:
            for letter, outcome in Pipeline(smtp).send_all(waiting):
                if isinstance(outcome, SMTPException) and _hung_up(outcome):
                    break
                self.lost_one = False
                yield letter, outcome
            else:
                return
        except OSError:  # SMTPException is one too
            pass
        self.close()

    def _outcome(self, letter: EncodedEmail) -> Exception | None:
        try:
            self.send(letter)
        except NoMailServer:
            raise
        except Exception as error:
            return error
        return None

    def send(self, letter: EncodedEmail) -> None:
        """Send one email; once more over a new connection if the server hangs up.

        Raises ``NoMailServer``, or what made this email fail.
        """
        self._open()
        try:
            self._hand_over(letter)
        except SMTPException as error:
            if not _hung_up(error):
                raise
            self.close()
            self._send_again(letter)
        self.lost_one = False

    def _send_again(self, letter: EncodedEmail) -> None:
        """A server that hangs up on a new connection may mean the email; one that does so twice running is busy."""
        self._open()
        try:
            self._hand_over(letter)
        except SMTPException as error:
            if _hung_up(error):
                self.close()
                if self.lost_one or not isinstance(error, SMTPServerDisconnected):
                    raise NoMailServer(str(error)) from error
                self.lost_one = True
            raise

    def _hand_over(self, letter: EncodedEmail) -> None:
        if (smtp := self._smtp) is None:
            self._hand_to_provider(letter)
        else:
            smtp.sendmail(letter.sender, [letter.to], letter.content)

    def _hand_to_provider(self, letter: EncodedEmail) -> None:
        """By an API of theirs. One that is away, or asks for less, says nothing about the email.

        One that fails (5xx) may mean the email; one that does so twice running takes nothing at present.
        """
        try:
            self.connection.send_messages([letter.email])
        except OSError as error:  # what requests raises, and django-anymail with it
            status = getattr(error, "status_code", HTTPStatus.OK)
            failed = status is not None and status >= HTTPStatus.INTERNAL_SERVER_ERROR
            if status in {None, HTTPStatus.TOO_MANY_REQUESTS} or (failed and self.lost_one):
                raise NoMailServer(str(error)) from error
            self.lost_one = failed
            raise

    @property
    def _smtp(self) -> SMTP | None:
        """The connection, if emails leave by SMTP and not by a provider's own way."""
        found: Any = getattr(self.connection, "connection", None)
        return found if isinstance(found, SMTP) else None

    def _open(self) -> None:
        try:
            self.connection.open()
        except (SMTPException, OSError) as error:
            self.close()
            raise NoMailServer(str(error)) from error

    def close(self) -> None:
        with suppress(SMTPException, OSError):  # it is gone already
            self.connection.close()


def is_refused_for_good(error: Exception) -> bool:
    """Whether the mail server said that trying again is no use (RFC 5321: a reply of 5xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, SMTPDataError) and error.smtp_code >= 500


def said_nobody_is_there(error: Exception) -> str:
    """What the mail server said, if it is that the address leads to nobody (RFC 3463: 5.1)."""
    if not isinstance(error, SMTPRecipientsRefused):
        return ""
    ((code, said),) = error.recipients.values()
    words = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return words if code >= 500 and is_no_mailbox(words) else ""


def _hung_up(error: SMTPException) -> bool:
    """Whether the server ended the connection, with or without saying so."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == NOT_NOW for code, _ in error.recipients.values())
    return isinstance(error, SMTPServerDisconnected) or (
        isinstance(error, SMTPResponseException) and error.smtp_code == NOT_NOW
    )
