"""A real mail server for tests: it takes what it is told to take, and keeps it."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


class Mailbox:
    """Keeps what comes in; ``replies`` holds what to answer to a recipient instead of taking the email.

    A connection takes ``per_connection`` emails; then it ends, with ``goodbye`` or without a word.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.senders: list[str] = []
        self.replies: dict[str, str] = {}
        self.per_connection, self.goodbye = 1_000, ""
        self.hangs_up_on: set[str] = set()
        self.offers_pipelining = False
        self.ahead = 0  # emails whose recipient came before their sender was answered
        self.taken_in: Counter[Any] = Counter()  # by session: ids of those that are gone come again

    async def handle_EHLO(  # noqa: N802  # the name that the server calls
        self, server: Any, session: Any, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:1], "250-PIPELINING", *responses[1:]] if self.offers_pipelining else responses

    async def handle_MAIL(  # noqa: N802  # the name that the server calls
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.taken_in[session] >= self.per_connection:
            return self._end(server)
        envelope.mail_from = address
        self.senders.append(address)
        self.ahead += b"RCPT TO" in server._reader._buffer
        return "250 OK"

    def _end(self, server: Any) -> str:
        if not self.goodbye:
            server.transport.abort()
        return self.goodbye or "250 OK"

    async def handle_RCPT(  # noqa: N802  # the name that the server calls
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.hangs_up_on:
            return self._end(server)
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802  # the name that the server calls
        assert isinstance(envelope.content, bytes)
        self.taken_in[session] += 1
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mail_server(settings: Any) -> Iterator[Mailbox]:
    """Run a mail server and send what the portal sends to it."""
    mailbox, port = Mailbox(), free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    try:
        yield mailbox
    finally:
        controller.stop()
