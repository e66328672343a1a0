"""The mail server: it may close its connection at any time, after so many emails, when it is busy, when it stops."""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

from django.core.mail import EmailMessage, get_connection

NOT_NOW = 421
"""The reply of a server that ends the connection (RFC 5321, 3.8)."""


class NoMailServer(Exception):
    """It cannot be reached, or takes nothing at present; that is no email's fault."""


class MailServer:
    """A connection that is opened when it is needed, and again when the server closed it."""

    def __init__(self) -> None:
        self.connection = get_connection()
        self.lost_one = False

    def send(self, email: EmailMessage) -> None:
        """Send one email; once more over a new connection if the server hangs up.

        Raises ``NoMailServer``, or what made this email fail.
        """
        self._open()
        try:
            self.connection.send_messages([email])
        except SMTPException as error:
            if not _hung_up(error):
                raise
            self.close()
            self._send_again(email)
        self.lost_one = False

    def _send_again(self, email: EmailMessage) -> None:
        """A server that hangs up on a new connection may mean the email; one that does so twice running is busy."""
        self._open()
        try:
            self.connection.send_messages([email])
        except SMTPException as error:
            if _hung_up(error):
                self.close()
                if self.lost_one or not isinstance(error, SMTPServerDisconnected):
                    raise NoMailServer(str(error)) from error
                self.lost_one = True
            raise

    def _open(self) -> None:
        try:
            self.connection.open()
        except (SMTPException, OSError) as error:
            self.close()
            raise NoMailServer(str(error)) from error

    def close(self) -> None:
        with suppress(SMTPException, OSError):  # it is gone already
            self.connection.close()


def _hung_up(error: SMTPException) -> bool:
    """Whether the server ended the connection, with or without saying so."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == NOT_NOW for code, _ in error.recipients.values())
    return isinstance(error, SMTPServerDisconnected) or (
        isinstance(error, SMTPResponseException) and error.smtp_code == NOT_NOW
    )
