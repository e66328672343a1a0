"""A mail server that takes everything and remembers what it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesHeaderParser
from typing import Any

from aiosmtpd.controller import Controller

from tests.bench import mail_sink
from tests.inbox.smtp import free_port


class Sink(mail_sink.Sink):
    """``emails`` counts how often each email, by its Message-ID, came to whom with what subject."""

    def __init__(self, port: int) -> None:
        self.emails: Counter[tuple[str, str, str]] = Counter()
        self.port = port

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        headers = BytesHeaderParser().parsebytes(envelope.content)
        subject = " ".join(str(headers["Subject"]).split())
        self.emails[headers["Message-ID"], envelope.rcpt_tos[0], subject] += 1
        return "250 OK"


@contextmanager
def sink() -> Iterator[Sink]:
    made = Sink(free_port())
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()
