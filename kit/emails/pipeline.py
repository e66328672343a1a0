"""Many emails over one connection, none of them waited for (PIPELINING, RFC 2920).

Sender, recipient and the wish to send go out together, and with the content of the email before. While the server takes
an email, the one after the next is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from smtplib import SMTP, SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused

from .ahead import Ahead
from .encoding import EncodedEmail

END = b".\r\n"


class Pipeline:
    """A connection to a server that offers PIPELINING."""

    def __init__(self, smtp: SMTP) -> None:
        self.smtp = smtp

    def send_all(self, letters: Ahead[EncodedEmail]) -> Iterator[tuple[EncodedEmail, Exception | None]]:
        """Send emails in their order, and yield each with what made it fail, or ``None``.

        Each is taken off when the next is asked for. Raises ``SMTPServerDisconnected``.
        """
        if letter := letters.peek():
            self.smtp.send(_envelope(letter))
        while letter := letters.peek():
            yield letter, self._send(letter, letters)
            letters.take()

    def _send(self, letter: EncodedEmail, letters: Ahead[EncodedEmail]) -> Exception | None:
        fault, begun = self._accepted(letter)
        following = letters.peek(1)
        after = _envelope(following) if following else b""
        if fault is not None:
            self._abandon(begun=begun, after=after)
            return fault
        self.smtp.send(_content(letter) + END + after)
        letters.peek(2)
        code, said = self.smtp.getreply()
        return None if code == 250 else SMTPDataError(code, said)

    def _accepted(self, letter: EncodedEmail) -> tuple[Exception | None, bool]:
        """Why the server does not take the email, if so, and whether it waits for the content all the same."""
        sender, recipient, wish = (self.smtp.getreply() for _ in range(3))
        begun = wish[0] == 354
        if sender[0] != 250:
            return SMTPSenderRefused(*sender, letter.sender), begun
        if recipient[0] not in {250, 251}:
            return SMTPRecipientsRefused({letter.to: recipient}), begun
        return (None, True) if begun else (SMTPDataError(*wish), False)

    def _abandon(self, *, begun: bool, after: bytes) -> None:
        """Let go of an email that was not taken; what the server is told then is an email without a recipient."""
        if begun:
            self.smtp.send(END)
            self.smtp.getreply()
        self.smtp.send(b"RSET\r\n" + after)
        self.smtp.getreply()


def _envelope(letter: EncodedEmail) -> bytes:
    return f"MAIL FROM:<{letter.sender}>\r\nRCPT TO:<{letter.to}>\r\nDATA\r\n".encode("ascii")


def _content(letter: EncodedEmail) -> bytes:
    """The email with the dots doubled that begin a line."""
    content = letter.content.replace(b"\r\n.", b"\r\n..")
    return content if content.endswith(b"\r\n") else content + b"\r\n"
